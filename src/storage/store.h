// The store: the authority over users, sessions and conversation logs (DESIGN sections 3 and 4).
//
// Called on one executor's thread, to which every Task comes back. The work behind a Task may run on other threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "storage/change.h"

namespace obrol {

// A whole batch was not stored.
struct StoreFailure {
    enum class Kind {
        // Nothing of the batch is stored or will be: a full disk, a failed write. The store goes on.
        write_failed,
        // Nobody can say what is stored. Answer nobody and end the process with a non-zero exit (DESIGN section 3).
        sync_failed,
    };
    Kind kind = Kind::write_failed;
    std::string what;
};

struct EntryRange {
    ConversationId conversation;
    Seq after;                    // exclusive; 0: from the first entry
    std::optional<Seq> before;    // exclusive; none: to the end
    std::size_t entries_max = 0;  // at most so many
    bool newest_first = false;    // which end of the range to take when it holds more; the page is ascending anyway
};

struct EntryPage {
    std::vector<LogEntry> entries;  // ascending by seq, without gaps
    bool more = false;              // the range holds further entries beyond the page's limits
};

// A conversation in which unread-counting entries for the user lie beyond his fetched cursor: those of others, and in
// notes to self his own.
struct UnreadConversation {
    ConversationId conversation;
    UserId peer;  // the other side of a direct conversation; the user himself for notes to self
    Seq fetched;
    Seq last;                // of the log
    Position oldest_unread;  // orders senders
};

struct DirectConversation {
    ConversationId conversation;
    Seq last;
};

class Store {
  public:
    virtual ~Store() = default;

    // Decides the changes one after the other and carries out those that pass, in one transaction and with one sync
    // before the Task ends; results in the order of the changes. A refused change has no effect and harms no other.
    // Batches are carried out in the order of the calls; one at a time is enough (GroupCommit gathers the next).
    virtual Task<std::expected<std::vector<ChangeResult>, StoreFailure>> append(std::vector<Change> batch) = 0;

    // Reads see everything whose append has ended. Errors are the store's own trouble, e.g. a corrupt page, in words.
    virtual Task<Result<std::optional<User>>> find_user(std::string name_key) = 0;
    virtual Task<Result<std::optional<User>>> find_user(UserId id) = 0;
    virtual Task<Result<std::optional<Session>>> find_session(Digest token) = 0;
    virtual Task<Result<std::optional<DirectConversation>>> find_direct(UserId one, UserId other) = 0;
    // Ordered by `oldest_unread`.
    virtual Task<Result<std::vector<UnreadConversation>>> unread(UserId user) = 0;
    // The pages of several ranges in one read transaction, each limited by its own entries_max and all together by
    // `bytes_max` of bodies: the ranges are filled in their order, and once an entry does not fit nothing more is given
    // (the first entry of all always fits). Unknown conversations are empty. Checksums are verified: a damaged entry is
    // an error.
    virtual Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) = 0;
};

}  // namespace obrol
