// Settings of the SQLite store; the defaults are those of a server with two cores and a disk that syncs in a fraction
// of a millisecond. What was measured: docs/decisions/0002-sqlite-store.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace obrol {

struct SqliteOptions {
    std::string path;
    std::string vfs;  // SQLite's name of it; empty: the default

    // Unindexed entries (about 24 bytes of memory each, more when every one is in another conversation). From
    // tail_index_from on each commit is followed by a slice of indexing; from tail_idle_from on also an idle store
    // indexes; at tail_entries_max commits wait, so that a start never reads more than about that many entries.
    std::size_t tail_index_from = 32'768;
    std::size_t tail_idle_from = 4'096;
    std::size_t tail_entries_max = 262'144;
    // A slice indexes a few times what the commit before it added, so that a round ends, but at least so many entries,
    // because it costs a transaction.
    std::size_t slice_entries_min = 256;
    // How long a slice may hold up a commit.
    Duration slice_budget = std::chrono::milliseconds(5);

    // Pages of 4096 bytes in the write-ahead log that are not yet in the file: from checkpoint_pages on they are
    // written back between two commits. When the log has grown to wal_pages_max because of readers, these are held out
    // until it can begin anew.
    std::size_t checkpoint_pages = 250;
    std::size_t wal_pages_max = 16'384;

    // SQLite's page caches; memory is taken as it is needed. Each commit empties those of the readers, for which a
    // large one takes longer: they are to hold what one look needs.
    std::int64_t writer_cache_kib = 16'384;
    std::int64_t reader_cache_kib = 2'048;
    // The newest entries of conversations whose newest page was read lately (NewestEntries); 0: none are kept.
    std::size_t history_cache_kib = 8'192;
    // What the rules ask for again and again: 16 to 48 bytes each.
    std::size_t cached_users = 1 << 16;
    std::size_t cached_conversations = 1 << 18;
    std::size_t cached_idempotency_clients = 1 << 14;
    std::size_t cached_group_members = 1 << 18;
    std::size_t cached_requests = 1 << 16;
};

}  // namespace obrol
