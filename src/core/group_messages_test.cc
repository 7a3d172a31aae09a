// What is written in a group: who hears it, who finds it later, and who may look back.
#include <gtest/gtest.h>
#include <set>

#include "core/administration.h"
#include "core/submit_all.h"
#include "tests/support/people.h"

namespace obrol {
namespace {

class GroupMessagesTest : public testing::Test {
  protected:
    explicit GroupMessagesTest(Chat::Options options = {}) : parts(1, std::move(options)) {
        for (const char* name : {"messi", "henderson", "maya", "izza"})
            people.add(name);
    }
    static SendToGroup say(std::string text) { return SendToGroup{lab_place, std::move(text), std::nullopt}; }
    static KickFromGroup kick(const std::string& name) {
        return KickFromGroup{lab_place, parse_address(name), KickFromGroup::Action::kick};
    }
    std::string listed(const std::string& name) { return People::text_of(people.get<UnreadPage>(name, ListUnread{})); }
    static inline const Place lab_place = parse_place("#lab");

    ChatParts parts;
    People people{parts};
};

TEST_F(GroupMessagesTest, EveryMemberHearsAPostOnce) {
    const GroupView lab = people.found("messi", "lab", "maya,henderson");
    for (const char* name : {"messi", "maya", "henderson", "izza"})
        people.heard(name);
    const MessageSent sent = people.post("maya", "#lab", "halo");
    ASSERT_EQ(sent.copies.size(), 1u);
    EXPECT_EQ(sent.copies[0].to, "#lab");
    EXPECT_EQ(sent.copies[0].seq, Seq(2));
    EXPECT_EQ(sent.copies[0].conversation, lab.conversation);
    EXPECT_EQ(people.audience("messi").events.size(), 1u);
    const auto events = people.audience("messi").of_kind<MessageEvent>();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].from.name, "maya");
    EXPECT_EQ(events[0].group, (GroupCard{"lab", "lab"}));
    EXPECT_EQ(events[0].entry.header.id, sent.copies[0].id);
    for (const char* name : {"messi", "maya", "henderson"})
        EXPECT_EQ(people.heard(name), "2:halo");
    EXPECT_EQ(people.heard("izza"), "");
}

TEST_F(GroupMessagesTest, AGroupEventSaysWhoDidWhat) {
    people.found("messi", "lab");
    people.audience("messi").events.clear();
    people.get<MembersAdded>("messi", InviteToGroup{lab_place, parse_address_list("maya,izza")});
    const auto events = people.audience("izza").of_kind<GroupEvent>();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].from.name, "messi");
    EXPECT_EQ(events[0].group.id, "lab");
    EXPECT_EQ(events[0].note.action, MemberNote::Action::invite);
    EXPECT_EQ(events[0].note.who, (std::vector<std::string>{"maya", "izza"}));
    EXPECT_EQ(events[0].entry.header.kind, EntryKind::member);
}

TEST_F(GroupMessagesTest, OnlyMembersWrite) {
    people.found("messi", "lab", "maya");
    const Refused stranger = people.refusal("izza", say("x"));
    EXPECT_EQ(stranger.why, ChatError::not_a_member);
    EXPECT_EQ(stranger.subject, "");
    EXPECT_EQ(people.why("izza", SendToGroup{parse_place("#nolab"), "x", std::nullopt}), ChatError::unknown_group);
    people.get<MemberChanged>("messi", kick("maya"));
    EXPECT_EQ(people.why("maya", say("x")), ChatError::not_a_member);
    EXPECT_EQ(people.history("messi", "#lab"), "1:create maya 2:kick maya");
}

