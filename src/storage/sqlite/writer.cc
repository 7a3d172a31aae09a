#include "storage/sqlite/writer.h"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <utility>

#include "storage/change_rules.h"
#include "storage/migrations/migrations.h"
#include "storage/sqlite/indexer.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/sqlite_tables.h"

namespace obrol::sqlite {
namespace {

// Long enough for a reader that recovers the write-ahead log after a crash, short enough to say that a store is locked.
constexpr int busy_timeout_ms = 2'000;
constexpr std::size_t slice_entries_per_added = 3;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

Connection open_connection(const SqliteOptions& options, Logger& logger) {
    Connection connection(options.path, options.vfs, Access::read_write_create);
    sqlite3_busy_timeout(connection.raw(), busy_timeout_ms);
    prepare_schema(connection, store_migrations(), logger);
    connection.execute(fmt::format("PRAGMA cache_size = -{}", options.writer_cache_kib).c_str());
    return connection;
}

}  // namespace

struct Writer::Open {
    Open(Connection opened, const SqliteOptions& options, Tail& tail, const Clock& clock)
        : connection(std::move(opened)),
          tables(connection, tail, options),
          indexer(connection, tail, clock),
          begin(connection, "BEGIN IMMEDIATE"),
          commit(connection, "COMMIT") {}

