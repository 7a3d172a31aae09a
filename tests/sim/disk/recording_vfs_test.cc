#include "tests/sim/disk/recording_vfs.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace obrol {
namespace {

class FixedClock final : public Clock {
  public:
    MonotonicTime monotonic_now() const override { return {}; }
    WallTime wall_now() const override { return WallTime(std::chrono::milliseconds(1'700'000'000'123)); }
};

constexpr int read_write = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
constexpr const char* database_path = "/obrol.db";

class Connection {
  public:
    explicit Connection(const RecordingDisk& disk, int flags = read_write) {
        open_result_ = sqlite3_open_v2(database_path, &database_, flags, disk.vfs_name().c_str());
    }
    ~Connection() { sqlite3_close(database_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int open_result() const { return open_result_; }
    int error() const { return sqlite3_extended_errcode(database_); }
    bool run(const std::string& sql) {
        return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    // The first column of the first row; "error N" if it failed, "none" without a row.
    std::string ask(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            return "error " + std::to_string(error());
        std::string answer = "none";
        const int result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
            const auto* text = sqlite3_column_text(statement, 0);
            answer = text == nullptr ? "null" : reinterpret_cast<const char*>(text);
        } else if (result != SQLITE_DONE) {
            answer = "error " + std::to_string(error());
        }
        sqlite3_finalize(statement);
        return answer;
    }
    // Row `number` in a transaction of its own. The body tells a torn or stale page from the right one.
    bool commit_row(int number) {
        return run("INSERT INTO entry(id, body) VALUES(" + std::to_string(number) + ", printf('%0*d', 40 + " +
                   std::to_string(number) + " % 700, " + std::to_string(number) + "))");
    }

    void persist_log() {
        int on = 1;
        EXPECT_EQ(sqlite3_file_control(database_, "main", SQLITE_FCNTL_PERSIST_WAL, &on), SQLITE_OK);
    }

  private:
    sqlite3* database_ = nullptr;
    int open_result_ = 0;
};

class RecordingVfs : public testing::Test {
  protected:
    void SetUp() override { seed_sqlite_randomness(random_); }

    static void make_schema(Connection& connection, const std::string& synchronous = "FULL") {
        ASSERT_EQ(connection.ask("PRAGMA journal_mode=WAL"), "wal");
        ASSERT_TRUE(connection.run("PRAGMA synchronous=" + synchronous));
        ASSERT_TRUE(connection.run("CREATE TABLE entry(id INTEGER PRIMARY KEY, body TEXT NOT NULL)"));
    }

    SeededRandom random_{20'240'501};
    FixedClock clock_;
};

TEST_F(RecordingVfs, ReadersSeeWhatIsCommittedAndKeepTheirSnapshot) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    Connection first(disk, SQLITE_OPEN_READONLY);
    Connection second(disk, SQLITE_OPEN_READONLY);
    ASSERT_TRUE(writer.commit_row(1));
    EXPECT_EQ(first.ask("SELECT count(*) FROM entry"), "1");
    ASSERT_TRUE(first.run("BEGIN"));
    EXPECT_EQ(first.ask("SELECT count(*) FROM entry"), "1");
    ASSERT_TRUE(writer.run("BEGIN"));
    ASSERT_TRUE(writer.commit_row(2));
    EXPECT_EQ(second.ask("SELECT count(*) FROM entry"), "1") << "not committed yet";
    ASSERT_TRUE(writer.run("COMMIT"));
    EXPECT_EQ(first.ask("SELECT count(*) FROM entry"), "1") << "its transaction began before";
    EXPECT_EQ(second.ask("SELECT count(*) FROM entry"), "2");
    ASSERT_TRUE(first.run("COMMIT"));
    EXPECT_EQ(first.ask("SELECT count(*) FROM entry"), "2");
    EXPECT_FALSE(first.run("DELETE FROM entry"));
}

TEST_F(RecordingVfs, OnlyOneConnectionWritesAtATime) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    Connection other(disk);
    ASSERT_TRUE(writer.run("BEGIN IMMEDIATE"));
    EXPECT_FALSE(other.run("BEGIN IMMEDIATE"));
    EXPECT_EQ(other.error(), SQLITE_BUSY);
    ASSERT_TRUE(writer.run("COMMIT"));
    EXPECT_TRUE(other.run("BEGIN IMMEDIATE"));
}

TEST_F(RecordingVfs, CheckpointsMoveTheLogIntoTheDatabase) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    Connection reader(disk, SQLITE_OPEN_READONLY);
    for (int i = 1; i <= 20; ++i)
        ASSERT_TRUE(writer.commit_row(i));
    ASSERT_TRUE(reader.run("BEGIN"));
    ASSERT_EQ(reader.ask("SELECT count(*) FROM entry"), "20");
    ASSERT_TRUE(writer.commit_row(21));

