// What DESIGN section 3 promises when the disk does not do what it should: no acknowledgement, one clear line in the
// log, and everything that was acknowledged there at the next start.
#include <algorithm>

#include "storage/sqlite/connection.h"
#include "tests/store_suite/sqlite_on_disk.h"

namespace obrol {
namespace {

class SqliteFaults : public testing::Test, protected SqliteOnDisk {
  protected:
    SqliteFaults() {
        options.tail_index_from = 40;
        options.slice_entries_min = 8;
        options.tail_idle_from = 20;
        options.tail_entries_max = 200;
        options.checkpoint_pages = 15;
    }
    void SetUp() override {
        ASSERT_EQ(open(), "");
        create_users(6);
    }

    // Posts `count` batches of one to five entries; remembers the bodies of those that were acknowledged.
    void post_batches(int count) {
        for (int i = 0; i < count; ++i) {
            std::vector<Change> batch;
            std::vector<std::string> bodies;
            for (std::uint64_t size = 1 + random.below(5); size > 0; --size) {
                bodies.push_back("body " + std::to_string(++posted));
                const auto from = static_cast<std::int64_t>(1 + random.below(6));
                const auto to = static_cast<std::int64_t>(1 + random.below(6));
                batch.emplace_back(post(from, to, bodies.back()));
            }
            const Outcome outcome = append(std::move(batch));
            if (outcome) {
                for (const ChangeResult& result : *outcome)
                    EXPECT_TRUE(result.has_value());
                acknowledged.insert(acknowledged.end(), bodies.begin(), bodies.end());
            } else {
                failures.push_back(outcome.error());
            }
        }
    }
    std::size_t failures_of(StoreFailure::Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(failures, kind, &StoreFailure::kind));
    }
    // The machine goes on with what is on its disk now, or comes back after a power cut.
    void expect_acknowledged_is_intact() {
        DiskImage after_kill = disk->current_image();
        DiskImage after_power_cut = disk->image_after(disk->operation_count(), CrashPolicy::drop_unsynced, random);
        for (DiskImage* image : {&after_kill, &after_power_cut}) {
            insert_disk(std::move(*image));
            ASSERT_EQ(open(), "");
            EXPECT_TRUE(append(post(1, 2, "one more")).has_value());
            close();
            std::vector<std::string> bodies = sound_bodies();
            ASSERT_FALSE(bodies.empty());
            EXPECT_EQ(bodies.back(), "one more");
            bodies.pop_back();
            EXPECT_EQ(bodies, acknowledged);
        }
    }