    Connection connection;
    SqliteTables tables;
    Indexer indexer;
    Statement begin;
    Statement commit;
};

Writer::Writer(const SqliteOptions& options, Tail& tail, ReaderPool& readers, const Clock& clock, Logger& logger)
    : options_(options), tail_(tail), readers_(readers), clock_(clock), logger_(logger) {
    open_ = std::make_unique<Open>(open_connection(options_, logger_), options_, tail_, clock_);
    const auto on_commit = [](void* size, sqlite3*, const char*, int pages) {
        *static_cast<std::size_t*>(size) = static_cast<std::size_t>(pages);
        return SQLITE_OK;
    };
    sqlite3_wal_hook(open_->connection.raw(), on_commit, &wal_size_);
    open_->indexer.replay();
    // Bodies that were erased shortly before a crash may still be in the log.
    must_empty_wal_ = true;
    maintain(false);
    if (fatal_) throw SqliteFailed(SQLITE_IOERR_FSYNC, *fatal_);
}

Writer::~Writer() = default;

void Writer::set_own_key(const PublicKey& key) {
    open_->tables.peers().set_own_key(key);
}

// Batches.

Writer::Outcome Writer::append(const std::vector<Change>& batch) {
    if (fatal_) return std::unexpected(StoreFailure{StoreFailure::Kind::sync_failed, *fatal_});
    std::vector<ChangeResult> results;
    try {
        make_room_in_tail();
        results = carry_out(batch);
    } catch (const SqliteFailed& failed) {
        open_->connection.roll_back();
        open_->tables.forget();
        publish_due();
        return std::unexpected(refuse(batch.size(), failed));
    }
    const std::size_t tail_before = tail_.size();
    open_->tables.commit_batch();
    for (const ConversationId conversation : open_->tables.rewritten())
        readers_.newest_entries().forget(conversation);
    last_batch_entries_ = tail_.size() - tail_before;
    must_empty_wal_ = must_empty_wal_ || open_->tables.has_erased();
    note_stored();
    publish_due();
    return results;
}

std::vector<ChangeResult> Writer::carry_out(const std::vector<Change>& batch) {
    set_durability(std::ranges::any_of(batch, must_be_durable) ? Durability::synced : Durability::in_order);
    std::vector<ChangeResult> results;
    results.reserve(batch.size());
    open_->tables.begin_batch();
    open_->begin.run();
    for (const Change& change : batch)
        results.push_back(apply_change(open_->tables, change));
    open_->tables.flush_batch();
    open_->commit.run();
    return results;
}

void Writer::set_durability(Durability durability) {
    if (durability == durability_) return;
    open_->connection.execute(durability == Durability::synced ? "PRAGMA synchronous = FULL"
                                                               : "PRAGMA synchronous = NORMAL");
    durability_ = durability;
}

StoreFailure Writer::refuse(std::size_t changes, const SqliteFailed& failed) {
    if (is_sync_failure(failed.code())) {
        fatal_ = failed.what();
        logger_.error("store: nobody can say what is stored: {}", *fatal_);
        return StoreFailure{StoreFailure::Kind::sync_failed, *fatal_};
    }
    // A full disk refuses batch after batch; the log, perhaps on the same disk, need not repeat it.
    if (refused_why_ != failed.what()) logger_.error("store: refused {} changes: {}", changes, failed.what());
    refused_why_ = failed.what();
    ++refused_batches_;
    return StoreFailure{StoreFailure::Kind::write_failed, refused_why_};
}

void Writer::note_stored() {
    if (refused_batches_ == 0) return;
    logger_.info("store: stores again after {} refused batches", refused_batches_);
    refused_batches_ = 0;
    refused_why_.clear();
}

// Work between batches.

void Writer::maintain(bool idle) {
    if (fatal_ || !open_) return;
    const char* work = "writing back the log";
    try {
        if (must_empty_wal_ && wal_size_ >= checkpoint_retry_at_) {
            checkpoint_without_readers(SQLITE_CHECKPOINT_TRUNCATE);
        } else if (is_checkpoint_due()) {
            if (wal_size_ < options_.wal_pages_max) {
                checkpoint(SQLITE_CHECKPOINT_PASSIVE);
            } else {
                checkpoint_without_readers(SQLITE_CHECKPOINT_RESTART);
            }
        } else if (is_indexing_due(idle ? options_.tail_idle_from : options_.tail_index_from)) {
            work = "indexing";
            slice(idle ? unlimited : slice_entries());
        }
    } catch (const SqliteFailed& failed) {
        note_failure(work, failed);
    }
    publish_due();
}

void Writer::make_room_in_tail() {
    while (tail_.size() >= options_.tail_entries_max)
        slice(unlimited);
}

void Writer::slice(std::size_t entries_max) {
    set_durability(Durability::in_order);
    open_->indexer.slice(entries_max, options_.slice_budget);
    indexing_retry_at_ = 0;
}

// Once the tail is half way to where commits wait, keeping up matters more than short slices.
std::size_t Writer::slice_entries() const {
    if (tail_.size() >= (options_.tail_index_from + options_.tail_entries_max) / 2) return unlimited;
    return std::max(options_.slice_entries_min, slice_entries_per_added * last_batch_entries_);
}

void Writer::checkpoint(int mode) {
    int size = 0;
    int written_back = 0;
    const int code = sqlite3_wal_checkpoint_v2(open_->connection.raw(), nullptr, mode, &size, &written_back);
    if (code != SQLITE_OK) open_->connection.throw_error(code);
    const bool begins_anew = mode != SQLITE_CHECKPOINT_PASSIVE;
    wal_size_ = begins_anew ? 0 : static_cast<std::size_t>(std::max(size, 0));
    wal_written_back_ = begins_anew ? 0 : static_cast<std::size_t>(std::max(written_back, 0));
    checkpoint_retry_at_ = 0;
}

void Writer::checkpoint_without_readers(int mode) {
    const ReaderPool::Pause pause(readers_);
    checkpoint(mode);
    if (mode == SQLITE_CHECKPOINT_TRUNCATE) must_empty_wal_ = false;
}

bool Writer::is_checkpoint_due() const {
    // A log that is smaller than what was written back of it has begun anew since.
    const std::size_t written_back = wal_written_back_ <= wal_size_ ? wal_written_back_ : 0;
    return wal_size_ - written_back >= options_.checkpoint_pages && wal_size_ >= checkpoint_retry_at_;
}

bool Writer::is_indexing_due(std::size_t from) const {
    return (open_->indexer.is_round_under_way() || tail_.size() >= from) && tail_.size() >= indexing_retry_at_;
}

void Writer::publish_due() {
    const bool must = (must_empty_wal_ && wal_size_ >= checkpoint_retry_at_) || is_checkpoint_due();
    maintenance_due_.store(!fatal_ && (must || is_indexing_due(options_.tail_index_from)), std::memory_order_relaxed);
    idle_maintenance_due_.store(!fatal_ && (must || is_indexing_due(options_.tail_idle_from)),
                                std::memory_order_relaxed);
}

void Writer::note_failure(std::string_view work, const SqliteFailed& failed) {
    open_->connection.roll_back();
    if (is_sync_failure(failed.code())) {
        fatal_ = failed.what();
        logger_.error("store: nobody can say what is stored: {}", *fatal_);
        return;
    }
    checkpoint_retry_at_ = wal_size_ + options_.checkpoint_pages;
    indexing_retry_at_ = tail_.size() + options_.tail_idle_from;
    logger_.warning("store: {} is put off: {}", work, failed.what());
}

void Writer::close() {
    if (!fatal_) {
        try {
            while (tail_.size() > 0)
                slice(unlimited);
            checkpoint_without_readers(SQLITE_CHECKPOINT_TRUNCATE);
            open_->connection.remove_wal_on_close();
        } catch (const SqliteFailed& failed) {
            note_failure("tidying up", failed);
        }
    }
    open_.reset();
}

}  // namespace obrol::sqlite
