// Who belongs to a group, and what its members may do.
#include <gtest/gtest.h>

#include "tests/support/people.h"

namespace obrol {
namespace {

class GroupTest : public testing::Test {
  protected:
    explicit GroupTest(Chat::Options options = {}) : parts(1, std::move(options)) {
        for (const char* name : {"messi", "henderson", "maya", "izza"})
            people.add(name);
    }
    // "messi=owner maya=member"
    std::string members(const std::string& name, const std::string& place = "#lab") {
        std::string text;
        for (const auto& member : people.get<MemberList>(name, ListMembers{parse_place(place)}).members)
            text += fmt::format("{}{}={}", text.empty() ? "" : " ", member.user.name, to_string(member.role));
        return text;
    }
    static InviteToGroup invite(const std::string& names) {
        return InviteToGroup{parse_place("#lab"), parse_address_list(names)};
    }
    static KickFromGroup kick(const std::string& name, KickFromGroup::Action action = KickFromGroup::Action::kick) {
        return KickFromGroup{parse_place("#lab"), parse_address(name), action};
    }
    static SetGroupRole promote(const std::string& name, GroupRole role = GroupRole::admin) {
        return SetGroupRole{parse_place("#lab"), parse_address(name), role};
    }
    static LeaveGroup leave() { return LeaveGroup{parse_place("#lab")}; }

    ChatParts parts;
    People people{parts};
    const KickFromGroup::Action ban = KickFromGroup::Action::ban;
    const KickFromGroup::Action unban = KickFromGroup::Action::unban;
};

TEST_F(GroupTest, TheMakerIsTheOwnerAndTheNamedOnesAreInAtOnce) {
    const auto made = people.get<GroupCreated>(
        "messi", CreateGroup{"Lab", "The laboratory", parse_address_list("maya,MAYA,messi,henderson@local")});
    EXPECT_EQ(made.group.card, (GroupCard{"Lab", "The laboratory"}));
    EXPECT_EQ(made.group.role, GroupRole::owner);
    EXPECT_EQ(made.group.members, 3u);
    EXPECT_TRUE(is_join_code(made.group.code)) << made.group.code;
    EXPECT_TRUE(made.group.conversation);
    EXPECT_EQ(members("maya", "#LAB"), "messi=owner maya=member henderson=member");
    for (const char* name : {"messi", "maya", "henderson"})
        EXPECT_EQ(people.heard(name), "1:create maya henderson");
    EXPECT_EQ(people.heard("izza"), "");
}

TEST_F(GroupTest, IdAndNameMayBeLeftOut) {
    const GroupView unnamed = people.found("messi", "");
    EXPECT_EQ(unnamed.card.id.size(), 9u);
    EXPECT_EQ(unnamed.card.id.front(), 'g');
    EXPECT_EQ(unnamed.card.name, unnamed.card.id);
    const auto named = people.get<GroupCreated>("messi", CreateGroup{"", "Friends", {}}).group;
    EXPECT_EQ(named.card.name, "Friends");
    EXPECT_NE(named.card.id, unnamed.card.id);
    EXPECT_NE(named.code, unnamed.code);
    EXPECT_EQ(people.get<GroupCreated>("maya", CreateGroup{"", "Friends", {}}).group.card.name, "Friends") << "again";
}

TEST_F(GroupTest, WhatCannotBeMadeIsRefusedWithoutATrace) {
    people.found("messi", "lab");
    const Refused taken = people.refusal("maya", CreateGroup{"LAB", "", {}});
    EXPECT_EQ(taken.why, ChatError::group_taken);
    EXPECT_EQ(taken.subject, "LAB");
    const Refused bad_id = people.refusal("maya", CreateGroup{"a b", "", {}});
    EXPECT_EQ(bad_id.why, ChatError::bad_group_name);
    EXPECT_EQ(bad_id.subject, "a name has only letters, digits, '_', '.' and '-'");
    EXPECT_EQ(people.refusal("maya", CreateGroup{"ok", "a\nb", {}}).subject, "the name has control characters");
    const Refused unknown = people.refusal("maya", CreateGroup{"ok", "", parse_address_list("izza,pogba")});
    EXPECT_EQ(unknown.why, ChatError::unknown_recipient);
    EXPECT_EQ(unknown.subject, "pogba");
    EXPECT_TRUE(unknown.of_several);
    const Refused foreign = people.refusal("maya", CreateGroup{"ok", "", parse_address_list("izza@B")});
    EXPECT_EQ(foreign.why, ChatError::unknown_server);
    EXPECT_EQ(foreign.subject, "B");
    people.get<Acknowledged>("izza", Block{parse_address("maya"), true});
    const Refused blocked = people.refusal("maya", CreateGroup{"ok", "", parse_address_list("izza")});
    EXPECT_EQ(blocked.why, ChatError::blocked);
    EXPECT_EQ(blocked.subject, "izza");
    EXPECT_TRUE(people.get<GroupList>("maya", ListGroups{}).groups.empty());
    EXPECT_TRUE(people.get<GroupList>("izza", ListGroups{}).groups.empty());
    people.found("maya", "ok");
}

TEST_F(GroupTest, ANameHasAHundredCharactersAtMost) {
    const std::string name(300, 'x');
    people.get<GroupCreated>("messi", CreateGroup{name.substr(0, 100), name.substr(0, 100), {}});
    EXPECT_EQ(people.refusal("messi", CreateGroup{name.substr(0, 101), "", {}}).subject,
              "the name is longer than 100 characters");
    EXPECT_EQ(people.refusal("messi", CreateGroup{"lab", name.substr(0, 101), {}}).subject,
              "the name has more than 100 characters");
}

TEST_F(GroupTest, OnesGroupsAreListedAsOneCameToThem) {
    const GroupView second = people.found("messi", "second"), first = people.found("maya", "first");
    people.get<GroupJoined>("henderson", JoinGroup{first.code});
    people.get<GroupJoined>("henderson", JoinGroup{second.code});
    const auto groups = people.get<GroupList>("henderson", ListGroups{}).groups;
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].card.id, "first");
    EXPECT_EQ(groups[1].card.id, "second");
    EXPECT_EQ(groups[1].role, GroupRole::member);
    EXPECT_EQ(groups[1].members, 2u);
    EXPECT_EQ(groups[1].code, second.code);
    EXPECT_EQ(groups[1].conversation, second.conversation);
    EXPECT_EQ(people.get<GroupList>("messi", ListGroups{}).groups.at(0).role, GroupRole::owner);
}

