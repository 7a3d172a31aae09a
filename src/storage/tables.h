// What the rules for changes read and write inside one open transaction; implemented by every store, so that rights,
// blocks, idempotency and seq are decided by one piece of code (change_rules.h) for all of them.
//
// Implementations may answer from caches of committed state, as long as the changes of the open transaction show and a
// rollback forgets them. Reading or writing trouble is thrown as TablesFailed: the transaction is rolled back as a
// whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto/digest.h"
#include "model/entry.h"
#include "model/group.h"
#include "model/invitation.h"
#include "model/session.h"
#include "model/user.h"
#include "storage/file_changes.h"
#include "storage/folder_changes.h"
#include "storage/peer_tables.h"

namespace obrol {

class TablesFailed : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// An answer kept under an idempotency key.
struct KeptAnswer {
    Digest request;  // fingerprint of the request
    std::vector<EntryHeader> entries;
    std::optional<MessageId> item = std::nullopt;  // that was queued for another server, in place of entries
};

struct Account {
    AccountState state = AccountState::active;
    ServerId server;
    ServerId named_by;  // User::named_by
};

class Tables {
  public:
    virtual ~Tables() = default;

    virtual PeerTables& peers() = 0;

    virtual std::optional<UserId> user_named(ServerId server, std::string_view name_key) = 0;
    virtual std::optional<Account> account(UserId user) = 0;
    virtual std::string user_name(UserId user) = 0;  // of a user who is there
    // Its id is ignored. `name_key` is that of its name on its server.
    virtual UserId insert_user(const User& user, std::string_view name_key) = 0;
    virtual void set_password_hash(UserId user, std::string_view hash) = 0;
    virtual void set_account_state(UserId user, AccountState state) = 0;
    virtual void set_role(UserId user, Role role) = 0;
    virtual void set_display_name(UserId user, std::string_view display_name) = 0;
    virtual void set_country(UserId user, std::string_view country) = 0;
    // Of a user of another server. The name is another spelling of the one that he has, with "@" and the label.
    virtual void set_user_name(UserId user, std::string_view name) = 0;
    virtual void set_named_by(UserId user, ServerId server) = 0;
    // How many users are known by the word of that other server; none: of `server`, only because somebody here wrote to
    // them.
    virtual std::size_t named_user_count(ServerId by, ServerId server) = 0;
    // Users of `from` are those of `to` from now on, but for those of whom `to` has one of that name; users and groups
    // of `to`, which may be `from`, are shown with that label. Who is known by the word of `from` is known by that of
    // `to`; what bytes can be had at `from` can be had at `to`. Whether nobody is left, and no group (those stay).
    virtual bool move_people(ServerId from, ServerId to, std::string_view label) = 0;
    // Takes password hash and country away; the display name becomes the user name.
    virtual void erase_person(UserId user) = 0;

    virtual SessionId insert_session(UserId user, const Digest& token, WallTime at) = 0;
    virtual std::optional<Session> session(SessionId session) = 0;
    virtual std::size_t session_count(UserId user) = 0;
    virtual bool delete_session(SessionId session) = 0;  // whether it was there
    // None kept: all. How many there were.
    virtual std::int64_t delete_sessions_of(UserId user, SessionId kept) = 0;
    virtual void set_session_used(SessionId session, WallTime at) = 0;

    virtual std::optional<Invitation> invitation(const Digest& code) = 0;
    virtual InvitationId insert_invitation(const Invitation& invitation, const Digest& code) = 0;  // its id is ignored
    virtual void count_invitation_use(InvitationId invitation) = 0;
    virtual bool delete_invitation(InvitationId invitation) = 0;  // whether it was there

    virtual bool is_blocked(UserId owner, UserId other) = 0;
    virtual void set_block(UserId owner, UserId other, bool blocked) = 0;

    virtual bool is_contact(UserId owner, UserId other) = 0;
    virtual std::size_t contact_count(UserId owner) = 0;
    virtual void set_contact(UserId owner, UserId other, bool wanted, WallTime at) = 0;
    // Takes contacts and blocks away, the user's own and everybody's of him.
    virtual void forget_relations(UserId user) = 0;

