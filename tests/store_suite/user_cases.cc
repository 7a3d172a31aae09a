// Accounts, names, passwords and sessions.
#include "model/name.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

TEST_P(StoreSuite, AUserIsFoundAsMade) {
    CreateUser first;
    first.card = {"Messi", "Lionel \"La Pulga\" Messi", "Argentina"};
    first.password_hash = "$argon2id$v=19$m=65536,t=2,p=1$salt$hash";
    first.role = Role::admin;
    first.at = start;
    CreateUser second;
    second.card = {std::string(100, 'x'), "Ñandú 🐦", ""};
    second.at = start + std::chrono::milliseconds(1);
    const auto results = append({first, second});
    const UserId messi = std::get<UserCreated>(results[0].value()).user;
    const UserId other = std::get<UserCreated>(results[1].value()).user;
    EXPECT_GT(messi.value, 0);
    EXPECT_NE(messi, other);

    in_every_state([&] {
        for (const auto& user : {find(messi), find("messi")}) {
            ASSERT_TRUE(user.has_value());
            EXPECT_EQ(user->id, messi);
            EXPECT_EQ(user->card, first.card);
            EXPECT_EQ(user->password_hash, first.password_hash);
            EXPECT_EQ(user->role, Role::admin);
            EXPECT_EQ(user->state, AccountState::active);
            EXPECT_EQ(user->created_at, first.at);
        }
        const auto user = find(name_key(second.card.name));
        ASSERT_TRUE(user.has_value());
        EXPECT_EQ(user->id, other);
        EXPECT_EQ(user->card, second.card);
        EXPECT_EQ(user->password_hash, "");
        EXPECT_EQ(user->role, Role::member);
        EXPECT_EQ(user->created_at, second.at);
    });
}

TEST_P(StoreSuite, NobodyIsFoundWhoIsNotThere) {
    create("messi");
    for (const char* key : {"", "mess", "messi ", "messii", "m%", "_____"})
        EXPECT_FALSE(find(key).has_value()) << key;
    for (const std::int64_t id : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{99}, INT64_MAX, INT64_MIN})
        EXPECT_FALSE(find(UserId(id)).has_value()) << id;
}

TEST_P(StoreSuite, SeveralAreFoundInTheOrderOfTheirIds) {
    const UserId messi = create("messi"), maya = create("maya");
    in_every_state([&] {
        const auto users = run(store().find_users({maya, UserId(99), messi, maya})).value();
        ASSERT_EQ(users.size(), 4u);
        EXPECT_EQ(users[0].value().id, maya);
        EXPECT_EQ(users[0].value().card, find(maya).value().card);
        EXPECT_FALSE(users[1].has_value());
        EXPECT_EQ(users[2].value().id, messi);
        EXPECT_EQ(users[3].value().id, maya);
    });
    EXPECT_TRUE(run(store().find_users({})).value().empty());
}

TEST_P(StoreSuite, NamesAreTakenWithoutCase) {
    create("Messi");
    const auto results = append({CreateUser{{"mESSI", "", ""}, "", Role::member, start},
                                 CreateUser{{"maya", "", ""}, "", Role::member, start},
                                 CreateUser{{"MAYA", "", ""}, "", Role::member, start}});
    EXPECT_EQ(refusal_of(results[0]), ChatError::name_taken);
    EXPECT_TRUE(results[1].has_value());
    EXPECT_EQ(refusal_of(results[2]), ChatError::name_taken) << "taken by the same batch";
    in_every_state([&] {
        EXPECT_EQ(find("messi").value().card.name, "Messi");
        EXPECT_EQ(refusal_of(apply(CreateUser{{"MESSI", "", ""}, "", Role::member, start})), ChatError::name_taken);
    });
}

TEST_P(StoreSuite, ADeletedUserKeepsHisNameAndIsGoneForGood) {
    CreateUser create_messi;
    create_messi.card = {"Messi", "Lionel Messi", "Argentina"};
    create_messi.password_hash = "hash";
    const UserId messi = std::get<UserCreated>(apply(create_messi).value()).user;
    carry_out(SetAccountState{messi, AccountState::disabled});
    EXPECT_EQ(find(messi).value().card, create_messi.card) << "disabled only";
    carry_out(SetAccountState{messi, AccountState::deleted});
    in_every_state([&] {
        EXPECT_EQ(find("messi").value().state, AccountState::deleted);
        EXPECT_EQ(find("messi").value().card, (UserCard{"Messi", "Messi", ""})) << "nothing else is left of him";
        EXPECT_EQ(find("messi").value().password_hash, "");
        EXPECT_EQ(refusal_of(apply(CreateUser{{"messi", "", ""}, "", Role::member, start})), ChatError::name_taken);
        for (const AccountState state : {AccountState::active, AccountState::disabled, AccountState::deleted})
            EXPECT_EQ(refusal_of(apply(SetAccountState{messi, state})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetPassword{messi, "x", SessionId()})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetRole{messi, Role::admin})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetProfile{messi, "x", "y"})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(StartSession{messi, token_digest("t"), start})), ChatError::unknown_user);
    });
}

