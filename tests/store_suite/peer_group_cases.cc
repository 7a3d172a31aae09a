// Groups that several servers share: replicas that follow their home, invitations, recovery.
#include <algorithm>
#include <fmt/core.h>
#include <map>

#include "model/file.h"
#include "model/name.h"
#include "model/peer_item.h"
#include "tests/store_suite/file_values.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Action = KickFromGroup::Action;
using Members = std::vector<GroupMember>;

// Entries as a home has them, for a replica that knows its people by other ids.
class Carrier {
  public:
    void knows(UserId there, std::string name, UserId here) {
        ids_[there] = here;
        names_[std::move(name)] = here;
    }
    UserId here(UserId there) const { return ids_.at(there); }
    AppendReplica carry(const std::vector<LogEntry>& entries, ConversationId to) const {
        AppendReplica made;
        made.group = to;
        for (const LogEntry& entry : entries) {
            AppendReplica::Entry one;
            one.header = entry.header;
            one.header.sender = ids_.at(entry.header.sender);
            one.body = entry.body;
            one.erased = entry.erased;
            if (entry.header.kind == EntryKind::member) {
                const MemberNote note = parse_member_note(entry.body).value();
                for (const std::string& name : note.who)
                    one.who.push_back(names_.at(name));
            }
            made.entries.push_back(std::move(one));
        }
        return made;
    }

  private:
    std::map<UserId, UserId> ids_;
    std::map<std::string, UserId> names_;
};

ReplicateGroup replicating(ServerId home, std::string id, std::string code) {
    ReplicateGroup made;
    made.home = home;
    made.card = {std::move(id), "Lab"};
    made.codes = {std::move(code)};
    return made;
}

EntrySignature signed_as(std::uint8_t byte, std::string_view home) {
    EntrySignature made;
    made.signature.fill(byte);
    std::ranges::copy(home, made.signed_for.home.begin());
    made.signed_for.id = "lab";
    made.author.fill(byte);
    return made;
}

AppendReplica::Entry note(Seq seq, MessageId id, UserId sender, MemberNote::Action action, std::vector<UserId> who) {
    AppendReplica::Entry made;
    made.header.seq = seq;
    made.header.id = id;
    made.header.sender = sender;
    made.header.kind = EntryKind::member;
    made.body = encode(MemberNote{action, GroupRole::member, {}});
    made.who = std::move(who);
    return made;
}

TEST_P(StoreSuite, WhoIsDeletedAsksToLeaveGroupsElsewhere) {
    const UserId maya = create("maya");
    const ServerId home = connect("B");
    const UserId messi = meet(home, "messi");
    std::vector<MessageId> ids;
    const Group own = *changed(founding(maya, "own", {})).group;
    for (const char* id : {"lab@B", "club@B", "left@B"}) {
        const Group group = *changed(replicating(home, id, new_code())).group;
        AppendReplica append{group.conversation, {}};
        append.entries.push_back(note(Seq(1), new_id(), messi, MemberNote::Action::create, {maya}));
        if (group.card.id == "left@B")
            append.entries.push_back(note(Seq(2), new_id(), maya, MemberNote::Action::leave, {maya}));
        changed(append);
    }
    SetAccountState deletion{maya, AccountState::deleted, new_id(), now};
    const AccountDeleted deleted = std::get<AccountDeleted>(apply(deletion).value());
    EXPECT_EQ(deleted.asked, (std::vector<ServerId>{home, home}));
    ASSERT_EQ(deleted.groups.size(), 1u);
    EXPECT_EQ(deleted.groups[0].group->conversation, own.conversation);
    in_every_state([&] {
        const std::vector<OutboxItem> items = outbox(home);
        ASSERT_EQ(items.size(), 2u);
        EXPECT_NE(items[0].id, items[1].id);
        EXPECT_FALSE(items[0].sender) << "nobody is told what becomes of it";
        const auto leave = std::get<GroupRequest>(parse_peer_item(items[0].payload).value());
        EXPECT_EQ(leave.id, items[0].id);
        EXPECT_EQ(leave.group, "lab");
        EXPECT_EQ(leave.from, (Author{"maya", "maya", ""}));
        EXPECT_EQ(leave.action, GroupRequest::Action::leave);
        EXPECT_EQ(std::get<GroupRequest>(parse_peer_item(items[1].payload).value()).group, "club");
    });
}

