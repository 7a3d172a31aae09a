// The store on real threads and a real file: what its callers, the writer and the readers do to one another.
#include "storage/sqlite/sqlite_store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>

#include "io/event_loop.h"
#include "io/thread_pool.h"
#include "storage/sqlite/inspect.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

constexpr std::int64_t people = 8;

// Every look at it takes as long as it is told, and nothing else takes any time.
class SlowClock final : public Clock {
  public:
    MonotonicTime monotonic_now() const override { return MonotonicTime(Duration(now_ += look.load())); }
    WallTime wall_now() const override { return SystemClock().wall_now(); }
    std::atomic<std::int64_t> look = 0;  // nanoseconds

  private:
    mutable std::atomic<std::int64_t> now_ = 0;
};

// Counts what is called brief.
class CountingQueue final : public WorkQueue {
  public:
    explicit CountingQueue(WorkQueue& below) : below_(below) {}
    void submit(Job work, Job done) override { below_.submit(std::move(work), std::move(done)); }
    void submit_brief(Job work, Job done) override {
        ++brief;
        below_.submit_brief(std::move(work), std::move(done));
    }
    void submit_from(Executor& caller, Job work, Job done) override {
        below_.submit_from(caller, std::move(work), std::move(done));
    }
    int brief = 0;

  private:
    WorkQueue& below_;
};

class SqliteStoreTest : public testing::Test {
  protected:
    SqliteStoreTest() {
        options.path = folder.file("obrol.db");
        options.tail_index_from = 200;
        options.tail_idle_from = 50;
        options.tail_entries_max = 1'000;
        options.checkpoint_pages = 50;
        options.wal_pages_max = 200;
    }
    void open() {
        auto opened = SqliteStore::open(options, loop, writer, readers, logger);
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        store = std::move(*opened);
    }
    template <class T>
    T run(Task<T> task) {
        std::optional<T> value;
        Gate gate("test");
        gate.spawn(keep(std::move(task), value));
        loop.run();
        return std::move(value).value();
    }
    Task<bool> close() {
        co_await store->close();
        store.reset();
        co_return true;
    }
    static PostDirect post(std::int64_t from, std::int64_t to) {
        PostDirect made;
        made.sender = UserId(from);
        made.copies = {{UserId(to), Uuid()}};
        made.body = std::string(200, 'x');
        return made;
    }
    Task<bool> create_users() {
        std::vector<Change> batch;
        for (std::int64_t i = 1; i <= people; ++i)
            batch.emplace_back(CreateUser{.card = {"user" + std::to_string(i), "", ""}});
        const auto outcome = co_await store->append(std::move(batch));
        co_return outcome.has_value();
    }
    // Appends `batches` batches of 50 between everybody and everybody; counts what each conversation has for certain.
    Task<void> write(int batches) {
        for (int i = 0; i < batches; ++i) {
            std::vector<Change> batch;
            for (int j = 0; j < 50; ++j, ++posted)
                batch.emplace_back(post(1 + posted % people, 1 + posted / 7 % people));
            const auto outcome = co_await store->append(std::move(batch));
            EXPECT_TRUE(outcome.has_value());
            if (!outcome) break;
            for (const ChangeResult& result : *outcome) {
                const EntryHeader& header = std::get<Posted>(*result).entries.at(0);
                Seq& last = known[header.conversation];
                EXPECT_EQ(header.seq, next(last));
                last = header.seq;
            }
            wal_bytes_max = std::max(wal_bytes_max, std::filesystem::file_size(options.path + "-wal"));
        }
        writing = false;
    }
    // Reads the end, or a part, of one conversation after the other while there is writing. Whatever was acknowledged
    // before is there, without gaps.
    Task<void> read(std::uint64_t seed) {
        SeededRandom random(seed);
        while (writing) {
            const ConversationId id(static_cast<std::int64_t>(1 + random.below(36)));
            const Seq certain = known[id];
            EntryRange range{.conversation = id, .entries_max = 70, .newest_first = random.chance(1, 2)};
            if (random.chance(1, 2)) range.after = Seq(static_cast<std::int64_t>(random.below(200)));
            const std::vector<EntryRange> ranges(1, range);
            const auto pages = co_await store->read(ranges, 1 << 20);
            EXPECT_TRUE(pages.has_value()) << pages.error().what;
            if (!pages) co_return;
            const EntryPage& page = pages->at(0);
            ++reads;
            for (std::size_t i = 1; i < page.entries.size(); ++i)
                EXPECT_EQ(page.entries[i].header.seq, next(page.entries[i - 1].header.seq));
            if (page.entries.empty()) {
                EXPECT_LE(certain, range.after);
            } else if (range.newest_first) {
                EXPECT_GE(page.entries.back().header.seq, certain);
            } else {
                EXPECT_EQ(page.entries.front().header.seq, next(range.after));
            }
            const UserId somebody(static_cast<std::int64_t>(1 + random.below(people)));
            const auto unread = co_await store->unread(somebody);
            EXPECT_TRUE(unread.has_value());
        }
    }
    Task<bool> write_while_reading(int batches, std::uint64_t readers_count) {
        Gate gate("readers and writer");
        writing = true;
        gate.spawn(write(batches));
        for (std::uint64_t i = 0; i < readers_count; ++i)
            gate.spawn(read(i));
        co_await gate.close();
        co_return true;
    }