// All of it goes into one batch; what each hears is what held at each entry.
TEST_F(GroupMessagesTest, WhoComesAndGoesInTheSameBatchHearsExactlyHisPart) {
    const GroupView lab = people.found("messi", "lab", "henderson");
    people.get<MemberList>("messi", ListMembers{lab_place});
    for (const char* name : {"messi", "maya", "henderson", "izza"})
        people.heard(name);
    const std::uint64_t commits_before = parts.commits.commits();
    const std::vector<Reply> replies = people.ask_at_once({
        {"messi", say("a")},
        {"maya", JoinGroup{lab.code}},
        {"henderson", say("b")},
        {"messi", kick("henderson")},
        {"henderson", say("c")},
        {"maya", say("d")},
        {"izza", say("e")},
        {"maya", LeaveGroup{lab_place}},
        {"izza", JoinGroup{lab.code}},
        {"messi", say("f")},
    });
    EXPECT_EQ(parts.commits.commits(), commits_before + 1) << "one batch";
    for (const std::size_t refused : {4u, 6u}) {
        ASSERT_TRUE(std::holds_alternative<Refused>(replies[refused])) << refused;
        EXPECT_EQ(std::get<Refused>(replies[refused]).why, ChatError::not_a_member);
    }
    const std::string all = "2:a 3:join maya 4:b 5:kick henderson 6:d 7:leave maya 8:join izza 9:f";
    EXPECT_EQ(people.heard("messi"), all);
    EXPECT_EQ(people.heard("henderson"), "2:a 3:join maya 4:b 5:kick henderson");
    EXPECT_EQ(people.heard("maya"), "3:join maya 4:b 5:kick henderson 6:d 7:leave maya");
    EXPECT_EQ(people.heard("izza"), "8:join izza 9:f");
    EXPECT_EQ(people.history("messi", "#lab"), "1:create henderson " + all);
}

TEST_F(GroupMessagesTest, AKeyTakesEffectOnce) {
    people.found("messi", "lab", "maya");
    people.heard("maya");
    SendToGroup request = say("halo");
    request.key = IdempotencyKey{"laptop", 1};
    const auto first = people.get<MessageSent>("messi", request);
    const auto again = people.get<MessageSent>("messi", request);
    EXPECT_EQ(first.copies.at(0).id, again.copies.at(0).id);
    EXPECT_EQ(people.heard("maya"), "2:halo");
    request.text = "other";
    EXPECT_EQ(people.why("messi", request), ChatError::key_conflict);
}

TEST_F(GroupMessagesTest, ThePipelinedPostsOfOneConnectionKeepTheirOrder) {
    people.found("messi", "lab", "maya");
    people.heard("maya");
    people.ask_at_once({{"messi", say("1")},
                        {"messi", SendMessage{parse_address_list("maya"), "direct", std::nullopt}},
                        {"messi", say("2")},
                        {"messi", say("3")}});
    EXPECT_EQ(people.heard("maya"), "2:1 1:direct 3:2 4:3");
}

TEST_F(GroupMessagesTest, SendRatesHold) {
    people.add("nania", "192.0.2.1");
    people.found("nania", "lab");
    for (std::uint32_t i = 1; i < Chat::Options{}.sends_per_user.burst; ++i)
        people.get<MessageSent>("nania", say("x"));
    const Refused limited = people.refusal("nania", say("x"));
    EXPECT_EQ(limited.why, ChatError::too_many_messages);
    EXPECT_GT(limited.retry_after.count(), 0);
    EXPECT_EQ(people.why("nania", SendMessage{parse_address_list("maya"), "x", std::nullopt}),
              ChatError::too_many_messages);
    const Refused coming = people.refusal("nania", JoinGroup{people.found("messi", "other").code});
    EXPECT_EQ(coming.why, ChatError::too_many_messages) << "members hear of it";
    EXPECT_GT(coming.retry_after.count(), 0);
}

