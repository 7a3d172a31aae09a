// Groups: founding, coming, leaving, succession, their end; posts in them.
#include <algorithm>
#include <fmt/core.h>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Ids = std::vector<UserId>;
using Members = std::vector<GroupMember>;
using Texts = std::vector<std::string>;

TEST_P(StoreSuite, AGroupIsFoundAsMade) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const FoundGroup change = founding(messi, "Lab", {maya, izza});
    const GroupChanged made = changed(change);
    EXPECT_EQ(made.group->card, (GroupCard{"Lab", "The Lab"}));
    EXPECT_EQ(made.group->code, change.codes.at(0));
    EXPECT_FALSE(made.group->history_open);
    EXPECT_FALSE(made.group->retention.has_value());
    EXPECT_FALSE(made.group->ended);
    EXPECT_EQ(made.group->created_at, change.at);
    const Members members{
        {messi, GroupRole::owner, Seq(1)}, {maya, GroupRole::member, Seq(1)}, {izza, GroupRole::member, Seq(1)}};
    EXPECT_EQ(made.now, members);
    EXPECT_TRUE(made.left.empty());
    EXPECT_TRUE(made.refused.empty());
    ASSERT_EQ(made.entries.size(), 1u);
    const EntryHeader& header = made.entries[0].header;
    EXPECT_EQ(header.id, change.id);
    EXPECT_EQ(header.seq, Seq(1));
    EXPECT_EQ(header.sender, messi);
    EXPECT_EQ(header.kind, EntryKind::member);
    EXPECT_EQ(header.at, change.at);
    EXPECT_EQ(made.entries[0].body, "create maya izza");

    in_every_state([&] {
        for (const auto& group :
             {find_group("lab"), find_group_by_code(change.codes.at(0)), find_group(made.group->conversation)}) {
            ASSERT_TRUE(group.has_value());
            EXPECT_TRUE(same(group->group, *made.group));
            EXPECT_EQ(group->members, members);
            EXPECT_EQ(group->last, Seq(1));
        }
        const auto entries = log(made.group->conversation);
        ASSERT_EQ(entries.size(), 1u);
        EXPECT_TRUE(same(entries[0], made.entries[0]));
        EXPECT_FALSE(find_group("Lab").has_value()) << "keys are in lower case";
        EXPECT_FALSE(find_group("la").has_value());
        EXPECT_FALSE(find_group_by_code("").has_value());
        EXPECT_FALSE(find_group_by_code("ffffff").has_value());
        for (const std::int64_t id : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{99}, INT64_MAX})
            EXPECT_FALSE(find_group(ConversationId(id)).has_value()) << id;
    });
}

TEST_P(StoreSuite, ADirectConversationIsNoGroup) {
    const UserId messi = create("messi");
    const ConversationId direct = send(messi, messi, "note").conversation;
    Group none;
    none.conversation = direct;
    EXPECT_FALSE(find_group(direct).has_value());
    EXPECT_TRUE(history({.user = messi, .of = direct}).visible.empty());
    EXPECT_TRUE(banned(none).empty());
    EXPECT_EQ(refusal_of(apply(group_post(messi, none, "x"))), ChatError::not_found);
    EXPECT_EQ(refusal_of(apply(quitting(messi, none))), ChatError::not_a_member);
    EXPECT_EQ(refusal_of(apply(SetGroupOptions{direct, true, std::nullopt})), ChatError::not_found);
    EXPECT_EQ(refusal_of(apply(SetGroupCode{UserId(), direct, {"aaaaaa"}})), ChatError::not_found);
}

TEST_P(StoreSuite, AGroupIsNotFoundedWhereARuleIsBroken) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId gone = create("gone");
    const UserId away = create("away");
    append({SetAccountState{gone, AccountState::deleted}, SetAccountState{away, AccountState::disabled},
            SetBlock{izza, messi, true}});
    const Group taken = found(messi, "Taken");
    const Group ended = found(messi, "ended");
    changed(quitting(messi, ended));
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(founding(away, "new"))), ChatError::account_disabled);
        EXPECT_EQ(refusal_of(apply(founding(gone, "new"))), ChatError::account_disabled);
        EXPECT_EQ(refusal_of(apply(founding(UserId(77), "new"))), ChatError::account_disabled);
        EXPECT_EQ(refusal_of(apply(founding(messi, "tAKEN"))), ChatError::group_taken);
        EXPECT_EQ(refusal_of(apply(founding(messi, "Ended"))), ChatError::group_taken) << "an id is never given twice";
        EXPECT_EQ(refusal_of(apply(founding(messi, "new", {maya, UserId(77)}))), ChatError::unknown_recipient);
        EXPECT_EQ(refusal_of(apply(founding(messi, "new", {maya, gone}))), ChatError::unknown_recipient);
        EXPECT_EQ(refusal_of(apply(founding(messi, "new", {maya, izza}))), ChatError::blocked);
        EXPECT_FALSE(find_group("new").has_value());
        EXPECT_TRUE(groups_of(maya).empty());
    });
    EXPECT_TRUE(apply(founding(messi, "new", {away})).has_value()) << "a disabled account may come back";
}

