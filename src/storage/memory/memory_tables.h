// Everything a store knows, in memory, with one transaction that can be undone: what MemoryStore works on and what
// outlives it when a test closes the store and opens it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory/memory_peers.h"
#include "storage/store.h"
#include "storage/tables.h"

namespace obrol {

// What is left for the pages of one Store::read.
struct PageBudget {
    std::size_t bytes_left = 0;
    bool given = false;      // the first entry is given whatever its size
    bool exhausted = false;  // an entry did not fit: nothing more is given
};

class MemoryTables final : public Tables {
  public:
    // Writes happen between begin() and one of the others; rollback() leaves everything as it was at begin().
    void begin();
    void commit();
    void rollback();

    // For tests: the write after `writes` further ones throws TablesFailed with `what`.
    void fail_after(std::size_t writes, std::string what);

    // What is asked outside of transactions; see Store.
    std::optional<User> find_user(UserId id) const;
    std::optional<User> find_user(ServerId server, std::string_view name_key) const;
    UserPage list_users(std::string_view after, std::size_t users_max) const;
    std::optional<Session> find_session(const Digest& token) const;
    std::vector<StoredSession> sessions_of(UserId user) const;
    std::vector<StoredSession> sessions_unused_since(WallTime before, SessionId after, std::size_t sessions_max) const;
    std::vector<Invitation> invitations() const;
    std::optional<Invitation> find_invitation(const Digest& code) const;
    StoreCounts counts() const;
    std::vector<UserId> direct_peers(UserId user) const;
    std::optional<DirectConversation> find_direct(UserId one, UserId other) const;
    std::optional<StoredGroup> find_group(std::string_view id_key) const;
    std::optional<StoredGroup> find_group_by_code(std::string_view code) const;
    std::optional<StoredGroup> find_group(ConversationId conversation) const;
    std::vector<Membership> memberships_of(UserId user) const;
    Visible visible(UserId user, ConversationId conversation) const;
    std::vector<UserId> banned(ConversationId conversation) const;
    std::vector<Membership> list_groups(std::string_view after, std::size_t groups_max) const;
    std::vector<Group> groups_with_retention() const;
    std::vector<UserId> contacts(UserId user) const;
    std::vector<UnreadConversation> unread(UserId user) const;
    std::optional<StoredFile> find_file(std::string_view code, UserId reader) const;
    std::optional<StoredFile> find_file_for(ServerId server, const BlobDigest& blob) const;
    FilePage files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) const;
    FilePage list_files(std::optional<UserId> owner, std::size_t files_max) const;
    std::optional<FolderFile> find_folder_file(UserId user, std::string_view name) const;
    std::vector<FolderFile> folder_files(UserId user) const;
    std::vector<FolderFile> folder_files_to_place(UserId user) const;
    std::vector<UserId> folders_to_place() const;
    std::vector<BlobDigest> blobs() const;
    bool is_blob_named(const BlobDigest& blob) const;
    EntryPage page(const EntryRange& range, PageBudget& budget) const;
    StoredHistory history(const HistoryRange& range, std::size_t bytes_max) const;
    std::vector<SharedGroup> shared_groups(ServerId server, bool at_home_there) const;
    std::vector<ServerId> servers_of(ConversationId group) const;
    Seq shared_upto(ServerId server, ConversationId group) const;

    MemoryPeers& peers() override { return peers_; }

    std::optional<UserId> user_named(ServerId server, std::string_view name_key) override;
    std::optional<Account> account(UserId user) override;
    std::string user_name(UserId user) override;
    UserId insert_user(const User& user, std::string_view name_key) override;
    void set_password_hash(UserId user, std::string_view hash) override;
    void set_account_state(UserId user, AccountState state) override;
    void set_role(UserId user, Role role) override;
    void set_display_name(UserId user, std::string_view display_name) override;
    void set_country(UserId user, std::string_view country) override;
    void erase_person(UserId user) override;
    void set_user_name(UserId user, std::string_view name) override;
    void set_named_by(UserId user, ServerId server) override;
    std::size_t named_user_count(ServerId by, ServerId server) override;
    bool move_people(ServerId from, ServerId to, std::string_view label) override;

