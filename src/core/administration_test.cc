#include "core/administration.h"

#include <gtest/gtest.h>

#include "tests/support/chat_parts.h"
#include "tests/support/recording_audience.h"

namespace obrol {
namespace {

class AdministrationTest : public testing::Test {
  protected:
    AdministrationTest() {
        for (const char* name : {"messi", "maya"})
            parts.add_user(name);
    }
    template <class T>
    T run(Task<T> task) {
        return parts.run(std::move(task));
    }
    std::unique_ptr<Client> connect() { return parts.chat.connect("127.0.0.1"); }
    bool is_logged_in(Client& client) { return std::holds_alternative<Self>(parts.ask(client, WhoAmI{})); }
    ChatError why_not_logged_in(const std::string& name, const std::string& password) {
        const auto client = connect();
        const Reply reply = parts.ask(*client, Authenticate{name, password});
        return std::holds_alternative<Refused>(reply) ? std::get<Refused>(reply).why : ChatError::unknown_command;
    }
    template <class T>
    static std::pair<ChatError, std::string> refusal_of(const Administration::Answer<T>& answer) {
        EXPECT_FALSE(answer.has_value());
        if (answer) return {};
        return {answer.error().why, answer.error().subject};
    }
    using Refusal = std::pair<ChatError, std::string>;

