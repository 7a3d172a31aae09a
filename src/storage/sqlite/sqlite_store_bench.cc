// What the writer costs beside bare SQLite, and how long a commit can be held up. Commits from one thread, without
// queues.
//
//     sqlite_store_bench rates FOLDER [ROUNDS]                 rows per second by rows per commit, and CPU
//     sqlite_store_bench sustained FOLDER [SECONDS] [CONVERSATIONS] [ROWS] [CHECKPOINT_PAGES]
//                                                              the longest commits of a long run
//
// FOLDER should be empty and on the disk that is to be measured. "bare" is a loop around one prepared INSERT into the
// same table with the same rows; both sides take turns, so that a slow minute hits both.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "storage/migrations/migrations.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/writer.h"

namespace obrol::sqlite {
namespace {

constexpr std::int64_t people = 1000;
const std::string text(64, 'x');

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

struct Spent {
    double seconds = 0;
    double cpu = 0;
    double rows = 0;
};

// Adds what `work` takes.
template <class Work>
Duration measure(const Clock& clock, Spent& spent, Work work) {
    const double cpu_before = cpu_seconds();
    const MonotonicTime before = clock.monotonic_now();
    work();
    const Duration took = clock.monotonic_now() - before;
    spent.seconds += seconds(took);
    spent.cpu += cpu_seconds() - cpu_before;
    return took;
}

// Who writes whom in conversation `number`: up to people²/4 of them.
PostDirect post_in(std::int64_t number, Random& random, WallTime at) {
    const std::int64_t half = people / 2;
    std::int64_t from = 1 + number % half;
    std::int64_t to = 1 + half + (number / half + number) % half;
    if (random.chance(1, 2)) std::swap(from, to);
    PostDirect post;
    post.sender = UserId(from);
    post.copies.push_back({UserId(to), Uuid::version7(at, random)});
    post.body = text;
    post.at = at;
    return post;
}

class Ours {
  public:
    Ours(const SqliteOptions& options, const Clock& clock)
        : clock_(clock),
          options_(options),
          readers_(options_, tail_),
          writer_(options_, tail_, readers_, clock, logger_) {}
    std::vector<Change> batch(Random& random, std::size_t rows, std::int64_t conversations) const {
        std::vector<Change> changes;
        for (std::size_t i = 0; i < rows; ++i)
            changes.emplace_back(
                post_in(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(conversations))), random,
                        clock_.wall_now()));
        return changes;
    }
    // One entry in each conversation, so that what follows does not measure how they are made.
    void begin_conversations(Random& random, std::int64_t conversations) {
        std::vector<Change> changes;
        for (std::int64_t i = 1; i <= people; ++i)
            changes.emplace_back(CreateUser{.card = {fmt::format("u{}", i), "", ""}});
        append(std::exchange(changes, {}));
        for (std::int64_t number = 0; number < conversations; ++number) {
            changes.emplace_back(post_in(number, random, clock_.wall_now()));
            if (changes.size() < 1000 && number + 1 < conversations) continue;
            append(std::exchange(changes, {}));
            while (is_maintenance_due())
                maintain();
        }
    }
    void append(const std::vector<Change>& changes) {
        const Writer::Outcome outcome = writer_.append(changes);
        OBROL_CHECK(outcome.has_value() && outcome->front().has_value());
    }
    bool is_maintenance_due() const { return writer_.is_maintenance_due(); }
    void maintain() { writer_.maintain(false); }
    std::size_t tail() const { return tail_.size(); }
    void close() { writer_.close(); }

  private:
    const Clock& clock_;
    SqliteOptions options_;
    NullLogger logger_;
    Tail tail_;
    ReaderPool readers_;
    Writer writer_;
};

class Bare {
  public:
    explicit Bare(const std::string& path) : connection_(path, {}, Access::read_write_create) {
        NullLogger logger;
        prepare_schema(connection_, store_migrations(), logger);
        connection_.execute("PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -16384");
        begin_.emplace(connection_, "BEGIN IMMEDIATE");
        commit_.emplace(connection_, "COMMIT");
        insert_.emplace(connection_,
                        "INSERT INTO entries(conversation, seq, id, origin, sender, at, kind, header_checksum, erased, "
                        "body_checksum, body) VALUES (?1, ?2, ?3, 0, ?4, ?5, 1, ?6, 0, ?7, ?8)");
    }
    void append(const std::vector<Change>& changes) {
        begin_->run();
        for (const Change& change : changes) {
            const auto& post = std::get<PostDirect>(change);
            ++seq_;
            insert_->run(seq_ % 1000, seq_ / 1000, Blob(post.copies[0].id.bytes), post.sender, post.at, 1'000'000'000,
                         1'000'000'000, Blob(post.body));
        }
        commit_->run();
    }

  private:
    Connection connection_;
    std::optional<Statement> begin_;
    std::optional<Statement> commit_;
    std::optional<Statement> insert_;
    std::int64_t seq_ = 0;
};

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
}