TEST_F(GroupTest, OnlyMembersSeeTheMembersAndWhoIsOnline) {
    people.found("messi", "lab", "maya");
    parts.add_user("away");
    people.get<MembersAdded>("messi", invite("away"));
    const auto list = people.get<MemberList>("maya", ListMembers{parse_place("#lab@local")});
    ASSERT_EQ(list.members.size(), 3u);
    EXPECT_TRUE(list.members[0].online);
    EXPECT_FALSE(list.members[2].online);
    EXPECT_EQ(list.group.role, GroupRole::member);
    const Refused stranger = people.refusal("izza", ListMembers{parse_place("#lab")});
    EXPECT_EQ(stranger.why, ChatError::not_a_member);
    EXPECT_EQ(stranger.subject, "");
    const Refused unknown = people.refusal("izza", ListMembers{parse_place("#nolab")});
    EXPECT_EQ(unknown.why, ChatError::unknown_group);
    EXPECT_EQ(unknown.subject, "#nolab");
    const Refused foreign = people.refusal("izza", ListMembers{parse_place("#lab@B")});
    EXPECT_EQ(foreign.why, ChatError::unknown_server);
    EXPECT_EQ(foreign.subject, "B");
    EXPECT_EQ(people.why("izza", ListMembers{parse_place("maya")}), ChatError::unknown_group);
}

TEST_F(GroupTest, WhoeverKnowsTheCodeCanJoinOnce) {
    const GroupView lab = people.found("messi", "lab");
    const auto joined = people.get<GroupJoined>("maya", JoinGroup{lab.code});
    EXPECT_FALSE(joined.already);
    EXPECT_EQ(joined.group.card.id, "lab");
    EXPECT_EQ(joined.group.members, 2u);
    EXPECT_EQ(joined.group.role, GroupRole::member);
    EXPECT_TRUE(people.get<GroupJoined>("maya", JoinGroup{lab.code}).already);
    EXPECT_EQ(people.heard("messi"), "1:create 2:join maya");
    EXPECT_EQ(people.heard("maya"), "2:join maya");
    const Refused unknown = people.refusal("izza", JoinGroup{"nocode"});
    EXPECT_EQ(unknown.why, ChatError::unknown_group);
    EXPECT_EQ(unknown.subject, "nocode");
    EXPECT_EQ(people.why("izza", JoinGroup{lab.code == "123456" ? "123457" : "123456"}), ChatError::unknown_group);
    EXPECT_EQ(people.why("izza", JoinGroup{"lab"}), ChatError::unknown_group) << "the code, never the id";
}