    // The numbers 1, 2, 3 … as bodies of the newest entries of the first conversation, in no order.
    Task<void> renumber(int changes) {
        SeededRandom random(1);
        for (int number = 1; number <= changes; ++number) {
            const Seq seq(static_cast<std::int64_t>(1 + random.below(numbered)));
            std::vector<Change> batch;
            batch.emplace_back(ReplaceBody{ConversationId(1), seq, std::to_string(number)});
            const auto outcome = co_await store->append(std::move(batch));
            EXPECT_TRUE(outcome.has_value() && outcome->front().has_value());
            numbers[seq] = number;
        }
        writing = false;
    }
    Task<void> read_numbers() {
        while (writing) {
            const std::map<Seq, int> certain = numbers;
            const EntryRange newest{.conversation = ConversationId(1), .entries_max = numbered, .newest_first = true};
            const std::vector<EntryRange> ranges(1, newest);
            const auto pages = co_await store->read(ranges, 1 << 20);
            EXPECT_TRUE(pages.has_value()) << pages.error().what;
            if (!pages) co_return;
            EXPECT_EQ(pages->at(0).entries.size(), numbered);
            ++reads;
            for (const LogEntry& entry : pages->at(0).entries) {
                const auto number = certain.find(entry.header.seq);
                if (number == certain.end()) continue;
                EXPECT_GE(std::stoi(entry.body), number->second);
            }
        }
    }
    Task<bool> renumber_while_reading(int changes, int readers_count) {
        std::vector<Change> batch;
        for (std::size_t i = 0; i < numbered; ++i) {
            batch.emplace_back(post(1, 2));
            std::get<PostDirect>(batch.back()).body = "0";
        }
        const auto outcome = co_await store->append(std::move(batch));
        EXPECT_TRUE(outcome.has_value());
        Gate gate("readers and writer");
        writing = true;
        gate.spawn(renumber(changes));
        for (int i = 0; i < readers_count; ++i)
            gate.spawn(read_numbers());
        co_await gate.close();
        co_return true;
    }

