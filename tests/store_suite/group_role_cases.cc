// What members of groups may do to one another: kicks, bans, roles; options.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Action = KickFromGroup::Action;
using Ids = std::vector<UserId>;
using Members = std::vector<GroupMember>;
using Texts = std::vector<std::string>;

TEST_P(StoreSuite, AKickedMemberIsOutAndMayComeBack) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab", {maya});
    const RemoveMember change = removing(messi, group, maya);
    const GroupChanged kicked = changed(change);
    ASSERT_EQ(kicked.entries.size(), 1u);
    EXPECT_EQ(kicked.entries[0].body, "kick maya");
    EXPECT_EQ(kicked.entries[0].header.sender, messi);
    EXPECT_EQ(kicked.entries[0].header.id, change.id);
    EXPECT_EQ(kicked.left, Ids{maya});
    EXPECT_TRUE(kicked.now.empty());
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{messi, GroupRole::owner, Seq(1)}}));
        EXPECT_EQ(refusal_of(apply(removing(messi, group, maya))), ChatError::not_a_member);
    });
    EXPECT_TRUE(apply(entering(maya, group)).has_value());
}

TEST_P(StoreSuite, ABannedUserIsOutUntilHeIsUnbanned) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId gone = create("gone");
    carry_out(SetAccountState{gone, AccountState::deleted});
    const Group group = found(messi, "lab", {maya});
    const Group other = found(messi, "other");
    const GroupChanged member = changed(removing(messi, group, maya, Action::ban));
    EXPECT_EQ(member.entries.at(0).body, "ban maya");
    EXPECT_EQ(member.left, Ids{maya});
    const GroupChanged stranger = changed(removing(messi, group, izza, Action::ban));
    EXPECT_EQ(stranger.entries.at(0).body, "ban izza");
    EXPECT_TRUE(stranger.left.empty()) << "she never was a member";
    in_every_state([&] {
        EXPECT_EQ(banned(group), (Ids{maya, izza}));
        EXPECT_TRUE(banned(other).empty());
        EXPECT_EQ(members_of(group), (Members{{messi, GroupRole::owner, Seq(1)}}));
        for (const UserId user : {maya, izza}) {
            EXPECT_EQ(refusal_of(apply(entering(user, group))), ChatError::banned);
            EXPECT_TRUE(changed(removing(messi, group, user, Action::ban)).entries.empty()) << "it is so already";
        }
        EXPECT_TRUE(changed(removing(messi, group, UserId(77), Action::unban)).entries.empty());
        EXPECT_EQ(refusal_of(apply(removing(messi, group, UserId(77), Action::ban))), ChatError::unknown_recipient);
        EXPECT_EQ(refusal_of(apply(removing(messi, group, gone, Action::ban))), ChatError::unknown_recipient);
        EXPECT_EQ(find_group("lab").value().last, Seq(3));
    });
    const GroupChanged unbanned = changed(removing(messi, group, maya, Action::unban));
    EXPECT_EQ(unbanned.entries.at(0).body, "unban maya");
    EXPECT_TRUE(unbanned.left.empty() && unbanned.now.empty()) << "she comes back herself";
    in_every_state([&] { EXPECT_EQ(banned(group), Ids{izza}); });
    EXPECT_TRUE(apply(entering(maya, group)).has_value());
}

TEST_P(StoreSuite, OnlyAHigherRoleRemovesSomebody) {
    const UserId owner = create("owner");
    const UserId admin = create("admin");
    const UserId admin2 = create("admin2");
    const UserId member = create("member");
    const UserId member2 = create("member2");
    const UserId stranger = create("stranger");
    const Group group = found(owner, "lab", {admin, admin2, member, member2});
    append({giving(owner, group, admin, GroupRole::admin), giving(owner, group, admin2, GroupRole::admin)});
    const Seq last = find_group("lab").value().last;
    in_every_state([&] {
        for (const Action action : {Action::kick, Action::ban}) {
            SCOPED_TRACE(static_cast<int>(action));
            const auto refused = [&](UserId by, UserId who) {
                return refusal_of(apply(removing(by, group, who, action)));
            };
            EXPECT_EQ(refused(admin, owner), ChatError::not_allowed);
            EXPECT_EQ(refused(admin, admin2), ChatError::not_allowed);
            EXPECT_EQ(refused(admin, admin), ChatError::not_allowed);
            EXPECT_EQ(refused(owner, owner), ChatError::not_allowed);
            for (const UserId who : {owner, admin, member, member2, stranger})
                EXPECT_EQ(refused(member, who), ChatError::not_allowed);
            EXPECT_EQ(refused(stranger, member), ChatError::not_a_member);
            EXPECT_EQ(refused(UserId(77), member), ChatError::account_disabled);
        }
        EXPECT_EQ(refusal_of(apply(removing(member, group, stranger, Action::unban))), ChatError::not_allowed);
        EXPECT_EQ(refusal_of(apply(removing(admin, group, stranger))), ChatError::not_a_member);
        EXPECT_EQ(find_group("lab").value().last, last);
    });
    EXPECT_EQ(changed(removing(admin, group, member)).left, Ids{member});
    EXPECT_EQ(changed(removing(admin, group, member2, Action::ban)).left, Ids{member2});
    EXPECT_EQ(changed(removing(owner, group, admin2, Action::ban)).left, Ids{admin2});
    carry_out(SetAccountState{admin, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(removing(admin, group, member))), ChatError::account_disabled);
}