    ChatParts parts;
    Administration& administration = parts.chat.administration();
};

TEST_F(AdministrationTest, AddsUsersWhateverTheModeButNotWhateverTheRules) {
    const auto added =
        run(administration.add_user({"Izza", "Izza Alzam", "Indonesia"}, "longenough", Role::admin)).value();
    EXPECT_EQ(added.user, (UserCard{"Izza", "Izza Alzam", "Indonesia"}));
    EXPECT_EQ(added.role, Role::admin);
    EXPECT_EQ(added.state, AccountState::active);
    EXPECT_FALSE(added.online);
    EXPECT_EQ(run(administration.add_user({"zoe", "", ""}, "longenough", Role::member)).value().user.display_name,
              "zoe");
    const auto refused = [&](UserCard card, const std::string& password) {
        return refusal_of(run(administration.add_user(std::move(card), password, Role::member)));
    };
    EXPECT_EQ(refused({"IZZA", "", ""}, "longenough"), Refusal(ChatError::name_taken, "IZZA"));
    EXPECT_EQ(refused({"a b", "", ""}, "longenough").first, ChatError::bad_name);
    EXPECT_EQ(refused({"new", "", ""}, "short"), Refusal(ChatError::bad_password, "it has fewer than 8 characters"));
    EXPECT_EQ(refused({"new", "a\nb", ""}, "longenough"),
              Refusal(ChatError::bad_profile, "the name has control characters"));
    parts.store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(refused({"new", "", ""}, "longenough").first, ChatError::not_stored);
    const auto client = connect();
    const Reply reply = parts.ask(*client, Authenticate{"izza", "longenough"});
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(reply));
    const Reply self = parts.ask(*client, WhoAmI{});
    EXPECT_EQ(std::get<Self>(self).role, Role::admin);
}

TEST_F(AdministrationTest, ListsUsersInPages) {
    parts.add_user("Anna");
    const auto client = connect();
    parts.log_in(*client, "maya");
    auto page = run(administration.list_users("", 2)).value();
    ASSERT_EQ(page.users.size(), 2u);
    EXPECT_TRUE(page.more);
    EXPECT_EQ(page.users[0].user.name, "Anna");
    EXPECT_FALSE(page.users[0].online);
    EXPECT_EQ(page.users[1].user.name, "maya");
    EXPECT_TRUE(page.users[1].online);
    page = run(administration.list_users("MAYA", 2)).value();
    ASSERT_EQ(page.users.size(), 1u);
    EXPECT_FALSE(page.more);
    EXPECT_EQ(page.users[0].user.name, "messi");
    parts.store.fail_next_read("a bad page");
    EXPECT_EQ(refusal_of(run(administration.list_users("", 2))).first, ChatError::unavailable);
}

TEST_F(AdministrationTest, ShowsAUser) {
    auto shown = run(administration.show_user("MESSI")).value();
    EXPECT_EQ(shown.summary.user.name, "messi");
    EXPECT_TRUE(shown.sessions.empty());
    EXPECT_FALSE(shown.last_used_at.has_value());
    const auto client = connect();
    parts.log_in(*client, "messi");
    parts.executor.run_for(std::chrono::hours(3));
    const auto other = connect();
    parts.log_in(*other, "messi");
    shown = run(administration.show_user("messi")).value();
    ASSERT_EQ(shown.sessions.size(), 2u);
    EXPECT_TRUE(shown.sessions[0].held);
    EXPECT_EQ(shown.last_used_at, parts.executor.clock().wall_now());
    EXPECT_TRUE(shown.summary.online);
    EXPECT_EQ(run(administration.list_sessions("messi")).value().size(), 2u);
    EXPECT_EQ(refusal_of(run(administration.show_user("pogba"))), Refusal(ChatError::unknown_user, "pogba"));
    EXPECT_EQ(refusal_of(run(administration.list_sessions("pogba"))), Refusal(ChatError::unknown_user, "pogba"));
}

TEST_F(AdministrationTest, ANewPasswordEndsEverySession) {
    const auto client = connect();
    parts.log_in(*client, "messi");
    RecordingAudience audience;
    client->listen(&audience, 1);
    EXPECT_EQ(refusal_of(run(administration.set_password("messi", "MESSI"))).first, ChatError::bad_password);
    EXPECT_EQ(refusal_of(run(administration.set_password("pogba", "longenough"))).first, ChatError::unknown_user);
    EXPECT_TRUE(is_logged_in(*client));
    EXPECT_TRUE(run(administration.set_password("messi", "longenough")).has_value());
    EXPECT_EQ(audience.of_kind<SessionEndedEvent>().size(), 1u) << "at once";
    EXPECT_FALSE(is_logged_in(*client));
    EXPECT_EQ(why_not_logged_in("messi", "secret"), ChatError::wrong_password);
    EXPECT_EQ(why_not_logged_in("messi", "longenough"), ChatError::unknown_command) << "logged in";
}

TEST_F(AdministrationTest, ARoleShowsAtOnce) {
    const auto client = connect();
    parts.log_in(*client, "messi");
    is_logged_in(*client);
    EXPECT_EQ(run(administration.set_role("Messi", Role::admin)).value().role, Role::admin);
    const Reply self = parts.ask(*client, WhoAmI{});
    EXPECT_EQ(std::get<Self>(self).role, Role::admin);
    EXPECT_EQ(run(administration.set_role("messi", Role::member)).value().role, Role::member);
    EXPECT_EQ(refusal_of(run(administration.set_role("pogba", Role::admin))),
              Refusal(ChatError::unknown_user, "pogba"));
}

TEST_F(AdministrationTest, AProfileIsSetInWhatIsGiven) {
    EXPECT_EQ(run(administration.set_profile("messi", "Leo", "Argentina")).value().user,
              (UserCard{"messi", "Leo", "Argentina"}));
    EXPECT_EQ(run(administration.set_profile("messi", std::nullopt, "")).value().user, (UserCard{"messi", "Leo", ""}));
    EXPECT_EQ(run(administration.set_profile("messi", "", std::nullopt)).value().user,
              (UserCard{"messi", "messi", ""}));
    EXPECT_EQ(refusal_of(run(administration.set_profile("messi", "\x01", std::nullopt))).first, ChatError::bad_profile);
}

TEST_F(AdministrationTest, ADisabledUserIsOutAtOnceAndComesBack) {
    const auto client = connect(), script = connect();
    parts.log_in(*client, "messi");
    const Token token = parts.log_in(*script, "messi");
    RecordingAudience audience;
    client->listen(&audience, 1);
    const auto disabled = run(administration.set_state("messi", AccountState::disabled)).value();
    EXPECT_EQ(disabled.state, AccountState::disabled);
    EXPECT_FALSE(disabled.online);
    EXPECT_EQ(audience.of_kind<SessionEndedEvent>().size(), 1u);
    EXPECT_FALSE(is_logged_in(*client));
    const auto other = connect();
    const Reply by_token = parts.ask(*other, WhoAmI{}, token);
    EXPECT_EQ(std::get<Refused>(by_token).why, ChatError::not_authorized);
    EXPECT_EQ(why_not_logged_in("messi", "secret"), ChatError::account_disabled);
    EXPECT_TRUE(run(administration.set_state("messi", AccountState::active)).has_value());
    EXPECT_FALSE(is_logged_in(*client)) << "what has ended stays so";
    EXPECT_EQ(why_not_logged_in("messi", "secret"), ChatError::unknown_command) << "logged in";
}

TEST_F(AdministrationTest, WhatADeletedUserWroteStaysUnderHisName) {
    const auto messi = connect(), maya = connect();
    parts.log_in(*messi, "messi");
    parts.log_in(*maya, "maya");
    EXPECT_TRUE(run(administration.set_profile("messi", "Lionel Messi", "Argentina")).has_value());
    parts.ask(*messi, SendMessage{parse_address_list("maya"), "farewell", std::nullopt});
    EXPECT_EQ(run(administration.set_state("messi", AccountState::deleted)).value().user,
              (UserCard{"messi", "messi", ""}));
    EXPECT_FALSE(is_logged_in(*messi));
    EXPECT_EQ(why_not_logged_in("messi", "secret"), ChatError::unknown_user);

    const Reply inbox = parts.ask(*maya, FetchInbox{});
    const auto& page = std::get<InboxPage>(inbox);
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].from.display_name, "messi");
    EXPECT_EQ(page.senders[0].messages[0].text, "farewell");
    const Reply answer = parts.ask(*maya, SendMessage{parse_address_list("messi"), "hello?", std::nullopt});
    EXPECT_EQ(std::get<Refused>(answer).why, ChatError::unknown_recipient);

    EXPECT_EQ(run(administration.show_user("messi")).value().summary.state, AccountState::deleted);
    for (const AccountState state : {AccountState::active, AccountState::disabled, AccountState::deleted})
        EXPECT_EQ(refusal_of(run(administration.set_state("messi", state))).first, ChatError::unknown_user);
    EXPECT_EQ(refusal_of(run(administration.set_role("messi", Role::admin))).first, ChatError::unknown_user);
    EXPECT_EQ(refusal_of(run(administration.add_user({"messi", "", ""}, "longenough", Role::member))).first,
              ChatError::name_taken);
}

