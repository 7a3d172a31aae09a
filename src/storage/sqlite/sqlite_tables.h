// Tables on the writing connection. Account states, blocks, direct conversations, members of groups and the last seqs
// are answered from caches, so that a post between people who write each other needs no look-up in the file.
//
// On the writer's thread, between begin_batch() and commit_batch() or forget().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/sqlite/answer_table.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_locator.h"
#include "storage/sqlite/entry_log.h"
#include "storage/sqlite/file_table.h"
#include "storage/sqlite/fixed_cache.h"
#include "storage/sqlite/folder_table.h"
#include "storage/sqlite/group_table.h"
#include "storage/sqlite/options.h"
#include "storage/sqlite/peer_table.h"
#include "storage/sqlite/session_table.h"
#include "storage/sqlite/tail.h"
#include "storage/sqlite/user_pair.h"
#include "storage/sqlite/user_table.h"
#include "storage/tables.h"

namespace obrol::sqlite {

class SqliteTables final : public Tables {
  public:
    // Connection and tail must outlive it.
    SqliteTables(Connection& connection, Tail& tail, const SqliteOptions& options);

    // Around the transaction of one batch.
    void begin_batch();
    // Before the transaction is committed.
    void flush_batch();
    // After the transaction was committed: its entries show in the tail.
    void commit_batch();
    // After it was rolled back: what the caches hold may be wrong.
    void forget();
    // Whether the batch erased a body, whose bytes must leave the write-ahead log as well.
    bool has_erased() const { return has_erased_; }
    // Where the batch replaced or erased a body; some may be named twice.
    const std::vector<ConversationId>& rewritten() const { return rewritten_; }

    PeerTable& peers() override { return peers_; }

    std::optional<UserId> user_named(ServerId server, std::string_view name_key) override {
        return users_.find(server, name_key);
    }
    std::optional<Account> account(UserId user) override { return users_.account(user); }
    std::string user_name(UserId user) override { return users_.name(user); }
    UserId insert_user(const User& user, std::string_view name_key) override { return users_.insert(user, name_key); }
    void set_password_hash(UserId user, std::string_view hash) override { users_.set_password_hash(user, hash); }
    void set_account_state(UserId user, AccountState state) override { users_.set_account_state(user, state); }
    void set_role(UserId user, Role role) override { users_.set_role(user, role); }
    void set_display_name(UserId user, std::string_view display_name) override {
        users_.set_display_name(user, display_name);
    }
    void set_country(UserId user, std::string_view country) override { users_.set_country(user, country); }
    void erase_person(UserId user) override { users_.erase_person(user); }
    void set_user_name(UserId user, std::string_view name) override { users_.set_name(user, name); }
    void set_named_by(UserId user, ServerId server) override { users_.set_named_by(user, server); }
    std::size_t named_user_count(ServerId by, ServerId server) override { return users_.named_count(by, server); }
    bool move_people(ServerId from, ServerId to, std::string_view label) override;

    SessionId insert_session(UserId user, const Digest& token, WallTime at) override {
        return sessions_.insert(user, token, at);
    }
    std::optional<Session> session(SessionId session) override { return sessions_.find(session); }
    std::size_t session_count(UserId user) override { return sessions_.count(user); }
    bool delete_session(SessionId session) override { return sessions_.remove(session); }
    std::int64_t delete_sessions_of(UserId user, SessionId kept) override {
        return sessions_.remove_all_of(user, kept);
    }
    void set_session_used(SessionId session, WallTime at) override { sessions_.set_used(session, at); }

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
    LogEntry entry_at(Position position) override { return entries_.read(position); }
    bool replace_body(ConversationId conversation, Seq seq, std::string_view body) override;
    bool erase_body(ConversationId conversation, Seq seq) override;

    std::optional<ConversationId> group_named(std::string_view id_key) override;
    std::optional<ConversationId> group_with_code(std::string_view code) override;
    std::optional<Group> group(ConversationId conversation) override;
    ConversationId insert_group(const Group& group) override;
    void update_group(const Group& group) override;

    std::optional<GroupMember> group_member(ConversationId group, UserId user) override;
    std::size_t group_size(ConversationId group) override;
    std::vector<UserId> group_members(ConversationId group) override { return groups_.members(group); }
    std::optional<GroupMember> oldest_member(ConversationId group, GroupRole role) override;
    std::vector<ConversationId> groups_of(UserId user) override;
    std::size_t group_count(UserId user) override;
    void insert_group_member(ConversationId group, const GroupMember& member) override;
    void set_group_role(ConversationId group, UserId user, GroupRole role) override;
    void delete_group_member(ConversationId group, UserId user, Seq left) override;

