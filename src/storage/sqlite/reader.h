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
#include "storage/sqlite/file_reader.h"
#include "storage/sqlite/folder_reader.h"
#include "storage/sqlite/group_reader.h"
#include "storage/sqlite/newest_entries.h"
#include "storage/sqlite/options.h"
#include "storage/sqlite/page_span.h"
#include "storage/sqlite/peer_reader.h"
#include "storage/sqlite/tail.h"
#include "storage/store.h"

namespace obrol::sqlite {

class Reader {
  public:
    // `tail` and `newest` must outlive it.
    Reader(const SqliteOptions& options, const Tail& tail, NewestEntries& newest);

    std::optional<User> find_user(std::string_view name_key);
    std::optional<User> find_user(UserId id);
    std::vector<std::optional<User>> find_users(const std::vector<UserId>& ids);
    std::optional<User> find_remote_user(ServerId server, std::string_view name_key);
    UserPage list_users(std::string_view after, std::size_t users_max);
    std::optional<Session> find_session(const Digest& token);
    std::vector<StoredSession> sessions_of(UserId user);
    std::vector<StoredSession> sessions_unused_since(WallTime before, SessionId after, std::size_t sessions_max);
    std::vector<Invitation> invitations();
    std::optional<Invitation> find_invitation(const Digest& code);
    StoreCounts counts();
    bool has_admin();
    std::vector<UserId> direct_peers(UserId user);
    std::vector<UserId> who_know(UserId viewer, const std::vector<UserId>& users);
    std::optional<DirectConversation> find_direct(UserId one, UserId other);
    std::optional<StoredGroup> find_group(std::string_view id_key);
    std::optional<StoredGroup> find_group_by_code(std::string_view code);
    std::optional<StoredGroup> find_group(ConversationId conversation);
    std::vector<UnreadConversation> unread(UserId user);
    std::vector<EntryPage> read(const std::vector<EntryRange>& ranges, std::size_t bytes_max);
    StoredHistory history(const HistoryRange& range, std::size_t bytes_max);
    std::vector<LinkProgress> progress();
    std::optional<LinkProgress> progress(ServerId server);
    std::vector<OutboxItem> outbox(ServerId server, std::int64_t after, std::size_t items_max, std::size_t bytes_max);
    std::vector<OutboxItem> late_items(ServerId server, WallTime before, bool is_final, std::size_t items_max);
    std::vector<SharedGroup> shared_groups(ServerId server, bool at_home_there);
    std::vector<std::pair<Seq, EntrySignature>> signatures(const EntryRange& range);
    std::vector<StrangerRequest> stranger_requests(UserId user);
    // What else is asked of groups, contacts, files and other servers.
    GroupReader& groups() { return groups_; }
    FileReader& files() { return files_; }
    PeerReader& peers() { return peers_; }
    FolderReader& folders() { return folders_; }

  private:
    struct Participation {
        ConversationId conversation;
        UserId peer;  // none: a group
        Seq fetched;
        TailUnread tail;
        Visible visible;  // of a group

        Visible unfetched() const;
    };
    struct PageBudget;
    class Transaction;

    ConversationId direct_conversation(UserId one, UserId other);
    std::vector<Participation> participations(UserId user);
    void look_at_visible(std::vector<Participation>& participations, UserId user);
    std::optional<UnreadConversation> unread_in(const Participation& one, UserId user);
    std::optional<Position> oldest_unread_indexed(const Participation& one, UserId user, SeqSpan span);
    EntryPage page(const EntryRange& range, const TailPart& tail, const NewestEntries::Found& kept, PageBudget& budget);
    EntryPage read_span(const EntryRange& range, const PageSpan& span, const TailPart& tail, const EntryRun* kept,
                        PageBudget& budget);
    std::vector<Position> positions(const EntryRange& range, const TailPart& tail, Seq first, Seq last);

    Connection connection_;
    const Tail& tail_;
    NewestEntries& newest_;
    EntryLocator locator_;
    EntryRows entry_rows_;
    GroupReader groups_;
    FileReader files_;
    PeerReader peers_;
    FolderReader folders_;
    Statement begin_;
    Statement user_by_name_;
    Statement user_by_id_;
    Statement users_;
    Statement session_;
    Statement sessions_of_;
    Statement unused_sessions_;
    Statement invitations_;
    Statement invitation_by_code_;
    Statement direct_;
    Statement blocked_;
    Statement direct_peers_;
    Statement participations_;
};

}  // namespace obrol::sqlite