TEST_P(StoreSuite, AReplicaFollowsItsHome) {
    const UserId maya = create("maya");
    const UserId stranger = create("stranger");
    const ServerId home = connect("B");
    const UserId messi = meet(home, "messi");
    EXPECT_EQ(refusal_of(apply(replicating(ServerId(77), "lab@X", "ffffff"))), ChatError::unknown_server);
    const Group group = *changed(replicating(home, "lab@B", "ffffff")).group;
    EXPECT_EQ(group.home, home);
    EXPECT_EQ(changed(replicating(home, "LAB@b", "fffffe")).group->conversation, group.conversation);
    EXPECT_EQ(refusal_of(apply(replicating(home, "other@B", "ffffff"))), ChatError::busy);
    ReplicateGroup too_many = replicating(home, "other@B", "fffffe");
    too_many.groups_max = 1;
    EXPECT_EQ(refusal_of(apply(too_many)), ChatError::too_many_groups);

    AppendReplica first{group.conversation, {}};
    first.entries.push_back(note(Seq(1), new_id(), messi, MemberNote::Action::create, {maya}));
    AppendReplica::Entry text;
    text.header.seq = Seq(2);
    text.header.id = new_id();
    text.header.sender = messi;
    text.body = "hello";
    text.signature = signed_as(7, "B");
    first.entries.push_back(text);
    AppendReplica::Entry erased = text;
    erased.header.seq = Seq(3);
    erased.header.id = new_id();
    erased.erased = true;
    erased.signature.reset();
    first.entries.push_back(erased);
    AppendReplica::Entry file = text;
    file.header.seq = Seq(4);
    file.header.id = new_id();
    file.header.kind = EntryKind::file;
    file.body = encode(FileCard{"abc123@B", "a.txt", 7, {}});
    first.entries.push_back(file);
    AppendReplica gap = first;
    gap.entries.erase(gap.entries.begin() + 1);
    EXPECT_EQ(refusal_of(apply(gap)), ChatError::busy);
    const GroupChanged done = changed(first);
    EXPECT_EQ(done.entries.size(), 4u);
    EXPECT_EQ(done.now, (Members{{messi, GroupRole::owner, Seq(1)}, {maya, GroupRole::member, Seq(1)}}));
    in_every_state([&] {
        EXPECT_EQ(members_of(group), done.now);
        EXPECT_EQ(find_group("lab@b").value().group.home, home);
        EXPECT_TRUE(changed(first).entries.empty()) << "passed over";
        AppendReplica other = first;
        other.entries[1].header.id = MessageId();
        EXPECT_EQ(refusal_of(apply(other)), ChatError::server_differs);
        const std::vector<LogEntry> entries = log(group.conversation);
        EXPECT_EQ(bodies_of(entries), (std::vector<std::string>{"create", "hello", "", file.body}));
        EXPECT_TRUE(entries[2].erased);
        EXPECT_EQ(unread(maya).size(), 1u);
        EXPECT_EQ(find_file("abc123@B", maya).value().elsewhere, home);
        const auto signatures =
            run(store().signatures({.conversation = group.conversation, .entries_max = 10})).value();
        ASSERT_EQ(signatures.size(), 2u);
        EXPECT_EQ(signatures[0], std::pair(Seq(2), *text.signature));
        EXPECT_EQ(run(store().signatures({group.conversation, Seq(2), Seq(4), 10})).value().size(), 0u);
        const auto shared = run(store().shared_groups(home, true)).value();
        ASSERT_EQ(shared.size(), 1u);
        EXPECT_EQ(shared[0].group.card, group.card);
        EXPECT_EQ(shared[0].last, Seq(4));
        EXPECT_EQ(shared[0].last_id, file.header.id);
        EXPECT_TRUE(run(store().shared_groups(home, false)).value().empty());
        EXPECT_EQ(run(store().servers_of(group.conversation)).value(), std::vector<ServerId>{home});

        // It is changed at home only.
        EXPECT_EQ(refusal_of(apply(group_post(maya, group, "x"))), ChatError::not_found);
        EXPECT_EQ(refusal_of(apply(quitting(maya, group))), ChatError::not_found);
        EXPECT_EQ(refusal_of(apply(adding(messi, group, {maya}))), ChatError::not_found);
        EXPECT_EQ(refusal_of(apply(entering(stranger, group))), ChatError::unknown_group);
    });
    carry_out(SetAccountState{maya, AccountState::deleted});
    EXPECT_EQ(members_of(group).size(), 2u) << "she has not left at home";
}