    int posted = 0;
    std::vector<std::string> acknowledged;
    std::vector<StoreFailure> failures;
};

TEST_F(SqliteFaults, AFullDiskRefusesBatchesUntilThereIsRoom) {
    post_batches(5);
    std::uint64_t size = 0;
    for (const auto& [name, content] : disk->current_image())
        size += content.size();
    disk->set_capacity(size + 20'000);
    post_batches(60);
    EXPECT_GT(failures_of(StoreFailure::Kind::write_failed), 20u);
    EXPECT_EQ(failures_of(StoreFailure::Kind::sync_failed), 0u);
    EXPECT_NE(failures.at(0).what.find("the disk is full"), std::string::npos) << failures.at(0).what;
    // A small batch may still find room between two large ones.
    const std::size_t lines = logger.count(LogLevel::error, "");
    EXPECT_EQ(logger.count(LogLevel::error, "refused"), lines);
    EXPECT_GE(lines, 1u);
    EXPECT_LT(lines, failures.size() / 2) << "one line for each time the disk filled up, not for each batch";

    disk->set_capacity(std::nullopt);
    const std::size_t before = failures.size();
    post_batches(60);
    EXPECT_EQ(failures.size(), before);
    EXPECT_EQ(logger.count(LogLevel::info, "stores again"), lines);
    expect_acknowledged_is_intact();
}

TEST_F(SqliteFaults, AFailedWriteRefusesItsBatchOnly) {
    for (std::uint64_t after = 0; after < 60; ++after) {
        disk->fail_next({.kind = DiskFault::Kind::write, .error = SQLITE_IOERR_WRITE, .after_n = after});
        post_batches(8);
        disk->clear_faults();
    }
    // Most of them hit a batch; the others a slice or a checkpoint, which are tried again.
    EXPECT_GT(failures_of(StoreFailure::Kind::write_failed), 10u);
    EXPECT_GT(logger.count(LogLevel::warning, "is put off"), 3u);
    EXPECT_EQ(failures_of(StoreFailure::Kind::sync_failed), 0u);
    EXPECT_EQ(logger.count(LogLevel::error, "the disk could not be written"), failures.size());
    expect_acknowledged_is_intact();
}

// Entries and what is queued of them come and go together, and the numbers have no gaps.
TEST_F(SqliteFaults, WhatIsQueuedForAnotherServerSurvivesWithItsEntry) {
    ASSERT_TRUE(append(MeetServer{PublicKey{1}, "B", ServerId(), {}}).has_value());
    ASSERT_TRUE(append(SetServerState{ServerId(1), ServerState::connected}).has_value());
    ASSERT_TRUE(append(MeetUser{ServerId(1), "messi", "", "", {}}).has_value());
    std::int64_t received = 0;
    for (std::uint64_t after = 0; after < 30; ++after) {
        disk->fail_next({.kind = DiskFault::Kind::write, .error = SQLITE_IOERR_WRITE, .after_n = after});
        for (int i = 0; i < 4; ++i) {
            const std::string body = "body " + std::to_string(++posted);
            Receive receive;
            receive.from = ServerId(1);
            receive.place = {1, received + 1};
            receive.item = Uuid::version7(executor.clock().wall_now(), random);
            receive.change = std::make_shared<const ReceivedChange>(ReceivedChange{post(7, 2, "back to " + body)});
            std::vector<Change> batch;
            batch.emplace_back(post(1, 7, body));
            batch.emplace_back(receive);
            const Outcome outcome = append(std::move(batch));
            if (!outcome) {
                failures.push_back(outcome.error());
                continue;
            }
            for (const ChangeResult& result : *outcome)
                ASSERT_TRUE(result.has_value());
            ++received;
            acknowledged.push_back(body);
            acknowledged.push_back("back to " + body);
        }
        disk->clear_faults();
    }
    EXPECT_GT(failures_of(StoreFailure::Kind::write_failed), 5u);
    for (const CrashPolicy policy : {CrashPolicy::drop_unsynced, CrashPolicy::random}) {
        insert_disk(disk->image_after(disk->operation_count(), policy, random));
        ASSERT_EQ(open(), "");
        const LinkProgress progress = run(store->link_progress(ServerId(1))).value().value();
        EXPECT_EQ(progress.last.number, received);
        EXPECT_EQ(progress.received, (OutboxPlace{1, received}));
        const auto items = run(store->outbox(ServerId(1), 0, 1000, 1 << 20)).value();
        ASSERT_EQ(std::ssize(items), received);
        for (std::size_t i = 0; i < items.size(); ++i)
            EXPECT_EQ(items[i].entry.value().body, acknowledged[2 * i]);
    }
    expect_acknowledged_is_intact();
}

TEST_F(SqliteFaults, ARefusedBatchLeavesNoTraceInWhatFollows) {
    ASSERT_TRUE(append(post(1, 2, "before")).has_value());
    FoundGroup found;
    found.owner = UserId(1);
    found.card = {"lab", "Lab"};
    found.codes = {"aaaaaa"};
    found.members = {UserId(6)};
    ASSERT_TRUE(append(found).has_value());
    const ConversationId group(2);
    disk->fail_next({.kind = DiskFault::Kind::write, .error = SQLITE_IOERR_WRITE});
    std::vector<Change> batch;
    batch.emplace_back(SetBlock{UserId(2), UserId(1)});
    batch.emplace_back(SetAccountState{UserId(3), AccountState::disabled});
    batch.emplace_back(post(4, 5, "makes a conversation"));
    batch.emplace_back(RemoveMember{.by = UserId(1), .group = group, .who = UserId(6), .id = {}});
    batch.emplace_back(EnterGroup{UserId(2), "aaaaaa", {}, {}, {}});
    ASSERT_FALSE(append(std::move(batch)).has_value());

    std::vector<Change> after;
    after.emplace_back(post(1, 2, "not blocked"));
    after.emplace_back(post(3, 2, "not disabled"));
    after.emplace_back(post(4, 5, "the first"));
    after.emplace_back(PostToGroup{.sender = UserId(6), .group = group, .id = {}, .body = "not kicked"});
    after.emplace_back(PostToGroup{.sender = UserId(2), .group = group, .id = {}, .body = "never there"});
    Outcome outcome = append(std::move(after));
    ASSERT_TRUE(outcome.has_value());
    ASSERT_FALSE(outcome->back().has_value());
    EXPECT_EQ(outcome->back().error(), ChatError::not_a_member);
    outcome->pop_back();
    std::vector<std::int64_t> seqs;
    for (const ChangeResult& result : *outcome) {
        ASSERT_TRUE(result.has_value());
        seqs.push_back(std::get<Posted>(*result).entries.at(0).seq.value);
    }
    EXPECT_EQ(seqs, (std::vector<std::int64_t>{2, 1, 1, 2}));
}

TEST_F(SqliteFaults, AfterAFailedSyncNobodyIsAnswered) {
    post_batches(5);
    disk->fail_next({.kind = DiskFault::Kind::sync, .error = SQLITE_IOERR_FSYNC});
    post_batches(5);
    EXPECT_EQ(failures_of(StoreFailure::Kind::sync_failed), 5u) << "also the batches after it";
    EXPECT_EQ(logger.count(LogLevel::error, "nobody can say what is stored"), 1u);
    EXPECT_EQ(logger.count(LogLevel::error, ""), 1u);

    // Whether the batch whose sync failed is stored is open; the others were never tried.
    insert_disk(disk->image_after(disk->operation_count(), CrashPolicy::random, random));
    ASSERT_EQ(open(), "");
    close();
    std::vector<std::string> bodies = sound_bodies();
    ASSERT_GE(bodies.size(), acknowledged.size());
    EXPECT_LE(bodies.size(), acknowledged.size() + 5);
    bodies.resize(acknowledged.size());
    EXPECT_EQ(bodies, acknowledged);
}

TEST_F(SqliteFaults, AFailedSyncOfACheckpointEndsItToo) {
    // Only checkpoints sync the file itself.
    disk->fail_next(
        {.kind = DiskFault::Kind::sync, .error = SQLITE_IOERR_FSYNC, .persistent = true, .name_suffix = ".db"});
    post_batches(60);
    EXPECT_GT(acknowledged.size(), 10u);
    EXPECT_GT(failures_of(StoreFailure::Kind::sync_failed), 10u);
    EXPECT_EQ(failures_of(StoreFailure::Kind::write_failed), 0u);
    EXPECT_EQ(logger.count(LogLevel::error, "nobody can say what is stored"), 1u);
    disk->clear_faults();
    expect_acknowledged_is_intact();
}

TEST_F(SqliteFaults, ADamagedEntryIsReportedByName) {
    ASSERT_TRUE(append(post(1, 2, "left alone")).has_value());
    ASSERT_TRUE(append(post(1, 2, "to be damaged")).has_value());
    close();
    sqlite::Connection raw(options.path, options.vfs, sqlite::Access::read_write_create);
    raw.execute("UPDATE entries SET body = x'00' WHERE seq = 2");
    ASSERT_EQ(open(), "");
    const EntryRange first{.conversation = ConversationId(1), .before = Seq(2), .entries_max = 9};
    const EntryRange both{.conversation = ConversationId(1), .entries_max = 9};
    EXPECT_EQ(run(store->read({first}, 1000)).value().at(0).entries.at(0).body, "left alone");
    const auto damaged = run(store->read({both}, 1000));
    ASSERT_FALSE(damaged.has_value());
    EXPECT_EQ(damaged.error().what, "entry 2 of conversation 1 is damaged: the checksum of its body is wrong");
}

TEST_F(SqliteFaults, EveryDamagedByteOfTheLogIsNoticed) {
    post_batches(40);
    close();
    const std::size_t size = disk->current_image().at("/obrol.db").size();
    const DiskImage sound = disk->current_image();
    const std::vector<std::string> expected = sound_bodies();
    std::size_t noticed = 0;
    constexpr int rounds = 300;
    for (int round = 0; round < rounds; ++round) {
        insert_disk(sound);
        disk->corrupt("/obrol.db", random.below(size), 1);
        const Result<StoreReport> report = verify_store(options.path, options.vfs);
        if (!report || !report->problems.empty()) {
            ++noticed;
            continue;
        }
        // Where nothing is kept (free space of a page, names of users), a changed byte must not change a body.
        std::vector<std::string> bodies;
        const auto take = [&](const StoredEntry& stored) { bodies.push_back(stored.entry.body); };
        ASSERT_TRUE(for_each_entry(options.path, take, options.vfs).has_value());
        EXPECT_EQ(bodies, expected);
    }
    EXPECT_GT(noticed, 0u);
}

TEST_F(SqliteFaults, AFailedReadIsAnErrorAndNoMore) {
    post_batches(40);
    close();
    ASSERT_EQ(open(), "");
    disk->fail_next({.kind = DiskFault::Kind::read, .error = SQLITE_IOERR_READ});
    const auto failed = run(store->find_user("user1"));
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().what.find("could not be read"), std::string::npos) << failed.error().what;
    disk->clear_faults();
    EXPECT_TRUE(run(store->find_user("user1")).value().has_value());
    post_batches(1);
    EXPECT_TRUE(failures.empty());
}

TEST_F(SqliteFaults, AStoreThatCannotBeOpenedIsRefusedInOneSentence) {
    close();
    const DiskImage sound = disk->current_image();
    const auto refusal = [&](const char* sql) {
        insert_disk(sound);
        sqlite::Connection(options.path, options.vfs, sqlite::Access::read_write_create).execute(sql);
        return open();
    };
    EXPECT_NE(
        refusal("PRAGMA user_version = 1000").find("cannot open the store /obrol.db: its schema has version 1000"),
        std::string::npos);
    EXPECT_NE(refusal("PRAGMA application_id = 7").find("another program's"), std::string::npos);

    insert_disk(sound);
    sqlite::Connection other(options.path, options.vfs, sqlite::Access::read_write_create);
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t(x)");
    EXPECT_NE(open().find("it is locked by another program"), std::string::npos);
    other.roll_back();
}

TEST_F(SqliteFaults, OnlyWhatMustBeDurableWaitsForASync) {
    ASSERT_TRUE(append(post(1, 2, "text")).has_value());
    const auto syncs = [&] {
        std::size_t found = 0;
        for (std::uint64_t i = 1; i <= disk->operation_count(); ++i)
            found += disk->record().operation(i).kind == DiskOperation::Kind::sync;
        return found;
    };
    const std::size_t before = syncs();
    const AdvanceCursor advance{UserId(2), ConversationId(1), AdvanceCursor::Which::fetched, Seq(1)};
    ASSERT_TRUE(append(advance).has_value());
    EXPECT_EQ(syncs(), before);
    std::vector<Change> mixed;
    mixed.emplace_back(advance);
    mixed.emplace_back(post(2, 1, "answer"));
    ASSERT_TRUE(append(std::move(mixed)).has_value());
    EXPECT_EQ(syncs(), before + 1);
}

TEST_F(SqliteFaults, AnErasedBodyIsNowhereOnTheDisk) {
    const std::string secret = "the secret that must go";
    ASSERT_TRUE(append(post(1, 2, secret)).has_value());
    ASSERT_TRUE(append(post(1, 2, std::string(9000, 'x') + secret)).has_value());
    ASSERT_TRUE(append(ReplaceBody{ConversationId(1), Seq(1), secret + ", twice"}).has_value());
    const auto is_on_disk = [&] {
        for (const auto& [name, content] : disk->current_image()) {
            std::string bytes(content.size(), '\0');
            content.read(0, std::as_writable_bytes(std::span(bytes)));
            if (bytes.find(secret) != std::string::npos) return true;
        }
        return false;
    };
    EXPECT_TRUE(is_on_disk());
    std::vector<Change> batch;
    batch.emplace_back(EraseBody{ConversationId(1), Seq(1)});
    batch.emplace_back(EraseBody{ConversationId(1), Seq(2)});
    ASSERT_TRUE(append(std::move(batch)).has_value());
    executor.run_for(std::chrono::seconds(1));
    EXPECT_FALSE(is_on_disk());

    // Also when the server dies right after the commit.
    ASSERT_TRUE(append(post(1, 2, secret)).has_value());
    ASSERT_TRUE(append(EraseBody{ConversationId(1), Seq(3)}).has_value());
    insert_disk(disk->image_after(disk->operation_count(), CrashPolicy::keep_unsynced, random));
    ASSERT_EQ(open(), "");
    EXPECT_FALSE(is_on_disk());
}

TEST_F(SqliteFaults, AnIdleStoreTidiesUpOnceAndThenRests) {
    post_batches(20);
    executor.run_for(std::chrono::seconds(5));
    const std::uint64_t rest = disk->operation_count();
    EXPECT_FALSE(executor.step()) << "no timer is set";
    EXPECT_EQ(disk->operation_count(), rest);
    close();
}

// One run with everything in it, cut at every operation.
class SqlitePowerCuts : public SqliteFaults {
  protected:
    struct Moment {
        std::uint64_t operation = 0;
        std::size_t bodies = 0;  // how many were acknowledged
    };

