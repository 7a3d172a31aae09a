// Thousands of random changes of groups. What the logs say is the model: replayed, it must give the members, what each
// user may see and what is unread for him; so must what the changes said of themselves.
#include <algorithm>
#include <fmt/core.h>
#include <map>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

struct ModelGroup {
    Group group;
    std::vector<LogEntry> log;
    std::vector<GroupMember> members;  // by the log
    std::vector<GroupMember> told;     // by GroupChanged
    std::map<UserId, Visible> visits;
    std::map<UserId, Seq> fetched;
};

auto member_in(std::vector<GroupMember>& members, UserId user) {
    return std::ranges::find(members, user, &GroupMember::user);
}

class GroupModel {
  public:
    std::map<std::string, UserId> users;
    std::map<ConversationId, ModelGroup> groups;

    void follow(const GroupChanged& changed) {
        ModelGroup& model = groups[changed.group->conversation];
        model.group = *changed.group;
        for (const LogEntry& entry : changed.entries) {
            EXPECT_EQ(entry.header.seq.value, std::ssize(model.log) + 1);
            model.log.push_back(entry);
            replay(model, entry);
        }
        for (const GroupMember& member : changed.now) {
            const auto known = member_in(model.told, member.user);
            if (known == model.told.end()) {
                model.told.push_back(member);
            } else {
                *known = member;
            }
        }
        for (const UserId user : changed.left)
            model.told.erase(member_in(model.told, user));
    }
    void follow(const PostToGroup& post, const ChangeResult& result) {
        ModelGroup& model = groups.at(post.group);
        if (member_in(model.members, post.sender) == model.members.end()) {
            EXPECT_EQ(refusal_of(result), ChatError::not_a_member);
            return;
        }
        model.log.push_back({std::get<Posted>(result.value()).entries.at(0), post.body, false});
        EXPECT_EQ(model.log.back().header.seq.value, std::ssize(model.log));
    }
    void follow(const AdvanceCursor& change) {
        ModelGroup& model = groups.at(change.conversation);
        const auto known = model.fetched.find(change.user);
        if (known != model.fetched.end())
            known->second = std::max(known->second, std::min(change.seq, model.log.back().header.seq));
    }
    static Visible visible(ModelGroup& model, UserId user) {
        if (model.group.history_open && member_in(model.members, user) != model.members.end())
            return {SeqSpan{Seq(1), open_end}};
        return model.visits[user];
    }
    std::vector<UnreadConversation> unread(UserId user) {
        std::vector<UnreadConversation> all;
        for (auto& [id, model] : groups) {
            if (!model.fetched.contains(user)) continue;
            const Visible seen = visible(model, user);
            const Seq fetched = model.fetched.at(user);
            const auto counts = [&](const LogEntry& entry) {
                const Seq seq = entry.header.seq;
                return entry.header.kind == EntryKind::message && entry.header.sender != user && seq > fetched &&
                       std::ranges::any_of(seen, [&](SeqSpan one) { return one.first <= seq && seq <= one.last; });
            };
            const auto oldest = std::ranges::find_if(model.log, counts);
            if (oldest == model.log.end()) continue;
            all.push_back({id, UserId(), fetched, model.log.back().header.seq, oldest->header.position, seen});
        }
        std::ranges::sort(all, {}, &UnreadConversation::oldest_unread);
        return all;
    }

  private:
    void replay(ModelGroup& model, const LogEntry& entry) {
        using Action = MemberNote::Action;
        const Seq seq = entry.header.seq;
        const MemberNote note = parse_member_note(entry.body).value();
        const auto come = [&](UserId user, GroupRole role) {
            model.members.push_back({user, role, seq});
            model.visits[user].push_back({seq, open_end});
            model.fetched.emplace(user, seq);
        };
        if (note.action == Action::create) come(entry.header.sender, GroupRole::owner);
        for (const std::string& name : note.who) {
            const UserId user = users.at(name);
            const auto member = member_in(model.members, user);
            switch (note.action) {
                case Action::create:
                case Action::join:
                case Action::invite:
                    come(user, GroupRole::member);
                    break;
                case Action::leave:
                case Action::kick:
                case Action::ban:
                    if (member == model.members.end()) break;
                    model.members.erase(member);
                    model.visits.at(user).back().last = Seq(seq.value - 1);
                    break;
                case Action::role:
                    if (note.role == GroupRole::owner) {
                        const auto old = std::ranges::find(model.members, GroupRole::owner, &GroupMember::role);
                        if (old != model.members.end()) old->role = GroupRole::admin;
                    }
                    member->role = note.role;
                    break;
                case Action::unban:
                case Action::end:
                    break;
            }
        }
    }
};

