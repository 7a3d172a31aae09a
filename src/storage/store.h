// The store: the authority over users, sessions and conversation logs (DESIGN sections 3 and 4).
//
// Called on one executor's thread, to which every Task comes back. The work behind a Task may run on other threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
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

// Entries first to last, both included.
struct SeqSpan {
    Seq first;
    Seq last;

    friend bool operator==(const SeqSpan&, const SeqSpan&) = default;
};

// What a user may see of a group's log: the union of his memberships, ascending and disjoint; the last one goes on
// while he is a member (`last` is open_end then).
using Visible = std::vector<SeqSpan>;
inline constexpr Seq open_end{std::numeric_limits<std::int64_t>::max()};

// A look back by a user into one of his conversations.
struct HistoryRange {
    UserId user;
    std::variant<UserId, ConversationId> of;  // the other side of a direct conversation, or a group
    std::optional<Seq> before;                // exclusive; none: from the end
    std::size_t entries_max = 0;
};

struct StoredHistory {
    // None: the two have no conversation, or it is a stranger's and waits to be accepted.
    ConversationId conversation;
    Visible visible;  // as the page was read; empty: no conversation, or of a group that he never was a member of
    EntryPage page;   // the newest that he may see before `before`; `more`: he may see some before them
};

// A conversation in which unread-counting entries for the user lie beyond his fetched cursor: those of others, and in
// notes to self his own; of a group only such that he may see.
struct UnreadConversation {
    ConversationId conversation;
    UserId peer;  // the other side of a direct conversation, the user himself for notes to self; none: a group
    Seq fetched;
    Seq last;                // of the log
    Position oldest_unread;  // orders senders
    Visible visible;         // of a group; empty for a direct conversation: all
};

// A group with all its members.
struct StoredGroup {
    Group group;
    std::vector<GroupMember> members;  // by seniority
    Seq last;                          // of the log: what is said here holds as of that entry
};

// A group that a user is a member of.
struct Membership {
    Group group;
    GroupRole role = GroupRole::member;
    std::size_t members = 0;
};

struct FilePage {
    std::vector<StoredFile> files;  // newest first
    bool more = false;              // there are older ones
};

struct DirectConversation {
    ConversationId conversation;
    Seq last;
    bool blocked = false;  // whether `one` has blocked `other`
};

struct UserPage {
    std::vector<User> users;  // ascending by name_key
    bool more = false;        // there are further users
};

struct StoredSession {
    Session session;
    Digest token;
};

struct StoreCounts {
    std::int64_t users_active = 0;
    std::int64_t users_disabled = 0;
    std::int64_t users_deleted = 0;
    std::int64_t admins = 0;  // active ones
    std::int64_t sessions = 0;
    std::int64_t invitations = 0;
    std::int64_t conversations = 0;
    std::int64_t entries = 0;
    std::int64_t groups = 0;       // that have not ended
    std::int64_t files = 0;        // as FileUsage has it
    std::uint64_t file_bytes = 0;  // equal files count each
    std::uint64_t blob_bytes = 0;  // equal files count once
};

// How far two servers are with each other.
struct LinkProgress {
    ServerId server;
    OutboxPlace last;          // queued for it; its epoch is this store's
    OutboxPlace acknowledged;  // of that
    MessageId last_id{};       // of the item at `last`
    OutboxPlace received;      // from it, and the item that was there
    MessageId received_id{};
    std::size_t queued = 0;  // neither acknowledged nor given up, and since when the oldest of that
    std::optional<WallTime> oldest_queued;
};

// Something that is queued for another server: an entry of a log here, or else a payload.
struct OutboxItem {
    std::int64_t number = 0;
    MessageId id;
    UserId sender;
    WallTime at{};
    bool is_given_up = false;  // nothing is sent in its place (NoItem)
    std::optional<LogEntry> entry;
    UserId to;  // of the entry
    std::string payload;
    bool into_folder = false;  // of the entry: its file is for the receiver's folder
};

// A group that this server shares with another one, and the end of its log here.
struct SharedGroup {
    ConversationId conversation;
    Group group;
    Seq last;
    MessageId last_id{};
};

