// What the operator may ask of groups; what of them is left of a deleted account; what they do not keep.
#include <gtest/gtest.h>

#include "core/administration.h"
#include "core/retention.h"
#include "tests/support/people.h"

namespace obrol {
namespace {

using std::chrono::days;

class GroupAdministrationTest : public testing::Test {
  protected:
    explicit GroupAdministrationTest(Chat::Options options = {}) : parts(1, std::move(options)) {
        for (const char* name : {"messi", "maya", "izza"})
            people.add(name);
    }
    template <class T>
    T run(Task<T> task) {
        return parts.run(std::move(task));
    }
    template <class T>
    static std::pair<ChatError, std::string> refusal_of(const Administration::Answer<T>& answer) {
        EXPECT_FALSE(answer.has_value());
        if (answer) return {};
        return {answer.error().why, answer.error().subject};
    }
    using Refusal = std::pair<ChatError, std::string>;

    ChatParts parts;
    People people{parts};
    Administration& administration = parts.chat.administration();
};

TEST_F(GroupAdministrationTest, ListsGroupsInPages) {
    for (const char* id : {"Beta", "alpha", "gamma"})
        people.found("messi", id, "maya");
    people.get<GroupLeft>("maya", LeaveGroup{parse_place("#gamma")});
    people.get<GroupLeft>("messi", LeaveGroup{parse_place("#gamma")});
    auto page = run(administration.list_groups("", 2)).value();
    ASSERT_EQ(page.groups.size(), 2u);
    EXPECT_TRUE(page.more);
    EXPECT_EQ(page.groups[0].group.card.id, "alpha");
    EXPECT_EQ(page.groups[0].members, 2u);
    page = run(administration.list_groups("BETA", 2)).value();
    ASSERT_EQ(page.groups.size(), 1u);
    EXPECT_FALSE(page.more);
    EXPECT_TRUE(page.groups[0].group.ended);
    EXPECT_EQ(page.groups[0].members, 0u);
    parts.store.fail_next_read("a bad page");
    EXPECT_EQ(refusal_of(run(administration.list_groups("", 2))).first, ChatError::unavailable);
}

TEST_F(GroupAdministrationTest, ShowsAGroup) {
    const GroupView lab = people.found("messi", "lab", "maya,izza");
    people.get<MemberChanged>("messi",
                              KickFromGroup{parse_place("#lab"), parse_address("izza"), KickFromGroup::Action::ban});
    people.post("maya", "#lab", "halo");
    people.get<SessionEnded>("maya", Logout{});
    const auto shown = run(administration.show_group("LAB")).value();
    EXPECT_EQ(shown.summary.group.card.id, "lab");
    EXPECT_EQ(shown.summary.group.code, lab.code);
    EXPECT_EQ(shown.summary.members, 2u);
    ASSERT_EQ(shown.members.size(), 2u);
    EXPECT_EQ(shown.members[0].user.name, "messi");
    EXPECT_EQ(shown.members[0].role, GroupRole::owner);
    EXPECT_EQ(shown.members[1].role, GroupRole::member);
    EXPECT_TRUE(shown.members[0].online);
    EXPECT_FALSE(shown.members[1].online);
    EXPECT_EQ(shown.entries, 3) << "how it began, the ban, a message";
    ASSERT_EQ(shown.banned.size(), 1u);
    EXPECT_EQ(shown.banned[0].name, "izza");
    EXPECT_EQ(refusal_of(run(administration.show_group("nolab"))), Refusal(ChatError::unknown_group, "nolab"));
}

TEST_F(GroupAdministrationTest, SetsOptionsInWhatIsGiven) {
    people.found("messi", "lab");
    auto set = run(administration.set_group_options("lab", true, std::nullopt)).value();
    EXPECT_TRUE(set.group.history_open);
    EXPECT_FALSE(set.group.retention);
    EXPECT_EQ(set.members, 1u);
    set = run(administration.set_group_options("lab", std::nullopt, days(30))).value();
    EXPECT_TRUE(set.group.history_open);
    EXPECT_EQ(set.group.retention, days(30));
    EXPECT_FALSE(run(administration.set_group_options("lab", std::nullopt, days(0))).value().group.retention);
    EXPECT_EQ(run(administration.show_group("lab")).value().summary.group.history_open, true);
    const auto refused = [&](days retention) {
        return refusal_of(run(administration.set_group_options("lab", std::nullopt, retention)));
    };
    EXPECT_EQ(refused(days(-1)),
              Refusal(ChatError::bad_argument, "messages are kept for 1 to 36500 days, or for ever (0)"));
    EXPECT_EQ(refused(retention_days_max + days(1)).first, ChatError::bad_argument);
    EXPECT_TRUE(run(administration.set_group_options("lab", std::nullopt, retention_days_max)).has_value());
    EXPECT_EQ(refusal_of(run(administration.set_group_options("nolab", true, std::nullopt))),
              Refusal(ChatError::unknown_group, "nolab"));
}

TEST_F(GroupAdministrationTest, RenewsACode) {
    const GroupView lab = people.found("messi", "lab");
    const auto renewed = run(administration.renew_group_code("lab")).value();
    EXPECT_NE(renewed.group.code, lab.code);
    EXPECT_EQ(people.why("maya", JoinGroup{lab.code}), ChatError::unknown_group);
    people.get<GroupJoined>("maya", JoinGroup{renewed.group.code});
    for (const char* name : {"messi", "maya"})
        people.get<GroupLeft>(name, LeaveGroup{parse_place("#lab")});
    EXPECT_EQ(refusal_of(run(administration.renew_group_code("lab"))), Refusal(ChatError::not_found, "lab"));
    EXPECT_EQ(refusal_of(run(administration.renew_group_code("nolab"))), Refusal(ChatError::unknown_group, "nolab"));
}

TEST_F(GroupAdministrationTest, ADeletedUserLeavesHisGroupsAndTheirMembersHearOfIt) {
    people.found("messi", "lab", "maya");
    people.found("izza", "other", "messi,maya");
    people.get<ContactsChanged>("maya", AddContacts{parse_address_list("messi,izza")});
    people.post("messi", "#lab", "farewell");
    people.audience("maya").events.clear();
    EXPECT_TRUE(run(administration.set_state("messi", AccountState::deleted)).has_value());
    const auto events = people.audience("maya").of_kind<GroupEvent>();
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].from, (UserCard{"messi", "messi", ""}));
    EXPECT_EQ(people.heard("maya"), "3:leave messi 4:role owner maya 2:leave messi");
    EXPECT_EQ(people.get<MemberList>("maya", ListMembers{parse_place("#lab")}).members.size(), 1u);
    EXPECT_EQ(people.get<GroupList>("maya", ListGroups{}).groups.at(0).role, GroupRole::owner);
    EXPECT_EQ(people.get<ContactList>("maya", ListContacts{}).contacts.size(), 1u);
    EXPECT_EQ(people.inbox("maya"), "messi: farewell");
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:farewell 3:leave messi 4:role owner maya");
}