TEST_F(GroupTest, ANewCodeReplacesTheOldOne) {
    const GroupView lab = people.found("messi", "lab", "maya");
    EXPECT_EQ(people.why("maya", RenewGroupCode{parse_place("#lab")}), ChatError::not_allowed);
    EXPECT_EQ(people.why("izza", RenewGroupCode{parse_place("#lab")}), ChatError::not_a_member);
    const auto renewed = people.get<GroupCodeRenewed>("messi", RenewGroupCode{parse_place("#lab")});
    EXPECT_NE(renewed.group.code, lab.code);
    EXPECT_EQ(people.why("izza", JoinGroup{lab.code}), ChatError::unknown_group);
    EXPECT_FALSE(people.get<GroupJoined>("izza", JoinGroup{renewed.group.code}).already);
    EXPECT_EQ(people.get<GroupList>("maya", ListGroups{}).groups.at(0).code, renewed.group.code);
}

TEST_F(GroupTest, TheOldestAdminOrElseMemberFollowsAnOwnerWhoLeaves) {
    people.found("messi", "lab", "maya,henderson,izza");
    people.get<MemberChanged>("messi", promote("henderson"));
    const auto left = people.get<GroupLeft>("messi", leave());
    EXPECT_EQ(left.group.id, "lab");
    EXPECT_FALSE(left.ended);
    EXPECT_EQ(members("maya"), "maya=member henderson=owner izza=member");
    EXPECT_EQ(people.heard("messi"), "1:create maya henderson izza 2:role admin henderson 3:leave messi");
    EXPECT_EQ(people.heard("izza"),
              "1:create maya henderson izza 2:role admin henderson 3:leave messi 4:role owner henderson");
    people.get<GroupLeft>("henderson", leave());
    EXPECT_EQ(members("maya"), "maya=owner izza=member");
    EXPECT_EQ(people.why("messi", leave()), ChatError::not_a_member);
}

TEST_F(GroupTest, AGroupEndsWithItsLastMember) {
    const GroupView lab = people.found("messi", "lab");
    EXPECT_TRUE(people.get<GroupLeft>("messi", leave()).ended);
    EXPECT_EQ(people.heard("messi"), "1:create 2:leave messi");
    EXPECT_EQ(people.why("maya", JoinGroup{lab.code}), ChatError::unknown_group);
    EXPECT_EQ(people.why("maya", CreateGroup{"lab", "", {}}), ChatError::group_taken);
    EXPECT_EQ(people.why("messi", SendToGroup{parse_place("#lab"), "x", std::nullopt}), ChatError::not_a_member);
    EXPECT_TRUE(people.get<GroupList>("messi", ListGroups{}).groups.empty());
}

TEST_F(GroupTest, AdminsInviteAndEachNameCountsForItself) {
    people.found("messi", "lab", "maya");
    EXPECT_EQ(people.why("maya", invite("izza")), ChatError::not_allowed);
    EXPECT_EQ(people.why("izza", invite("izza")), ChatError::not_a_member);
    EXPECT_EQ(people.why("izza", invite("pogba")), ChatError::not_a_member) << "before any name is looked at";
    const auto added = people.get<MembersAdded>("messi", invite("pogba,IZZA,maya,izza,x@B,Pogba"));
    EXPECT_EQ(added.added, std::vector<std::string>{"izza"});
    ASSERT_EQ(added.failed.size(), 3u);
    EXPECT_EQ(added.failed[0].name, "pogba");
    EXPECT_EQ(added.failed[0].why, ChatError::unknown_recipient);
    EXPECT_EQ(added.failed[1].name, "maya");
    EXPECT_EQ(added.failed[1].why, ChatError::already_member);
    EXPECT_EQ(added.failed[2].name, "x@B");
    EXPECT_EQ(added.failed[2].why, ChatError::unknown_server);
    EXPECT_EQ(people.heard("izza"), "2:invite izza");
    people.get<MemberChanged>("messi", promote("maya"));
    people.get<MembersAdded>("maya", invite("henderson"));
    EXPECT_EQ(members("messi"), "messi=owner maya=admin izza=member henderson=member");
}