    const auto log_size = [&disk] { return disk.current_image().at("/obrol.db-wal").size(); };
    EXPECT_EQ(writer.ask("PRAGMA wal_checkpoint(PASSIVE)"), "0");
    EXPECT_EQ(writer.ask("PRAGMA wal_checkpoint(TRUNCATE)"), "1") << "a reader is in the way";
    EXPECT_GT(log_size(), 0u);
    ASSERT_TRUE(reader.run("COMMIT"));
    EXPECT_EQ(writer.ask("PRAGMA wal_checkpoint(TRUNCATE)"), "0");
    EXPECT_EQ(log_size(), 0u);
    EXPECT_EQ(reader.ask("SELECT count(*) FROM entry"), "21");

    // The database file alone holds it all now.
    DiskImage image = disk.current_image();
    image.erase("/obrol.db-wal");
    RecordingDisk copy(random_, clock_, std::move(image));
    Connection alone(copy);
    EXPECT_EQ(alone.ask("SELECT count(*) FROM entry"), "21");
}

TEST_F(RecordingVfs, TheLogGoesWithTheLastConnectionUnlessItIsToPersist) {
    RecordingDisk disk(random_, clock_);
    {
        Connection writer(disk);
        make_schema(writer);
        Connection reader(disk, SQLITE_OPEN_READONLY);
        EXPECT_EQ(reader.ask("SELECT count(*) FROM entry"), "0");
        EXPECT_TRUE(disk.current_image().contains("/obrol.db-wal"));
    }
    EXPECT_FALSE(disk.current_image().contains("/obrol.db-wal"));
    {
        Connection again(disk);
        EXPECT_EQ(again.ask("SELECT count(*) FROM entry"), "0");
        again.persist_log();
    }
    EXPECT_TRUE(disk.current_image().contains("/obrol.db-wal"));
}

TEST_F(RecordingVfs, TimeComesFromTheClock) {
    RecordingDisk disk(random_, clock_);
    Connection connection(disk);
    EXPECT_EQ(connection.ask("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"), "2023-11-14 22:13:20.123");
}

// Without a real sleep between SQLite's attempts, they are used up sooner: the caller tries again.
bool only_in_the_way(int error) {
    return error == SQLITE_BUSY || error == SQLITE_PROTOCOL;
}

TEST_F(RecordingVfs, ASecondThreadDoesNoHarm) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    Connection reader(disk, SQLITE_OPEN_READONLY);
    std::atomic<bool> stop = false;
    std::string problem;
    std::thread reading([&reader, &stop, &problem] {
        int seen = 0;
        while (!stop && problem.empty()) {
            const std::string answer = reader.ask("SELECT count(*) FROM entry");
            if (answer.starts_with("error")) {
                if (!only_in_the_way(reader.error())) problem = answer;
                continue;
            }
            if (std::stoi(answer) < seen) problem = answer + " after " + std::to_string(seen);
            seen = std::stoi(answer);
        }
    });
    bool writer_failed = false;
    for (int i = 1; i <= 200 && !writer_failed;) {
        if (writer.commit_row(i)) {
            ++i;
        } else {
            writer_failed = !only_in_the_way(writer.error());
        }
    }
    stop = true;
    reading.join();
    EXPECT_FALSE(writer_failed) << writer.error();
    EXPECT_EQ(problem, "");
    EXPECT_EQ(writer.ask("SELECT count(*) FROM entry"), "200");
    EXPECT_EQ(writer.ask("PRAGMA integrity_check"), "ok");
}

// ---- power cuts -----------------------------------------------------------------------------------------------------

constexpr int commit_count = 200;

