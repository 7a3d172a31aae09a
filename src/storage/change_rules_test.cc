// The rules' own promises; what they decide is tested through every store by tests/store_suite.
#include "storage/change_rules.h"

#include <gtest/gtest.h>
#include <string>

#include "storage/memory/memory_tables.h"

namespace obrol {
namespace {

constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

class ChangeRulesTest : public testing::Test {
  protected:
    ChangeRulesTest() {
        tables.begin();
        for (UserId* user : {&messi, &maya, &izza, &gone, &away}) {
            CreateUser create;
            create.card.name = "user" + std::to_string(++users);
            *user = std::get<UserCreated>(apply_change(tables, create).value()).user;
        }
        carry_out(SetAccountState{gone, AccountState::deleted});
        carry_out(SetAccountState{away, AccountState::disabled});
        carry_out(SetBlock{izza, messi, true});
    }
    ~ChangeRulesTest() override { tables.rollback(); }

    struct Case {
        std::string what;
        Change change;
        ChatError expected;
    };
    void expect_refused(const std::vector<Case>& cases) {
        tables.fail_after(0, "a refused change was written");
        for (const Case& refused : cases) {
            SCOPED_TRACE(refused.what);
            const ChangeResult result = apply_change(tables, refused.change);
            ASSERT_FALSE(result.has_value());
            EXPECT_EQ(result.error(), refused.expected);
        }
        EXPECT_THROW(apply_change(tables, SetBlock{maya, messi, true}), TablesFailed) << "the trap was set";
    }
    static FoundGroup founding(UserId owner, std::string id, std::string code, std::vector<UserId> members) {
        FoundGroup change;
        change.owner = owner;
        change.card = {id, id};
        change.codes = {std::move(code)};
        change.members = std::move(members);
        return change;
    }
    Group found(UserId owner, std::string id, std::string code, std::vector<UserId> members) {
        const Change change = founding(owner, std::move(id), std::move(code), std::move(members));
        return *std::get<GroupChanged>(apply_change(tables, change).value()).group;
    }
    void carry_out(const Change& change) { ASSERT_TRUE(apply_change(tables, change).has_value()); }
    PostDirect post(UserId sender, std::vector<UserId> to, std::string body) {
        PostDirect made;
        made.sender = sender;
        for (const UserId user : to)
            made.copies.push_back({user, MessageId{}});
        made.body = std::move(body);
        made.at = start;
        return made;
    }
    static CreateUser invited(std::string name, std::string_view code) {
        CreateUser create;
        create.card.name = std::move(name);
        create.at = start;
        create.invitation = digest(code);
        return create;
    }
    PostDirect keyed(PostDirect post, std::int64_t number) {
        post.key = IdempotencyKey{"laptop", number};
        return post;
    }