TEST_P(StoreSuite, TheFirstFreeCodeIsTaken) {
    const UserId messi = create("messi");
    const auto with_codes = [&](std::string id, std::vector<std::string> codes) {
        FoundGroup change = founding(messi, std::move(id));
        change.codes = std::move(codes);
        return change;
    };
    EXPECT_EQ(changed(with_codes("one", {"aaaaaa", "bbbbbb"})).group->code, "aaaaaa");
    const Group two = *changed(with_codes("two", {"aaaaaa", "bbbbbb", "cccccc"})).group;
    EXPECT_EQ(two.code, "bbbbbb");
    EXPECT_EQ(refusal_of(apply(with_codes("three", {"aaaaaa", "bbbbbb"}))), ChatError::busy);
    EXPECT_EQ(refusal_of(apply(with_codes("three", {}))), ChatError::busy);
    EXPECT_FALSE(find_group("three").has_value());

    EXPECT_EQ(refusal_of(apply(SetGroupCode{messi, two.conversation, {"aaaaaa", "bbbbbb"}})), ChatError::busy)
        << "the old one is of no use any more";
    const GroupChanged renewed = changed(SetGroupCode{messi, two.conversation, {"aaaaaa", "cccccc"}});
    EXPECT_EQ(renewed.group->code, "cccccc");
    EXPECT_TRUE(renewed.entries.empty());
    in_every_state([&] {
        EXPECT_EQ(find_group("two").value().group.code, "cccccc");
        EXPECT_EQ(find_group("two").value().last, Seq(1));
        EXPECT_EQ(find_group_by_code("cccccc").value().group.card.id, "two");
        EXPECT_FALSE(find_group_by_code("bbbbbb").has_value());
        EXPECT_EQ(refusal_of(apply(entering(messi, two))), ChatError::unknown_group);
    });
    EXPECT_EQ(changed(with_codes("three", {"bbbbbb"})).group->code, "bbbbbb") << "free again";
    EXPECT_EQ(changed(SetGroupCode{UserId(), two.conversation, {"dddddd"}}).group->code, "dddddd") << "the operator";
}

TEST_P(StoreSuite, WhoKnowsTheCodeCanJoin) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId away = create("away");
    const Group group = found(messi, "lab");
    send(group_post(messi, group, "alone"));
    carry_out(SetAccountState{away, AccountState::disabled});
    const EnterGroup change = entering(maya, group);
    const GroupChanged joined = changed(change);
    EXPECT_TRUE(same(*joined.group, group));
    EXPECT_EQ(joined.now, (Members{{maya, GroupRole::member, Seq(3)}}));
    ASSERT_EQ(joined.entries.size(), 1u);
    EXPECT_EQ(joined.entries[0].body, "join maya");
    EXPECT_EQ(joined.entries[0].header.sender, maya);
    EXPECT_EQ(joined.entries[0].header.id, change.id);
    in_every_state([&] {
        const GroupChanged again = changed(entering(maya, group));
        EXPECT_TRUE(same(*again.group, group));
        EXPECT_TRUE(again.entries.empty() && again.now.empty() && again.left.empty()) << "twice is one membership";
        EXPECT_EQ(find_group("lab").value().last, Seq(3));
        EXPECT_EQ(refusal_of(apply(entering(away, group))), ChatError::account_disabled);
        EXPECT_EQ(refusal_of(apply(EnterGroup{messi, "ffffff", {}, now, {}})), ChatError::unknown_group);
        EXPECT_EQ(refusal_of(apply(EnterGroup{messi, "", {}, now, {}})), ChatError::unknown_group);
    });
}