    // The second user comes and goes; what is said right behind his leaving is secret.
    Task<void> keep_secrets(ConversationId group, int times) {
        for (int i = 0; i < times; ++i) {
            std::vector<Change> batch;
            batch.emplace_back(QuitGroup{.user = UserId(2), .group = group});
            batch.emplace_back(PostToGroup{.sender = UserId(1), .group = group, .body = "secret"});
            const auto left = co_await store->append(std::move(batch));
            EXPECT_TRUE(left.has_value() && left->front().has_value() && left->back().has_value());
            std::vector<Change> back;
            back.emplace_back(AddMembers{.by = UserId(1), .group = group, .who = {UserId(2)}});
            const auto came = co_await store->append(std::move(back));
            EXPECT_TRUE(came.has_value() && came->front().has_value());
        }
        writing = false;
    }
    Task<void> look_for_secrets(ConversationId group) {
        while (writing) {
            const HistoryRange range{.user = UserId(2), .of = group, .entries_max = 5};
            const auto seen = co_await store->history(range, 1 << 20);
            EXPECT_TRUE(seen.has_value()) << seen.error().what;
            if (!seen) co_return;
            ++reads;
            for (const LogEntry& entry : seen->page.entries)
                EXPECT_NE(entry.body, "secret");
        }
    }
    Task<bool> keep_secrets_while_reading(int times, int readers_count) {
        std::vector<Change> batch;
        FoundGroup founding;
        founding.owner = UserId(1);
        founding.card = {"lab", "Lab"};
        founding.codes = {"aaaaaa"};
        founding.members = {UserId(2)};
        batch.emplace_back(std::move(founding));
        const auto outcome = co_await store->append(std::move(batch));
        const ConversationId group = std::get<GroupChanged>(*outcome->front()).group->conversation;
        Gate gate("readers and writer");
        writing = true;
        gate.spawn(keep_secrets(group, times));
        for (int i = 0; i < readers_count; ++i)
            gate.spawn(look_for_secrets(group));
        co_await gate.close();
        co_return true;
    }

    static constexpr std::size_t numbered = 20;
    TemporaryFolder folder;
    SystemClock clock;
    NullLogger logger;
    EventLoop loop{clock};
    ThreadPool writer{loop, {.name = "writer", .threads = 1}};
    ThreadPool readers{loop, {.name = "readers", .threads = 3}};
    SqliteOptions options;
    std::unique_ptr<SqliteStore> store;

    bool writing = false;
    std::int64_t posted = 0;
    std::int64_t reads = 0;
    std::uintmax_t wal_bytes_max = 0;
    std::map<ConversationId, Seq> known;
    std::map<Seq, int> numbers;  // acknowledged

  private:
    template <class T>
    Task<void> keep(Task<T> task, std::optional<T>& value) {
        value.emplace(co_await std::move(task));
        loop.stop();
    }
};

TEST_F(SqliteStoreTest, ReadersSeeWhatWasAcknowledgedWhileTheIndexAndTheLogMoveBeneathThem) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(write_while_reading(200, 6));
    EXPECT_GT(reads, 100);
    run(close());
    const Result<StoreReport> report = verify_store(options.path);
    ASSERT_TRUE(report.has_value()) << report.error().what;
    EXPECT_EQ(report->problems, std::vector<std::string>());
    EXPECT_EQ(report->entries, posted);
}

TEST_F(SqliteStoreTest, ABodyIsNotReadAnyMoreOnceItsChangeIsAcknowledged) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(renumber_while_reading(1'000, 6));
    EXPECT_GT(reads, 100);
    run(close());
}

TEST_F(SqliteStoreTest, WhoLeavesAGroupWhileItIsReadDoesNotSeeWhatIsSaidThen) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(keep_secrets_while_reading(300, 6));
    EXPECT_GT(reads, 100);
    run(close());
}

TEST_F(SqliteStoreTest, TheWriteAheadLogStaysBoundedUnderConstantReaders) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(write_while_reading(300, 6));
    // What one batch and one slice add beyond the limit is small.
    EXPECT_LT(wal_bytes_max, (options.wal_pages_max + 200) * 4120);
    run(close());
}

TEST_F(SqliteStoreTest, AStoreThatIsGoneWithoutCloseIsWhole) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(write_while_reading(40, 1));
    store.reset();
    open();
    known.clear();
    const auto pages = run(store->read({{.conversation = ConversationId(1), .entries_max = 1}}, 1));
    ASSERT_TRUE(pages.has_value());
    EXPECT_EQ(pages->at(0).entries.at(0).header.seq, Seq(1));
    run(close());
    EXPECT_EQ(verify_store(options.path).value().entries, posted);
}

