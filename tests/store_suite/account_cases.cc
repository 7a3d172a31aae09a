// Roles, profiles, lists of users and sessions, invitations.
#include <algorithm>
#include <iterator>

#include "model/name.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

std::vector<std::string> names_of(const UserPage& page) {
    std::vector<std::string> names;
    for (const User& user : page.users)
        names.push_back(user.card.name);
    return names;
}

CreateUser invited(std::string name, std::string_view code, WallTime at) {
    CreateUser create;
    create.card = {name, name, ""};
    create.at = at;
    create.invitation = digest(code);
    return create;
}

CreateInvitation invitation(std::string_view code, std::int64_t uses_max) {
    CreateInvitation create;
    create.code = digest(code);
    create.uses_max = uses_max;
    return create;
}

TEST_P(StoreSuite, ARoleIsChanged) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(SetRole{messi, Role::admin});
    in_every_state([&] {
        EXPECT_EQ(find(messi).value().role, Role::admin);
        EXPECT_EQ(find(maya).value().role, Role::member);
    });
    carry_out(SetRole{messi, Role::member});
    EXPECT_EQ(find(messi).value().role, Role::member);
    EXPECT_EQ(refusal_of(apply(SetRole{UserId(77), Role::admin})), ChatError::unknown_user);
}

TEST_P(StoreSuite, AProfileChangesInWhatIsGiven) {
    CreateUser first;
    first.card = {"messi", "Lionel Messi", "Argentina"};
    const UserId messi = std::get<UserCreated>(apply(first).value()).user;
    create("maya");
    carry_out(SetProfile{messi, "Leo 🐐", std::nullopt});
    in_every_state([&] { EXPECT_EQ(find(messi).value().card, (UserCard{"messi", "Leo 🐐", "Argentina"})); });
    carry_out(SetProfile{messi, std::nullopt, ""});
    in_every_state([&] { EXPECT_EQ(find(messi).value().card, (UserCard{"messi", "Leo 🐐", ""})); });
    carry_out(SetProfile{messi, std::nullopt, std::nullopt});
    EXPECT_EQ(find(messi).value().card, (UserCard{"messi", "Leo 🐐", ""}));
    EXPECT_EQ(find("maya").value().card, (UserCard{"maya", "maya", ""}));
    EXPECT_EQ(refusal_of(apply(SetProfile{UserId(77), "x", "y"})), ChatError::unknown_user);
}

TEST_P(StoreSuite, UsersAreListedInPagesByName) {
    EXPECT_TRUE(list_users("", 10).users.empty());
    EXPECT_FALSE(list_users("", 10).more);
    for (const char* name : {"maya", "Anna", "bert", "Zoe", "anna2", "messi"})
        create(name);
    carry_out(SetAccountState{find("bert").value().id, AccountState::deleted});
    carry_out(SetRole{find("zoe").value().id, Role::admin});
    in_every_state([&] {
        const std::vector<std::string> all{"Anna", "anna2", "bert", "maya", "messi", "Zoe"};
        for (std::size_t users_max = 1; users_max <= 7; ++users_max) {
            std::vector<std::string> listed;
            for (std::string after;;) {
                const UserPage page = list_users(after, users_max);
                std::ranges::copy(names_of(page), std::back_inserter(listed));
                EXPECT_LE(page.users.size(), users_max);
                if (!page.more) break;
                ASSERT_EQ(page.users.size(), users_max);
                after = name_key(listed.back());
            }
            EXPECT_EQ(listed, all) << users_max << " a page";
        }
        const UserPage whole = list_users("", unlimited);
        EXPECT_EQ(whole.users[2].state, AccountState::deleted);
        EXPECT_EQ(whole.users[5].role, Role::admin);
        EXPECT_EQ(whole.users[0].created_at, start);
        EXPECT_EQ(names_of(list_users("b", 2)), (std::vector<std::string>{"bert", "maya"}));
        EXPECT_TRUE(list_users("zoe", 2).users.empty());
        EXPECT_TRUE(list_users("", 0).users.empty());
        EXPECT_TRUE(list_users("", 0).more);
    });
}