class RetentionTest : public GroupAdministrationTest {
  protected:
    static Chat::Options hourly() {
        Chat::Options options;
        options.retention_interval = std::chrono::hours(1);
        return options;
    }
    RetentionTest() : GroupAdministrationTest(hourly()) { people.found("messi", "lab", "maya"); }
    void keep_for(const std::string& id, days retention) {
        EXPECT_TRUE(run(administration.set_group_options(id, std::nullopt, retention)).has_value());
    }
};

TEST_F(RetentionTest, WhatIsOlderIsErasedAndTheRestStays) {
    parts.chat.start();
    people.found("messi", "kept", "maya");
    people.post("messi", "#kept", "stays");
    people.post("messi", "#lab", "old");
    keep_for("lab", days(2));
    parts.executor.run_for(days(1));
    people.post("messi", "#lab", "young");
    parts.executor.run_for(days(1) - std::chrono::hours(1));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:old 3:young");
    parts.executor.run_for(std::chrono::hours(3));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2: 3:young");
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>young");
    parts.executor.run_for(days(1));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2: 3:");
    EXPECT_EQ(people.history("maya", "#kept"), "1:create maya 2:stays");
}

TEST_F(RetentionTest, ManyAreErasedInSlicesAndAShorterTimeHoldsAtOnce) {
    parts.chat.start();
    for (int i = 0; i < 450; ++i)
        people.post("messi", "#lab", "old");
    keep_for("lab", days(30));
    parts.executor.run_for(days(3));
    people.post("messi", "#lab", "young");
    EXPECT_EQ(
        people.get<HistoryPage>("maya", FetchHistory{parse_place("#lab"), std::nullopt, 1000}).items[1].entry.body,
        "old");
    keep_for("lab", days(2));
    parts.executor.run_for(std::chrono::hours(2));
    std::size_t erased = 0;
    const auto page = people.get<HistoryPage>("maya", FetchHistory{parse_place("#lab"), std::nullopt, 1000});
    for (const auto& item : page.items)
        erased += item.entry.erased;
    EXPECT_EQ(erased, 450u);
    EXPECT_EQ(page.items.back().entry.body, "young");
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>young");
}

TEST_F(RetentionTest, AFailureIsMadeUpForLater) {
    std::vector<BlobDigest> unused;
    Retention retention(parts.store, parts.commits, parts.executor, parts.logger, {.interval = std::chrono::hours(1)},
                        [&](const BlobDigest& blob) { unused.push_back(blob); });
    people.post("messi", "#lab", "old");
    keep_for("lab", days(1));
    parts.executor.run_for(days(1));
    retention.start();
    parts.store.fail_next_read("a bad page");
    parts.executor.run_for(std::chrono::hours(1));
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "erased later: a bad page"), 1u);
    parts.store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "full"});
    parts.executor.run_for(std::chrono::hours(1));
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "erased later"), 2u);
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:old");
    parts.executor.run_for(std::chrono::hours(1));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:");
    EXPECT_TRUE(unused.empty()) << "no files";
    parts.run(retention.stop());
    people.post("messi", "#lab", "later");
    parts.executor.run_for(days(2));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2: 3:later");
}

}  // namespace
}  // namespace obrol