TEST_P(StoreSuite, TheOwnerGivesAndTakesRoles) {
    const UserId owner = create("owner");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId stranger = create("stranger");
    const Group group = found(owner, "lab", {maya, izza});
    const GroupChanged promoted = changed(giving(owner, group, maya, GroupRole::admin));
    EXPECT_EQ(promoted.entries.at(0).body, "role admin maya");
    EXPECT_EQ(promoted.now, (Members{{maya, GroupRole::admin, Seq(1)}}));
    EXPECT_TRUE(promoted.left.empty());
    in_every_state([&] {
        EXPECT_TRUE(changed(giving(owner, group, maya, GroupRole::admin)).entries.empty()) << "it is so already";
        EXPECT_TRUE(changed(giving(owner, group, owner, GroupRole::owner)).entries.empty());
        EXPECT_EQ(refusal_of(apply(giving(maya, group, izza, GroupRole::admin))), ChatError::not_allowed);
        EXPECT_EQ(refusal_of(apply(giving(maya, group, maya, GroupRole::owner))), ChatError::not_allowed);
        EXPECT_EQ(refusal_of(apply(giving(stranger, group, izza, GroupRole::admin))), ChatError::not_a_member);
        EXPECT_EQ(refusal_of(apply(giving(owner, group, stranger, GroupRole::admin))), ChatError::not_a_member);
        EXPECT_EQ(refusal_of(apply(giving(UserId(77), group, izza, GroupRole::admin))), ChatError::account_disabled);
        EXPECT_EQ(refusal_of(apply(giving(owner, group, owner, GroupRole::admin))), ChatError::not_allowed)
            << "there would be no owner";
        EXPECT_EQ(find_group("lab").value().last, Seq(2));
    });
    const GroupChanged passed_on = changed(giving(owner, group, maya, GroupRole::owner));
    ASSERT_EQ(passed_on.entries.size(), 1u);
    EXPECT_EQ(passed_on.entries[0].body, "role owner maya");
    EXPECT_EQ(passed_on.now, (Members{{maya, GroupRole::owner, Seq(1)}, {owner, GroupRole::admin, Seq(1)}}));
    changed(giving(maya, group, owner, GroupRole::member));
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{owner, GroupRole::member, Seq(1)},
                                              {maya, GroupRole::owner, Seq(1)},
                                              {izza, GroupRole::member, Seq(1)}}));
    });
}

TEST_P(StoreSuite, ARoleIsLostByLeaving) {
    const UserId owner = create("owner");
    const UserId maya = create("maya");
    const Group group = found(owner, "lab", {maya});
    append({giving(owner, group, maya, GroupRole::admin), quitting(maya, group), entering(maya, group)});
    in_every_state([&] {
        EXPECT_EQ(members_of(group).at(1), (GroupMember{maya, GroupRole::member, Seq(4)}));
        EXPECT_EQ(refusal_of(apply(SetGroupCode{maya, group.conversation, {"ffffff"}})), ChatError::not_allowed);
    });
}

TEST_P(StoreSuite, AnAdminRenewsTheCode) {
    const UserId owner = create("owner");
    const UserId admin = create("admin");
    const UserId member = create("member");
    const UserId stranger = create("stranger");
    const Group group = found(owner, "lab", {admin, member});
    carry_out(giving(owner, group, admin, GroupRole::admin));
    const auto renewed = [&](UserId by) { return apply(SetGroupCode{by, group.conversation, {"abcdef"}}); };
    EXPECT_EQ(refusal_of(renewed(member)), ChatError::not_allowed);
    EXPECT_EQ(refusal_of(renewed(stranger)), ChatError::not_a_member);
    EXPECT_EQ(refusal_of(renewed(UserId(77))), ChatError::account_disabled);
    EXPECT_EQ(std::get<GroupChanged>(renewed(admin).value()).group->code, "abcdef");
}

TEST_P(StoreSuite, OptionsChangeInWhatIsGiven) {
    using std::chrono::days;
    const UserId messi = create("messi");
    const Group group = found(messi, "lab");
    const Group other = found(messi, "other");
    const auto with_retention = [&] {
        Texts ids;
        const auto groups = run(store().groups_with_retention());
        for (const Group& one : groups.value())
            ids.push_back(one.card.id);
        return ids;
    };
    EXPECT_EQ(with_retention(), Texts());
    const GroupChanged opened = changed(SetGroupOptions{group.conversation, true, std::nullopt});
    EXPECT_TRUE(opened.entries.empty());
    EXPECT_TRUE(opened.group->history_open);
    EXPECT_FALSE(opened.group->retention.has_value());
    EXPECT_EQ(changed(SetGroupOptions{group.conversation, std::nullopt, days(30)}).group->retention, days(30));
    in_every_state([&] {
        EXPECT_TRUE(find_group("lab").value().group.history_open);
        EXPECT_EQ(find_group("lab").value().group.retention, days(30));
        EXPECT_EQ(find_group("lab").value().group.code, group.code);
        EXPECT_TRUE(same(find_group("other").value().group, other));
        EXPECT_EQ(with_retention(), Texts{"lab"});
        EXPECT_EQ(refusal_of(apply(SetGroupOptions{ConversationId(99), true, std::nullopt})), ChatError::not_found);
    });
    changed(quitting(messi, group));
    EXPECT_EQ(with_retention(), Texts{"lab"}) << "its texts are old some day, too";
    changed(SetGroupOptions{group.conversation, false, days(0)});
    in_every_state([&] {
        EXPECT_FALSE(find_group("lab").value().group.history_open);
        EXPECT_FALSE(find_group("lab").value().group.retention.has_value());
        EXPECT_EQ(with_retention(), Texts());
    });
}

}  // namespace
}  // namespace obrol