TEST_F(GroupMessagesTest, AThousandMembersHearEachPostOnceAndInOrder) {
    constexpr std::size_t others = 999;
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<Address> members;
    RecordingAudience audience;
    for (std::size_t i = 0; i < others; ++i) {
        const std::string name = "u" + std::to_string(i);
        parts.add_user(name);
        members.push_back({name, ""});
        clients.push_back(parts.chat.connect("127.0.0.1"));
        parts.log_in(*clients.back(), name);
        clients.back()->listen(&audience, i + 1);
    }
    people.get<GroupCreated>("messi", CreateGroup{"lab", "", members});
    audience.events.clear();
    audience.heard.clear();
    people.ask_at_once({{"messi", say("1")}, {"messi", say("2")}, {"messi", say("3")}});
    ASSERT_EQ(audience.events.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(std::get<MessageEvent>(*audience.events[i]).entry.body, std::to_string(i + 1));
        EXPECT_EQ(audience.heard[i].size(), others);
        EXPECT_EQ(std::set<ListenerId>(audience.heard[i].begin(), audience.heard[i].end()).size(), others);
    }
    const Reply last = parts.ask(*clients.back(), FetchUnread{lab_place});
    EXPECT_EQ(People::text_of(std::get<UnreadPage>(last)), "messi#lab>1 messi#lab>2 messi#lab>3");
    parts.chat.release_inbox(std::get<UnreadPage>(last).reservation);
}

// Inboxes.

TEST_F(GroupMessagesTest, TheInboxHasPostsOfOthersUnderTheirSender) {
    people.found("messi", "lab", "maya");
    people.post("messi", "#lab", "halo");
    people.post("maya", "#lab", "mine");
    people.get<MessageSent>("messi", SendMessage{parse_address_list("maya"), "direct", std::nullopt});
    const auto page = people.get<InboxPage>("maya", FetchInbox{});
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].from.name, "messi");
    ASSERT_EQ(page.senders[0].messages.size(), 2u);
    EXPECT_EQ(page.senders[0].messages[0].text, "halo");
    EXPECT_EQ(page.senders[0].messages[0].to, "lab");
    EXPECT_EQ(page.senders[0].messages[0].to_name, "#lab");
    EXPECT_EQ(page.senders[0].messages[0].group, (GroupCard{"lab", "lab"}));
    EXPECT_EQ(page.senders[0].messages[1].to_name, "maya");
    EXPECT_FALSE(page.senders[0].messages[1].group);
    parts.chat.confirm_inbox(page.reservation);
    EXPECT_EQ(people.inbox("maya"), "");
    EXPECT_EQ(people.inbox("messi"), "maya: mine");
}

TEST_F(GroupMessagesTest, AFileStandsInTheInboxAsWhatItIs) {
    const GroupView lab = people.found("messi", "lab", "maya");
    const FileCard card{"abc123", "plan.txt", 5, {}};
    PostToGroup post;
    post.sender = parts.run(parts.store.find_user("messi")).value().value().id;
    post.group = lab.conversation;
    post.id = Uuid::version7({}, parts.random);
    post.kind = EntryKind::file;
    post.body = encode(card);
    EXPECT_TRUE(parts.run(submit_all(parts.commits, std::vector<Change>(1, post))).front().has_value());
    const auto listed = people.get<UnreadPage>("maya", ListUnread{});
    ASSERT_EQ(listed.messages.size(), 1u);
    EXPECT_EQ(parse_file_card(listed.messages[0].entry.body), card);
    const auto page = people.get<InboxPage>("maya", FetchInbox{});
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].messages.at(0).file, card);
    EXPECT_EQ(page.senders[0].messages.at(0).text, "");
    parts.chat.confirm_inbox(page.reservation);
}