// What a run left behind: the record, and when which row was acknowledged.
struct CommitRun {
    std::vector<std::uint64_t> acknowledged_at;  // [i]: operation_count() when row i was acknowledged; [0]: the schema
    int acknowledged_after(std::uint64_t operation) const {
        int rows = -1;  // -1: not even the schema
        while (static_cast<std::size_t>(rows + 1) < acknowledged_at.size() &&
               acknowledged_at[static_cast<std::size_t>(rows + 1)] <= operation)
            ++rows;
        return rows;
    }
};

// Two processes one after the other; automatic checkpoints every few pages, one truncating, so that cuts fall into
// them.
CommitRun run_commits(RecordingDisk& disk, const std::string& synchronous) {
    CommitRun run;
    int row = 0;
    for (const int last : {commit_count / 2, commit_count}) {
        Connection writer(disk);
        EXPECT_EQ(writer.ask("PRAGMA journal_mode=WAL"), "wal");
        EXPECT_TRUE(writer.run("PRAGMA synchronous=" + synchronous + "; PRAGMA wal_autocheckpoint=15"));
        if (row == 0) {
            EXPECT_TRUE(writer.run("CREATE TABLE entry(id INTEGER PRIMARY KEY, body TEXT NOT NULL)"));
            run.acknowledged_at.push_back(disk.operation_count());
        }
        while (row < last) {
            ++row;
            EXPECT_TRUE(writer.commit_row(row));
            run.acknowledged_at.push_back(disk.operation_count());
            if (row % 60 == 0) {
                EXPECT_EQ(writer.ask("PRAGMA wal_checkpoint(TRUNCATE)"), "0");
            }
        }
    }
    return run;
}

struct Findings {
    int images = 0;
    int damaged = 0;   // integrity_check complains, or a row is not as it was written
    int holes = 0;     // not the first n rows
    int lost = 0;      // fewer rows than were acknowledged
    int invented = 0;  // more than the acknowledged and the one in flight
    std::string first_problem;
};

void inspect(DiskImage image, int acknowledged, Random& random, const Clock& clock, Findings& findings,
             const std::string& where) {
    ++findings.images;
    RecordingDisk disk(random, clock, std::move(image));
    Connection connection(disk);
    const auto problem = [&findings, &where](int& counter, const std::string& what) {
        ++counter;
        if (findings.first_problem.empty()) findings.first_problem = where + ": " + what;
    };
    const std::string integrity = connection.ask("PRAGMA integrity_check");
    if (integrity != "ok") {
        problem(findings.damaged, integrity);
        return;
    }
    const bool has_table = connection.ask("SELECT count(*) FROM sqlite_schema WHERE name = 'entry'") == "1";
    int rows = -1;
    if (has_table) {
        rows = std::stoi(connection.ask("SELECT count(*) FROM entry"));
        const std::string wrong =
            connection.ask("SELECT count(*) FROM entry WHERE body <> printf('%0*d', 40 + id % 700, id)");
        if (wrong != "0") problem(findings.damaged, wrong + " wrong rows");
        const std::string last = connection.ask("SELECT ifnull(max(id), 0) FROM entry");
        if (last != std::to_string(rows)) problem(findings.holes, "last row " + last + " of " + std::to_string(rows));
    }
    const std::string counts = std::to_string(rows) + " rows, " + std::to_string(acknowledged) + " acknowledged";
    if (rows < acknowledged) problem(findings.lost, counts);
    if (rows > acknowledged + 1) problem(findings.invented, counts);
}

// Cuts the power after every `stride`-th operation under the policy, `draws` times each.
Findings cut_everywhere(const RecordingDisk& disk, const CommitRun& run, CrashPolicy policy, int draws,
                        std::uint64_t stride, Random& random, const Clock& clock) {
    Findings findings;
    ImageWalker walker(disk.record());
    for (std::uint64_t k = 0; k <= disk.operation_count(); k += stride) {
        walker.advance_to(k);
        for (int draw = 0; draw < draws; ++draw)
            inspect(walker.image(policy, random), run.acknowledged_after(k), random, clock, findings,
                    "after operation " + std::to_string(k));
    }
    return findings;
}

class PowerCut : public RecordingVfs {};

