// Twenty thousand entries of random changes against a model too plain to be wrong.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Pair = std::pair<UserId, UserId>;
Pair pair_of(UserId one, UserId other) {
    return {std::min(one, other), std::max(one, other)};
}

struct ModelLog {
    ConversationId conversation;
    std::vector<LogEntry> entries;
    std::map<UserId, Seq> fetched;
};

// What the store should know, and how it should decide; checks the store's answers while it follows them.
class Model {
  public:
    std::vector<UserId> users;
    std::map<Pair, ModelLog> logs;

    void check(const PostDirect& post, const ChangeResult& result) {
        const std::tuple key(post.sender, post.key ? post.key->number : 0);
        if (post.key && answers_.contains(key)) {
            const auto& [body, to, headers] = answers_.at(key);
            if (body != post.body || to != recipients(post)) {
                EXPECT_EQ(refusal_of(result), ChatError::key_conflict);
                return;
            }
            const Posted& posted = std::get<Posted>(result.value());
            EXPECT_TRUE(posted.repeated);
            EXPECT_TRUE(std::ranges::equal(posted.entries, headers,
                                           [](const EntryHeader& a, const EntryHeader& b) { return same(a, b); }));
            return;
        }
        for (const PostDirect::Copy& copy : post.copies) {
            if (copy.to != post.sender && blocks_.contains({copy.to, post.sender})) {
                EXPECT_EQ(refusal_of(result), ChatError::blocked);
                return;
            }
        }
        const Posted& posted = std::get<Posted>(result.value());
        EXPECT_FALSE(posted.repeated);
        ASSERT_EQ(posted.entries.size(), post.copies.size());
        for (std::size_t i = 0; i < post.copies.size(); ++i)
            append(post, post.copies[i], posted.entries[i]);
        if (post.key) answers_.emplace(key, std::tuple(post.body, recipients(post), posted.entries));
    }
    void check(const AdvanceCursor& change, const ChangeResult& result) {
        ModelLog* log = log_of(change.conversation);
        if (!log || !log->fetched.contains(change.user)) {
            EXPECT_EQ(refusal_of(result), ChatError::not_found);
            return;
        }
        EXPECT_TRUE(result.has_value());
        if (change.which == AdvanceCursor::Which::read) return;
        Seq& fetched = log->fetched.at(change.user);
        fetched = std::max(fetched, std::min(change.seq, Seq(static_cast<std::int64_t>(log->entries.size()))));
    }
    void check(const ReplaceBody& change, const ChangeResult& result) {
        LogEntry* entry = entry_at(change.conversation, change.seq);
        if (!entry || entry->erased) {
            EXPECT_EQ(refusal_of(result), ChatError::not_found);
            return;
        }
        EXPECT_TRUE(result.has_value());
        entry->body = change.body;
    }
    void check(const EraseBody& change, const ChangeResult& result) {
        LogEntry* entry = entry_at(change.conversation, change.seq);
        if (!entry) {
            EXPECT_EQ(refusal_of(result), ChatError::not_found);
            return;
        }
        EXPECT_TRUE(result.has_value());
        entry->body.clear();
        entry->erased = true;
    }
    void check(const SetBlock& change, const ChangeResult& result) {
        EXPECT_TRUE(result.has_value());
        if (change.blocked) {
            blocks_.insert({change.owner, change.other});
        } else {
            blocks_.erase({change.owner, change.other});
        }
    }
    template <class Other>
    void check(const Other&, const ChangeResult&) {
        ADD_FAILURE() << "a change that the model does not know";
    }

    std::vector<UnreadConversation> unread(UserId user) const {
        std::vector<UnreadConversation> all;
        for (const auto& [pair, log] : logs) {
            if (!log.fetched.contains(user)) continue;
            const Seq fetched = log.fetched.at(user);
            const UserId peer = pair.first == user ? pair.second : pair.first;
            for (const LogEntry& entry : log.entries) {
                if (entry.header.seq <= fetched || !counts_as_unread(entry.header.kind)) continue;
                if (entry.header.sender == user && peer != user) continue;
                all.push_back({log.conversation, peer, fetched, log.entries.back().header.seq, entry.header.position});
                break;
            }
        }
        std::ranges::sort(all, {}, &UnreadConversation::oldest_unread);
        return all;
    }