    // Makes the conversation with its memberships when it is not there; `one` may equal `other`.
    virtual ConversationId direct_conversation(UserId one, UserId other) = 0;
    virtual bool has_direct_conversation(UserId one, UserId other) = 0;
    virtual Seq last_seq(ConversationId conversation) = 0;
    // Appends; header.position is ignored and the given position returned. header.seq must be last_seq + 1. `origin` is
    // the sender's server.
    virtual Position insert_entry(const EntryHeader& header, std::string_view body, ServerId origin) = 0;
    virtual std::optional<LogEntry> entry(ConversationId conversation, Seq seq) = 0;
    // Of an entry that is there.
    virtual LogEntry entry_at(Position position) = 0;
    virtual bool replace_body(ConversationId conversation, Seq seq,
                              std::string_view body) = 0;               // false: none or erased
    virtual bool erase_body(ConversationId conversation, Seq seq) = 0;  // false: no such entry

    virtual std::optional<ConversationId> group_named(std::string_view id_key) = 0;
    virtual std::optional<ConversationId> group_with_code(std::string_view code) = 0;
    virtual std::optional<Group> group(ConversationId conversation) = 0;  // none also for a direct conversation
    virtual ConversationId insert_group(const Group& group) = 0;  // without members; its conversation is ignored
    // Its code, its options and whether it has ended.
    virtual void update_group(const Group& group) = 0;

    // Who is a member now.
    virtual std::optional<GroupMember> group_member(ConversationId group, UserId user) = 0;
    virtual std::size_t group_size(ConversationId group) = 0;
    virtual std::vector<UserId> group_members(ConversationId group) = 0;  // by seniority
    virtual std::optional<GroupMember> oldest_member(ConversationId group, GroupRole role) = 0;
    // The groups that the user is a member of, in the order in which he came to them.
    virtual std::vector<ConversationId> groups_of(UserId user) = 0;
    virtual std::size_t group_count(UserId user) = 0;
    // From `joined` on he may see the log. There his cursors start, unless he has been here before.
    virtual void insert_group_member(ConversationId group, const GroupMember& member) = 0;
    virtual void set_group_role(ConversationId group, UserId user, GroupRole role) = 0;
    // From `left` on he sees nothing more.
    virtual void delete_group_member(ConversationId group, UserId user, Seq left) = 0;

    virtual bool is_banned(ConversationId group, UserId user) = 0;
    virtual void set_banned(ConversationId group, UserId user, bool banned) = 0;

    virtual bool is_file_code_taken(std::string_view code) = 0;
    virtual FileUsage file_usage(UserId user) = 0;  // none: everybody's together
    virtual void set_quota(UserId user, std::optional<std::uint64_t> bytes_max) = 0;
    // `position` is that of its entry. A file that is elsewhere counts in no usage, and its blob as unnamed.
    virtual void insert_file(Position position, const StoredFile& file) = 0;
    virtual std::optional<StoredFile> file_at(ConversationId conversation, Seq seq) = 0;
    // Of a file that is there; its blob, when no other file names it.
    virtual std::optional<BlobDigest> delete_file(const StoredFile& file) = 0;
    // Of a blob that a file names whose bytes are here.
    virtual std::optional<std::uint64_t> blob_size(const BlobDigest& blob) = 0;
    // Files of that blob and size that were elsewhere are here, also in folders.
    virtual void bring_files_here(const BlobDigest& blob, std::uint64_t size) = 0;

    virtual std::optional<FolderFile> folder_file(UserId user, std::string_view name) = 0;
    virtual std::optional<FolderFile> folder_file(FolderFileId id) = 0;
    // By name.
    virtual std::vector<FolderFile> folder_of(UserId user) = 0;
    virtual std::vector<FolderFile> folder_files_of(ConversationId conversation, Seq seq) = 0;  // brought by that entry
    virtual void insert_folder_file(const FolderFile& file) = 0;  // its id is ignored; as insert_file
    virtual void set_folder_file_placed(FolderFileId id) = 0;
    // As delete_file.
    virtual std::optional<BlobDigest> delete_folder_file(const FolderFile& file) = 0;

    // The cursor of a member; none when the user never had a part in the conversation.
    virtual std::optional<Seq> cursor(UserId user, ConversationId conversation, bool fetched) = 0;
    virtual void set_cursor(UserId user, ConversationId conversation, bool fetched, Seq seq) = 0;

    // The highest number used by this client id so far (0: none).
    virtual std::int64_t last_key_number(UserId user, std::string_view client) = 0;
    virtual std::optional<KeptAnswer> kept_answer(UserId user, std::string_view client, std::int64_t number) = 0;
    // Keeps the answer, notes the use at `at`, and forgets numbers at or below `forget_upto`.
    virtual void keep_answer(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer,
                             WallTime at, std::int64_t forget_upto) = 0;
    // Forgets client ids not used since `before`.
    virtual void forget_idle_clients(WallTime before) = 0;
};

}  // namespace obrol