TEST_F(AdministrationTest, EndsSessions) {
    const auto one = connect(), two = connect(), maya = connect();
    parts.log_in(*one, "messi");
    parts.log_in(*two, "messi");
    parts.log_in(*maya, "maya");
    const SessionId first = run(administration.list_sessions("messi")).value().at(0).id;
    EXPECT_TRUE(run(administration.revoke_session(first)).has_value());
    EXPECT_FALSE(is_logged_in(*one));
    EXPECT_TRUE(is_logged_in(*two));
    EXPECT_EQ(refusal_of(run(administration.revoke_session(first))),
              Refusal(ChatError::not_found, std::to_string(first.value)));
    EXPECT_EQ(run(administration.revoke_sessions("messi")).value(), 1);
    EXPECT_FALSE(is_logged_in(*two));
    EXPECT_TRUE(is_logged_in(*maya));
    EXPECT_EQ(run(administration.revoke_sessions("messi")).value(), 0);
    EXPECT_EQ(refusal_of(run(administration.revoke_sessions("pogba"))).first, ChatError::unknown_user);
}

TEST_F(AdministrationTest, MakesListsAndRevokesInvitations) {
    const auto first = run(administration.create_invitation(
                               {.role = Role::admin, .uses_max = 3, .lifetime = std::chrono::hours(1), .note = "team"}))
                           .value();
    const auto second = run(administration.create_invitation({})).value();
    EXPECT_NE(first.code, second.code);
    EXPECT_EQ(first.invitation.role, Role::admin);
    EXPECT_EQ(first.invitation.expires_at, first.invitation.created_at + std::chrono::hours(1));
    auto listed = run(administration.list_invitations()).value();
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].invitation.id, first.invitation.id);
    EXPECT_EQ(listed[0].invitation.note, "team");
    EXPECT_EQ(listed[0].created_by, "");
    EXPECT_TRUE(listed[0].usable);
    parts.executor.run_for(std::chrono::hours(1));
    listed = run(administration.list_invitations()).value();
    EXPECT_FALSE(listed[0].usable);
    EXPECT_TRUE(listed[1].usable) << "for ever";

    EXPECT_TRUE(run(administration.revoke_invitation(first.invitation.id)).has_value());
    EXPECT_EQ(refusal_of(run(administration.revoke_invitation(first.invitation.id))),
              Refusal(ChatError::not_found, std::to_string(first.invitation.id.value)));
    EXPECT_TRUE(run(administration.revoke_invitation(second.code)).has_value());
    EXPECT_EQ(refusal_of(run(administration.revoke_invitation(second.code))),
              Refusal(ChatError::not_found, "the code"));
    EXPECT_TRUE(run(administration.list_invitations()).value().empty());
}

TEST_F(AdministrationTest, AnInvitationHasItsLimits) {
    const auto refused = [&](Administration::NewInvitation wanted) {
        const auto answer = run(administration.create_invitation(std::move(wanted)));
        return answer ? std::string() : answer.error().subject;
    };
    EXPECT_EQ(refused({.uses_max = 0}), "an invitation is good for 1 to 1000000 accounts");
    EXPECT_EQ(refused({.uses_max = 1}), "");
    EXPECT_EQ(refused({.uses_max = invitation_uses_max}), "");
    EXPECT_EQ(refused({.uses_max = invitation_uses_max + 1}), "an invitation is good for 1 to 1000000 accounts");
    EXPECT_EQ(refused({.lifetime = std::chrono::milliseconds(0)}), "the invitation would have expired already");
    EXPECT_EQ(refused({.lifetime = std::chrono::milliseconds(1)}), "");
    EXPECT_EQ(refused({.note = std::string(200, 'x')}), "");
    EXPECT_EQ(refused({.note = std::string(201, 'x')}), "the note has more than 200 characters");
    EXPECT_EQ(refused({.note = "a\nb"}), "the note has control characters");
}

TEST_F(AdministrationTest, CountsWhatThereIs) {
    const auto client = connect();
    parts.log_in(*client, "messi");
    EXPECT_TRUE(run(administration.set_role("maya", Role::admin)).has_value());
    const auto counts = run(administration.counts()).value();
    EXPECT_EQ(counts.stored.users_active, 2);
    EXPECT_EQ(counts.stored.admins, 1);
    EXPECT_EQ(counts.stored.sessions, 1);
    EXPECT_EQ(counts.users_online, 1u);
}

}  // namespace
}  // namespace obrol
