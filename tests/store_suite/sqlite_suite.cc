// The suite over the SQLite store: on real files, where a crash is a server that is gone without closing its store, and
// on a simulated disk, where it is a power cut. The limits are small, so that indexing and checkpoints happen in every
// case.
#include <optional>

#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/sim/disk/recording_vfs.h"
#include "tests/store_suite/store_suite.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

SqliteOptions small_options() {
    SqliteOptions options;
    options.tail_index_from = 70;
    options.slice_entries_min = 8;
    options.tail_idle_from = 1;
    options.tail_entries_max = 300;
    options.checkpoint_pages = 20;
    options.wal_pages_max = 60;
    options.history_cache_kib = 64;
    options.cached_users = 8;
    options.cached_conversations = 4;
    options.cached_idempotency_clients = 2;
    options.cached_group_members = 4;
    options.cached_requests = 4;
    return options;
}

class SqliteFixture : public StoreFixture {
  public:
    ~SqliteFixture() override {
        if (store_) close();
    }
    Store& store() override { return *store_; }
    void run(Task<void> task) override { run_until_idle(executor_, std::move(task)); }
    bool can_crash() const override { return true; }
    void settle() override { executor_.run_for(std::chrono::seconds(60)); }

  protected:
    void open(SqliteOptions options) {
        auto opened = SqliteStore::open(std::move(options), executor_, queue_, queue_, logger_);
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        store_ = std::move(*opened);
    }
    void close() {
        run(store_->close());
        store_.reset();
    }

    DeterministicExecutor executor_{1};
    InlineWorkQueue queue_{executor_};
    NullLogger logger_;
    std::unique_ptr<SqliteStore> store_;
};

class FilesFixture final : public SqliteFixture {
  public:
    FilesFixture() { reopen(Reopening::clean); }
    ~FilesFixture() override { store_.reset(); }
    void reopen(Reopening how) override {
        if (store_ && how == Reopening::clean) close();
        store_.reset();
        SqliteOptions options = small_options();
        options.path = folder_.file("obrol.db");
        open(options);
    }

  private:
    TemporaryFolder folder_;
};

class PowerCutFixture final : public SqliteFixture {
  public:
    PowerCutFixture() {
        disk_.emplace(random_, executor_.clock());
        open(options());
    }
    ~PowerCutFixture() override { store_.reset(); }
    void reopen(Reopening how) override {
        if (how == Reopening::clean) {
            close();
        } else {
            const std::uint64_t now = disk_->operation_count();
            DiskImage image = disk_->image_after(now, CrashPolicy::random, random_);
            store_.reset();
            disk_.emplace(random_, executor_.clock(), std::move(image));
        }
        open(options());
    }

  private:
    SqliteOptions options() const {
        SqliteOptions options = small_options();
        options.path = "/obrol.db";
        options.vfs = disk_->vfs_name();
        return options;
    }

    SeededRandom random_{1};
    std::optional<RecordingDisk> disk_;
};

}  // namespace

OBROL_INSTANTIATE_STORE_SUITE(Stores, StoreKind{"SqliteFiles", [] { return std::make_unique<FilesFixture>(); }},
                              StoreKind{"SqlitePowerCut", [] { return std::make_unique<PowerCutFixture>(); }});

}  // namespace obrol
