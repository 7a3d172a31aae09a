// The entries that conversation_index does not hold yet: where they are, kept in memory.
//
// One thread, the writer's, changes the tail: it adds what was committed and drops what the index holds. Readers on
// other threads take what they need BEFORE they begin their read transaction: what the tail no longer has by then was
// in the index when that transaction began, so between the two nothing is missing, and what is in both is the same.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sqlite/page_span.h"
#include "storage/store.h"

namespace obrol::sqlite {

struct TailEntry {
    Position position;
    UserId counted_sender;  // none when the entry does not count as unread
};

// The tail's share of one page.
struct TailPart {
    Seq last;   // of the conversation; 0: the tail has none of it
    Seq first;  // seq of the first of `positions`
    std::vector<Position> positions;
};

// What the tail says about one user's unread entries in one conversation.
struct TailUnread {
    Seq last;   // of the conversation; 0: the tail has none of it
    Seq first;  // the tail's first of the conversation
    std::optional<Position> oldest_unread;
    Seq oldest_seq;  // of oldest_unread
};

class Tail {
  public:
    struct Added {
        ConversationId conversation;
        Seq seq;
        TailEntry entry;
    };
    // The consecutive entries of one conversation.
    struct List {
        Seq first;
        std::vector<TailEntry> entries;

        Seq last() const { return Seq(first.value + static_cast<std::int64_t>(entries.size()) - 1); }
    };

    // On the writer's thread only.
    void append(std::span<const Added> added);
    // Entries with this or a lower seq are in the index.
    void drop(ConversationId conversation, Seq indexed);
    // Valid until the next append() or drop().
    const List* find(ConversationId conversation) const;
    // The conversations that got entries since they were last taken or dropped in part; some may be named twice.
    std::vector<ConversationId> take_changed();
    Position last_position() const { return last_position_; }

    // On any thread.
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    Seq last_seq(ConversationId conversation) const;
    TailPart part(const EntryRange& range) const;
    // Unread: in one of the spans, counted, and by somebody else unless `own_count`.
    TailUnread unread(ConversationId conversation, UserId user, const Visible& spans, bool own_count) const;

  private:
    mutable std::mutex mutex_;  // the writer's thread takes it for changes only: nobody else makes any
    std::unordered_map<ConversationId, List> lists_;
    std::vector<ConversationId> changed_;  // the writer's thread only, as last_position_
    Position last_position_;
    std::atomic<std::size_t> size_ = 0;
};

}  // namespace obrol::sqlite
