#include "core/inbox.h"

#include <gtest/gtest.h>

#include "io/deterministic_executor.h"
#include "storage/memory/memory_store.h"

namespace obrol {
namespace {

class InboxTest : public testing::Test {
  protected:
    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        Gate gate("test");
        gate.spawn(keep(std::move(task), result));
        executor.run_until_idle();
        EXPECT_TRUE(result.has_value());
        return std::move(*result);
    }
    template <class T>
    static Task<void> keep(Task<T> task, std::optional<T>& result) {
        T value = co_await std::move(task);
        result.emplace(std::move(value));
    }
    ChangeDone commit(Change change) {
        std::vector<Change> batch;
        batch.push_back(std::move(change));
        auto outcome = wait(store.append(std::move(batch)));
        return outcome.value().at(0).value();
    }
    UserId add(const std::string& name) {
        return std::get<UserCreated>(commit(CreateUser{{name, name, ""}, "", Role::member, {}})).user;
    }
    EntryHeader post(UserId from, UserId to) {
        PostDirect post;
        post.sender = from;
        post.copies.push_back({to, Uuid::version7({}, random)});
        post.body = "halo";
        return std::get<Posted>(commit(post)).entries.at(0);
    }
    ConversationAdvanced announcement(const EntryHeader& header, UserId to) {
        auto event = std::make_shared<const Event>(MessageEvent{LogEntry{header, "halo", false}, {}, {}});
        return {event, header.sender, std::make_shared<const std::vector<UserId>>(std::vector{header.sender, to})};
    }
    // How many entries there are now; confirms them.
    std::size_t take(UserId user) {
        Result<Inbox::Taken> taken = wait(inbox.take(user, std::nullopt));
        inbox.confirm(taken.value().reservation);
        return taken->entries.size();
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    MemoryStore store{executor};
    GroupCommit commits{executor, store, {}, [](const std::string& what) { FAIL() << what; }};
    Inbox inbox{store, commits, {}};
};

// The loading sees what is committed and not announced yet. When the announcement comes, that entry is no news, even if
// it was fetched meanwhile; the next one is.
TEST_F(InboxTest, AnAnnouncementOfWhatWasLoadedIsNoNews) {
    const UserId messi = add("messi"), maya = add("maya");
    const EntryHeader first = post(messi, maya);
    EXPECT_EQ(take(maya), 1u);
    inbox.advanced(announcement(first, maya));
    EXPECT_EQ(take(maya), 0u);
    inbox.advanced(announcement(post(messi, maya), maya));
    EXPECT_EQ(take(maya), 1u);
    EXPECT_EQ(take(maya), 0u);
    executor.run_for(std::chrono::seconds(1));
}

TEST_F(InboxTest, AFailedReadGivesTheEntriesBack) {
    const UserId messi = add("messi"), maya = add("maya");
    post(messi, maya);
    EXPECT_EQ(take(maya), 1u);
    inbox.advanced(announcement(post(messi, maya), maya));
    store.fail_next_read("a corrupt page");
    EXPECT_FALSE(wait(inbox.take(maya, std::nullopt)).has_value());
    EXPECT_EQ(take(maya), 1u);
    executor.run_for(std::chrono::seconds(1));
}

}  // namespace
}  // namespace obrol