TEST_P(StoreSuite, AdminsAddMembersEachForHimself) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId nania = create("nania");
    const UserId gone = create("gone");
    const UserId shy = create("shy");
    const UserId unwanted = create("unwanted");
    const Group group = found(messi, "lab", {maya});
    append({SetAccountState{gone, AccountState::deleted}, SetBlock{shy, messi, true},
            removing(messi, group, unwanted, KickFromGroup::Action::ban)});
    EXPECT_EQ(refusal_of(apply(adding(maya, group, {izza}))), ChatError::not_allowed);
    EXPECT_EQ(refusal_of(apply(adding(izza, group, {izza}))), ChatError::not_a_member);
    carry_out(SetAccountState{maya, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(adding(maya, group, {izza}))), ChatError::account_disabled);

    const GroupChanged added =
        changed(adding(messi, group, {messi, nania, UserId(77), gone, maya, izza, shy, unwanted}));
    ASSERT_EQ(added.entries.size(), 1u) << "one for all";
    EXPECT_EQ(added.entries[0].body, "invite nania izza");
    EXPECT_EQ(added.entries[0].header.sender, messi);
    EXPECT_EQ(added.now, (Members{{nania, GroupRole::member, Seq(3)}, {izza, GroupRole::member, Seq(3)}}));
    using Refused = std::vector<std::pair<UserId, ChatError>>;
    EXPECT_EQ(added.refused, (Refused{{messi, ChatError::already_member},
                                      {UserId(77), ChatError::unknown_recipient},
                                      {gone, ChatError::unknown_recipient},
                                      {maya, ChatError::already_member},
                                      {shy, ChatError::blocked},
                                      {unwanted, ChatError::banned}}));
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{messi, GroupRole::owner, Seq(1)},
                                              {maya, GroupRole::member, Seq(1)},
                                              {nania, GroupRole::member, Seq(3)},
                                              {izza, GroupRole::member, Seq(3)}}));
        const GroupChanged nobody = changed(adding(messi, group, {izza, gone}));
        EXPECT_TRUE(nobody.entries.empty() && nobody.now.empty());
        EXPECT_EQ(nobody.refused.size(), 2u);
        EXPECT_EQ(find_group("lab").value().last, Seq(3));
    });
}

TEST_P(StoreSuite, AGroupHasNoMoreMembersThanAllowed) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId nania = create("nania");
    const auto founded = [&](std::string id, Ids members) {
        FoundGroup change = founding(messi, std::move(id), std::move(members));
        change.limits.members_max = 3;
        return apply(change);
    };
    EXPECT_EQ(refusal_of(founded("lab", {maya, izza, nania})), ChatError::group_full);
    EXPECT_TRUE(founded("full", {maya, izza}).has_value());
    const Group group = *std::get<GroupChanged>(founded("lab", {maya}).value()).group;
    AddMembers two = adding(messi, group, {izza, nania});
    two.limits.members_max = 3;
    const GroupChanged added = changed(two);
    EXPECT_EQ(added.entries.at(0).body, "invite izza");
    EXPECT_EQ(added.refused, (std::vector<std::pair<UserId, ChatError>>{{nania, ChatError::group_full}}));
    EnterGroup enter = entering(nania, group);
    enter.limits.members_max = 3;
    in_every_state([&] { EXPECT_EQ(refusal_of(apply(enter)), ChatError::group_full); });
    const auto results = append({quitting(maya, group), enter});
    EXPECT_TRUE(results[1].has_value()) << "the same batch made room";
}

TEST_P(StoreSuite, AUserIsInNoMoreGroupsThanAllowed) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const GroupLimits two{.members_max = 0, .groups_max = 2};
    const auto founded = [&](UserId owner, std::string id, Ids members) {
        FoundGroup change = founding(owner, std::move(id), std::move(members));
        change.limits = two;
        return apply(change);
    };
    EXPECT_TRUE(founded(messi, "one", {}).has_value());
    const Group second = *std::get<GroupChanged>(founded(messi, "two", {maya}).value()).group;
    const Group other = found(izza, "other");
    EnterGroup enter = entering(messi, other);
    enter.limits = two;
    in_every_state([&] {
        EXPECT_EQ(refusal_of(founded(messi, "three", {})), ChatError::too_many_groups);
        EXPECT_EQ(refusal_of(founded(maya, "three", {messi})), ChatError::too_many_groups);
        EXPECT_EQ(refusal_of(apply(enter)), ChatError::too_many_groups);
    });
    AddMembers add = adding(izza, other, {messi, maya});
    add.limits = two;
    const GroupChanged added = changed(add);
    EXPECT_EQ(added.entries.at(0).body, "invite maya") << "it is her second";
    EXPECT_EQ(added.refused, (std::vector<std::pair<UserId, ChatError>>{{messi, ChatError::too_many_groups}}));
    const auto results = append({quitting(messi, second), enter});
    EXPECT_TRUE(results[1].has_value());
}