TEST_F(GroupMessagesTest, OneConversationIsFetchedAloneAndNotAgainWithTheRest) {
    const GroupView lab = people.found("messi", "lab", "maya");
    people.post("messi", "#lab", "1");
    people.get<MessageSent>("messi", SendMessage{parse_address_list("maya"), "2", std::nullopt});
    people.get<MessageSent>("izza", SendMessage{parse_address_list("maya"), "3", std::nullopt});
    const auto page = people.get<UnreadPage>("maya", FetchUnread{lab_place});
    ASSERT_EQ(page.messages.size(), 1u);
    EXPECT_EQ(page.messages[0].entry.body, "1");
    EXPECT_EQ(page.messages[0].group_code, lab.code);
    EXPECT_EQ(page.messages[0].to.name, "maya");
    EXPECT_FALSE(page.more);
    EXPECT_EQ(people.inbox("maya"), "messi: 2 | izza: 3") << "what is on its way elsewhere is not doubled";
    parts.chat.release_inbox(page.reservation);
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>1");
    EXPECT_EQ(people.unread("maya", "#lab"), "");
    people.get<MessageSent>("izza", SendMessage{parse_address_list("maya"), "4", std::nullopt});
    EXPECT_EQ(people.unread("maya", "messi"), "");
    EXPECT_EQ(people.unread("maya", "izza"), "izza>4");
    EXPECT_EQ(people.unread("maya", "henderson"), "") << "nobody has written yet";
    EXPECT_EQ(people.why("maya", FetchUnread{parse_place("pogba")}), ChatError::unknown_recipient);
    EXPECT_EQ(people.why("izza", FetchUnread{lab_place}), ChatError::not_a_member);
    people.get<MessageSent>("maya", SendMessage{parse_address_list("maya"), "note", std::nullopt});
    EXPECT_EQ(people.unread("maya", "maya"), "maya>note");
}

TEST_F(GroupMessagesTest, ListingWhatIsUnreadFetchesNothing) {
    people.found("messi", "lab", "maya");
    people.post("messi", "#lab", "1");
    people.get<MessageSent>("izza", SendMessage{parse_address_list("maya"), "2", std::nullopt});
    people.post("maya", "#lab", "mine");
    people.post("messi", "#lab", "3");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(listed("maya"), "messi#lab>1 izza>2 messi#lab>3");
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>1 messi#lab>3");
    EXPECT_EQ(listed("maya"), "izza>2");
    EXPECT_EQ(people.inbox("maya"), "izza: 2");
    EXPECT_EQ(listed("maya"), "");
}

class FewEntriesTest : public GroupMessagesTest {
  protected:
    static Chat::Options few() {
        Chat::Options options;
        options.inbox_entries_max = 2;
        options.history_entries_max = 3;
        return options;
    }
    FewEntriesTest() : GroupMessagesTest(few()) {}
};

TEST_F(FewEntriesTest, AnswersAreBoundedAndTheNextOneGoesOn) {
    people.found("messi", "lab", "maya");
    for (const char* text : {"1", "2"})
        people.post("messi", "#lab", text);
    EXPECT_FALSE(people.get<UnreadPage>("maya", ListUnread{}).more);
    people.post("messi", "#lab", "3");
    const auto listed = people.get<UnreadPage>("maya", ListUnread{});
    EXPECT_EQ(People::text_of(listed), "messi#lab>1 messi#lab>2");
    EXPECT_TRUE(listed.more);
    const auto fetched = people.get<UnreadPage>("maya", FetchUnread{lab_place});
    EXPECT_EQ(People::text_of(fetched), "messi#lab>1 messi#lab>2");
    EXPECT_TRUE(fetched.more);
    parts.chat.confirm_inbox(fetched.reservation);
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>3");
    EXPECT_EQ(people.history("maya", "#lab"), "2:1 3:2 4:3 (more before)");
}

// Coming and going.

TEST_F(GroupMessagesTest, EarlierMessagesStayHiddenFromWhoeverJoins) {
    const GroupView lab = people.found("messi", "lab");
    people.post("messi", "#lab", "before");
    people.get<GroupJoined>("maya", JoinGroup{lab.code});
    EXPECT_EQ(people.unread("maya", "#lab"), "");
    people.post("messi", "#lab", "after");
    EXPECT_EQ(people.history("maya", "#lab"), "3:join maya 4:after");
    EXPECT_EQ(people.history("messi", "#lab"), "1:create 2:before 3:join maya 4:after");
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>after");
}