// A stranger who waits to be accepted.
struct StrangerRequest {
    UserId stranger;
    ConversationId conversation;
    LogEntry first;
    std::size_t messages = 0;
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
    // In the order of `ids`; nothing for whom there is not.
    virtual Task<Result<std::vector<std::optional<User>>>> find_users(std::vector<UserId> ids) = 0;
    // Of another server; by the name there. The other ones find and list users of this server only.
    virtual Task<Result<std::optional<User>>> find_remote_user(ServerId server, std::string name_key) = 0;
    // At most `users_max` users after that name_key (empty: from the first), deleted ones too.
    virtual Task<Result<UserPage>> list_users(std::string after, std::size_t users_max) = 0;
    virtual Task<Result<std::optional<Session>>> find_session(Digest token) = 0;
    // In the order in which they started.
    virtual Task<Result<std::vector<StoredSession>>> sessions_of(UserId user) = 0;
    // Of all users: at most `sessions_max` sessions beyond `after` that were last used before `before`, by id.
    virtual Task<Result<std::vector<StoredSession>>> sessions_unused_since(WallTime before, SessionId after,
                                                                           std::size_t sessions_max) = 0;
    // In the order of their making; used up and expired ones too.
    virtual Task<Result<std::vector<Invitation>>> invitations() = 0;
    virtual Task<Result<std::optional<Invitation>>> find_invitation(Digest code) = 0;
    // Takes longer the more there is; for an operator who asks.
    virtual Task<Result<StoreCounts>> counts() = 0;
    // Whether there is an administrator whose account is active.
    virtual Task<Result<bool>> has_admin() = 0;
    // With whom the user shares a direct conversation and whom he has not blocked, himself left out; by id.
    virtual Task<Result<std::vector<UserId>>> direct_peers(UserId user) = 0;
    // Which of `users` know the viewer: they have not blocked him, and share a direct conversation with him that does
    // not wait to be accepted, or a group that both are members of, or have him among their contacts. In their order.
    virtual Task<Result<std::vector<UserId>>> who_know(UserId viewer, std::vector<UserId> users) = 0;
    virtual Task<Result<std::optional<DirectConversation>>> find_direct(UserId one, UserId other) = 0;

    // Groups, ended ones too; by id compared without case, by code (never an ended one), by conversation.
    virtual Task<Result<std::optional<StoredGroup>>> find_group(std::string id_key) = 0;
    virtual Task<Result<std::optional<StoredGroup>>> find_group_by_code(std::string code) = 0;
    virtual Task<Result<std::optional<StoredGroup>>> find_group(ConversationId conversation) = 0;
    // In the order in which the user came to them.
    virtual Task<Result<std::vector<Membership>>> groups_of(UserId user) = 0;
    // By id.
    virtual Task<Result<std::vector<UserId>>> banned(ConversationId conversation) = 0;
    // At most `groups_max` groups after that id_key (empty: from the first), ended ones too; by id.
    virtual Task<Result<std::vector<Membership>>> list_groups(std::string after, std::size_t groups_max) = 0;
    // Those with a retention, ended ones too.
    virtual Task<Result<std::vector<Group>>> groups_with_retention() = 0;

    // In the order in which they were added.
    virtual Task<Result<std::vector<UserId>>> contacts(UserId user) = 0;

    // None also where `reader` (none: whoever) may not see its entry.
    virtual Task<Result<std::optional<StoredFile>>> find_file(std::string code, UserId reader) = 0;
    // One with that blob whose entry a user of that server may see, whose bytes are here if there is such a one.
    virtual Task<Result<std::optional<StoredFile>>> find_file_for(ServerId server, BlobDigest blob) = 0;
    // Of conversations that the user takes part in, each only where he may see its entry; `in` none: of all of them.
    virtual Task<Result<FilePage>> files_for(UserId reader, std::optional<ConversationId> in,
                                             std::size_t files_max) = 0;
    // Of everybody, or of one owner.
    virtual Task<Result<FilePage>> list_files(std::optional<UserId> owner, std::size_t files_max) = 0;
    // None: everybody's together.
    virtual Task<Result<FileUsage>> file_usage(UserId user) = 0;
    // By name.
    virtual Task<Result<std::vector<FolderFile>>> folder_of(UserId user) = 0;
    virtual Task<Result<std::optional<FolderFile>>> find_folder_file(UserId user, std::string name) = 0;
    // What is not placed: of one user, and whose folders hold such files, each once.
    virtual Task<Result<std::vector<FolderFile>>> folder_files_to_place(UserId user) = 0;
    virtual Task<Result<std::vector<UserId>>> folders_to_place() = 0;
    // Every blob that a file names whose bytes are here, also one in a folder, each once; and whether one is among
    // them.
    virtual Task<Result<std::vector<BlobDigest>>> blobs() = 0;
    virtual Task<Result<bool>> is_blob_named(BlobDigest blob) = 0;