TEST_P(StoreSuite, GroupsOfAUserComeInTheOrderOfHisComing) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group a = found(maya, "a");
    const Group b = found(messi, "b");
    const Group c = found(maya, "c", {messi});
    changed(entering(messi, a));
    send(messi, maya, "not a group");
    in_every_state([&] {
        const auto groups = groups_of(messi);
        ASSERT_EQ(groups.size(), 3u);
        EXPECT_TRUE(same(groups[0].group, b));
        EXPECT_TRUE(same(groups[1].group, c));
        EXPECT_TRUE(same(groups[2].group, a));
        EXPECT_EQ(groups[0].role, GroupRole::owner);
        EXPECT_EQ(groups[1].role, GroupRole::member);
        EXPECT_EQ(groups[0].members, 1u);
        EXPECT_EQ(groups[2].members, 2u);
        EXPECT_TRUE(groups_of(UserId(77)).empty());
    });
    changed(quitting(messi, c));
    changed(entering(messi, c));
    changed(quitting(messi, b));
    in_every_state([&] {
        const auto groups = groups_of(messi);
        ASSERT_EQ(groups.size(), 2u);
        EXPECT_EQ(groups[0].group.card.id, "a");
        EXPECT_EQ(groups[1].group.card.id, "c");
        EXPECT_EQ(groups_of(maya).at(1).members, 2u);
    });
}

TEST_P(StoreSuite, AllGroupsAreListedInPagesById) {
    const UserId messi = create("messi");
    EXPECT_TRUE(run(store().list_groups("", 10)).value().empty());
    for (const char* id : {"maya", "Anna", "bert", "Zoe", "anna2"})
        found(messi, id);
    changed(quitting(messi, find_group("bert").value().group));
    const auto listed = [&](std::string after, std::size_t groups_max) {
        Texts ids;
        const auto groups = run(store().list_groups(std::move(after), groups_max));
        for (const Membership& one : groups.value())
            ids.push_back(fmt::format("{} {}", one.group.card.id, one.members));
        return ids;
    };
    in_every_state([&] {
        EXPECT_EQ(listed("", unlimited), (Texts{"Anna 1", "anna2 1", "bert 0", "maya 1", "Zoe 1"}));
        EXPECT_EQ(listed("", 2), (Texts{"Anna 1", "anna2 1"}));
        EXPECT_EQ(listed("anna2", 2), (Texts{"bert 0", "maya 1"}));
        EXPECT_EQ(listed("maya", 2), Texts{"Zoe 1"});
        EXPECT_EQ(listed("", 0), Texts());
        EXPECT_EQ(run(store().counts()).value().groups, 4);
        EXPECT_EQ(run(store().counts()).value().conversations, 5);
    });
}

TEST_P(StoreSuite, WhoLeavesIsNoMemberAnyMore) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab", {maya});
    EXPECT_EQ(refusal_of(apply(quitting(izza, group))), ChatError::not_a_member);
    const QuitGroup change = quitting(maya, group);
    const GroupChanged left = changed(change);
    ASSERT_EQ(left.entries.size(), 1u);
    EXPECT_EQ(left.entries[0].body, "leave maya");
    EXPECT_EQ(left.entries[0].header.sender, maya);
    EXPECT_EQ(left.entries[0].header.id, change.id);
    EXPECT_EQ(left.left, Ids{maya});
    EXPECT_TRUE(left.now.empty());
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{messi, GroupRole::owner, Seq(1)}}));
        EXPECT_TRUE(groups_of(maya).empty());
        EXPECT_EQ(refusal_of(apply(quitting(maya, group))), ChatError::not_a_member);
        EXPECT_EQ(refusal_of(apply(group_post(maya, group, "x"))), ChatError::not_a_member);
    });
    EXPECT_EQ(changed(entering(maya, group)).now, (Members{{maya, GroupRole::member, Seq(3)}}));
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{messi, GroupRole::owner, Seq(1)}, {maya, GroupRole::member, Seq(3)}}));
    });
}