    std::size_t entries = 0;

  private:
    static std::vector<UserId> recipients(const PostDirect& post) {
        std::vector<UserId> users;
        for (const PostDirect::Copy& copy : post.copies)
            users.push_back(copy.to);
        return users;
    }
    ModelLog* log_of(ConversationId conversation) {
        for (auto& [pair, log] : logs) {
            if (log.conversation == conversation) return &log;
        }
        return nullptr;
    }
    LogEntry* entry_at(ConversationId conversation, Seq seq) {
        ModelLog* log = log_of(conversation);
        if (!log || seq.value < 1 || seq.value > static_cast<std::int64_t>(log->entries.size())) return nullptr;
        return &log->entries[static_cast<std::size_t>(seq.value) - 1];
    }
    void append(const PostDirect& post, const PostDirect::Copy& copy, const EntryHeader& given) {
        ModelLog& log = logs[pair_of(post.sender, copy.to)];
        if (log.entries.empty()) {
            log.conversation = given.conversation;
            log.fetched = {{post.sender, Seq()}, {copy.to, Seq()}};
            EXPECT_TRUE(conversations_.insert(given.conversation).second) << "two logs have one id";
        }
        EntryHeader expected;
        expected.position = given.position;
        expected.conversation = log.conversation;
        expected.seq = Seq(static_cast<std::int64_t>(log.entries.size()) + 1);
        expected.id = copy.id;
        expected.sender = post.sender;
        expected.at = post.at;
        expected.kind = post.kind;
        EXPECT_TRUE(same(given, expected));
        EXPECT_GT(given.position, last_position_);
        last_position_ = given.position;
        log.entries.push_back({expected, post.body, false});
        ++entries;
    }

    std::set<Pair> blocks_;
    std::set<ConversationId> conversations_;
    std::map<std::tuple<UserId, std::int64_t>, std::tuple<std::string, std::vector<UserId>, std::vector<EntryHeader>>>
        answers_;
    Position last_position_;
};

class RandomWorld {
  public:
    RandomWorld(Random& random, Model& model) : random_(random), model_(model) {}

    // Small numbers much more often than large ones, as in real use: few pairs write most.
    UserId user() {
        const std::size_t count = model_.users.size();
        return model_.users[std::min(random_.below(count), random_.below(count))];
    }
    std::string body() { return std::string(random_.below(120), static_cast<char>('a' + random_.below(26))); }
    std::pair<ConversationId, Seq> place() {
        if (model_.logs.empty()) return {ConversationId(1), Seq(1)};
        auto log = model_.logs.begin();
        std::advance(log, random_.below(model_.logs.size()));
        const auto seq = random_.below(log->second.entries.size() + 3);
        return {log->second.conversation, Seq(static_cast<std::int64_t>(seq))};
    }
    std::vector<UserId> recipients() {
        std::vector<UserId> to{user()};
        while (random_.chance(1, 6)) {
            const UserId another = user();
            if (std::ranges::find(to, another) == to.end()) to.push_back(another);
        }
        return to;
    }
    Change change_of_something_stored() {
        const auto [conversation, seq] = place();
        switch (random_.below(4)) {
            case 0:
                return ReplaceBody{conversation, seq, body()};
            case 1:
                return EraseBody{conversation, seq};
            case 2:
                return AdvanceCursor{user(), conversation, AdvanceCursor::Which::read, seq};
            default:
                return AdvanceCursor{user(), conversation, AdvanceCursor::Which::fetched, seq};
        }
    }

  private:
    Random& random_;
    Model& model_;
};