    void SetUp() override {
        SqliteFaults::SetUp();
        for (int i = 0; i < 70; ++i) {
            post_batches(1);
            moments.push_back({disk->operation_count(), acknowledged.size()});
            append(AdvanceCursor{UserId(1), ConversationId(1), AdvanceCursor::Which::fetched, Seq(i / 3)});
            if (i % 25 == 24) executor.run_for(std::chrono::seconds(1));
        }
        ASSERT_TRUE(failures.empty());
        close();
        moments.push_back({disk->operation_count(), acknowledged.size()});
    }
    std::size_t acknowledged_at(std::uint64_t operation) const {
        std::size_t bodies = 0;
        for (const Moment& moment : moments) {
            if (moment.operation <= operation) bodies = moment.bodies;
        }
        return bodies;
    }
    void expect_prefix(SqliteOnDisk& after, std::size_t at_least) const {
        std::vector<std::string> bodies = after.sound_bodies();
        ASSERT_GE(bodies.size(), at_least);
        ASSERT_LE(bodies.size(), acknowledged.size());
        EXPECT_TRUE(std::equal(bodies.begin(), bodies.end(), acknowledged.begin()));
    }

    std::vector<Moment> moments;
};

TEST_F(SqlitePowerCuts, AtEveryOperationKeepWhatWasAcknowledged) {
    const std::uint64_t first = moments.front().operation;
    ImageWalker walker(disk->record());
    SqliteOnDisk after;
    after.options = options;
    std::size_t images = 0;
    for (std::uint64_t operation = first; operation <= disk->operation_count(); ++operation) {
        walker.advance_to(operation);
        for (const CrashPolicy policy : {CrashPolicy::drop_unsynced, CrashPolicy::random}) {
            SCOPED_TRACE("operation " + std::to_string(operation));
            after.insert_disk(walker.image(policy, random));
            // As it is, and after a start, which reads the tail and goes on.
            expect_prefix(after, acknowledged_at(operation));
            ASSERT_EQ(after.open(), "");
            ASSERT_TRUE(after.append(after.post(1, 1, "goes on")).has_value());
            after.close();
            EXPECT_EQ(after.sound_bodies().back(), "goes on");
            if (HasFailure()) return;
            ++images;
        }
    }
    EXPECT_GT(images, 500u) << "the run was too short to mean much";
}

TEST_F(SqlitePowerCuts, TheRunHasSlicesAndCheckpointsInIt) {
    std::optional<std::uint32_t> file;
    std::size_t file_writes = 0;
    for (std::uint64_t i = 1; i < moments[moments.size() - 2].operation; ++i) {
        const DiskOperation& operation = disk->record().operation(i);
        if (operation.kind == DiskOperation::Kind::create && operation.name == "/obrol.db") file = operation.file;
        if (i < moments.front().operation) continue;
        file_writes += operation.kind == DiskOperation::Kind::write && operation.file == file;
    }
    EXPECT_GT(file_writes, 20u);
    EXPECT_EQ(open(), "");
    sqlite::Connection raw(options.path, options.vfs, sqlite::Access::read_only);
    EXPECT_GT(raw.query_integer("SELECT count(*) FROM conversation_index"), 5);
}

}  // namespace
}  // namespace obrol