TEST_F(GroupMessagesTest, AnOpenHistoryIsForThoseWhoAreIn) {
    const GroupView lab = people.found("messi", "lab");
    people.post("messi", "#lab", "before");
    const auto set = parts.run(parts.chat.administration().set_group_options("lab", true, std::nullopt));
    ASSERT_TRUE(set.has_value());
    people.get<GroupJoined>("maya", JoinGroup{lab.code});
    EXPECT_EQ(people.history("maya", "#lab"), "1:create 2:before 3:join maya");
    EXPECT_EQ(people.unread("maya", "#lab"), "") << "not news";
}

class ComingAndGoing : public GroupMessagesTest, public testing::WithParamInterface<bool> {};

// Whether the inbox is in the cache while it all happens, or read from the store afterwards, is all the same.
TEST_P(ComingAndGoing, WhatOneMissedStaysHiddenAndWhatOneHadComesNevertheless) {
    const bool is_cached = GetParam();
    const GroupView lab = people.found("messi", "lab", "maya,henderson");
    if (is_cached) people.inbox("maya");
    people.post("messi", "#lab", "1");
    people.post("maya", "#lab", "mine");
    people.get<MemberChanged>("messi", kick("maya"));
    people.post("messi", "#lab", "missed");
    people.get<GroupJoined>("maya", JoinGroup{lab.code});
    people.post("henderson", "#lab", "2");
    people.get<GroupLeft>("maya", LeaveGroup{lab_place});
    people.post("messi", "#lab", "missed too");
    EXPECT_EQ(people.why("maya", FetchUnread{lab_place}), ChatError::not_a_member);
    EXPECT_EQ(listed("maya"), "messi#lab>1 henderson#lab>2");
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya henderson 2:1 3:mine 6:join maya 7:2");
    EXPECT_EQ(people.inbox("maya"), "messi: 1 | henderson: 2");
    EXPECT_EQ(people.inbox("maya"), "");
    people.get<GroupJoined>("maya", JoinGroup{lab.code});
    EXPECT_EQ(people.unread("maya", "#lab"), "");
    people.post("messi", "#lab", "3");
    EXPECT_EQ(people.unread("maya", "#lab"), "messi#lab>3");
}

INSTANTIATE_TEST_SUITE_P(Inbox, ComingAndGoing, testing::Bool());

TEST_F(GroupMessagesTest, HistoryHasNoGapsInWhatIsVisible) {
    const GroupView lab = people.found("messi", "lab", "maya");  // 1
    people.post("messi", "#lab", "a");                           // 2
    people.get<MemberChanged>("messi", kick("maya"));            // 3
    people.post("messi", "#lab", "hidden");                      // 4
    people.get<GroupJoined>("maya", JoinGroup{lab.code});        // 5
    people.post("messi", "#lab", "b");                           // 6
    const std::string all = "1:create maya 2:a 5:join maya 6:b";
    EXPECT_EQ(people.history("maya", "#lab"), all);
    EXPECT_EQ(people.history("maya", "#lab", std::nullopt, 4), all);
    EXPECT_EQ(people.history("maya", "#lab", std::nullopt, 3), "2:a 5:join maya 6:b (more before)");
    EXPECT_EQ(people.history("maya", "#lab", std::nullopt, 2), "5:join maya 6:b (more before)");
    EXPECT_EQ(people.history("maya", "#lab", Seq(6), 2), "2:a 5:join maya (more before)");
    EXPECT_EQ(people.history("maya", "#lab", Seq(5), 2), "1:create maya 2:a");
    EXPECT_EQ(people.history("maya", "#lab", Seq(4), 1), "2:a (more before)");
    EXPECT_EQ(people.history("maya", "#lab", Seq(2), 2), "1:create maya");
    EXPECT_EQ(people.history("maya", "#lab", Seq(1), 2), "");
    EXPECT_EQ(people.why("izza", FetchHistory{lab_place, std::nullopt, 10}), ChatError::not_a_member);
    const auto page = people.get<HistoryPage>("maya", FetchHistory{lab_place, std::nullopt, 10});
    EXPECT_EQ(page.group, (GroupCard{"lab", "lab"}));
    EXPECT_EQ(page.self.name, "maya");
    EXPECT_EQ(page.conversation, lab.conversation);
    EXPECT_EQ(page.items.back().from.name, "messi");
}