TEST_F(GroupTest, AnInvitationOfNobodyIsRefusedWithTheFirstReason) {
    people.found("messi", "lab", "maya");
    const Refused one = people.refusal("messi", invite("pogba"));
    EXPECT_EQ(one.why, ChatError::unknown_recipient);
    EXPECT_EQ(one.subject, "pogba");
    EXPECT_FALSE(one.of_several);
    const Refused several = people.refusal("messi", invite("maya,pogba"));
    EXPECT_EQ(several.why, ChatError::already_member);
    EXPECT_EQ(several.subject, "maya");
    EXPECT_TRUE(several.of_several);
    people.get<Acknowledged>("izza", Block{parse_address("messi"), true});
    EXPECT_EQ(people.why("messi", invite("izza")), ChatError::blocked);
    EXPECT_EQ(people.why("messi", invite("")), ChatError::missing_argument);
    EXPECT_EQ(people.heard("maya"), "1:create maya") << "nothing happened";
}

TEST_F(GroupTest, AdminsKickAndBanThoseBelowThem) {
    const GroupView lab = people.found("messi", "lab", "maya,henderson,izza");
    people.get<MemberChanged>("messi", promote("maya"));
    people.get<MemberChanged>("messi", promote("henderson"));
    EXPECT_EQ(people.why("izza", kick("henderson")), ChatError::not_allowed);
    EXPECT_EQ(people.why("maya", kick("henderson")), ChatError::not_allowed);
    EXPECT_EQ(people.why("maya", kick("messi")), ChatError::not_allowed);
    EXPECT_EQ(people.why("maya", kick("maya")), ChatError::not_allowed);
    EXPECT_EQ(people.why("maya", kick("pogba")), ChatError::unknown_recipient);
    people.heard("izza");
    EXPECT_EQ(people.get<MemberChanged>("maya", kick("izza")).who.name, "izza");
    EXPECT_EQ(people.heard("izza"), "4:kick izza");
    const Refused gone = people.refusal("maya", kick("izza"));
    EXPECT_EQ(gone.why, ChatError::not_a_member);
    EXPECT_EQ(gone.subject, "izza");
    EXPECT_EQ(people.refusal("izza", kick("maya")).subject, "") << "that is oneself";
    EXPECT_FALSE(people.get<GroupJoined>("izza", JoinGroup{lab.code}).already) << "kicked, not banned";

    people.get<MemberChanged>("maya", kick("izza", ban));
    EXPECT_EQ(people.why("izza", JoinGroup{lab.code}), ChatError::banned);
    EXPECT_EQ(people.refusal("maya", invite("izza")).why, ChatError::banned);
    people.get<MemberChanged>("maya", kick("izza", ban));
    people.heard("messi");
    people.get<MemberChanged>("maya", kick("izza", unban));
    EXPECT_EQ(people.heard("messi"), "7:unban izza");
    EXPECT_FALSE(people.get<GroupJoined>("izza", JoinGroup{lab.code}).already);
    EXPECT_EQ(members("izza"), "messi=owner maya=admin henderson=admin izza=member");
}

TEST_F(GroupTest, TheOwnerGivesAndTakesRoles) {
    people.found("messi", "lab", "maya,henderson");
    EXPECT_EQ(people.why("maya", promote("maya")), ChatError::not_allowed);
    const Refused stranger = people.refusal("messi", promote("izza"));
    EXPECT_EQ(stranger.why, ChatError::not_a_member);
    EXPECT_EQ(stranger.subject, "izza");
    people.get<MemberChanged>("messi", promote("maya"));
    people.get<MemberChanged>("messi", promote("maya", GroupRole::member));
    people.get<MemberChanged>("messi", promote("henderson", GroupRole::owner));
    EXPECT_EQ(members("maya"), "messi=admin maya=member henderson=owner");
    EXPECT_EQ(people.why("messi", promote("maya")), ChatError::not_allowed);
    EXPECT_EQ(people.why("henderson", promote("henderson", GroupRole::member)), ChatError::not_allowed);
    EXPECT_EQ(people.heard("maya"),
              "1:create maya henderson 2:role admin maya 3:role member maya 4:role owner henderson");
}