TEST_P(StoreSuite, SessionsAreListedByUser) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const SessionId first = start_session(messi, "a");
    now += milliseconds(5);
    start_session(maya, "b");
    const SessionId second = start_session(messi, "c");
    carry_out(NoteSessionUse{first, start + days(2)});
    in_every_state([&] {
        const auto sessions = sessions_of(messi);
        ASSERT_EQ(sessions.size(), 2u);
        EXPECT_EQ(sessions[0].session.id, first);
        EXPECT_EQ(sessions[0].session.user, messi);
        EXPECT_EQ(sessions[0].session.started_at, start);
        EXPECT_EQ(sessions[0].session.used_at, start + days(2));
        EXPECT_EQ(sessions[0].token, token_digest("a"));
        EXPECT_EQ(sessions[1].session.id, second);
        EXPECT_EQ(sessions[1].session.used_at, start + milliseconds(5)) << "as it started";
        EXPECT_EQ(find_session(token_digest("a")).value().used_at, start + days(2));
        EXPECT_TRUE(sessions_of(UserId(77)).empty());
    });
}

TEST_P(StoreSuite, TheUseOfASessionIsNeverMovedBack) {
    const SessionId session = start_session(create("messi"), "a");
    carry_out(NoteSessionUse{session, start + days(2)});
    carry_out(NoteSessionUse{session, start + days(1)});
    EXPECT_EQ(find_session(token_digest("a")).value().used_at, start + days(2));
    EXPECT_EQ(refusal_of(apply(NoteSessionUse{SessionId(77), start})), ChatError::not_found);
}

TEST_P(StoreSuite, UnusedSessionsAreFoundInPages) {
    const UserId messi = create("messi");
    std::vector<SessionId> ids;
    for (const char* token : {"a", "b", "c", "d", "e"})
        ids.push_back(start_session(messi, token));
    carry_out(NoteSessionUse{ids[1], start + days(2)});
    carry_out(NoteSessionUse{ids[3], start + days(1)});
    const auto unused = [&](WallTime before, SessionId after, std::size_t sessions_max) {
        std::vector<SessionId> found;
        const auto sessions = run(store().sessions_unused_since(before, after, sessions_max));
        for (const StoredSession& stored : sessions.value())
            found.push_back(stored.session.id);
        return found;
    };
    in_every_state([&] {
        using Ids = std::vector<SessionId>;
        EXPECT_EQ(unused(start, SessionId(), 10), Ids());
        EXPECT_EQ(unused(start + milliseconds(1), SessionId(), 10), (Ids{ids[0], ids[2], ids[4]}));
        EXPECT_EQ(unused(start + milliseconds(1), SessionId(), 2), (Ids{ids[0], ids[2]}));
        EXPECT_EQ(unused(start + milliseconds(1), ids[2], 2), (Ids{ids[4]}));
        EXPECT_EQ(unused(start + days(1), SessionId(), 10), (Ids{ids[0], ids[2], ids[4]}));
        EXPECT_EQ(unused(start + days(3), SessionId(), 10), ids);
        EXPECT_EQ(run(store().sessions_unused_since(start + days(3), ids[0], 1)).value().at(0).token,
                  token_digest("b"));
    });
}

TEST_P(StoreSuite, AUserHasNoMoreSessionsThanAllowed) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto start_limited = [&](UserId user, std::string_view token) {
        return apply(StartSession{user, token_digest(token), start, 2});
    };
    carry_out(StartSession{maya, token_digest("m"), start, 1});
    EXPECT_TRUE(start_limited(messi, "a").has_value());
    const ChangeResult second = start_limited(messi, "b");
    ASSERT_TRUE(second.has_value());
    in_every_state([&] {
        EXPECT_EQ(refusal_of(start_limited(messi, "c")), ChatError::too_many_sessions);
        EXPECT_FALSE(find_session(token_digest("c")).has_value());
    });
    const auto results =
        append({EndSession{std::get<SessionCreated>(*second).session}, StartSession{messi, token_digest("d"), start, 2},
                StartSession{messi, token_digest("e"), start, 2}});
    EXPECT_TRUE(results[1].has_value()) << "the same batch made room";
    EXPECT_EQ(refusal_of(results[2]), ChatError::too_many_sessions);
}

TEST_P(StoreSuite, OnlyItsOwnerEndsASessionWhereOneIsNamed) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const SessionId session = start_session(messi, "a");
    EXPECT_EQ(refusal_of(apply(EndSession{session, maya})), ChatError::not_found);
    EXPECT_TRUE(find_session(token_digest("a")).has_value());
    carry_out(EndSession{session, messi});
    EXPECT_FALSE(find_session(token_digest("a")).has_value());
    EXPECT_EQ(refusal_of(apply(EndSession{session, messi})), ChatError::not_found);
}

