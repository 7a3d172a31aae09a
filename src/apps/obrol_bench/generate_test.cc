#include "apps/obrol_bench/generate.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "base/crypto/digest.h"
#include "base/crypto/password.h"
#include "base/uuid.h"
#include "core/chat.h"
#include "storage/sqlite/reader.h"
#include "storage/sqlite/tail.h"
#include "tests/support/temporary_folder.h"

namespace obrol::bench {
namespace {

constexpr auto nobody = [](const std::string&) {};

class GenerateTest : public testing::Test {
  protected:
    GenerateTest() {
        options_.directory = folder_.file("data");
        options_.messages = 3000;
        options_.users = 40;
        options_.sessions = 10;
        options_.messages_of_pair = 60;
        options_.groups = 0;
    }

    // Seven groups with 91 or 92 posts, so that the last two have no pair.
    void ask_for_groups() {
        options_.groups = 7;
        options_.group_members = 9;
        options_.group_posts_percent = 20;
        options_.messages = 3200;
    }
    sqlite::Reader reader() { return {SqliteOptions{.path = options_.directory + "/obrol.db"}, tail_, newest_}; }

    const SystemClock clock_;
    TemporaryFolder folder_;
    GenerateOptions options_;
    const sqlite::Tail tail_;
    sqlite::NewestEntries newest_{0};
};

// A clock that stands still.
class StandingClock final : public Clock {
  public:
    MonotonicTime monotonic_now() const override { return {}; }
    WallTime wall_now() const override { return WallTime(std::chrono::days(20'000)); }
};

std::vector<LogEntry> log_of(sqlite::Reader& reader, ConversationId conversation) {
    const EntryRange all{.conversation = conversation, .after = Seq(0), .entries_max = 10'000};
    return std::move(reader.read({all}, 1 << 20).at(0).entries);
}

StoredGroup group_of(sqlite::Reader& reader, std::uint64_t number) {
    return reader.find_group(generated_group(number)).value();
}

TEST_F(GenerateTest, MakesWhatItWasAskedFor) {
    const auto made = generate(options_, clock_, nobody);
    ASSERT_TRUE(made) << made.error().what;
    const auto sessions = read_generated_sessions(options_.directory);
    ASSERT_TRUE(sessions) << sessions.error().what;
    ASSERT_EQ(sessions->size(), 10u);

    sqlite::Reader reader = this->reader();
    const auto last = reader.find_user("u39");
    ASSERT_TRUE(last);
    EXPECT_TRUE(verify_password(generated_password, last->password_hash));
    EXPECT_FALSE(reader.find_user("u40"));
    for (std::size_t i = 0; i < sessions->size(); ++i) {
        EXPECT_EQ((*sessions)[i].user, generated_user(i));
        const auto session = reader.find_session(digest((*sessions)[i].token));
        ASSERT_TRUE(session) << i;
        const auto user = reader.find_user(generated_user(i));
        ASSERT_TRUE(user);
        EXPECT_EQ(session->user, user->id);
        EXPECT_TRUE(reader.unread(user->id).empty()) << i;
        const auto partner = reader.find_user(generated_user(i ^ 1));
        const auto conversation = reader.find_direct(user->id, partner->id);
        ASSERT_TRUE(conversation);
        EXPECT_EQ(conversation->last, Seq(60));
    }
    // Everything else is between those without a session.
    std::uint64_t unread = 0;
    for (std::uint64_t i = 0; i < 40; ++i) {
        for (const UnreadConversation& one : reader.unread(reader.find_user(generated_user(i))->id)) {
            const auto entries = log_of(reader, one.conversation);
            const UserId self = reader.find_user(generated_user(i))->id;
            unread += static_cast<std::uint64_t>(
                std::ranges::count_if(entries, [&](const LogEntry& entry) { return entry.header.sender != self; }));
        }
    }
    EXPECT_EQ(unread, 3000u - 5 * 60);
    EXPECT_TRUE(reader.groups().list("", 10).empty());
}

TEST_F(GenerateTest, GroupsHaveTheirMembersAndAsManyPostsEach) {
    ask_for_groups();
    const auto made = generate(options_, clock_, nobody);
    ASSERT_TRUE(made) << made.error().what;
    sqlite::Reader reader = this->reader();
    ASSERT_EQ(reader.groups().list("", 10).size(), 7u);
    std::map<std::size_t, std::size_t> groups_by_posts;
    for (std::uint64_t number = 0; number < 7; ++number) {
        const StoredGroup group = group_of(reader, number);
        std::set<UserId> members;
        for (const GroupMember& member : group.members)
            members.insert(member.user);
        EXPECT_EQ(members.size(), 9u) << number;
        EXPECT_EQ(group.members.front().role, GroupRole::owner);
        EXPECT_TRUE(reader.find_group_by_code(group.group.code));

        const std::vector<LogEntry> log = log_of(reader, group.group.conversation);
        ASSERT_GT(log.size(), 1u);
        EXPECT_EQ(log.front().header.kind, EntryKind::member);
        std::set<UserId> senders;
        for (std::size_t i = 1; i < log.size(); ++i) {
            const EntryHeader &before = log[i - 1].header, &entry = log[i].header;
            EXPECT_EQ(entry.kind, EntryKind::message);
            EXPECT_EQ(entry.seq, next(before.seq));
            EXPECT_GT(entry.position, before.position);
            EXPECT_GT(entry.at, before.at);
            EXPECT_EQ(log[i].body.size(), options_.text_size);
            senders.insert(entry.sender);
        }
        EXPECT_EQ(senders, members) << number;
        ++groups_by_posts[log.size() - 1];
        // Spread over the whole time.
        EXPECT_LT(log[1].header.at, group.group.created_at + std::chrono::milliseconds(50));
        EXPECT_GT(log.back().header.at, group.group.created_at + std::chrono::milliseconds(3150));
    }
    // A fifth of 3200.
    EXPECT_EQ(groups_by_posts, (std::map<std::size_t, std::size_t>{{92, 3}, {91, 4}}));
}

TEST_F(GenerateTest, WhatIsPostedInNeighbouringGroupsLiesApart) {
    options_.groups = 50;
    options_.group_members = 2;
    options_.group_posts_percent = 100;
    options_.messages = 150;
    ASSERT_TRUE(generate(options_, clock_, nobody));
    sqlite::Reader reader = this->reader();
    for (std::size_t turn = 1; turn <= 3; ++turn) {
        std::set<Position> posts;
        for (std::uint64_t number = 0; number < 10; ++number)
            posts.insert(log_of(reader, group_of(reader, number).group.conversation).at(turn).header.position);
        ASSERT_EQ(posts.size(), 10u);
        for (auto post = std::next(posts.begin()); post != posts.end(); ++post)
            EXPECT_GE(post->value, std::prev(post)->value + 3);
    }
}

TEST_F(GenerateTest, PairsHaveFetchedTheirGroupAndOthersHaveNot) {
    ask_for_groups();
    ASSERT_TRUE(generate(options_, clock_, nobody));
    sqlite::Reader reader = this->reader();
    std::map<std::size_t, std::size_t> others_by_groups;
    for (std::uint64_t i = 0; i < options_.users; ++i) {
        const UserId user = reader.find_user(generated_user(i))->id;
        const auto groups = reader.groups().groups_of(user);
        const auto unread = reader.unread(user);
        if (i < options_.sessions) {
            ASSERT_EQ(groups.size(), 1u) << i;
            EXPECT_EQ(groups.front().group.card.id, generated_group(i / 2));
            EXPECT_TRUE(unread.empty()) << i;
            continue;
        }
        ++others_by_groups[groups.size()];
        const auto in_groups = std::ranges::count_if(unread, [](const auto& one) { return !one.peer; });
        EXPECT_EQ(static_cast<std::size_t>(in_groups), groups.size()) << i;
        for (const UnreadConversation& one : unread) {
            if (one.peer) continue;
            EXPECT_EQ(one.fetched, Seq(1));
            EXPECT_EQ(one.visible, (Visible{{Seq(1), open_end}}));
        }
    }
    // 7 x 9 places without the 10 of the pairs, for 30 users.
    EXPECT_EQ(others_by_groups, (std::map<std::size_t, std::size_t>{{1, 7}, {2, 23}}));
    EXPECT_EQ(reader.find_direct(reader.find_user("u0")->id, reader.find_user("u1")->id)->last, Seq(60));
}

TEST_F(GenerateTest, TheSameSeedMakesTheSameGroups) {
    ask_for_groups();
    const StandingClock clock;
    std::vector<std::vector<std::string>> logs;
    for (const char* name : {"data", "again", "other"}) {
        options_.directory = folder_.file(name);
        options_.seed = name == std::string("other") ? 2 : 1;
        ASSERT_TRUE(generate(options_, clock, nobody));
        sqlite::Reader reader = this->reader();
        std::vector<std::string>& lines = logs.emplace_back();
        for (std::uint64_t number = 0; number < 7; ++number) {
            for (const LogEntry& entry : log_of(reader, group_of(reader, number).group.conversation)) {
                lines.push_back(entry.header.id.to_string() + " " + reader.find_user(entry.header.sender)->card.name +
                                " " + entry.body);
            }
        }
    }
    EXPECT_EQ(logs[0], logs[1]);
    EXPECT_NE(logs[0], logs[2]);
}

TEST_F(GenerateTest, EveryMessageMayBeAPost) {
    ask_for_groups();
    options_.group_posts_percent = 100;
    options_.messages = 70;
    ASSERT_TRUE(generate(options_, clock_, nobody));
    sqlite::Reader reader = this->reader();
    for (std::uint64_t number = 0; number < 7; ++number)
        EXPECT_EQ(log_of(reader, group_of(reader, number).group.conversation).size(), 11u);
    EXPECT_FALSE(reader.find_direct(reader.find_user("u0")->id, reader.find_user("u1")->id));
}

// Here the rules of the store are asked, too.
TEST_F(GenerateTest, AsManyGroupsOfAUserAsTheServerAllows) {
    EXPECT_EQ(group_members_max, Chat::Options().group_members_max);
    EXPECT_EQ(groups_per_user_max, Chat::Options().groups_per_user_max);
    options_.messages = 10;
    options_.users = 8;
    options_.sessions = 2;
    options_.group_members = 6;
    options_.groups = 1000;  // 5998 places for 6 users
    const auto made = generate(options_, clock_, nobody);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_EQ(reader().groups().groups_of(reader().find_user("u2")->id).size(), 1000u);
    options_.groups = 1001;
    const auto past = check(options_);
    ASSERT_FALSE(past);
    EXPECT_NE(past.error().what.find("more than 1000 for each"), std::string::npos) << past.error().what;
}

TEST_F(GenerateTest, TheSameSeedMakesTheSameTokens) {
    ASSERT_TRUE(generate(options_, clock_, nobody));
    const auto first = read_generated_sessions(options_.directory);
    options_.directory = folder_.file("again");
    ASSERT_TRUE(generate(options_, clock_, nobody));
    const auto again = read_generated_sessions(options_.directory);
    options_.directory = folder_.file("other");
    options_.seed = 2;
    ASSERT_TRUE(generate(options_, clock_, nobody));
    const auto other = read_generated_sessions(options_.directory);
    ASSERT_TRUE(first && again && other);
    EXPECT_EQ(first->front().token, again->front().token);
    EXPECT_NE(first->front().token, other->front().token);
    EXPECT_TRUE(has_uuid_form(first->front().token));
}

TEST_F(GenerateTest, FewMessagesAreAllOfPairs) {
    options_.messages = 100;
    ASSERT_TRUE(generate(options_, clock_, nobody));
    sqlite::Reader reader = this->reader();
    const auto conversation = reader.find_direct(reader.find_user("u0")->id, reader.find_user("u1")->id);
    ASSERT_TRUE(conversation);
    EXPECT_EQ(conversation->last, Seq(20));
}

TEST_F(GenerateTest, AStoreThatIsThereStays) {
    ASSERT_TRUE(generate(options_, clock_, nobody));
    const auto again = generate(options_, clock_, nobody);
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().what.find("is there already"), std::string::npos) << again.error().what;
    EXPECT_TRUE(read_generated_sessions(options_.directory));
}

TEST_F(GenerateTest, AnUnfinishedStoreHasNoSessions) {
    EXPECT_FALSE(read_generated_sessions(options_.directory));
}

TEST_F(GenerateTest, OptionsThatDoNotFit) {
    for (const auto& [users, sessions] :
         std::vector<std::pair<std::uint64_t, std::uint64_t>>{{40, 0}, {40, 3}, {15, 10}}) {
        options_.users = users;
        options_.sessions = sessions;
        EXPECT_FALSE(check(options_)) << users << " " << sessions;
        EXPECT_FALSE(generate(options_, clock_, nobody));
    }
    options_.users = 16;
    options_.sessions = 10;
    EXPECT_TRUE(check(options_));
}

TEST_F(GenerateTest, GroupsThatDoNotFit) {
    const auto problem = [](GenerateOptions options, std::uint64_t groups, std::uint64_t members, std::uint64_t posts) {
        options.groups = groups;
        options.group_members = members;
        options.group_posts_percent = posts;
        const auto fits = check(options);
        return fits ? "" : fits.error().what.substr(0, fits.error().what.find(' '));
    };
    // 30 of the 40 users have no session.
    EXPECT_EQ(problem(options_, 1, 30, 30), "");
    EXPECT_EQ(problem(options_, 1, 31, 30), "--users");
    EXPECT_EQ(problem(options_, 1, 2, 30), "");
    EXPECT_EQ(problem(options_, 1, 1, 30), "--members");
    EXPECT_EQ(problem(options_, 1, 9, 100), "");
    EXPECT_EQ(problem(options_, 1, 9, 101), "--group-posts");
    options_.users = 2'000'000;
    EXPECT_EQ(problem(options_, 1, 10'000, 30), "");
    EXPECT_EQ(problem(options_, 1, 10'001, 30), "--members");
    EXPECT_EQ(problem(options_, 1'000'000, 20, 30), "");
    EXPECT_EQ(problem(options_, 1'000'001, 20, 30), "--groups");
    // Without groups it does not matter how large they would be.
    EXPECT_EQ(problem(options_, 0, 1, 30), "");
}

}  // namespace
}  // namespace obrol::bench
