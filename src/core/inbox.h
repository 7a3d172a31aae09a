// What each user has not fetched yet (DESIGN section 4, Fetching): at least once, never lost. A cache over the store's
// cursors: loaded when a user first asks, kept current by what is committed, forgotten when unused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
    struct Entry {
        LogEntry entry;
        bool in_group = false;
    };
    struct Taken {
        std::vector<Entry> entries;     // of others (or to oneself), by position
        std::uint64_t reservation = 0;  // 0: nothing was taken
        bool more = false;              // further entries may be unread

        // Whose they are, one by one.
        std::vector<UserId> senders() const;
    };

    // Both must outlive it.
    Inbox(Store& store, GroupCommit& commits, Options options);

    // Reserves and reads the user's oldest unread entries, of one conversation or (none) of all; confirm() or release()
    // what it gives.
    Task<Result<Taken>> take(UserId user, std::optional<ConversationId> only);
    void confirm(std::uint64_t reservation);
    void release(std::uint64_t reservation);
    // Reads what take() would give, and reserves nothing.
    Task<Result<Taken>> peek(UserId user);

    // Something was committed.
    void advanced(const ConversationAdvanced& advanced);
    // A stranger's messages, `first` to `last`, that were not for the user until now.
    void accepted(UserId user, const EntryHeader& first, Seq last);
    // These users have left the group by its entry `at`: later ones are not for them, unless they come back.
    void left(ConversationId group, const std::vector<UserId>& users, Seq at);

  private:
    struct Unread {
        FetchCursor cursor;
        Seq last;         // of what others wrote and the user may see
        Position oldest;  // of what is not fetched: orders senders; exact until a page cuts a conversation
        bool to_self = false;
        Visible visible = {};  // of a group, never empty; of a direct conversation empty: all
    };
    // One thing to keep in mind of what was committed.
    struct News {
        enum class Kind : std::uint8_t { direct, to_self, in_group, left };
        Kind kind = Kind::direct;
        ConversationId conversation;
        Seq seq;
        Position position;
    };
    struct UserInbox {
        bool loaded = false;
        std::size_t loads = 0;     // under way
        std::vector<News> missed;  // meanwhile, whether the loads saw it or not
        std::map<ConversationId, Unread> unread;
        // How far the loading read: it sees what is committed but not announced yet, which is not to be taken for new
        // when the announcement comes.
        std::map<ConversationId, Seq> loaded_upto;
    };
    using UserInboxRef = std::shared_ptr<UserInbox>;
    using Only = std::optional<ConversationId>;
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
    static void fill(UserInbox& inbox, UserId user, const std::vector<UnreadConversation>& found);
    void tell(UserId user, const News& news);
    static void note(UserInbox& inbox, const News& news);
    // Reserves what it gives.
    std::vector<Piece> choose(UserInbox& inbox, UserId user, Only only);
    std::optional<FetchCursor::Range> next_range(UserInbox& inbox, UserId user, ConversationId conversation,
                                                 std::int64_t entries_max);
    Task<Result<std::vector<Entry>>> read(UserInbox& inbox, UserId user, std::vector<Piece>& pieces);
    // Chooses and reads until there is something for the user, or nothing is left.
    Task<Result<std::vector<Entry>>> next_entries(UserInbox& inbox, UserId user, Only only, std::vector<Piece>& pieces);
    static bool has_more(const UserInbox& inbox, Only only);
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