TEST_F(GroupMessagesTest, ReadingIsToldToOnesOwnOtherConnectionsOnly) {
    people.found("messi", "lab", "maya");
    people.post("messi", "#lab", "halo");
    const auto phone = parts.chat.connect("127.0.0.1");
    parts.log_in(*phone, "maya");
    RecordingAudience phone_audience;
    phone->listen(&phone_audience, 1);
    people.audience("messi").events.clear();
    people.audience("maya").events.clear();
    people.get<Acknowledged>("maya", MarkRead{lab_place, Seq(2)});
    const auto events = phone_audience.of_kind<ReadEvent>();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].upto, Seq(2));
    EXPECT_EQ(events[0].reader.name, "maya");
    EXPECT_EQ(events[0].group, (GroupCard{"lab", "lab"}));
    EXPECT_TRUE(people.audience("messi").events.empty());
    EXPECT_TRUE(people.audience("maya").events.empty());
    people.get<Acknowledged>("maya", MarkRead{lab_place, Seq(1)});
    EXPECT_EQ(phone_audience.of_kind<ReadEvent>().size(), 1u) << "never back";
    EXPECT_EQ(people.why("izza", MarkRead{lab_place, Seq(1)}), ChatError::not_a_member);
}

// The caches.

TEST_F(GroupMessagesTest, WhoListensIsLookedForAnewWhenSomebodyBeginsStopsOrIsLoggedOut) {
    people.found("messi", "lab", "maya");
    RecordingAudience audience;
    const auto phone = parts.chat.connect("127.0.0.1");
    parts.log_in(*phone, "maya");
    people.post("messi", "#lab", "before");
    phone->listen(&audience, 1);
    people.post("messi", "#lab", "heard");
    people.post("messi", "#lab", "heard, too");
    phone->listen(nullptr, 0);
    people.post("messi", "#lab", "not heard");
    phone->listen(&audience, 1);
    people.post("messi", "#lab", "heard again");
    people.ask("maya", RevokeSessions{RevokeSessions::Which::others, {}});
    people.post("messi", "#lab", "after the end");
    std::vector<std::string> heard;
    for (const MessageEvent& event : audience.of_kind<MessageEvent>())
        heard.push_back(event.entry.body);
    EXPECT_EQ(heard, (std::vector<std::string>{"heard", "heard, too", "heard again"}));
    EXPECT_EQ(audience.of_kind<SessionEndedEvent>().size(), 1u);
}

TEST_F(GroupMessagesTest, PostsComeWithTheSameListOfListeners) {
    people.found("messi", "lab", "maya");
    people.post("messi", "#lab", "1");
    people.post("maya", "#lab", "2");
    const std::vector<Listeners>& lists = people.audience("messi").lists;
    ASSERT_GE(lists.size(), 2u);
    EXPECT_EQ(lists[lists.size() - 1], lists[lists.size() - 2]) << "so that what they bring can be gathered";
}

class OneCachedGroupTest : public GroupMessagesTest {
  protected:
    static Chat::Options one_cached() {
        Chat::Options options;
        options.cached_groups_max = 1;
        return options;
    }
    OneCachedGroupTest() : GroupMessagesTest(one_cached()) {}
};