    SessionId insert_session(UserId user, const Digest& token, WallTime at) override;
    std::optional<Session> session(SessionId session) override;
    std::size_t session_count(UserId user) override;
    bool delete_session(SessionId session) override;
    std::int64_t delete_sessions_of(UserId user, SessionId kept) override;
    void set_session_used(SessionId session, WallTime at) override;

    std::optional<Invitation> invitation(const Digest& code) override;
    InvitationId insert_invitation(const Invitation& invitation, const Digest& code) override;
    void count_invitation_use(InvitationId invitation) override;
    bool delete_invitation(InvitationId invitation) override;

    bool is_blocked(UserId owner, UserId other) override;
    void set_block(UserId owner, UserId other, bool blocked) override;

    bool is_contact(UserId owner, UserId other) override;
    std::size_t contact_count(UserId owner) override;
    void set_contact(UserId owner, UserId other, bool wanted, WallTime at) override;
    void forget_relations(UserId user) override;

    ConversationId direct_conversation(UserId one, UserId other) override;
    bool has_direct_conversation(UserId one, UserId other) override;
    Seq last_seq(ConversationId conversation) override;
    Position insert_entry(const EntryHeader& header, std::string_view body, ServerId origin) override;
    std::optional<LogEntry> entry(ConversationId conversation, Seq seq) override;
    LogEntry entry_at(Position position) override;
    bool replace_body(ConversationId conversation, Seq seq, std::string_view body) override;
    bool erase_body(ConversationId conversation, Seq seq) override;

    std::optional<ConversationId> group_named(std::string_view id_key) override;
    std::optional<ConversationId> group_with_code(std::string_view code) override;
    std::optional<Group> group(ConversationId conversation) override;
    ConversationId insert_group(const Group& group) override;
    void update_group(const Group& group) override;

    std::optional<GroupMember> group_member(ConversationId group, UserId user) override;
    std::size_t group_size(ConversationId group) override;
    std::vector<UserId> group_members(ConversationId group) override;
    std::optional<GroupMember> oldest_member(ConversationId group, GroupRole role) override;
    std::vector<ConversationId> groups_of(UserId user) override;
    std::size_t group_count(UserId user) override;
    void insert_group_member(ConversationId group, const GroupMember& member) override;
    void set_group_role(ConversationId group, UserId user, GroupRole role) override;
    void delete_group_member(ConversationId group, UserId user, Seq left) override;

    bool is_banned(ConversationId group, UserId user) override;
    void set_banned(ConversationId group, UserId user, bool banned) override;

    bool is_file_code_taken(std::string_view code) override;
    FileUsage file_usage(UserId user) override;
    void set_quota(UserId user, std::optional<std::uint64_t> bytes_max) override;
    void insert_file(Position position, const StoredFile& file) override;
    std::optional<StoredFile> file_at(ConversationId conversation, Seq seq) override;
    std::optional<BlobDigest> delete_file(const StoredFile& file) override;
    std::optional<std::uint64_t> blob_size(const BlobDigest& blob) override;
    void bring_files_here(const BlobDigest& blob, std::uint64_t size) override;

    std::optional<FolderFile> folder_file(UserId user, std::string_view name) override;
    std::optional<FolderFile> folder_file(FolderFileId id) override;
    std::vector<FolderFile> folder_of(UserId user) override { return folder_files(user); }
    std::vector<FolderFile> folder_files_of(ConversationId conversation, Seq seq) override;
    void insert_folder_file(const FolderFile& file) override;
    void set_folder_file_placed(FolderFileId id) override;
    std::optional<BlobDigest> delete_folder_file(const FolderFile& file) override;

    std::optional<Seq> cursor(UserId user, ConversationId conversation, bool fetched) override;
    void set_cursor(UserId user, ConversationId conversation, bool fetched, Seq seq) override;

    std::int64_t last_key_number(UserId user, std::string_view client) override;
    std::optional<KeptAnswer> kept_answer(UserId user, std::string_view client, std::int64_t number) override;
    void keep_answer(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer, WallTime at,
                     std::int64_t forget_upto) override;
    void forget_idle_clients(WallTime before) override;

  private:
    friend class MemoryPeers;

