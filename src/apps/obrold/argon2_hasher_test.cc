#include "apps/obrold/argon2_hasher.h"

#include <deque>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"

namespace obrol {
namespace {

constexpr HashingOptions cheap{{.memory_kib = 8, .iterations = 1}, 64 * 1024, 2000};

// Work starts when the test says so.
class HeldWorkQueue final : public WorkQueue {
  public:
    void submit_from(Executor&, Job work, Job done) override { submit(std::move(work), std::move(done)); }
    void submit(Job work, Job done) override { held.emplace_back(std::move(work), std::move(done)); }
    void run_one() {
        auto [work, done] = std::move(held.front());
        held.pop_front();
        work();
        done();
    }
    std::deque<std::pair<Job, Job>> held;
};

Task<void> keep(Task<std::optional<bool>> verdict, std::vector<std::optional<bool>>& into) {
    const std::optional<bool> given = co_await std::move(verdict);
    into.push_back(given);
}

Task<void> keep(Task<std::optional<std::string>> hash, std::optional<std::string>& into) {
    into = co_await std::move(hash);
}

TEST(HashingThreads, FollowMemoryAndCores) {
    const HashingOptions defaults;
    EXPECT_EQ(hashing_threads(defaults, 64), 3u) << "64 MiB hold three hashes of 19 MiB";
    EXPECT_EQ(hashing_threads(defaults, 2), 2u);
    EXPECT_EQ(hashing_threads({{.memory_kib = 100'000}, 50'000, 1}, 8), 1u);
    EXPECT_EQ(hashing_threads(defaults, 0), 1u);
}

TEST(Argon2Hasher, HashesAndVerifies) {
    DeterministicExecutor executor(1);
    InlineWorkQueue workers(executor);
    Argon2Hasher hasher(workers, cheap, 1);
    Gate gate("test");
    std::optional<std::string> encoded;
    gate.spawn(keep(hasher.hash("surabaya"), encoded));
    executor.run_until_idle();
    ASSERT_TRUE(encoded);
    EXPECT_NE(encoded->find("m=8,t=1"), std::string::npos);
    std::vector<std::optional<bool>> verdicts;
    gate.spawn(keep(hasher.verify("surabaya", *encoded), verdicts));
    gate.spawn(keep(hasher.verify("Surabaya", *encoded), verdicts));
    executor.run_until_idle();
    EXPECT_EQ(verdicts, (std::vector<std::optional<bool>>{true, false}));
}

TEST(Argon2Hasher, RefusesWhenTooManyWait) {
    HeldWorkQueue workers;
    HashingOptions options = cheap;
    options.waiting_max = 5;
    Argon2Hasher hasher(workers, options, 2);
    Gate gate("test");
    std::vector<std::optional<bool>> verdicts;
    for (int i = 0; i < 7; ++i)
        gate.spawn(keep(hasher.verify("surabaya", ""), verdicts));
    EXPECT_TRUE(verdicts.empty()) << "two run and five wait";
    gate.spawn(keep(hasher.verify("surabaya", ""), verdicts));
    std::optional<std::string> encoded = "unchanged";
    gate.spawn(keep(hasher.hash("surabaya"), encoded));
    EXPECT_EQ(verdicts, (std::vector<std::optional<bool>>{std::nullopt}));
    EXPECT_EQ(encoded, std::nullopt);
    workers.run_one();
    gate.spawn(keep(hasher.verify("surabaya", ""), verdicts));
    EXPECT_EQ(workers.held.size(), 7u) << "there is room again";
    while (!workers.held.empty())
        workers.run_one();
    EXPECT_EQ(verdicts.size(), 9u);
}

}  // namespace
}  // namespace obrol