TEST_P(StoreSuite, TheOldestAdminInheritsAGroup) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId nania = create("nania");
    const Group group = found(messi, "lab", {maya, nania, izza});
    append({giving(messi, group, izza, GroupRole::admin), giving(messi, group, nania, GroupRole::admin)});
    const QuitGroup change = quitting(messi, group);
    const GroupChanged left = changed(change);
    ASSERT_EQ(left.entries.size(), 2u);
    EXPECT_EQ(left.entries[0].body, "leave messi");
    EXPECT_EQ(left.entries[0].header.id, change.id);
    EXPECT_EQ(left.entries[1].body, "role owner nania");
    EXPECT_EQ(left.entries[1].header.id, change.id.sibling(1));
    EXPECT_EQ(left.entries[1].header.sender, messi);
    EXPECT_EQ(left.entries[1].header.seq, next(left.entries[0].header.seq));
    EXPECT_EQ(left.left, Ids{messi});
    EXPECT_EQ(left.now, (Members{{nania, GroupRole::owner, Seq(1)}}));
    in_every_state([&] {
        EXPECT_EQ(members_of(group), (Members{{maya, GroupRole::member, Seq(1)},
                                              {nania, GroupRole::owner, Seq(1)},
                                              {izza, GroupRole::admin, Seq(1)}}));
    });
}

TEST_P(StoreSuite, TheOldestMemberInheritsAGroupWithoutAdminsAndTheLastOneEndsIt) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab", {maya});
    append({quitting(maya, group), entering(izza, group), entering(maya, group)});
    EXPECT_EQ(changed(quitting(messi, group)).now, (Members{{izza, GroupRole::owner, Seq(3)}}))
        << "she came before maya came back";
    EXPECT_EQ(changed(quitting(izza, group)).now.at(0).user, maya);
    const GroupChanged ended = changed(quitting(maya, group));
    ASSERT_EQ(ended.entries.size(), 2u);
    EXPECT_EQ(ended.entries[0].body, "leave maya");
    EXPECT_EQ(ended.entries[1].body, "end");
    EXPECT_EQ(ended.entries[1].header.sender, maya);
    EXPECT_EQ(ended.left, Ids{maya});
    EXPECT_TRUE(ended.now.empty());
    EXPECT_TRUE(ended.group->ended);
    EXPECT_EQ(ended.group->code, "");
    in_every_state([&] {
        const StoredGroup stored = find_group("lab").value();
        EXPECT_TRUE(same(stored.group, *ended.group));
        EXPECT_TRUE(stored.members.empty());
        EXPECT_EQ(stored.last, ended.entries[1].header.seq);
        EXPECT_FALSE(find_group_by_code(group.code).has_value());
        EXPECT_EQ(run(store().counts()).value().groups, 0);
        EXPECT_EQ(refusal_of(apply(entering(maya, group))), ChatError::unknown_group);
        EXPECT_EQ(refusal_of(apply(group_post(maya, group, "x"))), ChatError::not_a_member);
        EXPECT_EQ(refusal_of(apply(SetGroupCode{UserId(), group.conversation, {"ffffff"}})), ChatError::not_found);
        EXPECT_EQ(notes_of(group), (Texts{"create maya", "leave maya", "join izza", "join maya", "leave messi",
                                          "role owner izza", "leave izza", "role owner maya", "leave maya", "end"}));
    });
    FoundGroup again = founding(messi, "lab2");
    again.codes = {group.code};
    EXPECT_EQ(changed(again).group->code, group.code) << "its code is free again";
}

TEST_P(StoreSuite, OneEntryServesAThousandMembers) {
    const UserId messi = create("messi");
    std::vector<Change> batch;
    for (int number = 0; number < 999; ++number) {
        CreateUser one;
        one.card = {fmt::format("user{}", number), "", ""};
        batch.emplace_back(one);
    }
    Ids others;
    for (const ChangeResult& result : append(std::move(batch)))
        others.push_back(std::get<UserCreated>(result.value()).user);
    const Group group = found(messi, "lab", others);
    const auto before = run(store().counts()).value().entries;
    const EntryHeader header = send(group_post(messi, group, "to all"));
    EXPECT_EQ(run(store().counts()).value().entries, before + 1);
    in_every_state([&] {
        EXPECT_EQ(members_of(group).size(), 1000u);
        EXPECT_EQ(groups_of(others.back()).at(0).members, 1000u);
        EXPECT_TRUE(unread(messi).empty());
        for (const UserId user : {others.front(), others.back()})
            EXPECT_EQ(unread(user).at(0).oldest_unread, header.position);
    });
}

