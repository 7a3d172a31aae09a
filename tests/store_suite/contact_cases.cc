// Contacts; and what an account takes with it when it is deleted.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Ids = std::vector<UserId>;

TEST_P(StoreSuite, ContactsComeInTheOrderOfTheirAdding) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId nania = create("nania");
    for (const UserId other : {nania, maya, izza, maya})
        carry_out(SetContact{.owner = messi, .other = other, .at = now});
    carry_out(SetContact{.owner = maya, .other = nania, .at = now});
    in_every_state([&] {
        EXPECT_EQ(contacts(messi), (Ids{nania, maya, izza})) << "twice is once";
        EXPECT_EQ(contacts(maya), Ids{nania});
        EXPECT_EQ(contacts(nania), Ids());
        EXPECT_EQ(contacts(UserId(77)), Ids());
    });
    append({SetContact{.owner = messi, .other = nania, .wanted = false},
            SetContact{.owner = messi, .other = nania, .at = now}});
    in_every_state([&] { EXPECT_EQ(contacts(messi), (Ids{maya, izza, nania})); });
}

TEST_P(StoreSuite, AContactIsRefusedWhereARuleIsBroken) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId gone = create("gone");
    const UserId away = create("away");
    append({SetAccountState{gone, AccountState::deleted}, SetAccountState{away, AccountState::disabled}});
    const auto refused = [&](UserId owner, UserId other, bool wanted) {
        return refusal_of(apply(SetContact{.owner = owner, .other = other, .wanted = wanted}));
    };
    in_every_state([&] {
        for (const bool wanted : {true, false}) {
            EXPECT_EQ(refused(messi, UserId(77), wanted), ChatError::unknown_user);
            EXPECT_EQ(refused(messi, gone, wanted), ChatError::unknown_user);
            EXPECT_EQ(refused(UserId(77), messi, wanted), ChatError::unknown_user);
            EXPECT_EQ(refused(messi, messi, wanted), ChatError::oneself);
        }
        EXPECT_EQ(refused(messi, maya, false), ChatError::not_a_contact);
        EXPECT_EQ(contacts(messi), Ids());
    });
    carry_out(SetContact{.owner = messi, .other = away});
    EXPECT_EQ(contacts(messi), Ids{away});
}

TEST_P(StoreSuite, AUserHasNoMoreContactsThanAllowed) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId nania = create("nania");
    const auto add = [&](UserId other) { return apply(SetContact{.owner = messi, .other = other, .contacts_max = 2}); };
    EXPECT_TRUE(add(maya).has_value());
    EXPECT_TRUE(add(izza).has_value());
    in_every_state([&] {
        EXPECT_EQ(refusal_of(add(nania)), ChatError::too_many_contacts);
        EXPECT_TRUE(add(maya).has_value()) << "it is so already";
    });
    carry_out(SetContact{.owner = messi, .other = maya, .wanted = false, .contacts_max = 2});
    EXPECT_TRUE(add(nania).has_value());
    in_every_state([&] { EXPECT_EQ(contacts(messi), (Ids{izza, nania})); });
}

TEST_P(StoreSuite, ADeletedAccountLeavesItsGroups) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group inherited = found(messi, "inherited", {maya, izza});
    const Group alone = found(messi, "alone");
    const Group others = found(maya, "others", {messi, izza});
    const Group left = found(maya, "left", {messi});
    changed(quitting(messi, left));
    send(group_post(messi, others, "stays"));
    const SetAccountState change{messi, AccountState::deleted, Uuid::version7(now, random), now};
    const ChangeResult result = apply(change);
    const AccountDeleted& deleted = std::get<AccountDeleted>(result.value());
    ASSERT_EQ(deleted.groups.size(), 3u) << "in the order in which he came to them";

    EXPECT_EQ(bodies_of(deleted.groups[0].entries), (std::vector<std::string>{"leave messi", "role owner maya"}));
    EXPECT_EQ(deleted.groups[0].left, Ids{messi});
    EXPECT_EQ(deleted.groups[0].now, (std::vector<GroupMember>{{maya, GroupRole::owner, Seq(1)}}));
    EXPECT_EQ(bodies_of(deleted.groups[1].entries), (std::vector<std::string>{"leave messi", "end"}));
    EXPECT_TRUE(deleted.groups[1].group->ended);
    EXPECT_EQ(bodies_of(deleted.groups[2].entries), (std::vector<std::string>{"leave messi"}));
    std::uint32_t number = 0;
    for (const GroupChanged& group : deleted.groups)
        for (const LogEntry& entry : group.entries) {
            EXPECT_EQ(entry.header.id, number == 0 ? change.id : change.id.sibling(number));
            EXPECT_EQ(entry.header.sender, messi);
            EXPECT_EQ(entry.header.at, change.at);
            ++number;
        }
    in_every_state([&] {
        EXPECT_TRUE(groups_of(messi).empty());
        EXPECT_EQ(members_of(inherited).size(), 2u);
        EXPECT_TRUE(find_group("alone").value().group.ended);
        EXPECT_EQ(bodies_of(log(others.conversation)),
                  (std::vector<std::string>{"create messi izza", "stays", "leave messi"}))
            << "what he wrote stays";
        EXPECT_EQ(changed(adding(maya, others, {messi})).refused.at(0).second, ChatError::unknown_recipient);
    });
}

TEST_P(StoreSuite, ADeletedAccountIsNobodysContactOrBlock) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    send(messi, maya, "hello");
    append({SetContact{.owner = messi, .other = maya}, SetContact{.owner = maya, .other = messi},
            SetContact{.owner = maya, .other = izza}, SetBlock{messi, maya, true}, SetBlock{maya, messi, true},
            SetBlock{maya, izza, true}});
    const ConversationId own = send(messi, messi, "note").conversation;
    const ChangeResult disabled = apply(SetAccountState{messi, AccountState::disabled});
    EXPECT_TRUE(std::holds_alternative<Done>(disabled.value()));
    EXPECT_EQ(contacts(maya), (Ids{messi, izza})) << "disabled only";
    const ChangeResult deleted = apply(SetAccountState{messi, AccountState::deleted});
    EXPECT_TRUE(std::get<AccountDeleted>(deleted.value()).groups.empty());
    in_every_state([&] {
        EXPECT_EQ(contacts(messi), Ids());
        EXPECT_EQ(contacts(maya), Ids{izza});
        EXPECT_FALSE(find_direct(messi, maya).value().blocked);
        EXPECT_FALSE(find_direct(maya, messi).value().blocked);
        EXPECT_EQ(log(own).size(), 1u);
        EXPECT_EQ(refusal_of(apply(post(izza, {maya}, "x"))), ChatError::blocked) << "other blocks stay";
    });
}

}  // namespace
}  // namespace obrol