TEST_P(StoreSuite, AllSessionsOfAUserButOneEnd) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    start_session(messi, "a");
    const SessionId kept = start_session(messi, "b");
    start_session(messi, "c");
    start_session(maya, "m");
    const auto ended = [&](UserId user, SessionId spared) {
        return std::get<SessionsEnded>(apply(EndSessionsOf{user, spared}).value()).count;
    };
    EXPECT_EQ(ended(messi, kept), 2);
    in_every_state([&] {
        ASSERT_EQ(sessions_of(messi).size(), 1u);
        EXPECT_EQ(sessions_of(messi)[0].session.id, kept);
        EXPECT_EQ(sessions_of(maya).size(), 1u);
    });
    EXPECT_EQ(ended(messi, SessionId()), 1);
    EXPECT_TRUE(sessions_of(messi).empty());
    EXPECT_EQ(ended(messi, SessionId()), 0);
}

TEST_P(StoreSuite, AnInvitationIsFoundAsMadeUntilItIsRevoked) {
    const UserId messi = create("messi");
    CreateInvitation first = invitation("one", 3);
    first.created_by = messi;
    first.role = Role::admin;
    first.expires_at = start + days(7);
    first.note = "für die Neuen\n";
    first.at = start + milliseconds(1);
    const auto results = append({first, invitation("two", 1)});
    const InvitationId one = std::get<InvitationCreated>(results[0].value()).invitation;
    const InvitationId two = std::get<InvitationCreated>(results[1].value()).invitation;
    EXPECT_NE(one, two);
    in_every_state([&] {
        const std::vector<Invitation> all = invitations();
        ASSERT_EQ(all.size(), 2u);
        EXPECT_TRUE(same(all[0], find_invitation(digest("one")).value()));
        EXPECT_EQ(all[0].id, one);
        EXPECT_EQ(all[0].created_by, messi);
        EXPECT_EQ(all[0].role, Role::admin);
        EXPECT_EQ(all[0].uses_max, 3);
        EXPECT_EQ(all[0].used, 0);
        EXPECT_EQ(all[0].expires_at, first.expires_at);
        EXPECT_EQ(all[0].note, first.note);
        EXPECT_EQ(all[0].created_at, first.at);
        EXPECT_EQ(all[1].id, two);
        EXPECT_EQ(all[1].created_by, UserId());
        EXPECT_FALSE(all[1].expires_at.has_value());
        EXPECT_FALSE(find_invitation(digest("three")).has_value());
    });
    carry_out(RevokeInvitation{one});
    in_every_state([&] {
        EXPECT_FALSE(find_invitation(digest("one")).has_value());
        EXPECT_EQ(invitations().size(), 1u);
        EXPECT_EQ(refusal_of(apply(RevokeInvitation{one})), ChatError::not_found);
        EXPECT_EQ(refusal_of(apply(invited("anna", "one", start))), ChatError::bad_invitation);
    });
    const ChangeResult again = apply(invitation("one", 1));
    EXPECT_NE(std::get<InvitationCreated>(again.value()).invitation, one) << "ids are not given twice";
}

TEST_P(StoreSuite, AnInvitationMakesAsManyAccountsAsItAllows) {
    CreateInvitation twice = invitation("twice", 2);
    twice.role = Role::admin;
    carry_out(twice);
    const auto results = append({invited("anna", "twice", start), invited("ANNA", "twice", start),
                                 invited("bert", "twice", start), invited("cleo", "twice", start)});
    EXPECT_TRUE(results[0].has_value());
    EXPECT_EQ(refusal_of(results[1]), ChatError::name_taken);
    EXPECT_TRUE(results[2].has_value()) << "a taken name uses nothing up";
    EXPECT_EQ(refusal_of(results[3]), ChatError::bad_invitation);
    in_every_state([&] {
        EXPECT_EQ(find_invitation(digest("twice")).value().used, 2);
        EXPECT_EQ(find("anna").value().role, Role::admin) << "the invitation gives it";
        EXPECT_FALSE(find("cleo").has_value());
        EXPECT_EQ(refusal_of(apply(invited("cleo", "twice", start))), ChatError::bad_invitation);
        EXPECT_EQ(refusal_of(apply(invited("anna", "twice", start))), ChatError::bad_invitation)
            << "who has no good invitation does not learn which names exist";
    });
}

TEST_P(StoreSuite, AnInvitationHoldsUntilItExpires) {
    CreateInvitation short_lived = invitation("short", 9);
    short_lived.expires_at = start + days(1);
    carry_out(short_lived);
    EXPECT_TRUE(apply(invited("anna", "short", start + days(1) - milliseconds(1))).has_value());
    EXPECT_EQ(refusal_of(apply(invited("bert", "short", start + days(1)))), ChatError::bad_invitation);
    EXPECT_EQ(find_invitation(digest("short")).value().used, 1);
}

