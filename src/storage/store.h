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
    // With whom the user shares a direct conversation and whom he has not blocked, himself left out; by id.
    virtual Task<Result<std::vector<UserId>>> direct_peers(UserId user) = 0;
    virtual Task<Result<std::optional<DirectConversation>>> find_direct(UserId one, UserId other) = 0;

    // Groups, ended ones too; by id compared without case, by code (never an ended one), by conversation.
    virtual Task<Result<std::optional<StoredGroup>>> find_group(std::string id_key) = 0;
    virtual Task<Result<std::optional<StoredGroup>>> find_group_by_code(std::string code) = 0;
    virtual Task<Result<std::optional<StoredGroup>>> find_group(ConversationId conversation) = 0;
    // In the order in which the user came to them.
    virtual Task<Result<std::vector<Membership>>> groups_of(UserId user) = 0;
    // Empty: he never was a member.
    virtual Task<Result<Visible>> visible(UserId user, ConversationId conversation) = 0;
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
    // Every blob that a file names, also one in a folder, each once; and whether one is among them.
    virtual Task<Result<std::vector<BlobDigest>>> blobs() = 0;
    virtual Task<Result<bool>> is_blob_named(BlobDigest blob) = 0;

    // Ordered by `oldest_unread`.
    virtual Task<Result<std::vector<UnreadConversation>>> unread(UserId user) = 0;
    // The pages of several ranges in one read transaction, each limited by its own entries_max and all together by
    // `bytes_max` of bodies: the ranges are filled in their order, and once an entry does not fit nothing more is given
    // (the first entry of all always fits). Unknown conversations are empty. Checksums are verified: a damaged entry is
    // an error.
    virtual Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) = 0;
};

}  // namespace obrol