TEST_P(StoreSuite, RandomChangesOfGroupsAgreeWithTheirLogs) {
    GroupModel model;
    std::vector<UserId> users;
    for (int i = 0; i < 9; ++i) {
        const std::string name = fmt::format("user{}", i);
        users.push_back(model.users[name] = create(name));
    }
    const auto user = [&] { return users[random.below(users.size())]; };
    const auto some = [&](UserId but) {
        std::vector<UserId> chosen;
        for (const UserId one : users)
            if (one != but && random.chance(1, 4)) chosen.push_back(one);
        return chosen;
    };
    const auto next_change = [&]() -> Change {
        const UserId by = user();
        if (model.groups.size() < 2 || random.chance(1, 100))
            return founding(by, fmt::format("group{}", random.below(40)), some(by));
        auto chosen = model.groups.begin();
        std::advance(chosen, random.below(model.groups.size()));
        const Group& group = chosen->second.group;
        // Mostly by somebody who may.
        const auto& members = chosen->second.members;
        const UserId able = members.empty() || random.chance(1, 4) ? by : members[random.below(members.size())].user;
        switch (random.below(12)) {
            case 0:
                return entering(by, group);
            case 1:
                return quitting(able, group);
            case 2:
                return adding(able, group, some(able));
            case 3:
                return removing(able, group, user(), static_cast<KickFromGroup::Action>(random.below(3)));
            case 4:
                return giving(able, group, user(), static_cast<GroupRole>(random.below(3)));
            case 5:
                return SetGroupOptions{group.conversation, random.chance(1, 4), std::nullopt};
            case 6:
            case 7:
                return AdvanceCursor{able, group.conversation, AdvanceCursor::Which::fetched,
                                     Seq(static_cast<std::int64_t>(random.below(chosen->second.log.size() + 2)))};
            default:
                return group_post(able, group, "text");
        }
    };
    const auto check = [&] {
        for (auto& [id, expected] : model.groups) {
            const StoredGroup stored = find_group(id).value();
            ASSERT_TRUE(same(stored.group, expected.group));
            ASSERT_EQ(stored.members, expected.members);
            ASSERT_EQ(stored.members, expected.told);
            ASSERT_EQ(stored.last, expected.log.back().header.seq);
            for (const UserId one : users)
                ASSERT_EQ(visible(one, expected.group), GroupModel::visible(expected, one));
        }
        for (const UserId one : users) {
            const auto actual = unread(one);
            const auto expected = model.unread(one);
            ASSERT_EQ(actual.size(), expected.size());
            for (std::size_t i = 0; i < actual.size(); ++i) {
                EXPECT_EQ(actual[i].conversation, expected[i].conversation);
                EXPECT_EQ(actual[i].peer, UserId());
                EXPECT_EQ(actual[i].fetched, expected[i].fetched);
                EXPECT_EQ(actual[i].last, expected[i].last);
                EXPECT_EQ(actual[i].oldest_unread, expected[i].oldest_unread);
                EXPECT_EQ(actual[i].visible, expected[i].visible);
            }
        }
    };
    for (int round = 0; round < 250 && !HasFailure(); ++round) {
        std::vector<Change> batch;
        for (std::uint64_t left = 1 + random.below(20); left > 0; --left)
            batch.push_back(next_change());
        const auto results = append(batch);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (const auto* made = std::get_if<PostToGroup>(&batch[i])) {
                model.follow(*made, results[i]);
            } else if (const auto* moved = std::get_if<AdvanceCursor>(&batch[i])) {
                model.follow(*moved);
            } else if (results[i]) {
                model.follow(std::get<GroupChanged>(*results[i]));
            }
        }
        if (random.chance(1, 6)) fixture->settle();
        if (random.chance(1, 25)) fixture->reopen(StoreFixture::Reopening::clean);
        if (random.chance(1, 5)) check();
    }
    check();
    fixture->reopen(StoreFixture::Reopening::clean);
    check();
    for (auto& [id, expected] : model.groups) {
        const std::vector<LogEntry> entries = log(id);
        ASSERT_EQ(entries.size(), expected.log.size());
        for (std::size_t i = 0; i < entries.size(); ++i)
            ASSERT_TRUE(same(entries[i], expected.log[i])) << i;
    }
}

}  // namespace
}  // namespace obrol