TEST_P(StoreSuite, CountsWhatThereIs) {
    const auto counts = [&] { return run(store().counts()).value(); };
    EXPECT_EQ(counts().users_active, 0);
    EXPECT_EQ(counts().admins, 0);
    EXPECT_EQ(counts().entries, 0);
    const UserId anna = create("anna");
    const UserId bert = create("bert");
    const UserId cleo = create("cleo");
    const UserId dora = create("dora");
    const UserId emil = create("emil");
    append({SetRole{anna, Role::admin}, SetRole{cleo, Role::admin}, SetAccountState{cleo, AccountState::disabled},
            SetAccountState{dora, AccountState::deleted}, invitation("i", 1)});
    start_session(anna, "a");
    start_session(bert, "b");
    send(anna, bert, "one");
    send(anna, bert, "two");
    send(post(bert, {bert, emil}, "three"));
    in_every_state([&] {
        EXPECT_EQ(counts().users_active, 3);
        EXPECT_EQ(counts().users_disabled, 1);
        EXPECT_EQ(counts().users_deleted, 1);
        EXPECT_EQ(counts().admins, 1) << "active ones";
        EXPECT_EQ(counts().sessions, 2);
        EXPECT_EQ(counts().invitations, 1);
        EXPECT_EQ(counts().conversations, 3);
        EXPECT_EQ(counts().entries, 4);
    });
}

TEST_P(StoreSuite, AnAdministratorIsOneWhoseAccountIsActive) {
    const auto has_admin = [&] { return run(store().has_admin()).value(); };
    EXPECT_FALSE(has_admin());
    const UserId anna = create("anna");
    const UserId bert = create("bert");
    EXPECT_FALSE(has_admin());
    carry_out(SetRole{bert, Role::admin});
    in_every_state([&] { EXPECT_TRUE(has_admin()); });
    carry_out(SetAccountState{bert, AccountState::disabled});
    EXPECT_FALSE(has_admin());
    carry_out(SetRole{anna, Role::admin});
    EXPECT_TRUE(has_admin());
    carry_out(SetRole{anna, Role::member});
    in_every_state([&] { EXPECT_FALSE(has_admin()); });
}

TEST_P(StoreSuite, DirectPeersAreThoseOneHasNotBlocked) {
    const UserId anna = create("anna");
    const UserId bert = create("bert");
    const UserId cleo = create("cleo");
    const UserId dora = create("dora");
    create("emil");
    send(dora, anna, "x");
    send(anna, bert, "x");
    send(anna, cleo, "x");
    send(anna, anna, "x");
    carry_out(SetBlock{anna, cleo, true});
    carry_out(SetBlock{bert, anna, true});
    in_every_state([&] {
        using Ids = std::vector<UserId>;
        EXPECT_EQ(direct_peers(anna), (Ids{bert, dora}));
        EXPECT_EQ(direct_peers(bert), Ids());
        EXPECT_EQ(direct_peers(cleo), Ids{anna});
        EXPECT_EQ(direct_peers(UserId(77)), Ids());
        EXPECT_TRUE(find_direct(anna, cleo).value().blocked);
        EXPECT_FALSE(find_direct(cleo, anna).value().blocked);
        EXPECT_FALSE(find_direct(anna, anna).value().blocked);
    });
}

TEST_P(StoreSuite, ACursorSaysWhetherItMoved) {
    const UserId anna = create("anna");
    const UserId bert = create("bert");
    const ConversationId conversation = fill(anna, bert, 5);
    const auto advance = [&](std::int64_t seq) {
        const AdvanceCursor change{anna, conversation, AdvanceCursor::Which::read, Seq(seq)};
        const auto done = std::get<CursorAdvanced>(apply(change).value());
        return std::pair(done.at.value, done.moved);
    };
    EXPECT_EQ(advance(0), std::pair(std::int64_t{0}, false));
    EXPECT_EQ(advance(3), std::pair(std::int64_t{3}, true));
    EXPECT_EQ(advance(3), std::pair(std::int64_t{3}, false));
    EXPECT_EQ(advance(2), std::pair(std::int64_t{3}, false));
    EXPECT_EQ(advance(99), std::pair(std::int64_t{5}, true)) << "never beyond the end";
    EXPECT_EQ(advance(99), std::pair(std::int64_t{5}, false));
}

}  // namespace
}  // namespace obrol
