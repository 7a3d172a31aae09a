// One read-only connection and what is asked of it. Used by one thread at a time; each call covers its own short read
// transactions. Errors are thrown as SqliteFailed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_locator.h"
#include "storage/sqlite/entry_rows.h"
#include "storage/sqlite/tail.h"
#include "storage/store.h"

namespace obrol::sqlite {

class Reader {
  public:
    // `tail` must outlive it.
    Reader(const std::string& path, const std::string& vfs, std::int64_t cache_kib, const Tail& tail);

    std::optional<User> find_user(std::string_view name_key);
    std::optional<User> find_user(UserId id);
    std::optional<Session> find_session(const Digest& token);
    std::optional<DirectConversation> find_direct(UserId one, UserId other);
    std::vector<UnreadConversation> unread(UserId user);
    std::vector<EntryPage> read(const std::vector<EntryRange>& ranges, std::size_t bytes_max);

  private:
    struct Membership {
        ConversationId conversation;
        UserId peer;
        Seq fetched;
        TailUnread tail;
    };
    struct PageBudget;
    class Transaction;

    static User user(const Rows& rows);
    std::vector<Membership> memberships(UserId user);
    std::optional<UnreadConversation> unread_in(const Membership& membership, UserId user);
    std::optional<Position> oldest_unread_indexed(const Membership& membership, UserId user, Seq last);
    EntryPage page(const EntryRange& range, const TailPart& tail, PageBudget& budget);
    std::vector<Position> positions(const EntryRange& range, const TailPart& tail, Seq first, Seq last);

    Connection connection_;
    const Tail& tail_;
    EntryLocator locator_;
    EntryRows entry_rows_;
    Statement begin_;
    Statement user_by_name_;
    Statement user_by_id_;
    Statement session_;
    Statement direct_;
    Statement memberships_;
};

}  // namespace obrol::sqlite