TEST_P(StoreSuite, TwentyThousandRandomEntriesAgreeWithTheModel) {
    Model model;
    for (int i = 0; i < 14; ++i)
        model.users.push_back(create("user" + std::to_string(i)));
    RandomWorld world(random, model);
    std::vector<PostDirect> keyed_posts;
    std::int64_t number = 0;

    const auto next_change = [&]() -> Change {
        if (random.chance(1, 8)) return world.change_of_something_stored();
        if (random.chance(1, 200)) return SetBlock{world.user(), world.user(), random.chance(1, 3)};
        if (random.chance(1, 20) && !keyed_posts.empty()) {
            // One of the last: the window is tested elsewhere.
            const std::size_t back = random.below(std::min<std::size_t>(keyed_posts.size(), 50)) + 1;
            PostDirect again = keyed_posts[keyed_posts.size() - back];
            if (random.chance(1, 4)) again.body += "!";
            return again;
        }
        PostDirect made = post(world.user(), world.recipients(), world.body());
        if (random.chance(1, 10)) made.kind = static_cast<EntryKind>(1 + random.below(9));
        if (random.chance(1, 10)) keyed_posts.push_back(made = keyed(std::move(made), "client", ++number));
        return made;
    };
    const auto check_some_pages = [&] {
        for (int i = 0; i < 10; ++i) {
            const auto [conversation, seq] = world.place();
            const EntryPage page = this->page({.conversation = conversation, .after = seq, .entries_max = 20});
            const auto log =
                std::ranges::find(model.logs, conversation, [](const auto& item) { return item.second.conversation; });
            if (log == model.logs.end()) continue;
            const auto& entries = log->second.entries;
            const std::size_t begin = std::min(static_cast<std::size_t>(seq.value), entries.size());
            ASSERT_EQ(page.entries.size(), std::min<std::size_t>(20, entries.size() - begin));
            for (std::size_t j = 0; j < page.entries.size(); ++j)
                ASSERT_TRUE(same(page.entries[j], entries[begin + j])) << "seq " << begin + j + 1;
        }
    };
    const auto check_unread = [&] {
        for (const UserId user : model.users) {
            const auto actual = unread(user);
            const auto expected = model.unread(user);
            ASSERT_EQ(actual.size(), expected.size());
            for (std::size_t i = 0; i < actual.size(); ++i) {
                EXPECT_EQ(actual[i].conversation, expected[i].conversation);
                EXPECT_EQ(actual[i].peer, expected[i].peer);
                EXPECT_EQ(actual[i].fetched, expected[i].fetched);
                EXPECT_EQ(actual[i].last, expected[i].last);
                EXPECT_EQ(actual[i].oldest_unread, expected[i].oldest_unread);
            }
        }
    };

    while (model.entries < 20'000 && !HasFailure()) {
        std::vector<Change> batch;
        for (std::uint64_t left = 1 + random.below(random.chance(1, 10) ? 400 : 40); left > 0; --left)
            batch.push_back(next_change());
        const auto results = append(batch);
        for (std::size_t i = 0; i < batch.size(); ++i)
            std::visit([&](const auto& change) { model.check(change, results[i]); }, batch[i]);
        if (random.chance(1, 10)) fixture->settle();
        if (random.chance(1, 60)) fixture->reopen(StoreFixture::Reopening::clean);
        if (random.chance(1, 4)) check_some_pages();
        if (random.chance(1, 20)) check_unread();
    }
    if (HasFailure()) return;
    in_every_state([&] {
        for (const auto& [pair, expected] : model.logs) {
            EXPECT_EQ(find_direct(pair.first, pair.second).value().last, expected.entries.back().header.seq);
            const std::vector<LogEntry> entries = log(expected.conversation);
            ASSERT_EQ(entries.size(), expected.entries.size());
            for (std::size_t i = 0; i < entries.size(); ++i)
                ASSERT_TRUE(same(entries[i], expected.entries[i])) << i;
        }
    });
    fixture->reopen(StoreFixture::Reopening::clean);
}

}  // namespace
}  // namespace obrol