TEST_F(PowerCut, AtEveryOperationLosesNothingAcknowledgedWhenSyncIsFull) {
    RecordingDisk disk(random_, clock_);
    const CommitRun run = run_commits(disk, "FULL");
    const struct {
        CrashPolicy policy;
        int draws;
    } cases[] = {{CrashPolicy::drop_unsynced, 1},
                 {CrashPolicy::keep_unsynced, 1},
                 {CrashPolicy::subset, 2},
                 {CrashPolicy::random, 1}};
    int images = 0;
    const SystemClock real_clock;
    const MonotonicTime begin = real_clock.monotonic_now();
    for (const auto& [policy, draws] : cases) {
        const Findings findings = cut_everywhere(disk, run, policy, draws, 1, random_, clock_);
        const int number = static_cast<int>(policy);
        EXPECT_EQ(findings.first_problem, "") << "policy " << number;
        images += findings.images;
    }
    const std::chrono::duration<double> seconds = real_clock.monotonic_now() - begin;
    RecordProperty("operations", static_cast<int>(disk.operation_count()));
    RecordProperty("images", images);
    RecordProperty("images_per_second", static_cast<int>(images / seconds.count()));
}

TEST_F(PowerCut, WithoutSyncLosesAcknowledgedRowsAndDamagesTheDatabase) {
    RecordingDisk disk(random_, clock_);
    const CommitRun run = run_commits(disk, "OFF");
    const Findings dropped = cut_everywhere(disk, run, CrashPolicy::drop_unsynced, 1, 7, random_, clock_);
    EXPECT_GT(dropped.lost, 0);
    const Findings kept = cut_everywhere(disk, run, CrashPolicy::keep_unsynced, 1, 7, random_, clock_);
    EXPECT_EQ(kept.lost, 0) << "a killed process loses nothing: " << kept.first_problem;
    EXPECT_EQ(kept.damaged, 0) << kept.first_problem;
    // Checkpointed pages that arrived in the wrong order are what only sync prevents.
    const Findings subset = cut_everywhere(disk, run, CrashPolicy::subset, 1, 7, random_, clock_);
    EXPECT_GT(subset.lost, 0);
    EXPECT_GT(subset.damaged, 0);
}

TEST_F(PowerCut, WithNormalSyncLosesTheLatestRowsButStaysWhole) {
    RecordingDisk disk(random_, clock_);
    const CommitRun run = run_commits(disk, "NORMAL");
    for (const CrashPolicy policy : {CrashPolicy::drop_unsynced, CrashPolicy::subset}) {
        const Findings findings = cut_everywhere(disk, run, policy, 1, 3, random_, clock_);
        EXPECT_GT(findings.lost, 0);
        EXPECT_EQ(findings.damaged + findings.holes + findings.invented, 0) << findings.first_problem;
    }
}

TEST_F(PowerCut, TheRollbackJournalOfSynchronousExtraSurvivesToo) {
    RecordingDisk disk(random_, clock_);
    CommitRun run;
    {
        Connection writer(disk);
        ASSERT_TRUE(writer.run("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA"));
        ASSERT_TRUE(writer.run("CREATE TABLE entry(id INTEGER PRIMARY KEY, body TEXT NOT NULL)"));
        run.acknowledged_at.push_back(disk.operation_count());
        for (int i = 1; i <= 30; ++i) {
            ASSERT_TRUE(writer.commit_row(i));
            run.acknowledged_at.push_back(disk.operation_count());
        }
    }
    for (const CrashPolicy policy : {CrashPolicy::drop_unsynced, CrashPolicy::keep_unsynced, CrashPolicy::subset}) {
        const Findings findings = cut_everywhere(disk, run, policy, 2, 1, random_, clock_);
        EXPECT_EQ(findings.first_problem, "");
    }
}

TEST_F(PowerCut, ASecondCutDuringRecoveryLosesNothingEither) {
    RecordingDisk disk(random_, clock_);
    const CommitRun run = run_commits(disk, "FULL");
    Findings findings;
    ImageWalker walker(disk.record());
    for (std::uint64_t k = 0; k <= disk.operation_count(); k += 37) {
        walker.advance_to(k);
        RecordingDisk recovered(random_, clock_, walker.image(CrashPolicy::subset, random_));
        {
            Connection connection(recovered);
            connection.ask("SELECT count(*) FROM sqlite_schema");
        }
        ImageWalker second(recovered.record());
        for (std::uint64_t j = 0; j <= recovered.operation_count(); ++j) {
            second.advance_to(j);
            inspect(second.image(CrashPolicy::subset, random_), run.acknowledged_after(k), random_, clock_, findings,
                    "after operation " + std::to_string(k) + " and " + std::to_string(j));
        }
    }
    EXPECT_GT(findings.images, 100);
    EXPECT_EQ(findings.first_problem, "");
}

