// The newest entries of conversations whose newest page was read lately, in memory. Fifty messages of a conversation
// that was written over months lie on fifty pages of the file; whoever comes after the first one, as the members of a
// group do, need not look for them there again.
//
// What is kept are copies of committed rows. Rows are never removed, and only a body can change: who changes one calls
// forget() once that is committed, before anybody is told. Bounded in bytes; what was not read for longest goes first.
// All methods on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "base/lru_cache.h"
#include "model/entry.h"

namespace obrol::sqlite {

// Consecutive entries of one conversation, ascending by seq; never empty.
class EntryRun {
  public:
    explicit EntryRun(std::vector<LogEntry> entries);

    Seq first() const { return entries_.front().header.seq; }
    Seq last() const { return entries_.back().header.seq; }
    const std::vector<LogEntry>& entries() const { return entries_; }
    // Null: it is not among them.
    const LogEntry* find(Seq seq) const;
    // Of memory, the entries' own and what their bodies take.
    std::size_t bytes() const { return bytes_; }

  private:
    const std::vector<LogEntry> entries_;
    std::size_t bytes_ = 0;
};

class NewestEntries {
  public:
    // Of one conversation: somewhat more than native's page, the longest of those that chat clients ask for.
    static constexpr std::size_t run_entries_max = 128;
    // Shorter pages are not worth the copying: they are soon looked up.
    static constexpr std::size_t page_entries_min = 8;

    struct Found {
        std::shared_ptr<const EntryRun> run;  // null: nothing is kept
        std::uint64_t changes = 0;            // for keep()
    };

    // 0: nothing is kept. One conversation gets an eighth of it at most.
    explicit NewestEntries(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // What is known of the conversation; asked before the transaction that reads the rest of a page.
    Found find(ConversationId conversation);
    // `page` is consecutive, reaches to the conversation's end as the transaction saw it, and was read after
    // `found` was. Nothing is kept where something has been forgotten since then.
    void keep(ConversationId conversation, const std::vector<LogEntry>& page, const Found& found);
    void forget(ConversationId conversation);

    std::size_t bytes() const;

  private:
    using Run = std::shared_ptr<const EntryRun>;

    // With mutex_. What was kept is given away, to be freed without it.
    Run take(ConversationId conversation);

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    LruCache<ConversationId, Run> runs_{std::numeric_limits<std::size_t>::max()};  // bounded by bytes_
    std::size_t bytes_ = 0;
    std::uint64_t changes_ = 0;  // calls of forget()
};

}  // namespace obrol::sqlite