    struct Cursors {
        Seq fetched;
        Seq read;
    };
    struct Member {
        GroupMember member;
        std::int64_t arrival = 0;  // ascending in the order in which people came to groups
    };
    struct GroupRows {
        Group group;
        std::map<UserId, Member> members;
        std::map<UserId, Visible> visits;  // of everybody who ever was a member
        std::set<UserId> banned;
    };
    struct Conversation {
        UserId one;  // none, as `other`: a group
        UserId other;
        std::map<UserId, Cursors> members;  // of a group: everybody who ever was one
        std::vector<LogEntry> entries;      // entry with seq n at n - 1
        std::optional<GroupRows> group = std::nullopt;
    };
    struct Client {
        std::int64_t last_number = 0;
        WallTime used_at{};
        std::map<std::int64_t, KeptAnswer> answers;
    };
    using ClientKey = std::pair<UserId, std::string>;
    using Undo = std::move_only_function<void()>;

    void about_to_write();
    void remember(Undo undo) { undo_.push_back(std::move(undo)); }
    const User* user(UserId id) const;
    const Conversation* conversation(ConversationId id) const;
    LogEntry* stored_entry(ConversationId id, Seq seq);
    // Null: no such group.
    const GroupRows* rows_of(ConversationId group) const;
    // Of a group that is there.
    Conversation& log_of(ConversationId group);
    GroupRows& rows_to_change(ConversationId group);
    static std::vector<Member> by_arrival(const GroupRows& rows);
    // Changes a stored user so that a rollback brings him back as he was.
    User& user_to_change(UserId id);
    void end_session(std::map<SessionId, StoredSession>::iterator session);
    std::optional<UnreadConversation> unread_in(ConversationId id, UserId user) const;
    FileUsage& usage_to_change(UserId user);
    // `files` is 1 or -1.
    void count_file(UserId user, std::int64_t files, std::uint64_t size);
    void count_in(const StoredFile& file);
    void count_folder_file(const FolderFile& file, std::int64_t files);
    void bring_here(FolderFile& file);
    // Whether it was the last one that names the blob.
    bool release_blob(const BlobDigest& blob);
    using FolderPlace = std::pair<UserId, std::string>;
    bool may_see(UserId reader, const StoredFile& file) const;
    bool may_see(ServerId server, const StoredFile& file) const;
    template <class Wanted>
    FilePage newest_files(std::size_t files_max, Wanted wanted) const;
    void count_files(StoreCounts& counts) const;
    // See PeerTables.
    void rename_group(ConversationId group, ServerId home, const GroupCard& card);
    std::vector<ConversationId> groups_at(ServerId home) const;

    std::vector<User> users_;                                   // id n at n - 1
    std::map<std::pair<ServerId, std::string>, UserId> names_;  // by the name's key
    std::map<SessionId, StoredSession> sessions_;
    std::map<Digest, SessionId> tokens_;
    std::int64_t last_session_ = 0;
    std::map<InvitationId, Invitation> invitations_;
    std::map<Digest, InvitationId> codes_;
    std::int64_t last_invitation_ = 0;
    std::set<std::pair<UserId, UserId>> blocks_;
    std::map<UserId, std::vector<UserId>> contacts_;  // in the order of their adding
    std::vector<Conversation> conversations_;         // id n at n - 1
    std::map<std::pair<UserId, UserId>, ConversationId> direct_;
    std::map<UserId, std::vector<ConversationId>> memberships_;
    std::map<std::string, ConversationId, std::less<>> group_ids_;  // by id_key
    std::map<std::string, ConversationId, std::less<>> group_codes_;
    std::int64_t last_arrival_ = 0;
    std::vector<std::pair<ConversationId, Seq>> places_;  // of the entry at position n: at n - 1
    std::map<ClientKey, Client> clients_;
    std::map<Position, StoredFile> files_;  // by their entries
    std::map<std::string, Position, std::less<>> file_codes_;
    std::map<FolderPlace, FolderFile> folder_files_;
    std::map<FolderFileId, FolderPlace> folder_places_;
    std::int64_t last_folder_file_ = 0;
    std::map<BlobDigest, std::int64_t> blobs_;  // how many files name each whose bytes are here
    std::map<UserId, FileUsage> file_usage_;    // no user: everybody's together
    MemoryPeers peers_{*this};

    bool open_ = false;
    std::vector<Undo> undo_;
    std::optional<std::size_t> writes_until_failure_;
    std::string failure_;
};

}  // namespace obrol
