// Many people at once who write, come, go, invite and kick, with less room in the caches than there are groups. In the
// end everybody has heard exactly what his memberships say, once and in order, and has fetched every message of others.
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "tests/support/people.h"

namespace obrol {
namespace {

class GroupWorld : public testing::TestWithParam<std::uint64_t> {
  protected:
    static Chat::Options little_room() {
        Chat::Options options;
        options.cached_groups_max = 1;
        options.cached_inboxes_max = 3;
        options.inbox_entries_max = 5;
        return options;
    }
    GroupWorld() : parts(GetParam(), little_room()), random(GetParam()) {
        for (const std::string& name : names)
            people.add(name);
        for (const std::string& id : ids) {
            const GroupView group = people.found(names.front(), id, names[1] + "," + names[2]);
            conversations.push_back(group.conversation);
            codes.push_back(group.code);
        }
    }
    const std::string& any(const std::vector<std::string>& of) { return of[random.below(of.size())]; }

    People::Body any_request() {
        const std::size_t group = random.below(ids.size());
        const Place place = parse_place("#" + ids[group]);
        switch (random.below(12)) {
            case 0:
            case 1:
                return JoinGroup{codes[group]};
            case 2:
                return LeaveGroup{place};
            case 3:
                return InviteToGroup{place, parse_address_list(any(names) + "," + any(names))};
            case 4:
                return KickFromGroup{place, parse_address(any(names)), KickFromGroup::Action::kick};
            case 5:
                return SetGroupRole{place, parse_address(any(names)), GroupRole::admin};
            case 6:
            case 7:
                return FetchInbox{};
            default:
                return SendToGroup{place, std::to_string(++texts), std::nullopt};
        }
    }

    Task<void> ask(std::string name, People::Body body) {
        busy.insert(name);
        Command command{std::nullopt, std::move(body)};
        const Reply reply = co_await parts.chat.execute(people.client(name), std::move(command));
        busy.erase(name);
        if (const auto* page = std::get_if<InboxPage>(&reply)) take(name, *page);
    }
    // Some answers get lost on their way.
    void take(const std::string& name, const InboxPage& page) {
        if (random.chance(1, 4)) {
            parts.chat.release_inbox(page.reservation);
            return;
        }
        parts.chat.confirm_inbox(page.reservation);
        for (const InboxPage::Sender& sender : page.senders)
            for (const InboxPage::Message& message : sender.messages)
                fetched[name].insert({message.header.conversation, message.header.seq});
    }
    void run_requests(int count) {
        Gate gate("requests");
        for (int i = 0; i < count; ++i) {
            const std::string& name = any(names);
            if (!busy.contains(name)) gate.spawn(ask(name, any_request()));
            for (std::uint64_t steps = random.below(4); steps > 0; --steps)
                parts.executor.step();
        }
        parts.executor.run_until_idle();
        EXPECT_EQ(gate.running(), 0u);
    }

    using Entries = std::vector<std::pair<ConversationId, Seq>>;
    struct Expected {
        std::map<std::string, Entries> heard;
        std::map<std::string, Entries> fetched;
    };
    // What the log says of one group.
    void expect(ConversationId conversation, Expected& expected) {
        EntryRange range;
        range.conversation = conversation;
        range.entries_max = 100'000;
        const auto pages = parts.run(parts.store.read(std::vector<EntryRange>(1, range), 1 << 30)).value();
        std::set<std::string> members;
        for (const LogEntry& entry : pages.front().entries) {
            const std::string sender = parts.run(parts.store.find_user(entry.header.sender)).value()->card.name;
            std::set<std::string> hear = members;
            if (const auto note = parse_member_note(entry.body); note && entry.header.kind == EntryKind::member) {
                using Action = MemberNote::Action;
                const bool gone = note->action == Action::leave || note->action == Action::kick;
                const bool come =
                    note->action == Action::create || note->action == Action::invite || note->action == Action::join;
                if (note->action == Action::create) members.insert(sender);
                for (const std::string& who : note->who) {
                    if (come) members.insert(who);
                    if (gone) members.erase(who);
                }
                hear.insert(members.begin(), members.end());
            }
            for (const std::string& name : hear) {
                expected.heard[name].push_back({conversation, entry.header.seq});
                if (entry.header.kind == EntryKind::message && name != sender)
                    expected.fetched[name].push_back({conversation, entry.header.seq});
            }
        }
    }
    Entries heard(const std::string& name, ConversationId conversation) {
        Entries entries;
        for (const std::shared_ptr<const Event>& event : people.audience(name).events) {
            const LogEntry* entry = nullptr;
            if (const auto* message = std::get_if<MessageEvent>(event.get())) entry = &message->entry;
            if (const auto* group = std::get_if<GroupEvent>(event.get())) entry = &group->entry;
            if (entry && entry->header.conversation == conversation)
                entries.push_back({conversation, entry->header.seq});
        }
        return entries;
    }

    ChatParts parts;
    People people{parts};
    SeededRandom random;
    const std::vector<std::string> names{"messi", "maya", "izza", "nania", "henderson", "lineker"};
    const std::vector<std::string> ids{"a", "b", "c"};
    std::vector<ConversationId> conversations;
    std::vector<std::string> codes;
    std::set<std::string> busy;
    std::map<std::string, std::set<Entries::value_type>> fetched;
    int texts = 0;
};

TEST_P(GroupWorld, EverybodyHearsAndFetchesExactlyHisPart) {
    run_requests(1500);
    // What was released, or has not been asked for yet.
    for (const std::string& name : names) {
        for (;;) {
            const auto page = people.get<InboxPage>(name, FetchInbox{});
            if (page.senders.empty()) break;
            take(name, page);
        }
    }
    Expected expected;
    for (const ConversationId conversation : conversations)
        expect(conversation, expected);
    for (const std::string& name : names) {
        Entries all;
        for (const ConversationId conversation : conversations) {
            const Entries entries = heard(name, conversation);
            all.insert(all.end(), entries.begin(), entries.end());
        }
        EXPECT_EQ(all, expected.heard[name]) << name;
        EXPECT_EQ(Entries(fetched[name].begin(), fetched[name].end()), expected.fetched[name]) << name;
        EXPECT_FALSE(all.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupWorld, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace obrol