TEST_P(StoreSuite, ASessionIsFoundByItsTokenUntilItEnds) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto results = append({StartSession{messi, token_digest("a"), start},
                                 StartSession{messi, token_digest("b"), start + std::chrono::milliseconds(1)},
                                 StartSession{maya, token_digest("c"), start}});
    std::vector<SessionId> ids;
    for (const ChangeResult& result : results)
        ids.push_back(std::get<SessionCreated>(result.value()).session);
    in_every_state([&] {
        const auto session = find_session(token_digest("b"));
        ASSERT_TRUE(session.has_value());
        EXPECT_EQ(session->id, ids[1]);
        EXPECT_EQ(session->user, messi);
        EXPECT_EQ(session->started_at, start + std::chrono::milliseconds(1));
        EXPECT_EQ(find_session(token_digest("a")).value().id, ids[0]);
        EXPECT_EQ(find_session(token_digest("c")).value().user, maya);
        EXPECT_FALSE(find_session(token_digest("d")).has_value());
    });
    carry_out(EndSession{ids[1]});
    in_every_state([&] {
        EXPECT_FALSE(find_session(token_digest("b")).has_value());
        EXPECT_TRUE(find_session(token_digest("a")).has_value());
        EXPECT_EQ(refusal_of(apply(EndSession{ids[1]})), ChatError::not_found);
    });
    EXPECT_EQ(refusal_of(apply(EndSession{SessionId()})), ChatError::not_found);
    EXPECT_EQ(refusal_of(apply(EndSession{SessionId(9999)})), ChatError::not_found);
}

TEST_P(StoreSuite, ASessionNeedsAnActiveAccount) {
    const UserId messi = create("messi");
    const auto results =
        append({SetAccountState{messi, AccountState::disabled}, StartSession{messi, token_digest("a"), start},
                SetAccountState{messi, AccountState::active}, StartSession{messi, token_digest("b"), start},
                StartSession{UserId(77), token_digest("c"), start}});
    EXPECT_EQ(refusal_of(results[1]), ChatError::account_disabled);
    EXPECT_TRUE(results[3].has_value());
    EXPECT_EQ(refusal_of(results[4]), ChatError::unknown_user);
    EXPECT_FALSE(find_session(token_digest("a")).has_value());
    EXPECT_TRUE(find_session(token_digest("b")).has_value());
}

TEST_P(StoreSuite, ANewPasswordEndsTheOtherSessions) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    SessionId kept;
    for (const char* token : {"a", "b", "c"}) {
        const ChangeResult result = apply(StartSession{messi, token_digest(token), start});
        if (*token == 'b') kept = std::get<SessionCreated>(result.value()).session;
    }
    carry_out(StartSession{maya, token_digest("maya"), start});

    carry_out(SetPassword{messi, "new", kept});
    in_every_state([&] {
        EXPECT_EQ(find(messi).value().password_hash, "new");
        EXPECT_FALSE(find_session(token_digest("a")).has_value());
        EXPECT_TRUE(find_session(token_digest("b")).has_value());
        EXPECT_FALSE(find_session(token_digest("c")).has_value());
        EXPECT_TRUE(find_session(token_digest("maya")).has_value());
    });
    carry_out(SetPassword{messi, "newer", SessionId()});
    EXPECT_EQ(find("messi").value().password_hash, "newer");
    EXPECT_FALSE(find_session(token_digest("b")).has_value());
    EXPECT_TRUE(find_session(token_digest("maya")).has_value());
    EXPECT_EQ(refusal_of(apply(SetPassword{UserId(77), "x", SessionId()})), ChatError::unknown_user);
}

TEST_P(StoreSuite, LeavingTheActiveStateEndsAllSessions) {
    for (const AccountState left_for : {AccountState::disabled, AccountState::deleted}) {
        const std::string name = left_for == AccountState::disabled ? "disabled" : "deleted";
        SCOPED_TRACE(name);
        const UserId user = create(name);
        const UserId other = create(name + "-other");
        carry_out(StartSession{user, token_digest(name + "1"), start});
        carry_out(StartSession{user, token_digest(name + "2"), start});
        carry_out(StartSession{other, token_digest(name + "3"), start});
        carry_out(SetAccountState{user, AccountState::active});
        EXPECT_TRUE(find_session(token_digest(name + "1")).has_value()) << "it was active";
        carry_out(SetAccountState{user, left_for});
        in_every_state([&] {
            EXPECT_EQ(find(name).value().state, left_for);
            EXPECT_FALSE(find_session(token_digest(name + "1")).has_value());
            EXPECT_FALSE(find_session(token_digest(name + "2")).has_value());
            EXPECT_TRUE(find_session(token_digest(name + "3")).has_value());
        });
    }
    carry_out(SetAccountState{find("disabled").value().id, AccountState::active});
    EXPECT_EQ(find("disabled").value().state, AccountState::active);
    EXPECT_FALSE(find_session(token_digest("disabled1")).has_value()) << "what has ended stays so";
    EXPECT_EQ(refusal_of(apply(SetAccountState{UserId(77), AccountState::active})), ChatError::unknown_user);
}

}  // namespace
}  // namespace obrol
