// Who is let in, what a token is good for, how often one may guess, and who is online.
#include <gtest/gtest.h>

#include "tests/support/chat_fixture.h"

namespace obrol {
namespace {

class LoginTest : public ChatTest {};

TEST_F(LoginTest, AuthenticationSaysWhatIsWrong) {
    const auto client = chat->connect("127.0.0.1");
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "surabaya"})), ChatError::unknown_user);
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "jakarta"})), ChatError::wrong_password);
    hasher.full = true;
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "surabaya"})), ChatError::busy);
    hasher.full = false;
    const Reply reply = ask(*client, Authenticate{"MESSI", "surabaya"});
    ASSERT_TRUE(std::holds_alternative<SessionStarted>(reply));
    EXPECT_EQ(std::get<SessionStarted>(reply).user.display_name, "Full messi");
}

TEST_F(LoginTest, AnUnknownUserCostsAsMuchAsAWrongPasswordWhereTheDialectHidesIt) {
    const auto client = chat->connect("127.0.0.1");
    const int before = hasher.verified;
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "x", true})), ChatError::unknown_user);
    EXPECT_EQ(hasher.verified, before);
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "x", false})), ChatError::unknown_user);
    EXPECT_EQ(hasher.verified, before + 1);
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "x", false})), ChatError::wrong_password);
    EXPECT_EQ(hasher.verified, before + 2);
}

TEST_F(LoginTest, FailedLoginsAreLimitedForTheirAddressOnly) {
    const auto stranger = chat->connect("192.0.2.1"), owner = chat->connect("192.0.2.2");
    const auto attempt = [&](Client& client, const std::string& password) {
        return ask(client, Authenticate{"messi", password});
    };
    for (std::uint32_t i = 0; i < options.failed_logins.failed_per_source_and_user.burst; ++i)
        EXPECT_EQ(why(attempt(*stranger, "guess")), ChatError::wrong_password);
    const Reply limited = attempt(*stranger, "surabaya");
    EXPECT_EQ(why(limited), ChatError::too_many_requests);
    EXPECT_GT(std::get<Refused>(limited).retry_after.count(), 0);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(attempt(*owner, "surabaya")));
    executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(attempt(*stranger, "surabaya")));

    const auto local = chat->connect("127.0.0.1");
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(why(attempt(*local, "guess")), ChatError::wrong_password);
}

TEST_F(LoginTest, FailedLoginsAreLimitedPerSourceForAllNamesTogether) {
    Chat::Options tight = options;
    tight.failed_logins.failed_per_source = RateLimit{3, 1};
    use(tight);
    const auto stranger = chat->connect("192.0.2.1"), owner = chat->connect("192.0.2.2");
    for (const char* name : {"messi", "maya", "henderson"})
        EXPECT_EQ(why(ask(*stranger, Authenticate{name, "guess"})), ChatError::wrong_password);
    EXPECT_EQ(why(ask(*stranger, Authenticate{"messi", "surabaya"})), ChatError::too_many_requests);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(ask(*owner, Authenticate{"messi", "surabaya"})));
}

TEST_F(LoginTest, NothingWorksWithoutASession) {
    const auto client = chat->connect("127.0.0.1");
    EXPECT_EQ(why(ask(*client, FetchInbox{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, ListOnline{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Logout{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, to("pogba", "halo"))), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, FetchHistory{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::missing_argument, true})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::unknown_command, false})), ChatError::unknown_command);
    log_in(*client, "messi");
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::missing_argument, true})), ChatError::missing_argument);
}

TEST_F(LoginTest, ATokenActsForItsSessionOnAnyConnection) {
    const auto first = chat->connect("127.0.0.1");
    const Token token = log_in(*first, "messi");
    const auto second = chat->connect("127.0.0.1");
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*second, to("maya", "halo"), token)));
    EXPECT_EQ(why(ask(*second, to("maya", "halo"))), ChatError::not_authorized);  // using it does not bind it
    log_in(*second, "maya");
    EXPECT_EQ(inbox(*second), "messi: halo");
    EXPECT_TRUE(std::holds_alternative<SessionEnded>(ask(*second, Logout{}, token)));
    EXPECT_EQ(why(ask(*first, FetchInbox{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*second, FetchInbox{}, token)), ChatError::not_authorized);
    EXPECT_EQ(inbox(*second), "");
}

TEST_F(LoginTest, ResumeBindsTheConnectionToTheSession) {
    const auto first = chat->connect("127.0.0.1"), second = chat->connect("127.0.0.1");
    const Token token = log_in(*first, "messi");
    const Reply reply = ask(*second, Resume{}, token);
    ASSERT_TRUE(std::holds_alternative<SessionStarted>(reply));
    EXPECT_EQ(std::get<SessionStarted>(reply).token, token);
    EXPECT_EQ(std::get<SessionStarted>(reply).server, options.server_label);
    EXPECT_EQ(std::get<Self>(ask(*second, WhoAmI{})).user.name, "messi");
    EXPECT_EQ(why(ask(*second, Resume{}, Uuid::version4(secure_random))), ChatError::not_authorized);
}

TEST_F(LoginTest, LogoutAnswersTheTokenThatEnded) {
    const auto client = chat->connect("127.0.0.1");
    const Token token = log_in(*client, "messi");
    const Reply reply = ask(*client, Logout{});
    ASSERT_TRUE(std::holds_alternative<SessionEnded>(reply));
    EXPECT_EQ(std::get<SessionEnded>(reply).token, token);
    EXPECT_EQ(why(ask(*client, Logout{})), ChatError::not_authorized);
}

TEST_F(LoginTest, OnlineListsEachUserOnceByHisOldestSession) {
    const auto names = [&](Client& client) {
        std::string text;
        const Reply reply = ask(client, ListOnline{});
        for (const UserCard& user : std::get<OnlineList>(reply).users)
            text += user.name + " ";
        return text;
    };
    const auto messi = chat->connect("127.0.0.1");
    auto maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    executor.run_for(std::chrono::milliseconds(5));
    const Token token = log_in(*maya, "maya");
    executor.run_for(std::chrono::milliseconds(5));
    const auto phone = chat->connect("127.0.0.1");
    log_in(*phone, "messi");
    EXPECT_EQ(names(*messi), "messi maya ");
    maya.reset();
    executor.run_for(options.online_window - std::chrono::milliseconds(6));
    EXPECT_EQ(names(*messi), "messi maya ");
    executor.run_for(std::chrono::milliseconds(6));
    EXPECT_EQ(names(*messi), "messi ");
    // A script that uses its token on a connection of its own is online again.
    const auto script = chat->connect("127.0.0.1");
    ask(*script, FetchInbox{}, token);
    executor.run_for(options.online_window * 2);
    EXPECT_EQ(names(*messi), "messi maya ");
    ask(*messi, Logout{});
    EXPECT_EQ(names(*phone), "maya messi ");
}

}  // namespace
}  // namespace obrol