TEST_F(RecordingVfs, AKilledProcessLeavesEverythingItWroteAndNoLocks) {
    RecordingDisk disk(random_, clock_);
    Connection killed(disk);
    make_schema(killed, "OFF");
    ASSERT_TRUE(killed.commit_row(1));
    ASSERT_TRUE(killed.run("BEGIN IMMEDIATE"));
    ASSERT_TRUE(killed.commit_row(2));
    disk.kill_process();
    const std::uint64_t operations = disk.operation_count();
    EXPECT_FALSE(killed.run("COMMIT"));
    EXPECT_EQ(disk.operation_count(), operations);

    Connection next(disk);
    EXPECT_EQ(next.ask("SELECT count(*) FROM entry"), "1");
    EXPECT_TRUE(next.commit_row(2));
    EXPECT_EQ(next.ask("PRAGMA integrity_check"), "ok");
    // Never synced: the kernel had it, the disk had not.
    RecordingDisk cut(random_, clock_, disk.image_after(operations, CrashPolicy::drop_unsynced, random_));
    EXPECT_EQ(Connection(cut).ask("SELECT count(*) FROM sqlite_schema"), "0");
    RecordingDisk copy(random_, clock_, disk.current_image());
    EXPECT_EQ(Connection(copy).ask("SELECT count(*) FROM entry"), "2");
}

// ---- faults ---------------------------------------------------------------------------------------------------------

struct FaultCase {
    const char* description;
    DiskFault::Kind kind;
    int error;
    const char* suffix;
};

class Faults : public RecordingVfs, public testing::WithParamInterface<FaultCase> {};

TEST_P(Faults, OfACommitSurfaceAndPass) {
    const FaultCase& fault = GetParam();
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    for (int i = 1; i <= 5; ++i)
        ASSERT_TRUE(writer.commit_row(i));
    ASSERT_EQ(writer.ask("PRAGMA wal_checkpoint(TRUNCATE)"), "0");

    disk.fail_next({.kind = fault.kind, .error = fault.error, .after_n = 1, .name_suffix = fault.suffix});
    std::vector<int> refused;
    for (int i = 6; i <= 9; ++i) {
        if (writer.commit_row(i)) continue;
        EXPECT_EQ(writer.error(), fault.error);
        refused.push_back(i);
    }
    EXPECT_EQ(refused.size(), 1u) << "once";
    EXPECT_EQ(writer.ask("SELECT count(*) FROM entry"), "8");
    EXPECT_EQ(writer.ask("PRAGMA integrity_check"), "ok");

    disk.fail_next({.kind = fault.kind, .error = fault.error, .persistent = true, .name_suffix = fault.suffix});
    for (int i = 10; i <= 13; ++i) {
        EXPECT_FALSE(writer.commit_row(i));
        EXPECT_EQ(writer.error(), fault.error);
    }
    disk.clear_faults();
    EXPECT_TRUE(writer.commit_row(10));
}

INSTANTIATE_TEST_SUITE_P(All, Faults,
                         testing::Values(FaultCase{"Write", DiskFault::Kind::write, SQLITE_IOERR_WRITE, ""},
                                         FaultCase{"Full", DiskFault::Kind::write, SQLITE_FULL, "-wal"},
                                         FaultCase{"Sync", DiskFault::Kind::sync, SQLITE_IOERR_FSYNC, "-wal"}),
                         [](const auto& tested) { return std::string(tested.param.description); });

TEST_F(RecordingVfs, ARefusedSyncMakesNothingDurable) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    ASSERT_TRUE(writer.commit_row(1));
    disk.fail_next({.kind = DiskFault::Kind::sync, .error = SQLITE_IOERR_FSYNC});
    ASSERT_FALSE(writer.commit_row(2));
    const std::uint64_t refused = disk.operation_count();
    RecordingDisk lost(random_, clock_, disk.image_after(refused, CrashPolicy::drop_unsynced, random_));
    EXPECT_EQ(Connection(lost).ask("SELECT count(*) FROM entry"), "1");
    RecordingDisk kept(random_, clock_, disk.image_after(refused, CrashPolicy::keep_unsynced, random_));
    EXPECT_EQ(Connection(kept).ask("SELECT count(*) FROM entry"), "2") << "refused is not the same as undone";
}

