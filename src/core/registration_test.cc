// Who may make an account, and how often one may try: registration modes, invitations, guessed passwords.
#include <gtest/gtest.h>

#include "core/administration.h"
#include "tests/support/chat_parts.h"

namespace obrol {
namespace {

constexpr const char* local = "127.0.0.1";
constexpr const char* elsewhere = "192.0.2.1";

class RegistrationTest : public testing::Test {
  protected:
    RegistrationTest() { make(Registration::loopback); }

    void make(Registration mode) {
        Chat::Options options;
        options.registration = mode;
        make(options);
    }
    void make(Chat::Options options) {
        parts.emplace(1, std::move(options));
        parts->add_user("messi");
    }
    Reply attempt(const std::string& source, const std::string& name, std::optional<std::string> code = std::nullopt) {
        const auto client = parts->chat.connect(source);
        Register request;
        request.user = name;
        request.password = "longenough";
        request.invitation = std::move(code);
        return parts->ask(*client, std::move(request));
    }
    // The error, or none when there is a new account.
    std::optional<ChatError> why(const std::string& source, const std::string& name,
                                 std::optional<std::string> code = std::nullopt) {
        const Reply reply = attempt(source, name, std::move(code));
        if (const auto* refused = std::get_if<Refused>(&reply)) return refused->why;
        EXPECT_TRUE(std::holds_alternative<Registered>(reply));
        return std::nullopt;
    }
    std::string invite(Administration::NewInvitation wanted = {}) {
        return parts->run(parts->chat.administration().create_invitation(std::move(wanted))).value().code;
    }
    std::optional<User> find(const std::string& name) { return parts->run(parts->store.find_user(name)).value(); }
    std::optional<ChatError> log_in_from(const std::string& source, const std::string& password,
                                         const std::string& name = "messi") {
        const auto client = parts->chat.connect(source);
        const Reply reply = parts->ask(*client, Authenticate{name, password});
        if (const auto* refused = std::get_if<Refused>(&reply)) return refused->why;
        return std::nullopt;
    }