    MemoryTables tables;
    UserId messi, maya, izza, gone, away;
    int users = 0;
};

TEST_F(ChangeRulesTest, ARefusedChangeWritesNothing) {
    carry_out(keyed(post(messi, {maya}, "first"), 2000));
    carry_out(StartSession{messi, digest("a"), start});
    CreateInvitation invitation;
    invitation.code = digest("good");
    carry_out(invitation);
    invitation.code = digest("expired");
    invitation.expires_at = start;
    carry_out(invitation);
    const UserId nobody(99);
    CreateUser taken;
    taken.card.name = "USER1";
    PostDirect of_another_kind = keyed(post(messi, {maya}, "first"), 2000);
    of_another_kind.kind = EntryKind::file;
    const std::vector<Case> cases{
        {"taken name", taken, ChatError::name_taken},
        {"password of nobody", SetPassword{nobody, "x", {}}, ChatError::unknown_user},
        {"password of a deleted user", SetPassword{gone, "x", {}}, ChatError::unknown_user},
        {"role of nobody", SetRole{nobody, Role::admin}, ChatError::unknown_user},
        {"role of a deleted user", SetRole{gone, Role::admin}, ChatError::unknown_user},
        {"profile of nobody", SetProfile{nobody, "x", "x"}, ChatError::unknown_user},
        {"profile of a deleted user", SetProfile{gone, "x", "x"}, ChatError::unknown_user},
        {"state of nobody", SetAccountState{nobody, AccountState::active}, ChatError::unknown_user},
        {"a deleted user again", SetAccountState{gone, AccountState::active}, ChatError::unknown_user},
        {"session of nobody", StartSession{nobody, {}, start}, ChatError::unknown_user},
        {"session of a deleted user", StartSession{gone, {}, start}, ChatError::unknown_user},
        {"session of a disabled user", StartSession{away, {}, start}, ChatError::account_disabled},
        {"one session too many", StartSession{messi, digest("b"), start, 1}, ChatError::too_many_sessions},
        {"a session that is not there", EndSession{SessionId(2)}, ChatError::not_found},
        {"somebody else's session", EndSession{SessionId(1), maya}, ChatError::not_found},
        {"use of a session that is not there", NoteSessionUse{SessionId(2), start}, ChatError::not_found},
        {"an invitation that is not there", RevokeInvitation{InvitationId(3)}, ChatError::not_found},
        {"unknown invitation", invited("new", "unknown"), ChatError::bad_invitation},
        {"unknown invitation, taken name", invited("USER1", "unknown"), ChatError::bad_invitation},
        {"expired invitation", invited("new", "expired"), ChatError::bad_invitation},
        {"good invitation, taken name", invited("USER1", "good"), ChatError::name_taken},
        {"post by nobody", post(nobody, {maya}, "x"), ChatError::account_disabled},
        {"post by a deleted user", post(gone, {maya}, "x"), ChatError::account_disabled},
        {"post by a disabled user", post(away, {maya}, "x"), ChatError::account_disabled},
        {"post to nobody after a good one", post(messi, {maya, nobody}, "x"), ChatError::unknown_recipient},
        {"post to a deleted user after new ones", post(messi, {away, messi, gone}, "x"), ChatError::unknown_recipient},
        {"post to who blocked after a good one", post(messi, {maya, izza}, "x"), ChatError::blocked},
        {"keyed post to who blocked", keyed(post(messi, {maya, izza}, "x"), 2001), ChatError::blocked},
        {"another body", keyed(post(messi, {maya}, "second"), 2000), ChatError::key_conflict},
        {"another recipient", keyed(post(messi, {away}, "first"), 2000), ChatError::key_conflict},
        {"one recipient more", keyed(post(messi, {maya, away}, "first"), 2000), ChatError::key_conflict},
        {"another kind", of_another_kind, ChatError::key_conflict},
        {"below the window", keyed(post(messi, {maya}, "old"), 1000), ChatError::key_expired},
        {"number zero", keyed(post(messi, {maya}, "zero"), 0), ChatError::key_expired},
        {"the lowest number", keyed(post(maya, {maya}, "low"), INT64_MIN), ChatError::key_expired},
        {"cursor of a stranger", AdvanceCursor{izza, ConversationId(1), {}, Seq(1)}, ChatError::not_found},
        {"cursor of no conversation", AdvanceCursor{messi, ConversationId(9), {}, Seq(1)}, ChatError::not_found},
        {"block by nobody", SetBlock{nobody, maya, true}, ChatError::unknown_user},
        {"block of nobody", SetBlock{maya, nobody, true}, ChatError::unknown_user},
        {"block of a deleted user", SetBlock{maya, gone, true}, ChatError::unknown_user},
        {"body beyond the log", ReplaceBody{ConversationId(1), Seq(2), "x"}, ChatError::not_found},
        {"body before the log", EraseBody{ConversationId(1), Seq(0)}, ChatError::not_found},
        {"body of no conversation", EraseBody{ConversationId(9), Seq(1)}, ChatError::not_found},
    };
    expect_refused(cases);
}

TEST_F(ChangeRulesTest, ARefusedChangeOfAGroupWritesNothing) {
    const UserId nobody(99);
    const Group lab = found(messi, "lab", "aaaaaa", {maya, away});
    const Group full = found(messi, "full", "bbbbbb", {maya});
    const auto founding_by = [&](UserId owner, std::string id, std::vector<UserId> members) {
        return founding(owner, std::move(id), "cccccc", std::move(members));
    };
    FoundGroup no_code = founding_by(messi, "new", {maya});
    no_code.codes = {"aaaaaa"};
    FoundGroup too_many = founding_by(messi, "new", {maya});
    too_many.limits.members_max = 1;
    FoundGroup one_too_many = founding_by(izza, "new", {maya});
    one_too_many.limits.groups_max = 2;
    carry_out(SetAccountState{away, AccountState::active});
    const UserId banned = away;
    carry_out(RemoveMember{messi, lab.conversation, banned, KickFromGroup::Action::ban, {}, start});
    const auto removing = [&](UserId by, UserId who) {
        return RemoveMember{by, lab.conversation, who, KickFromGroup::Action::kick, {}, start};
    };
    const auto giving = [&](UserId by, UserId who) {
        return SetMemberRole{by, lab.conversation, who, GroupRole::member, {}, start};
    };
    PostToGroup stray{.sender = izza, .group = lab.conversation, .id = {}, .body = "x"};
    stray.key = IdempotencyKey{"laptop", 1};
    PostToGroup nowhere = stray;
    nowhere.group = ConversationId(99);
    const std::vector<Case> cases{
        {"founded by a deleted user", founding_by(gone, "new", {}), ChatError::account_disabled},
        {"taken id", founding_by(messi, "LAB", {}), ChatError::group_taken},
        {"unknown member after a good one", founding_by(messi, "new", {maya, nobody}), ChatError::unknown_recipient},
        {"a member who has blocked the owner", founding_by(messi, "new", {maya, izza}), ChatError::blocked},
        {"more members than allowed", too_many, ChatError::group_full},
        {"a member with too many groups", one_too_many, ChatError::too_many_groups},
        {"no free code", no_code, ChatError::busy},
        {"unknown code", EnterGroup{izza, "cccccc", {}, start, {}}, ChatError::unknown_group},
        {"banned", EnterGroup{banned, "aaaaaa", {}, start, {}}, ChatError::banned},
        {"full", EnterGroup{izza, "bbbbbb", {}, start, {2, 0}}, ChatError::group_full},
        {"leaving by a stranger", QuitGroup{izza, lab.conversation, {}, start}, ChatError::not_a_member},
        {"adding by a member", AddMembers{maya, lab.conversation, {izza}, {}, start, {}}, ChatError::not_allowed},
        {"kick by a member", removing(maya, messi), ChatError::not_allowed},
        {"kick of a stranger", removing(messi, izza), ChatError::not_a_member},
        {"role by a member", giving(maya, maya), ChatError::not_allowed},
        {"role of the owner", giving(messi, messi), ChatError::not_allowed},
        {"code by a member", SetGroupCode{maya, full.conversation, {"cccccc"}}, ChatError::not_allowed},
        {"no free new code", SetGroupCode{messi, full.conversation, {"aaaaaa"}}, ChatError::busy},
        {"options of nothing", SetGroupOptions{ConversationId(99), true, {}}, ChatError::not_found},
        {"post by a stranger", stray, ChatError::not_a_member},
        {"post in nothing", nowhere, ChatError::not_found},
        {"oneself as a contact", SetContact{.owner = messi, .other = messi}, ChatError::oneself},
        {"nobody as a contact", SetContact{.owner = messi, .other = nobody}, ChatError::unknown_user},
        {"no contact", SetContact{.owner = messi, .other = maya, .wanted = false}, ChatError::not_a_contact},
    };
    expect_refused(cases);
}

TEST_F(ChangeRulesTest, ARepeatedRequestWritesNothing) {
    const PostDirect first = keyed(post(messi, {maya, messi}, "first"), 1);
    const ChangeResult original = apply_change(tables, first);
    tables.fail_after(0, "a repeated request was written");
    const ChangeResult repeated = apply_change(tables, first);
    const Posted& answer = std::get<Posted>(repeated.value());
    EXPECT_TRUE(answer.repeated);
    ASSERT_EQ(answer.entries.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(answer.entries[i].position, std::get<Posted>(original.value()).entries[i].position);
}

TEST_F(ChangeRulesTest, RecipientsCannotBeReadAsTheBeginningOfTheBody) {
    // The bytes of (messi, maya, "") and of (messi, maya's number as text) differ only in the count before them.
    std::string number(8, '\0');
    number[0] = static_cast<char>(maya.value);
    carry_out(keyed(post(messi, {messi, maya}, ""), 1));
    const ChangeResult other = apply_change(tables, keyed(post(messi, {messi}, number), 1));
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error(), ChatError::key_conflict);
}

TEST_F(ChangeRulesTest, IdleClientsAreForgottenWhenANewOneComes) {
    using std::chrono::days;
    using std::chrono::milliseconds;
    const auto post_as = [&](const char* client, std::int64_t number, WallTime at) {
        PostDirect made = post(messi, {maya}, "text");
        made.key = IdempotencyKey{client, number};
        made.at = at;
        return std::get<Posted>(apply_change(tables, made).value()).repeated;
    };
    EXPECT_FALSE(post_as("laptop", 5, start));
    EXPECT_FALSE(post_as("phone", 5, start + milliseconds(1)));
    EXPECT_FALSE(post_as("tablet", 1, start + days(30)));
    EXPECT_TRUE(post_as("laptop", 5, start + days(30))) << "idle for 30 days, but not longer";
    EXPECT_FALSE(post_as("tablet", 2, start + days(40)));
    EXPECT_TRUE(post_as("laptop", 5, start + days(40))) << "forgetting waits for a new client";
    EXPECT_FALSE(post_as("script", 1, start + days(40)));
    EXPECT_FALSE(post_as("laptop", 5, start + days(40)));
    EXPECT_TRUE(post_as("tablet", 1, start + days(40))) << "used since";
}

}  // namespace
}  // namespace obrol
