#include "apps/obrol_bench/generate.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>

#include "base/crypto/digest.h"
#include "base/crypto/password.h"
#include "base/uuid.h"
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
    }

    const SystemClock clock_;
    TemporaryFolder folder_;
    GenerateOptions options_;
};

TEST_F(GenerateTest, MakesWhatItWasAskedFor) {
    const auto made = generate(options_, clock_, nobody);
    ASSERT_TRUE(made) << made.error().what;
    const auto sessions = read_generated_sessions(options_.directory);
    ASSERT_TRUE(sessions) << sessions.error().what;
    ASSERT_EQ(sessions->size(), 10u);

    sqlite::Tail tail;
    sqlite::Reader reader(options_.directory + "/obrol.db", {}, 1024, tail);
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
            const auto pages =
                reader.read({{.conversation = one.conversation, .after = Seq(0), .entries_max = 10'000}}, 1 << 20);
            const UserId self = reader.find_user(generated_user(i))->id;
            unread += static_cast<std::uint64_t>(std::ranges::count_if(
                pages.at(0).entries, [&](const LogEntry& entry) { return entry.header.sender != self; }));
        }
    }
    EXPECT_EQ(unread, 3000u - 5 * 60);
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
    sqlite::Tail tail;
    sqlite::Reader reader(options_.directory + "/obrol.db", {}, 1024, tail);
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

}  // namespace
}  // namespace obrol::bench
