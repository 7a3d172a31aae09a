// Looks at a store that no server has open: whether everything in it fits together, and everything that was said. Reads
// only; what a crash left in the write-ahead log is read from there. Takes its time: every page and every entry is
// looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/entry.h"

namespace obrol {

struct StoreReport {
    std::int64_t users = 0;
    std::int64_t conversations = 0;
    std::int64_t entries = 0;
    // What does not fit, one sentence each; the first hundred. Empty: the store is sound.
    std::vector<std::string> problems;
};

// Looks for: damaged pages, entries whose checksums are wrong, logs with gaps or doubles, senders who are not members,
// an index that disagrees with the entries, cursors beyond the end of a log, kept answers to entries that are not
// there, sessions of users who are not active, invitations used too often, groups whose members, visits, owners, bans
// and end do not fit together, contacts with nobody, files and folders that are not what an entry says or are counted
// wrongly, queues for other servers with gaps. Fails when the file is not a store of this version or cannot be read at
// all. `vfs` empty: SQLite's default.
Result<StoreReport> verify_store(const std::string& path, const std::string& vfs = {});

struct StoredEntry {
    LogEntry entry;
    std::string sender;                     // name
    std::vector<std::string> participants;  // names of all who have or had a part in the conversation, by user id
    std::string group;                      // its id; empty: a direct conversation
};

// Every entry in commit order, with its checksums verified. Fails at the first damaged one.
Result<void> for_each_entry(const std::string& path, const std::function<void(const StoredEntry&)>& take,
                            const std::string& vfs = {});

}  // namespace obrol