TEST_F(RecordingVfs, AReadThatFailsSurfaces) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    for (int i = 1; i <= 300; ++i)
        ASSERT_TRUE(writer.commit_row(i));
    Connection reader(disk, SQLITE_OPEN_READONLY);
    ASSERT_EQ(reader.ask("SELECT count(*) FROM sqlite_schema"), "1");
    disk.fail_next({.kind = DiskFault::Kind::read, .error = SQLITE_IOERR_READ, .after_n = 5});
    EXPECT_EQ(reader.ask("SELECT sum(length(body)) FROM entry"), "error " + std::to_string(SQLITE_IOERR_READ));
    EXPECT_EQ(reader.ask("SELECT count(body) FROM entry"), "300") << "once";
}

TEST_F(RecordingVfs, AFileThatCannotBeOpenedSurfaces) {
    RecordingDisk disk(random_, clock_);
    disk.fail_next({.kind = DiskFault::Kind::open, .error = SQLITE_CANTOPEN});
    EXPECT_EQ(Connection(disk).open_result(), SQLITE_CANTOPEN);
    EXPECT_EQ(Connection(disk, SQLITE_OPEN_READONLY).open_result(), SQLITE_CANTOPEN) << "no such file";
    EXPECT_EQ(Connection(disk).open_result(), SQLITE_OK);
}

TEST_F(RecordingVfs, AFullDiskRefusesUntilThereIsRoom) {
    RecordingDisk disk(random_, clock_);
    Connection writer(disk);
    make_schema(writer);
    disk.set_capacity(60'000);
    int row = 1;
    while (writer.commit_row(row))
        ASSERT_LT(++row, 100);
    EXPECT_EQ(writer.error(), SQLITE_FULL);
    EXPECT_GT(row, 2);
    std::uint64_t used = 0;
    for (const auto& [name, content] : disk.current_image())
        used += content.size();
    EXPECT_EQ(used, 60'000u) << "a write does what fits";
    EXPECT_EQ(writer.ask("SELECT count(*) FROM entry"), std::to_string(row - 1));
    disk.set_capacity(std::nullopt);
    EXPECT_TRUE(writer.commit_row(row));
    EXPECT_EQ(writer.ask("PRAGMA integrity_check"), "ok");
}

TEST_F(RecordingVfs, ADamagedPageIsNoticed) {
    RecordingDisk disk(random_, clock_);
    {
        Connection writer(disk);
        make_schema(writer);
        for (int i = 1; i <= 50; ++i)
            ASSERT_TRUE(writer.commit_row(i));
    }
    disk.corrupt(database_path, 4096, 16);
    Connection reader(disk);
    EXPECT_EQ(reader.ask("SELECT sum(length(body)) FROM entry"), "error " + std::to_string(SQLITE_CORRUPT));
    // Not drop_unsynced: the log, whose removal was not synced, would come back and mend the page.
    RecordingDisk cut(random_, clock_, disk.image_after(disk.operation_count(), CrashPolicy::keep_unsynced, random_));
    EXPECT_NE(Connection(cut).ask("PRAGMA integrity_check"), "ok") << "damage survives a power cut";
}

// ---- determinism ----------------------------------------------------------------------------------------------------

TEST(RecordingVfsDeterminism, TheSameSeedGivesTheSameRecordAndTheSameImages) {
    const auto run = [](std::uint64_t seed) {
        SeededRandom random(seed);
        FixedClock clock;
        seed_sqlite_randomness(random);
        RecordingDisk disk(random, clock);
        run_commits(disk, "FULL");
        return std::pair(disk.record().fingerprint(),
                         disk.image_after(disk.operation_count() / 2, CrashPolicy::subset, random));
    };
    const auto first = run(5);
    const auto same = run(5);
    EXPECT_EQ(first.first, same.first);
    EXPECT_EQ(first.second, same.second);
    EXPECT_NE(first.first, run(6).first);
}

}  // namespace
}  // namespace obrol