TEST_P(StoreSuite, ARandomHistoryMakesTheSameGroupOnAReplica) {
    std::vector<UserId> users;
    Carrier carrier;
    const ServerId home = connect("B");
    for (int i = 0; i < 6; ++i) {
        const std::string name = fmt::format("user{}", i);
        users.push_back(create(name));
        carrier.knows(users.back(), name, meet(home, name));
    }
    const auto user = [&] { return users[random.below(users.size())]; };
    const Group group = found(users[0], "lab", {users[1], users[2]});
    const Group replica = *changed(replicating(home, "lab@B", new_code())).group;
    Members told;
    const auto check = [&] {
        Members expected = members_of(group);
        for (GroupMember& member : expected)
            member.user = carrier.here(member.user);
        ASSERT_EQ(members_of(replica), expected);
        std::vector<UserId> expected_bans;
        for (const UserId one : banned(group))
            expected_bans.push_back(carrier.here(one));
        ASSERT_EQ(banned(replica), expected_bans);
        for (const UserId one : users)
            ASSERT_EQ(visible(carrier.here(one), replica), visible(one, group));
        std::ranges::sort(told, {}, [](const GroupMember& one) { return one.user; });
        std::ranges::sort(expected, {}, [](const GroupMember& one) { return one.user; });
        ASSERT_EQ(told, expected);
        ASSERT_EQ(find_group("lab@b").value().group.ended, find_group("lab").value().group.ended);
    };
    // Some of it is refused, as it should be.
    std::size_t refused = 0;
    const auto attempt = [&](Change change) {
        if (!apply(std::move(change))) ++refused;
    };
    for (int round = 0; round < 120 && !HasFailure(); ++round) {
        for (std::uint64_t left = random.below(8); left > 0; --left) {
            const Members members = members_of(group);
            if (members.empty()) break;
            const UserId able = members[random.below(members.size())].user;
            switch (random.below(8)) {
                case 0:
                    attempt(entering(user(), group));
                    break;
                case 1:
                    if (members.size() > 1) attempt(quitting(able, group));
                    break;
                case 2:
                    attempt(adding(able, group, {user()}));
                    break;
                case 3:
                    attempt(removing(able, group, user(), static_cast<Action>(random.below(3))));
                    break;
                case 4:
                case 5:
                    attempt(giving(able, group, user(), static_cast<GroupRole>(random.below(3))));
                    break;
                default:
                    attempt(group_post(able, group, fmt::format("text {}", round)));
            }
        }
        // Some of what is there already comes again.
        const Seq have = find_group("lab@b").value().last;
        const Seq after(std::max<std::int64_t>(0, have.value - static_cast<std::int64_t>(random.below(3))));
        const auto entries =
            page({.conversation = group.conversation, .after = after, .entries_max = unlimited}).entries;
        const GroupChanged followed = changed(carrier.carry(entries, replica.conversation));
        for (const UserId gone : followed.left)
            std::erase_if(told, [&](const GroupMember& member) { return member.user == gone; });
        for (const GroupMember& member : followed.now) {
            std::erase_if(told, [&](const GroupMember& known) { return known.user == member.user; });
            told.push_back(member);
        }
        if (random.chance(1, 10)) fixture->reopen(StoreFixture::Reopening::clean);
        if (random.chance(1, 3)) check();
    }
    for (const GroupMember& member : members_of(group))
        attempt(quitting(member.user, group));
    const auto rest =
        page({.conversation = group.conversation, .after = find_group("lab@b").value().last, .entries_max = unlimited});
    carry_out(carrier.carry(rest.entries, replica.conversation));
    told.clear();  // everybody has left
    in_every_state(check);
    const std::vector<LogEntry> original = log(group.conversation);
    const std::vector<LogEntry> copy = log(replica.conversation);
    ASSERT_EQ(copy.size(), original.size());
    for (std::size_t i = 0; i < copy.size(); ++i) {
        EXPECT_EQ(copy[i].header.id, original[i].header.id);
        EXPECT_EQ(copy[i].header.sender, carrier.here(original[i].header.sender));
        EXPECT_EQ(copy[i].body, original[i].body);
    }
}