TEST_F(SqliteStoreTest, AClosedStoreIsOneFile) {
    open();
    ASSERT_TRUE(run(create_users()));
    run(write_while_reading(20, 1));
    run(close());
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
        files.push_back(file.path().filename());
    EXPECT_EQ(files, std::vector<std::string>{"obrol.db"});
}

class BriefAppendTest : public SqliteStoreTest {
  protected:
    BriefAppendTest() {
        store = std::move(*SqliteStore::open(options, slow_loop, queue, slow_readers, logger));
        std::vector<Change> users;
        for (std::int64_t i = 1; i <= people; ++i)
            users.emplace_back(CreateUser{.card = {"user" + std::to_string(i), "", ""}});
        EXPECT_FALSE(is_brief(std::move(users)));
    }
    // It has a timer in the loop.
    ~BriefAppendTest() override { store.reset(); }
    bool is_brief(std::vector<Change> batch) {
        const int before = queue.brief;
        Gate gate("test");
        gate.spawn(append(*this, std::move(batch)));
        slow_loop.run();
        return queue.brief != before;
    }
    static Task<void> append(BriefAppendTest& self, std::vector<Change> batch) {
        const auto outcome = co_await self.store->append(std::move(batch));
        EXPECT_TRUE(outcome.has_value());
        self.slow_loop.stop();
    }
    static std::vector<Change> posts(std::int64_t from, std::size_t count, std::size_t bytes_each = 200) {
        std::vector<Change> batch;
        for (std::size_t i = 0; i < count; ++i) {
            PostDirect made = post(from, 1 + static_cast<std::int64_t>(i) % people);
            made.body.resize(bytes_each, 'x');
            batch.emplace_back(std::move(made));
        }
        return batch;
    }

    SlowClock slow;
    EventLoop slow_loop{slow};
    ThreadPool slow_writer{slow_loop, {.name = "writer", .threads = 1}};
    ThreadPool slow_readers{slow_loop, {.name = "readers", .threads = 1}};
    CountingQueue queue{slow_writer};
};

TEST_F(BriefAppendTest, WhatOneUserWritesInARowIsBrief) {
    EXPECT_TRUE(is_brief(posts(1, 1)));
    EXPECT_TRUE(is_brief(posts(1, 64)));
    EXPECT_FALSE(is_brief(posts(1, 65)));
    EXPECT_TRUE(is_brief(posts(1, 4, 16 * 1024)));
    EXPECT_FALSE(is_brief(posts(1, 4, 16 * 1024 + 1)));
    std::vector<Change> two = posts(1, 1);
    two.emplace_back(post(2, 1));
    EXPECT_TRUE(is_brief(two));
    two.emplace_back(post(2, 3));
    EXPECT_FALSE(is_brief(two)) << "several wait";
    std::vector<Change> mixed = posts(1, 2);
    mixed.emplace_back(AdvanceCursor{.user = UserId(1), .conversation = ConversationId(1), .seq = Seq(1)});
    EXPECT_FALSE(is_brief(mixed));
}

TEST_F(BriefAppendTest, NothingIsBriefWhereADiskIsSlow) {
    slow.look = std::chrono::nanoseconds(std::chrono::milliseconds(1)).count();
    EXPECT_TRUE(is_brief(posts(1, 10)));
    EXPECT_TRUE(is_brief(posts(1, 10)));
    slow.look = std::chrono::nanoseconds(std::chrono::microseconds(1001)).count();
    EXPECT_TRUE(is_brief(posts(1, 10))) << "before anybody knows";
    EXPECT_FALSE(is_brief(posts(1, 10)));
    EXPECT_FALSE(is_brief(posts(1, 1)));
    slow.look = 0;
    EXPECT_FALSE(is_brief(posts(1, 10)));
    EXPECT_TRUE(is_brief(posts(1, 10))) << "it is quick again";
}

}  // namespace
}  // namespace obrol