    bool is_banned(ConversationId group, UserId user) override;
    void set_banned(ConversationId group, UserId user, bool banned) override;

    bool is_file_code_taken(std::string_view code) override { return files_.is_code_taken(code); }
    FileUsage file_usage(UserId user) override { return files_.usage(user); }
    void set_quota(UserId user, std::optional<std::uint64_t> bytes_max) override { files_.set_quota(user, bytes_max); }
    void insert_file(Position position, const StoredFile& file) override { files_.insert(position, file); }
    std::optional<StoredFile> file_at(ConversationId conversation, Seq seq) override {
        return files_.find(conversation, seq);
    }
    std::optional<BlobDigest> delete_file(const StoredFile& file) override { return files_.remove(file); }
    std::optional<std::uint64_t> blob_size(const BlobDigest& blob) override { return files_.blob_size(blob); }
    void bring_files_here(const BlobDigest& blob, std::uint64_t size) override {
        files_.bring_here(blob, size);
        folders_.bring_here(blob, size);
    }

    std::optional<FolderFile> folder_file(UserId user, std::string_view name) override {
        return folders_.find(user, name);
    }
    std::optional<FolderFile> folder_file(FolderFileId id) override { return folders_.find(id); }
    std::vector<FolderFile> folder_of(UserId user) override { return folders_.folder_of(user); }
    std::vector<FolderFile> folder_files_of(ConversationId conversation, Seq seq) override {
        return folders_.brought_by(conversation, seq);
    }
    void insert_folder_file(const FolderFile& file) override { folders_.insert(file); }
    void set_folder_file_placed(FolderFileId id) override { folders_.set_placed(id); }
    std::optional<BlobDigest> delete_folder_file(const FolderFile& file) override { return folders_.remove(file); }

    std::optional<Seq> cursor(UserId user, ConversationId conversation, bool fetched) override;
    void set_cursor(UserId user, ConversationId conversation, bool fetched, Seq seq) override;

    std::int64_t last_key_number(UserId user, std::string_view client) override {
        return answers_.last_number(user, client);
    }
    std::optional<KeptAnswer> kept_answer(UserId user, std::string_view client, std::int64_t number) override {
        return answers_.find(user, client, number);
    }
    void keep_answer(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer, WallTime at,
                     std::int64_t forget_upto) override {
        answers_.keep(user, client, number, answer, at, forget_upto);
    }
    void forget_idle_clients(WallTime before) override { answers_.forget_idle_clients(before); }

  private:
    struct ConversationHash {
        std::size_t operator()(ConversationId id) const { return mix(static_cast<std::uint64_t>(id.value)); }
    };
    struct Head {
        Seq last;
        std::uint64_t batch = 0;  // that changed it
    };
    // Everything that is run on the file; made once for each connection.
    struct Statements;
    struct StatementsDelete {
        void operator()(Statements* statements) const;
    };

    void put_head(ConversationId conversation, Head head);
    void note_rewritten(ConversationId conversation);
    // None: they have none.
    ConversationId find_direct(const UserPair& pair);
    std::optional<Position> position_of(ConversationId conversation, Seq seq);

    Connection& connection_;
    Tail& tail_;
    std::unique_ptr<Statements, StatementsDelete> statements_;
    UserTable users_;
    SessionTable sessions_;
    EntryLocator locator_;
    EntryLog entries_;
    GroupTable groups_;
    FileTable files_;
    PeerTable peers_;
    FolderTable folders_;
    AnswerTable answers_;

    FixedCache<UserPair, bool, UserPairHash> blocks_;
    FixedCache<UserPair, ConversationId, UserPairHash> direct_;
    FixedCache<ConversationId, Head, ConversationHash> heads_;

    std::uint64_t batch_ = 0;
    std::vector<Tail::Added> added_;
    // Heads that this batch changed and that found no room in the cache: nothing else knows them before the commit.
    std::unordered_map<ConversationId, Seq> spilled_heads_;
    bool has_erased_ = false;
    std::vector<ConversationId> rewritten_;
};

}  // namespace obrol::sqlite