TEST_P(StoreSuite, AnAdoptedGroupIsAtHomeHere) {
    const UserId maya = create("maya");
    const UserId nania = create("nania");
    const ServerId home = connect("B");
    ReplicateGroup adopted_before = replicating(home, "lab@B", new_code());
    adopted_before.origins = {{{key_of("C"), "lab"}, Seq()}};
    const Group group = *changed(adopted_before).group;
    AppendReplica first{group.conversation, {}};
    first.entries.push_back(note(Seq(1), new_id(), maya, MemberNote::Action::create, {meet(home, "messi")}));
    first.entries[0].signature = signed_as(1, "B1");
    first.entries[0].signature->note = "as it was signed";
    first.entries.push_back(first.entries[0]);
    first.entries[1].header.seq = Seq(2);
    first.entries[1].header.id = new_id();
    first.entries[1].signature = signed_as(2, "B2");
    first.entries.push_back(first.entries[0]);
    first.entries[2].header.seq = Seq(3);
    first.entries[2].header.id = new_id();
    first.entries[2].signature.reset();
    carry_out(first);
    in_every_state([&] {
        const auto kept = run(store().signatures({.conversation = group.conversation, .entries_max = 10})).value();
        ASSERT_EQ(kept.size(), 2u);
        EXPECT_EQ(kept[0].second, *first.entries[0].signature);
        EXPECT_EQ(kept[1].second, *first.entries[1].signature);
        EXPECT_EQ(origins_of(group), adopted_before.origins);
    });
    const Group own = found(maya, "own");
    EXPECT_EQ(refusal_of(apply(AdoptGroup{own.conversation, {"x", "X"}, {new_code()}})), ChatError::not_found);
    EXPECT_EQ(refusal_of(apply(AdoptGroup{group.conversation, {"own", "X"}, {new_code()}})), ChatError::group_taken);
    const GlobalGroup former{key_of("B3"), "lab"};
    const Group adopted = *changed(AdoptGroup{group.conversation, {"lab", "Lab"}, {new_code()}, former}).group;
    EXPECT_FALSE(adopted.home);
    in_every_state([&] {
        EXPECT_EQ(origins_of(adopted), (std::vector<GroupOrigin>{{{key_of("C"), "lab"}, Seq()},
                                                                 {{key_of("B1"), "lab"}, Seq(1)},
                                                                 {{key_of("B2"), "lab"}, Seq(2)},
                                                                 {former, Seq(3)}}));
        EXPECT_FALSE(find_group("lab@b"));
        EXPECT_TRUE(same(find_group("lab").value().group, adopted));
        EXPECT_TRUE(apply(group_post(maya, adopted, "ours")).has_value());
        EXPECT_EQ(refusal_of(apply(first)), ChatError::not_found);
    });
    EXPECT_TRUE(apply(entering(nania, adopted)).has_value());
}