// Posts.

TEST_P(StoreSuite, APostInAGroupIsOneEntry) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab", {maya});
    const PostToGroup change = group_post(maya, group, "halo");
    const ChangeResult result = apply(change);
    const Posted& posted = std::get<Posted>(result.value());
    ASSERT_EQ(posted.entries.size(), 1u);
    EXPECT_FALSE(posted.repeated);
    EXPECT_EQ(posted.entries[0].conversation, group.conversation);
    EXPECT_EQ(posted.entries[0].seq, Seq(2));
    EXPECT_EQ(posted.entries[0].id, change.id);
    EXPECT_EQ(posted.entries[0].sender, maya);
    EXPECT_EQ(posted.entries[0].kind, EntryKind::message);
    Group none;
    none.conversation = ConversationId(99);
    in_every_state([&] {
        const auto entries = log(group.conversation);
        ASSERT_EQ(entries.size(), 2u);
        EXPECT_TRUE(same(entries[1].header, posted.entries[0]));
        EXPECT_EQ(entries[1].body, "halo");
        EXPECT_EQ(refusal_of(apply(group_post(izza, group, "x"))), ChatError::not_a_member);
        EXPECT_EQ(refusal_of(apply(group_post(messi, none, "x"))), ChatError::not_found);
    });
    carry_out(SetAccountState{maya, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(group_post(maya, group, "x"))), ChatError::account_disabled);
    EXPECT_EQ(find_group("lab").value().last, Seq(2));
}

TEST_P(StoreSuite, RightsInAGroupAreDecidedInCommitOrder) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab", {maya});
    const auto results = append(
        {group_post(maya, group, "before"), removing(messi, group, maya), group_post(maya, group, "queued"),
         entering(maya, group), group_post(maya, group, "back"), quitting(messi, group), adding(maya, group, {messi})});
    EXPECT_TRUE(results[0].has_value());
    EXPECT_TRUE(results[1].has_value());
    EXPECT_EQ(refusal_of(results[2]), ChatError::not_a_member);
    for (std::size_t i = 3; i < results.size(); ++i)
        EXPECT_TRUE(results[i].has_value()) << i;
    in_every_state([&] {
        EXPECT_EQ(bodies_of(log(group.conversation)), (Texts{"create maya", "before", "kick maya", "join maya", "back",
                                                             "leave messi", "role owner maya", "invite messi"}));
    });
}

TEST_P(StoreSuite, AKeyedPostInAGroupTakesEffectOnce) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab", {maya});
    const Group other = found(messi, "other");
    const auto request = [&](const Group& to, std::string body, std::int64_t number) {
        PostToGroup made = group_post(messi, to, std::move(body));
        made.key = IdempotencyKey{"laptop", number};
        return made;
    };
    const EntryHeader first = send(request(group, "once", 7));
    in_every_state([&] {
        const ChangeResult again = apply(request(group, "once", 7));
        const Posted& posted = std::get<Posted>(again.value());
        EXPECT_TRUE(posted.repeated);
        ASSERT_EQ(posted.entries.size(), 1u);
        EXPECT_TRUE(same(posted.entries[0], first));
        EXPECT_EQ(refusal_of(apply(request(group, "twice", 7))), ChatError::key_conflict);
        EXPECT_EQ(refusal_of(apply(request(other, "once", 7))), ChatError::key_conflict);
        EXPECT_EQ(refusal_of(apply(keyed(post(messi, {maya}, "once"), "laptop", 7))), ChatError::key_conflict);
        EXPECT_EQ(refusal_of(apply(request(group, "zero", 0))), ChatError::key_expired);
        EXPECT_EQ(find_group("lab").value().last, Seq(2));
        EXPECT_EQ(find_group("other").value().last, Seq(1));
    });
    changed(quitting(messi, group));
    EXPECT_TRUE(std::get<Posted>(apply(request(group, "once", 7)).value()).repeated) << "what was stored stays true";
    EXPECT_EQ(refusal_of(apply(request(group, "new", 8))), ChatError::not_a_member);
    send(keyed(post(messi, {maya}, "new"), "laptop", 8));
    EXPECT_EQ(refusal_of(apply(request(other, "new", 8))), ChatError::key_conflict);
}

}  // namespace
}  // namespace obrol
