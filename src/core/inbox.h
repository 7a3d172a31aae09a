// What each user has not fetched yet (DESIGN section 4, Fetching): at least once, never lost. A cache over the store's
// cursors: loaded when a user first asks, kept current by what is committed, forgotten when unused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/lru_cache.h"
#include "base/result.h"
#include "bus/bus.h"
#include "core/fetch_cursor.h"
#include "io/task.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

class Inbox {
  public:
    struct Options {
        std::size_t entries_max = 1000;
        std::size_t bytes_max = 1024 * 1024;
        std::size_t cached_users_max = 100'000;
    };
    struct Taken {
        std::vector<LogEntry> entries;  // of others (or to oneself), by position
        std::uint64_t reservation = 0;  // 0: nothing was taken
        bool more = false;              // further entries may be unread
    };

    // Both must outlive it.
    Inbox(Store& store, GroupCommit& commits, Options options);

    // Reserves and reads the user's oldest unread entries; confirm() or release() what it gives.
    Task<Result<Taken>> take(UserId user);
    void confirm(std::uint64_t reservation);
    void release(std::uint64_t reservation);

    // Something was committed.
    void advanced(const ConversationAdvanced& advanced);

  private:
    struct Unread {
        FetchCursor cursor;
        Seq last;         // of what others wrote
        Position oldest;  // of what is not fetched: orders senders; exact until a page cuts a conversation
        bool to_self = false;
    };
    struct UserInbox {
        bool loading = false;
        bool loaded = false;
        std::map<ConversationId, Unread> unread;
        // How far the loading read: it sees what is committed but not announced yet, which is not to be taken for new
        // when the announcement comes.
        std::map<ConversationId, Seq> loaded_upto;
    };
    using UserInboxRef = std::shared_ptr<UserInbox>;
    struct Piece {
        ConversationId conversation;
        FetchCursor::Range range;
        Position oldest;
    };
    struct Reservation {
        UserId user;
        UserInboxRef inbox;
        std::vector<Piece> pieces;
    };

    Task<Result<UserInboxRef>> load(UserId user);
    std::vector<Piece> choose(UserInbox& inbox) const;
    Task<Result<std::vector<LogEntry>>> read(UserInbox& inbox, UserId user, std::vector<Piece>& pieces);
    static bool has_more(const UserInbox& inbox);
    void confirm_piece(UserId user, UserInbox& inbox, const Piece& piece);
    static void release_pieces(UserInbox& inbox, const std::vector<Piece>& pieces);

    Store& store_;
    GroupCommit& commits_;
    Options options_;
    LruCache<UserId, UserInboxRef> inboxes_;
    std::unordered_map<std::uint64_t, Reservation> reservations_;
    std::uint64_t last_reservation_ = 0;
};

}  // namespace obrol