TEST_P(StoreSuite, SomebodyElsewhereIsInvitedAndComesWhenHeLikes) {
    const UserId maya = create("maya");
    const UserId nania = create("nania");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const UserId izza = meet(server, "izza");
    const Group group = found(maya, "lab", {nania});
    const auto inviting = [&](UserId by, UserId who) {
        InviteRemote made{by, group.conversation, who, new_id(), "invitation", now, 0};
        return made;
    };
    const auto accepting = [&](UserId who) { return AcceptInvitation{who, group.conversation, new_id(), now, 0}; };
    EXPECT_EQ(changed(adding(maya, group, {messi})).refused.at(0).second, ChatError::unknown_recipient);
    EXPECT_EQ(refusal_of(apply(founding(maya, "other", {messi}))), ChatError::unknown_recipient);
    EXPECT_EQ(refusal_of(apply(inviting(nania, messi))), ChatError::not_allowed);
    EXPECT_EQ(refusal_of(apply(inviting(messi, izza))), ChatError::not_a_member);
    EXPECT_EQ(refusal_of(apply(inviting(maya, nania))), ChatError::already_member);
    EXPECT_EQ(refusal_of(apply(inviting(maya, create("here")))), ChatError::unknown_recipient);
    EXPECT_EQ(refusal_of(apply(accepting(messi))), ChatError::not_allowed);
    EXPECT_EQ(run(store().shared_upto(server, group.conversation)).value(), Seq());
    carry_out(inviting(maya, messi));
    InviteRemote again = inviting(maya, messi);
    again.queue_max = 1;
    EXPECT_EQ(refusal_of(apply(again)), ChatError::queue_full);
    again.queue_max = 2;
    carry_out(again);
    in_every_state([&] { EXPECT_EQ(outbox(server).size(), 2u); });
    AcceptInvitation full = accepting(messi);
    full.members_max = 2;
    EXPECT_EQ(refusal_of(apply(full)), ChatError::group_full);
    full.members_max = 3;
    const GroupChanged came = std::get<GroupChanged>(received(receiving(server, full)).done->done);
    EXPECT_EQ(came.now, (Members{{messi, GroupRole::member, Seq(2)}}));
    EXPECT_EQ(came.entries.at(0).header.sender, maya);
    EXPECT_TRUE(changed(accepting(messi)).entries.empty()) << "he is a member already";
    in_every_state([&] {
        EXPECT_EQ(members_of(group).size(), 3u);
        EXPECT_EQ(run(store().servers_of(group.conversation)).value(), std::vector<ServerId>{server});
        EXPECT_EQ(run(store().shared_upto(server, group.conversation)).value(), open_end);
        const auto shared = run(store().shared_groups(server, false)).value();
        ASSERT_EQ(shared.size(), 1u);
        EXPECT_EQ(shared[0].conversation, group.conversation);
        EXPECT_TRUE(run(store().shared_groups(server, true)).value().empty());
    });

    // What he does there is done here; what is signed there stays so.
    PostToGroup said = group_post(messi, group, "hello");
    said.signature = signed_as(3, "own");
    carry_out(said);
    const auto kept = run(store().signatures({.conversation = group.conversation, .entries_max = 10})).value();
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[1], std::pair(Seq(3), *said.signature));
    // Whom the note of this server names is kept by his server's key, which stays when its label moves.
    EXPECT_EQ(kept[0].first, Seq(2));
    EXPECT_EQ(kept[0].second.signature, Signature{});
    const std::optional<GlobalMemberNote> note = parse_global_member_note(kept[0].second.note);
    ASSERT_TRUE(note.has_value());
    EXPECT_EQ(note->action, MemberNote::Action::invite);
    EXPECT_EQ(note->who, (std::vector<GlobalUser>{{key_of("B"), "B", "messi"}}));
    carry_out(quitting(messi, group));
    EXPECT_EQ(refusal_of(apply(accepting(messi))), ChatError::not_allowed) << "the invitation was used";

    // An invitation that has failed is void.
    const InviteRemote refused = inviting(maya, izza);
    carry_out(refused);
    BounceItem bounce;
    bounce.server = server;
    bounce.item = refused.id;
    bounce.id = new_id();
    carry_out(bounce);
    EXPECT_EQ(refusal_of(apply(accepting(izza))), ChatError::not_allowed);
    EXPECT_TRUE(apply(entering(izza, group)).has_value()) << "who knows the code comes by himself";
    EXPECT_EQ(changed(removing(maya, group, izza)).left, std::vector<UserId>{izza});
}