    // This server's key to its own name (peer_changes.h: own_server). Holds for the changes that are appended
    // afterwards.
    virtual void set_own_key(const PublicKey& key) = 0;
    // All, by id; and by the label under which it is known here, compared without case, or by its key.
    virtual Task<Result<std::vector<Server>>> servers() = 0;
    // Of all servers, in no particular order.
    virtual Task<Result<std::vector<FormerKey>>> former_keys() = 0;
    virtual Task<Result<std::vector<LinkProgress>>> link_progress() = 0;
    virtual Task<Result<std::optional<LinkProgress>>> link_progress(ServerId server) = 0;
    // Those beyond `after` of the present epoch, ascending, at most `items_max` and so many bytes (one at least). Those
    // that were acknowledged are still there for a while.
    virtual Task<Result<std::vector<OutboxItem>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                         std::size_t bytes_max) = 0;
    // Not acknowledged, not given up, queued before `before`, and of which the sender, if there is one, was not told
    // that it is late (has failed: `is_final`); oldest first.
    virtual Task<Result<std::vector<OutboxItem>>> late_items(ServerId server, WallTime before, bool is_final,
                                                             std::size_t items_max) = 0;
    // None: it was never queued for that server, or is not kept any more.
    virtual Task<Result<std::optional<OutboxFate>>> outbox_fate(ServerId server, MessageId item) = 0;
    // The number of the oldest item that is still there; none: there is none.
    virtual Task<Result<std::optional<std::int64_t>>> oldest_outbox_item(ServerId server) = 0;
    // The groups at home here of which users of that server are, or ever were, members; or those at home there.
    virtual Task<Result<std::vector<SharedGroup>>> shared_groups(ServerId server, bool at_home_there) = 0;
    // The servers, other than this, whose users are or were members; and whether the group waits for its recovery.
    virtual Task<Result<std::vector<ServerId>>> servers_of(ConversationId group) = 0;
    virtual Task<Result<bool>> is_recovering(ConversationId group) = 0;
    // How far that server may see the group's log: to its end (open_end) while a user of it is a member, else to the
    // entry by which the last of them left; 0 if none ever was.
    virtual Task<Result<Seq>> shared_upto(ServerId server, ConversationId group) = 0;
    // What adopted groups were before, here and at home elsewhere; those of a group stand together, by `upto`.
    virtual Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> group_origins() = 0;
    // Kept signatures of entries of the range; those that have none are left out.
    virtual Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> signatures(EntryRange range) = 0;
    // Oldest first; their messages are in no inbox and count nowhere as unread.
    virtual Task<Result<std::vector<StrangerRequest>>> stranger_requests(UserId user) = 0;

    // Ordered by `oldest_unread`.
    virtual Task<Result<std::vector<UnreadConversation>>> unread(UserId user) = 0;
    // The pages of several ranges in one read transaction, each limited by its own entries_max and all together by
    // `bytes_max` of bodies: the ranges are filled in their order, and once an entry does not fit nothing more is given
    // (the first entry of all always fits). Unknown conversations are empty. A body that is changed meanwhile is the
    // old or the new one. Checksums are verified where an entry is read from the disk: a damaged one is an error.
    virtual Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) = 0;
    // Of a group nothing that was written after the user had left by the time of the answer. At most `bytes_max` of
    // bodies; while there is any of that left, the first entry, and the first of each earlier membership, whatever its
    // size.
    virtual Task<Result<StoredHistory>> history(HistoryRange range, std::size_t bytes_max) = 0;
};

}  // namespace obrol