TEST_F(OneCachedGroupTest, AGroupThatWasForgottenIsReadAgain) {
    const GroupView lab = people.found("messi", "lab", "maya");
    for (int i = 0; i < 2; ++i) {
        people.found("izza", "other" + std::to_string(i), "henderson");
        people.heard("maya");
        people.post("messi", "#lab", "halo");
        EXPECT_EQ(people.heard("maya"), fmt::format("{}:halo", i + 2));
    }
    people.post("henderson", "#other0", "1");
    people.get<GroupJoined>("izza", JoinGroup{lab.code});
    EXPECT_EQ(people.heard("maya"), "4:join izza");
}

// Several groups at once although one has room: those that requests are at work on stay.
TEST_F(OneCachedGroupTest, AGroupInUseIsNotForgotten) {
    for (const char* id : {"a", "b", "c"})
        people.found("messi", id, "maya");
    people.heard("maya");
    people.ask_at_once({{"messi", SendToGroup{parse_place("#a"), "1", std::nullopt}},
                        {"messi", SendToGroup{parse_place("#b"), "2", std::nullopt}},
                        {"messi", SendToGroup{parse_place("#c"), "3", std::nullopt}},
                        {"messi", SendToGroup{parse_place("#a"), "4", std::nullopt}}});
    EXPECT_EQ(people.heard("maya"), "2:1 2:2 2:3 3:4");
}

// Codes.

class GuessedCodesTest : public GroupMessagesTest {
  protected:
    static Chat::Options tight() {
        Chat::Options options;
        options.failed_codes_per_source = RateLimit{6, 1};
        options.failed_codes_per_user = RateLimit{3, 1};
        return options;
    }
    GuessedCodesTest() : GroupMessagesTest(tight()) {
        people.add("nania", "192.0.2.1");
        people.add("zoe", "192.0.2.1");
        people.add("far", "192.0.2.2");
    }
    static Place code_place(const std::string& code) { return Place{Place::Kind::group_code, Address{code, ""}}; }
    void expect_limited(const std::string& name, const std::string& code) {
        const Refused limited = people.refusal(name, JoinGroup{code});
        EXPECT_EQ(limited.why, ChatError::too_many_requests) << name;
        EXPECT_GT(limited.retry_after.count(), 0);
    }
};

TEST_F(GuessedCodesTest, AreLimitedForTheUserAndForTheSource) {
    const GroupView lab = people.found("messi", "lab");
    const std::string wrong = lab.code == "000000" ? "000001" : "000000";
    people.get<GroupJoined>("nania", JoinGroup{lab.code});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(people.why("nania", JoinGroup{wrong}), ChatError::unknown_group);
    expect_limited("nania", wrong);
    // Whoever is a member knows the code; a right one of another group may be a guess.
    people.get<MessageSent>("nania", SendToGroup{code_place(lab.code), "x", std::nullopt});
    expect_limited("nania", people.found("messi", "other").code);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(people.why("zoe", SendToGroup{code_place(wrong), "x", std::nullopt}), ChatError::unknown_group);
    EXPECT_FALSE(people.get<GroupJoined>("zoe", JoinGroup{lab.code}).already) << "a right code does not count";
    EXPECT_EQ(people.why("zoe", FetchUnread{code_place(wrong)}), ChatError::unknown_group);
    expect_limited("zoe", wrong);
    people.add("tan", "192.0.2.1");
    expect_limited("tan", wrong);
    EXPECT_EQ(people.why("far", JoinGroup{wrong}), ChatError::unknown_group);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(people.why("maya", JoinGroup{wrong}), ChatError::unknown_group) << "from this machine";
    parts.executor.run_for(std::chrono::minutes(1));
    EXPECT_EQ(people.why("nania", JoinGroup{wrong}), ChatError::unknown_group);
    expect_limited("nania", wrong);
}

}  // namespace
}  // namespace obrol