TEST_F(GroupTest, AMemberMayCallTheGroupByItsCode) {
    const GroupView lab = people.found("messi", "lab");
    const Place place{Place::Kind::group_code, Address{lab.code, ""}};
    const auto sent = people.get<MessageSent>("messi", SendToGroup{place, "halo", std::nullopt});
    EXPECT_EQ(sent.copies.at(0).to, "#lab");
    EXPECT_EQ(people.why("maya", SendToGroup{place, "halo", std::nullopt}), ChatError::not_a_member);
    people.get<GroupLeft>("messi", LeaveGroup{place});
}

TEST_F(GroupTest, NothingWorksWithoutALogin) {
    people.found("messi", "lab");
    const auto stranger = parts.chat.connect("127.0.0.1");
    const Place lab = parse_place("#lab");
    for (People::Body& body : std::vector<People::Body>{
             SendToGroup{lab, "x", std::nullopt}, FetchUnread{lab}, ListUnread{}, CreateGroup{}, ListGroups{},
             ListMembers{lab}, JoinGroup{"123456"}, leave(), invite("maya"), kick("maya"), promote("maya"),
             RenewGroupCode{lab}, AddContacts{parse_address_list("maya")}, RemoveContacts{parse_address_list("maya")},
             ListContacts{}}) {
        const Reply reply = parts.ask(*stranger, std::move(body));
        ASSERT_TRUE(std::holds_alternative<Refused>(reply));
        EXPECT_EQ(std::get<Refused>(reply).why, ChatError::not_authorized);
    }
}

TEST_F(GroupTest, AFailedWriteChangesNothing) {
    const GroupView lab = people.found("messi", "lab");
    parts.store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(people.why("maya", JoinGroup{lab.code}), ChatError::not_stored);
    EXPECT_EQ(members("messi"), "messi=owner");
    EXPECT_EQ(people.heard("messi"), "1:create");
    parts.store.fail_next_read("a bad page");
    EXPECT_EQ(people.why("messi", ListGroups{}), ChatError::unavailable);
    EXPECT_FALSE(people.get<GroupJoined>("maya", JoinGroup{lab.code}).already);
}

class SmallGroupTest : public GroupTest {
  protected:
    static Chat::Options small() {
        Chat::Options options;
        options.group_members_max = 2;
        options.groups_per_user_max = 2;
        return options;
    }
    SmallGroupTest() : GroupTest(small()) {}
};

TEST_F(SmallGroupTest, AGroupHasItsLimit) {
    EXPECT_EQ(people.why("messi", CreateGroup{"lab", "", parse_address_list("maya,izza")}), ChatError::group_full);
    const GroupView lab = people.found("messi", "lab", "maya");
    EXPECT_EQ(people.why("izza", JoinGroup{lab.code}), ChatError::group_full);
    EXPECT_EQ(people.why("messi", invite("izza")), ChatError::group_full);
    EXPECT_TRUE(people.get<GroupJoined>("maya", JoinGroup{lab.code}).already) << "is in already";
    people.get<GroupLeft>("maya", leave());
    people.get<GroupJoined>("izza", JoinGroup{lab.code});
    EXPECT_EQ(people.get<Welcome>("izza", Hello{}).group_members_max, 2u);
}

TEST_F(SmallGroupTest, SoHasAUser) {
    people.found("messi", "one");
    people.found("messi", "two");
    EXPECT_EQ(people.why("messi", CreateGroup{"three", "", {}}), ChatError::too_many_groups);
    const GroupView lab = people.found("maya", "lab");
    EXPECT_EQ(people.why("messi", JoinGroup{lab.code}), ChatError::too_many_groups);
    EXPECT_EQ(people.why("maya", invite("messi")), ChatError::too_many_groups);
    people.get<GroupLeft>("messi", LeaveGroup{parse_place("#two")});
    people.get<GroupJoined>("messi", JoinGroup{lab.code});
}

}  // namespace
}  // namespace obrol
