// A SQLite store on a simulated disk, for tests of what happens when the disk fails.
#pragma once

#include <cstdint>
#include <expected>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"
#include "storage/sqlite/inspect.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/sim/disk/recording_vfs.h"
#include "tests/support/chat_parts.h"
#include "tests/support/run_task.h"

namespace obrol {

class SqliteOnDisk {
  public:
    using Outcome = std::expected<std::vector<ChangeResult>, StoreFailure>;

    SqliteOnDisk() { insert_disk({}); }
    ~SqliteOnDisk() { store.reset(); }

    // Another disk, with these files; a store that is open on the old one is gone as by a crash.
    void insert_disk(DiskImage image) {
        store.reset();
        disk.reset();
        disk.emplace(random, executor.clock(), std::move(image));
        options.path = "/obrol.db";
        options.vfs = disk->vfs_name();
    }
    // Why the store cannot be opened; empty: it is open.
    std::string open() {
        store.reset();
        auto opened = SqliteStore::open(options, executor, queue, queue, logger);
        if (!opened) return opened.error().what;
        store = std::move(*opened);
        return {};
    }
    void close() {
        run(store->close());
        store.reset();
    }

    template <class T>
    T run(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }
    Outcome append(std::vector<Change> batch) { return run(store->append(std::move(batch))); }
    Outcome append(Change change) {
        std::vector<Change> batch;
        batch.push_back(std::move(change));
        return append(std::move(batch));
    }

    // Users 1 to `count`.
    void create_users(std::int64_t count) {
        std::vector<Change> batch;
        for (std::int64_t i = 1; i <= count; ++i)
            batch.emplace_back(CreateUser{.card = {"user" + std::to_string(i), "", ""}});
        ASSERT_TRUE(append(std::move(batch)).has_value());
    }
    PostDirect post(std::int64_t from, std::int64_t to, std::string body) {
        PostDirect made;
        made.sender = UserId(from);
        made.copies = {{UserId(to), Uuid::version7(executor.clock().wall_now(), random)}};
        made.body = std::move(body);
        made.at = executor.clock().wall_now();
        return made;
    }

    // The bodies of everything stored, in commit order, after the whole store was found to be sound.
    std::vector<std::string> sound_bodies() const {
        std::vector<std::string> bodies;
        const Result<StoreReport> report = verify_store(options.path, options.vfs);
        EXPECT_TRUE(report.has_value()) << report.error().what;
        if (!report) return bodies;
        for (const std::string& problem : report->problems)
            ADD_FAILURE() << problem;
        const auto take = [&](const StoredEntry& stored) { bodies.push_back(stored.entry.body); };
        const Result<void> read = for_each_entry(options.path, take, options.vfs);
        EXPECT_TRUE(read.has_value()) << read.error().what;
        return bodies;
    }

    DeterministicExecutor executor{1};
    InlineWorkQueue queue{executor};
    RecordingLogger logger;
    SeededRandom random{1};
    SqliteOptions options;
    std::optional<RecordingDisk> disk;
    std::unique_ptr<SqliteStore> store;
};

}  // namespace obrol