void rates(const std::string& folder, std::size_t rounds) {
    const SystemClock clock;
    SeededRandom random(1);
    Ours ours({.path = folder + "/ours.db"}, clock);
    Bare bare(folder + "/bare.db");
    ours.begin_conversations(random, 1000);
    fmt::print("{:>12} {:>12} {:>12} {:>8} {:>14} {:>14}\n", "rows/commit", "bare rows/s", "ours rows/s", "ratio",
               "bare CPU s/M", "ours CPU s/M");
    for (const std::size_t rows : {1u, 10u, 100u, 1000u}) {
        std::vector<double> bare_rates, our_rates, ratios, bare_cpu, our_cpu;
        for (std::size_t round = 0; round < rounds; ++round) {
            Spent by_bare, by_ours;
            while (by_bare.seconds < 0.3 || by_ours.seconds < 0.3) {
                const std::vector<Change> changes = ours.batch(random, rows, 1000);
                measure(clock, by_bare, [&] { bare.append(changes); });
                measure(clock, by_ours, [&] {
                    ours.append(changes);
                    if (ours.is_maintenance_due()) ours.maintain();
                });
                by_bare.rows += static_cast<double>(rows);
                by_ours.rows += static_cast<double>(rows);
            }
            bare_rates.push_back(by_bare.rows / by_bare.seconds);
            our_rates.push_back(by_ours.rows / by_ours.seconds);
            ratios.push_back(our_rates.back() / bare_rates.back());
            bare_cpu.push_back(by_bare.cpu / by_bare.rows * 1e6);
            our_cpu.push_back(by_ours.cpu / by_ours.rows * 1e6);
        }
        fmt::print("{:>12} {:>12.0f} {:>12.0f} {:>8.2f} {:>14.2f} {:>14.2f}\n", rows, median(bare_rates),
                   median(our_rates), median(ratios), median(bare_cpu), median(our_cpu));
    }
}

void print_distribution(std::string_view what, std::vector<double>& milliseconds) {
    std::ranges::sort(milliseconds);
    const auto at = [&](double share) {
        return milliseconds.empty()
                   ? 0.0
                   : milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1))];
    };
    const auto above = std::ranges::count_if(milliseconds, [](double one) { return one > 20; });
    fmt::print("{:>28} {:>9} times, ms: p50 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f}; above 20 ms: {}\n", what,
               milliseconds.size(), at(0.5), at(0.99), at(0.999), at(1), above);
}

void sustained(const SqliteOptions& options, double seconds_wanted, std::int64_t conversations, std::size_t rows) {
    const SystemClock clock;
    SeededRandom random(1);
    auto store = std::make_unique<Ours>(options, clock);
    Ours& ours = *store;
    ours.begin_conversations(random, conversations);
    Spent spent;
    std::vector<double> commits, slices, checkpoints, waits;
    std::size_t tail_max = 0;
    double last_piece = 0;
    const MonotonicTime end =
        clock.monotonic_now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds_wanted));
    while (clock.monotonic_now() < end) {
        const std::vector<Change> changes = ours.batch(random, rows, conversations);
        commits.push_back(1e3 * seconds(measure(clock, spent, [&] { ours.append(changes); })));
        waits.push_back(commits.back() + last_piece);
        spent.rows += static_cast<double>(rows);
        tail_max = std::max(tail_max, ours.tail());
        last_piece = 0;
        if (!ours.is_maintenance_due()) continue;
        const std::size_t tail_before = ours.tail();
        last_piece = 1e3 * seconds(measure(clock, spent, [&] { ours.maintain(); }));
        (ours.tail() < tail_before ? slices : checkpoints).push_back(last_piece);
    }
    fmt::print("{} conversations, {} rows per commit: {:.0f} rows/s, CPU {:.2f} s per million; longest tail {}\n",
               conversations, rows, spent.rows / spent.seconds, spent.cpu / spent.rows * 1e6, tail_max);
    print_distribution("commit", commits);
    print_distribution("slice of indexing", slices);
    print_distribution("checkpoint", checkpoints);
    print_distribution("commit with the wait for it", waits);
    Spent starting, closing;
    store.reset();
    measure(clock, starting, [&] { store = std::make_unique<Ours>(options, clock); });
    measure(clock, closing, [&] { store->close(); });
    fmt::print("starting as after a crash: {:.2f} s; closing: {:.2f} s\n", starting.seconds, closing.seconds);
}

int run(int count, char** arguments) {
    const std::string_view what = count > 2 ? arguments[1] : "";
    const auto number = [&](int i, std::size_t otherwise) {
        return count > i ? static_cast<std::size_t>(std::atol(arguments[i])) : otherwise;
    };
    if (what == "rates") {
        rates(arguments[2], number(3, 9));
    } else if (what == "sustained") {
        SqliteOptions options{.path = std::string(arguments[2]) + "/ours.db"};
        options.checkpoint_pages = number(6, options.checkpoint_pages);
        sustained(options, static_cast<double>(number(3, 20)), static_cast<std::int64_t>(number(4, 1000)),
                  number(5, 1000));
    } else {
        fmt::print(
            stderr,
            "usage: {} rates FOLDER [ROUNDS] | sustained FOLDER [SECONDS] [CONVERSATIONS] [ROWS] [CHECKPOINT_PAGES]\n",
            arguments[0]);
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace obrol::sqlite

int main(int count, char** arguments) {
    return obrol::sqlite::run(count, arguments);
}
