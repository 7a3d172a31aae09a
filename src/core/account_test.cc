// Accounts: what they need, how they are made from outside, and what a new password does.
#include <gtest/gtest.h>

#include "tests/support/chat_fixture.h"

namespace obrol {
namespace {

class AccountTest : public ChatTest {};

TEST_F(AccountTest, AccountsNeedAGoodAndFreeName) {
    const auto added = [&](const std::string& name) { return wait(chat->add_user({name, "", ""}, "x", Role::member)); };
    EXPECT_EQ(added("MESSI").error(), ChatError::name_taken);
    EXPECT_EQ(added("a b").error(), ChatError::bad_name);
    EXPECT_EQ(added("admin").error(), ChatError::bad_name);
    EXPECT_TRUE(added("izza").has_value());
}

TEST_F(AccountTest, RegistrationFollowsItsMode) {
    const auto ask_to_register = [&](Registration mode, const std::string& source) {
        Chat::Options other_options = options;
        other_options.registration = mode;
        LocalBus other_bus;
        Chat other(Chat::Parts{executor, store, blobs, commits, other_bus, hasher, secure_random, random, logger, key},
                   other_options);
        const auto client = other.connect(source);
        const Register request{"u" + std::to_string(random.next()), "longenough", "", ""};
        return wait(other.execute(*client, Command{std::nullopt, request}));
    };
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::loopback, "127.0.0.1")));
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::loopback, "::1")));
    EXPECT_EQ(why(ask_to_register(Registration::loopback, "192.0.2.1")), ChatError::registration_closed);
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::open, "192.0.2.1")));
    EXPECT_EQ(why(ask_to_register(Registration::closed, "127.0.0.1")), ChatError::registration_closed);
}

TEST_F(AccountTest, RegistrationChecksNameAndPassword) {
    const auto client = chat->connect("127.0.0.1");
    const auto attempt = [&](const std::string& name, const std::string& password) {
        return ask(*client, Register{name, password, "", ""});
    };
    EXPECT_EQ(why(attempt("a b", "longenough")), ChatError::bad_name);
    EXPECT_EQ(why(attempt("Messi", "longenough")), ChatError::name_taken);
    EXPECT_EQ(why(attempt("izza", "1234567")), ChatError::bad_password);
    EXPECT_EQ(why(attempt("izza", std::string(options.password_bytes_max + 1, 'x'))), ChatError::bad_password);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt("izza", "12345678")));
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt("zoe", std::string(options.password_bytes_max, 'x'))));
    EXPECT_EQ(why(ask(*client, WhoAmI{})), ChatError::not_authorized);  // registering does not log in
}

TEST_F(AccountTest, RegistrationsAreLimitedPerSource) {
    Chat::Options open = options;
    open.registration = Registration::open;
    use(open);
    const auto crowd = chat->connect("192.0.2.1"), other = chat->connect("192.0.2.2");
    const auto attempt = [&](Client& client, const std::string& name) {
        return ask(client, Register{name, "longenough", "", ""});
    };
    for (std::uint32_t i = 0; i < options.registrations_per_source.burst; ++i)
        EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*crowd, "u" + std::to_string(i))));
    const Reply limited = attempt(*crowd, "late");
    EXPECT_EQ(why(limited), ChatError::too_many_accounts);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*other, "elsewhere")));
    executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*crowd, "late")));
}

TEST_F(AccountTest, ANewPasswordEndsTheOtherSessions) {
    const auto here = chat->connect("127.0.0.1"), there = chat->connect("127.0.0.1");
    log_in(*here, "messi");
    log_in(*there, "messi");
    EXPECT_EQ(why(ask(*here, ChangePassword{"wrong", "longenough"})), ChatError::wrong_password);
    EXPECT_EQ(why(ask(*here, ChangePassword{"surabaya", "short"})), ChatError::bad_password);
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*here, ChangePassword{"surabaya", "longenough"})));
    EXPECT_TRUE(std::holds_alternative<Self>(ask(*here, WhoAmI{})));
    EXPECT_EQ(why(ask(*there, WhoAmI{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*there, Authenticate{"messi", "surabaya"})), ChatError::wrong_password);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(ask(*there, Authenticate{"messi", "longenough"})));
}

}  // namespace
}  // namespace obrol
