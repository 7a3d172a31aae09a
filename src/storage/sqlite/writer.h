// The one connection that writes and checkpoints: batches of changes, and between them slices of indexing and
// checkpoints. All methods on the writer's thread, except where they say otherwise.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/options.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/tail.h"
#include "storage/store.h"

namespace obrol::sqlite {

class Writer {
  public:
    using Outcome = std::expected<std::vector<ChangeResult>, StoreFailure>;

    // Opens the store and makes it current: schema, tail, what a crash left in the write-ahead log. Throws
    // SqliteFailed. The others must outlive it.
    Writer(const SqliteOptions& options, Tail& tail, ReaderPool& readers, const Clock& clock, Logger& logger);
    ~Writer();

    // Store::set_own_key.
    void set_own_key(const PublicKey& key);

    // Store::append.
    Outcome append(const std::vector<Change>& batch);

    // One piece of the work that can be put off, a slice_budget or a checkpoint long. `idle`: nobody waits for a
    // commit.
    void maintain(bool idle);
    // Whether maintain() has something to do, as of the end of the last call of either method. From any thread.
    bool is_maintenance_due() const { return maintenance_due_.load(std::memory_order_relaxed); }
    bool is_idle_maintenance_due() const { return idle_maintenance_due_.load(std::memory_order_relaxed); }

    // Indexes what is left, empties the write-ahead log into the file and closes it. Nothing may be called afterwards.
    // Without it the file is left as by a crash.
    void close();

  private:
    // A commit either waits for its sync, or comes after what was committed before and is covered by the next sync.
    enum class Durability { synced, in_order };
    // All that hangs on the open file.
    struct Open;

    std::vector<ChangeResult> carry_out(const std::vector<Change>& batch);
    void set_durability(Durability durability);
    void make_room_in_tail();
    void slice(std::size_t entries_max);
    void checkpoint(int mode);
    void checkpoint_without_readers(int mode);
    std::size_t slice_entries() const;
    bool is_checkpoint_due() const;
    bool is_indexing_due(std::size_t from) const;
    void publish_due();

    StoreFailure refuse(std::size_t changes, const SqliteFailed& failed);
    void note_stored();
    // A failure of work that can be put off. It is tried again later; a failed sync ends everything.
    void note_failure(std::string_view work, const SqliteFailed& failed);

    const SqliteOptions options_;
    Tail& tail_;
    ReaderPool& readers_;
    const Clock& clock_;
    Logger& logger_;
    std::unique_ptr<Open> open_;
    Durability durability_ = Durability::synced;

    // Counted in pages. A log that was written back whole and that nobody reads begins anew with the next commit.
    std::size_t wal_size_ = 0;
    std::size_t wal_written_back_ = 0;
    bool must_empty_wal_ = false;  // it holds a body that was erased
    // After a failure no earlier attempt than at this size of the log, of the tail.
    std::size_t checkpoint_retry_at_ = 0;
    std::size_t indexing_retry_at_ = 0;
    std::size_t last_batch_entries_ = 0;

    std::optional<std::string> fatal_;
    std::string refused_why_;
    std::size_t refused_batches_ = 0;
    std::atomic<bool> maintenance_due_ = false;
    std::atomic<bool> idle_maintenance_due_ = false;
};

}  // namespace obrol::sqlite
