// Deciding and storing messages: the rules over tables in memory, and the SQLite writer with its index and checkpoints.
// The clock stands still, so that slices of indexing end with their work and never with their time; the database lies
// below the folder for temporary files, where a sync may cost something: count instructions, or use a tmpfs.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "storage/change_rules.h"
#include "storage/memory/memory_tables.h"
#include "storage/sqlite/writer.h"
#include "tests/benchmark/benchmarks.h"
#include "tests/support/temporary_folder.h"

namespace obrol::sqlite {
namespace {

constexpr std::int64_t people = 100;
constexpr std::uint64_t seed = 1;

class StandingClock final : public Clock {
  public:
    MonotonicTime monotonic_now() const override { return MonotonicTime{}; }
    WallTime wall_now() const override { return WallTime{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}}; }
};

std::vector<Change> make_people() {
    std::vector<Change> changes;
    for (std::int64_t i = 1; i <= people; ++i) {
        CreateUser user;
        user.card.name = "u" + std::to_string(i);
        changes.emplace_back(std::move(user));
    }
    return changes;
}

// Messages between people that the seed draws.
std::vector<Change> make_messages(std::size_t count, Random& random) {
    const StandingClock clock;
    std::vector<Change> changes;
    for (std::size_t i = 0; i < count; ++i) {
        PostDirect post;
        const auto from = static_cast<std::int64_t>(random.below(people));
        post.sender = UserId(1 + from);
        const auto to = UserId(1 + (from + 1 + static_cast<std::int64_t>(random.below(people - 1))) % people);
        post.copies.push_back({to, Uuid::version7(clock.wall_now(), random)});
        post.body = std::string(64, 'x');
        post.at = clock.wall_now();
        changes.emplace_back(std::move(post));
    }
    return changes;
}

void append_to_memory(benchmark::State& state, std::size_t rows) {
    SeededRandom random(seed);
    MemoryTables tables;
    tables.begin();
    for (const Change& change : make_people())
        OBROL_CHECK(apply_change(tables, change).has_value());
    tables.commit();
    for (auto _ : state) {
        tables.begin();
        for (const Change& change : make_messages(rows, random))
            OBROL_CHECK(apply_change(tables, change).has_value());
        tables.commit();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(rows) * state.iterations());
}

void append_to_sqlite(benchmark::State& state, std::size_t rows) {
    SeededRandom random(seed);
    const TemporaryFolder folder;
    SqliteOptions options;
    options.path = folder.file("store.db");
    const StandingClock clock;
    NullLogger logger;
    Tail tail;
    ReaderPool readers(options, tail);
    Writer writer(options, tail, readers, clock, logger);
    const auto append = [&](const std::vector<Change>& changes) {
        const Writer::Outcome outcome = writer.append(changes);
        OBROL_CHECK(outcome.has_value() && outcome->size() == changes.size());
        for (const ChangeResult& result : *outcome)
            OBROL_CHECK(result.has_value());
        if (writer.is_maintenance_due()) writer.maintain(false);
    };
    append(make_people());
    for (auto _ : state)
        append(make_messages(rows, random));
    writer.close();
    state.SetItemsProcessed(static_cast<std::int64_t>(rows) * state.iterations());
}

}  // namespace
}  // namespace obrol::sqlite

void obrol::add_benchmarks(Benchmarks& all) {
    using namespace obrol::sqlite;
    all.add("append/rules_and_memory_100_rows", 100, [](auto& state) { append_to_memory(state, 100); });
    all.add("append/sqlite_1_row", 300, [](auto& state) { append_to_sqlite(state, 1); });
    all.add("append/sqlite_100_rows", 50, [](auto& state) { append_to_sqlite(state, 100); });
    all.add("append/sqlite_1000_rows", 10, [](auto& state) { append_to_sqlite(state, 1000); });
}