// Of one that was forgotten and is added again, at whose address another one is found that has groups of those ids.
TEST_P(StoreSuite, GroupsStayWithTheServerThatHadThemWhenItsLabelGoes) {
    const ServerId forgotten = connect("B");
    const ConversationId of_forgotten = changed(replicating(forgotten, "lab@B", new_code())).group->conversation;
    carry_out(ForgetServer{forgotten});
    carry_out(AddKnownServer{"B", "b.example", 9});
    MeetServer meet;
    meet.key = key_of("new");
    meet.label = "B";
    const Server other = *std::get<ServerAdded>(apply(meet).value()).server;
    const ConversationId of_other =
        changed(replicating(other.id, "lab@" + other.label, new_code())).group->conversation;
    meet.expected = forgotten;
    const Server merged = *std::get<ServerAdded>(apply(meet).value()).server;
    EXPECT_EQ(merged.label, "B");
    in_every_state([&] {
        const auto group = [&](const std::string& id) { return run(store().find_group(name_key(id))).value()->group; };
        EXPECT_EQ(group("lab@B").conversation, of_other);
        EXPECT_EQ(group("lab@B").home, merged.id);
        EXPECT_EQ(group("lab@" + other.label).conversation, of_forgotten);
        EXPECT_EQ(group("lab@" + other.label).home, forgotten);
    });
}

TEST_P(StoreSuite, AGroupTakesNothingUntilItIsRecovered) {
    const UserId maya = create("maya");
    const UserId nania = create("nania");
    const UserId messi = meet(connect("B"), "messi");
    const Group group = found(maya, "lab");
    const Group alone = found(maya, "alone");
    carry_out(entering(messi, group));
    carry_out(BeginEpoch{});
    in_every_state([&] {
        EXPECT_TRUE(run(store().is_recovering(group.conversation)).value());
        EXPECT_FALSE(run(store().is_recovering(alone.conversation)).value());
        EXPECT_EQ(refusal_of(apply(group_post(maya, group, "x"))), ChatError::home_recovering);
        EXPECT_EQ(refusal_of(apply(entering(nania, group))), ChatError::home_recovering);
        EXPECT_EQ(refusal_of(apply(quitting(maya, group))), ChatError::home_recovering);
        EXPECT_EQ(refusal_of(apply(SetAccountState{maya, AccountState::deleted})), ChatError::home_recovering);
        EXPECT_TRUE(apply(group_post(maya, alone, "x")).has_value());
    });
    // What others still have of it is taken up again.
    AppendReplica lost{group.conversation, {}};
    AppendReplica::Entry text;
    text.header.seq = Seq(3);
    text.header.id = new_id();
    text.header.sender = maya;
    text.body = "lost";
    lost.entries.push_back(text);
    lost.entries.push_back(note(Seq(4), new_id(), maya, MemberNote::Action::invite, {nania}));
    EXPECT_EQ(changed(lost).now, (Members{{nania, GroupRole::member, Seq(4)}}));
    carry_out(EndRecovery{group.conversation});
    in_every_state([&] {
        EXPECT_FALSE(run(store().is_recovering(group.conversation)).value());
        EXPECT_EQ(refusal_of(apply(lost)), ChatError::not_found);
        EXPECT_EQ(members_of(group).size(), 3u);
    });
    EXPECT_EQ(send(group_post(nania, group, "back")).seq, Seq(5));
    carry_out(BeginEpoch{});
    carry_out(EndRecovery{});
    EXPECT_TRUE(apply(group_post(maya, group, "x")).has_value());
}

TEST_P(StoreSuite, AHomeThatHasLostTheBytesOfItsUsersAsksOthersForThem) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const Group group = found(maya, "lab");
    carry_out(entering(meet(server, "messi"), group));
    carry_out(with(group_post(maya, group, ""), new_file("here.txt", 5, blob(1), {"abc123"})));
    carry_out(BeginEpoch{});
    AppendReplica lost{group.conversation, {}};
    for (const int digest : {1, 2}) {
        AppendReplica::Entry file;
        file.header.seq = Seq(3 + digest);
        file.header.id = new_id();
        file.header.sender = maya;
        file.header.kind = EntryKind::file;
        file.body = encode(
            FileCard{"abc12" + std::to_string(3 + digest), "lost.txt", 5, blob(static_cast<std::uint8_t>(digest))});
        lost.entries.push_back(file);
    }
    changed(lost);
    in_every_state([&] {
        const auto elsewhere = [&](const char* code) {
            return run(store().find_file(code, maya)).value().value().elsewhere;
        };
        EXPECT_EQ(elsewhere("abc124"), ServerId()) << "the bytes of another file";
        EXPECT_EQ(elsewhere("abc125"), server);
    });
}

}  // namespace
}  // namespace obrol