    std::optional<ChatParts> parts;
};

TEST_F(RegistrationTest, WithoutAnInvitationTheModeDecides) {
    EXPECT_EQ(why(local, "a"), std::nullopt);
    EXPECT_EQ(why(elsewhere, "b"), ChatError::registration_closed);
    make(Registration::open);
    EXPECT_EQ(why(elsewhere, "b"), std::nullopt);
    make(Registration::invite);
    EXPECT_EQ(why(elsewhere, "b"), ChatError::invitation_needed);
    EXPECT_EQ(why(local, "b"), ChatError::invitation_needed);
    make(Registration::closed);
    EXPECT_EQ(why(local, "b"), ChatError::registration_closed);
}

TEST_F(RegistrationTest, AnInvitationHelpsInEveryModeButClosed) {
    for (const Registration mode : {Registration::loopback, Registration::open, Registration::invite}) {
        make(mode);
        EXPECT_EQ(why(elsewhere, "anna", invite()), std::nullopt);
        EXPECT_TRUE(find("anna").has_value());
        EXPECT_EQ(why(local, "bert", "wrong"), ChatError::bad_invitation) << "a code that is named must be good";
        EXPECT_FALSE(find("bert").has_value());
    }
    make(Registration::closed);
    EXPECT_EQ(why(local, "anna", invite()), ChatError::registration_closed);
}

TEST_F(RegistrationTest, AnInvitationIsUsedUpByAccountsAlone) {
    make(Registration::invite);
    const std::string code = invite({.uses_max = 2});
    EXPECT_EQ(why(elsewhere, "MESSI", code), ChatError::name_taken);
    EXPECT_EQ(why(elsewhere, "a b", code), ChatError::bad_name);
    EXPECT_EQ(why(elsewhere, "anna", code), std::nullopt);
    EXPECT_EQ(why(elsewhere, "bert", code), std::nullopt);
    EXPECT_EQ(why(elsewhere, "cleo", code), ChatError::bad_invitation);
    EXPECT_EQ(why(elsewhere, "messi", code), ChatError::bad_invitation) << "says nothing of the name";
}

TEST_F(RegistrationTest, OfTwoAtOnceForTheLastUseOneGetsIt) {
    make(Registration::invite);
    const std::string code = invite();
    const auto client = parts->chat.connect(elsewhere);
    std::vector<Reply> replies;
    const auto ask = [](ChatParts& world, Client& by, std::string name, std::string with,
                        std::vector<Reply>& into) -> Task<void> {
        Register request;
        request.user = std::move(name);
        request.password = "longenough";
        request.invitation = std::move(with);
        Command command{std::nullopt, std::move(request)};
        into.push_back(co_await world.chat.execute(by, std::move(command)));
    };
    Gate gate("test");
    gate.spawn(ask(*parts, *client, "anna", code, replies));
    gate.spawn(ask(*parts, *client, "bert", code, replies));
    parts->executor.run_for(std::chrono::seconds(1));
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_TRUE(std::holds_alternative<Registered>(replies[0]));
    EXPECT_EQ(std::get<Refused>(replies[1]).why, ChatError::bad_invitation);
    EXPECT_NE(find("anna").has_value(), find("bert").has_value());
}

TEST_F(RegistrationTest, AnInvitationGivesItsRoleAndExpires) {
    make(Registration::invite);
    EXPECT_EQ(why(elsewhere, "boss", invite({.role = Role::admin})), std::nullopt);
    EXPECT_EQ(find("boss").value().role, Role::admin);
    EXPECT_EQ(why(elsewhere, "anna", invite()), std::nullopt);
    EXPECT_EQ(find("anna").value().role, Role::member);

    const std::string code = invite({.uses_max = 9, .lifetime = std::chrono::hours(24)});
    parts->executor.run_for(std::chrono::hours(24) - std::chrono::milliseconds(50));
    EXPECT_EQ(why(elsewhere, "bert", code), std::nullopt);
    parts->executor.run_for(std::chrono::milliseconds(50));
    EXPECT_EQ(why(elsewhere, "cleo", code), ChatError::bad_invitation);
}

TEST_F(RegistrationTest, ACodeIsReadAsPeopleWriteIt) {
    make(Registration::invite);
    std::string code = invite({.uses_max = 2});
    EXPECT_EQ(code.size(), 19u);
    std::string shouted;
    for (const char character : code)
        if (character != '-') shouted.push_back(static_cast<char>(std::toupper(character)));
    EXPECT_EQ(why(elsewhere, "anna", shouted), std::nullopt);
    EXPECT_EQ(why(elsewhere, "bert", code + "0"), ChatError::bad_invitation);
}

TEST_F(RegistrationTest, WrongCodesAreLimitedPerSource) {
    make(Registration::invite);
    const std::string code = invite({.uses_max = 9});
    const RateLimit limit = Chat::Options{}.failed_invitations_per_source;
    for (std::uint32_t i = 0; i < limit.burst; ++i)
        EXPECT_EQ(why(elsewhere, "anna", "guess"), ChatError::bad_invitation) << i;
    const Reply limited = attempt(elsewhere, "anna", code);
    EXPECT_EQ(std::get<Refused>(limited).why, ChatError::too_many_requests) << "the right one comes too late";
    EXPECT_EQ(why("192.0.2.2", "anna", code), std::nullopt) << "others have their own limit";
    parts->executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_EQ(why(elsewhere, "bert", code), std::nullopt);
    for (std::uint32_t i = 0; i < limit.burst + 5; ++i)
        EXPECT_EQ(why(local, "cleo", "guess"), ChatError::bad_invitation);
}

TEST_F(RegistrationTest, WhoeverIsInvitedDoesNotCountAsOneOfMany) {
    make(Registration::open);
    const std::string code = invite({.uses_max = 50});
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(why(elsewhere, "pupil" + std::to_string(i), code), std::nullopt) << "a class behind one address";
}

TEST_F(RegistrationTest, APasswordHasItsRules) {
    Chat::Options options;
    options.password_characters_min = 8;
    options.password_bytes_max = 20;
    make(options);
    const auto refusal = [&](const std::string& name, const std::string& password) -> std::string {
        const auto client = parts->chat.connect(local);
        const Reply reply = parts->ask(*client, Register{name, password, "", ""});
        const auto* refused = std::get_if<Refused>(&reply);
        if (!refused) return "";
        EXPECT_EQ(refused->why, ChatError::bad_password);
        return refused->subject;
    };
    EXPECT_EQ(refusal("one", "1234567"), "it has fewer than 8 characters");
    EXPECT_EQ(refusal("one", "12345678"), "");
    EXPECT_EQ(refusal("two", "ñññññññ"), "it has fewer than 8 characters") << "14 bytes are 7 characters";
    EXPECT_EQ(refusal("two", "ññññññññ"), "");
    EXPECT_EQ(refusal("three", std::string(21, 'x')), "it has more than 20 bytes");
    EXPECT_EQ(refusal("three", std::string(20, 'x')), "");
    EXPECT_EQ(refusal("henderson", "HendersoN"), "it is the user name");
    EXPECT_EQ(refusal("henderson", "Henderson1"), "");
}

TEST_F(RegistrationTest, AProfileHasItsRules) {
    const auto client = parts->chat.connect(local);
    parts->log_in(*client, "messi");
    const std::size_t most = Chat::Options{}.display_name_characters_max;
    const auto refusal = [&](ChangeProfile change) -> std::string {
        const Reply reply = parts->ask(*client, std::move(change));
        const auto* refused = std::get_if<Refused>(&reply);
        if (!refused) return "";
        EXPECT_EQ(refused->why, ChatError::bad_profile);
        return refused->subject;
    };
    std::string longest;
    for (std::size_t i = 0; i < most; ++i)
        longest += "ñ";
    EXPECT_EQ(refusal({longest, std::nullopt}), "");
    EXPECT_EQ(refusal({longest + "n", std::nullopt}), "the name has more than 100 characters");
    EXPECT_EQ(refusal({std::nullopt, longest}), "");
    EXPECT_EQ(refusal({std::nullopt, longest + "n"}), "the country has more than 100 characters");
    for (const char* bad : {"a\nb", "\x1B[2J", "\x7F", "\xC2\x9B", "a\tb"})
        EXPECT_EQ(refusal({bad, std::nullopt}), "the name has control characters");
    EXPECT_EQ(refusal({"Lionel Messi \xC2\xA9", "Argentina"}), "");
    const Reply self = parts->ask(*client, WhoAmI{});
    EXPECT_EQ(std::get<Self>(self).user, (UserCard{"messi", "Lionel Messi \xC2\xA9", "Argentina"}));
    const Reply reset = parts->ask(*client, ChangeProfile{"", ""});
    EXPECT_EQ(std::get<ProfileChanged>(reset).user, (UserCard{"messi", "messi", ""}));

    Register odd;
    odd.user = "odd";
    odd.password = "longenough";
    odd.display_name = "\n";
    const Reply refused = parts->ask(*client, std::move(odd));
    EXPECT_EQ(std::get<Refused>(refused).why, ChatError::bad_profile);
}

// However many strangers guess, and from wherever.
TEST_F(RegistrationTest, StrangersDoNotLockTheOwnerOut) {
    const RateLimit limit = Chat::Options{}.failed_logins.failed_per_user;
    EXPECT_EQ(log_in_from("198.51.100.1", "secret"), std::nullopt) << "the owner at home";
    const auto guess_everywhere = [&] {
        for (std::uint32_t i = 0; i < limit.burst; ++i)
            EXPECT_EQ(log_in_from("203.0.113." + std::to_string(i), "guess"), ChatError::wrong_password) << i;
    };
    guess_everywhere();
    EXPECT_EQ(log_in_from("192.0.2.77", "guess"), ChatError::too_many_requests) << "one past the limit";
    EXPECT_EQ(log_in_from("192.0.2.77", "secret"), ChatError::too_many_requests);
    EXPECT_EQ(log_in_from("198.51.100.1", "secret"), std::nullopt);
    EXPECT_EQ(log_in_from("198.51.100.1", "typo"), ChatError::wrong_password) << "counted for him alone";
    EXPECT_EQ(log_in_from(local, "secret"), std::nullopt);
    EXPECT_EQ(log_in_from("192.0.2.77", "secret", "nobody"), ChatError::unknown_user) << "other names are not affected";

    // With a token from before, a new place becomes a known one.
    const auto phone = parts->chat.connect("198.51.100.1");
    const Token token = parts->log_in(*phone, "messi");
    const auto moved = parts->chat.connect("192.0.2.88");
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(parts->ask(*moved, Resume{}, token)));
    EXPECT_EQ(log_in_from("192.0.2.88", "secret"), std::nullopt);
}

TEST_F(RegistrationTest, GuessesThatComeAtOnceCountOneByOne) {
    const RateLimit limit = Chat::Options{}.failed_logins.failed_per_source_and_user;
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<Reply> replies;
    const auto guess = [](ChatParts& world, Client& by, std::vector<Reply>& into) -> Task<void> {
        Command command{std::nullopt, Authenticate{"messi", "guess"}};
        into.push_back(co_await world.chat.execute(by, std::move(command)));
    };
    Gate gate("test");
    for (std::uint32_t i = 0; i < limit.burst + 10; ++i) {
        clients.push_back(parts->chat.connect(elsewhere));
        gate.spawn(guess(*parts, *clients.back(), replies));
    }
    parts->executor.run_for(std::chrono::seconds(1));
    std::size_t wrong = 0;
    for (const Reply& reply : replies)
        wrong += std::get<Refused>(reply).why == ChatError::wrong_password;
    EXPECT_EQ(replies.size(), limit.burst + 10);
    EXPECT_EQ(wrong, limit.burst);
}

}  // namespace
}  // namespace obrol
