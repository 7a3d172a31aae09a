// The store in memory: for tests and simulated worlds. Nothing survives the process; what a test keeps of it by sharing
// its MemoryTables survives the MemoryStore, as a disk survives a server.
//
// Everything takes effect in a later turn of the executor and answers in a turn after that, so that callers interleave
// as they do with a real store.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/executor.h"
#include "storage/memory/memory_tables.h"
#include "storage/store.h"

namespace obrol {

class MemoryStore final : public Store {
  public:
    // `executor` must outlive it; so must no Task of it be under way when it is destroyed.
    explicit MemoryStore(Executor& executor) : MemoryStore(executor, std::make_shared<MemoryTables>()) {}
    MemoryStore(Executor& executor, std::shared_ptr<MemoryTables> tables)
        : executor_(executor), tables_(std::move(tables)) {}

    Task<std::expected<std::vector<ChangeResult>, StoreFailure>> append(std::vector<Change> batch) override;
    Task<Result<std::optional<User>>> find_user(std::string name_key) override;
    Task<Result<std::optional<User>>> find_user(UserId id) override;
    Task<Result<std::vector<std::optional<User>>>> find_users(std::vector<UserId> ids) override;
    Task<Result<UserPage>> list_users(std::string after, std::size_t users_max) override;
    Task<Result<std::optional<Session>>> find_session(Digest token) override;
    Task<Result<std::vector<StoredSession>>> sessions_of(UserId user) override;
    Task<Result<std::vector<StoredSession>>> sessions_unused_since(WallTime before, SessionId after,
                                                                   std::size_t sessions_max) override;
    Task<Result<std::vector<Invitation>>> invitations() override;
    Task<Result<std::optional<Invitation>>> find_invitation(Digest code) override;
    Task<Result<StoreCounts>> counts() override;
    Task<Result<bool>> has_admin() override;
    Task<Result<std::vector<UserId>>> direct_peers(UserId user) override;
    Task<Result<std::vector<UserId>>> who_know(UserId viewer, std::vector<UserId> users) override;
    Task<Result<std::optional<DirectConversation>>> find_direct(UserId one, UserId other) override;
    Task<Result<std::optional<StoredGroup>>> find_group(std::string id_key) override;
    Task<Result<std::optional<StoredGroup>>> find_group_by_code(std::string code) override;
    Task<Result<std::optional<StoredGroup>>> find_group(ConversationId conversation) override;
    Task<Result<std::vector<Membership>>> groups_of(UserId user) override;
    Task<Result<std::vector<UserId>>> banned(ConversationId conversation) override;
    Task<Result<std::vector<Membership>>> list_groups(std::string after, std::size_t groups_max) override;
    Task<Result<std::vector<Group>>> groups_with_retention() override;
    Task<Result<std::vector<UserId>>> contacts(UserId user) override;
    Task<Result<std::optional<StoredFile>>> find_file(std::string code, UserId reader) override;
    Task<Result<std::optional<StoredFile>>> find_file_for(ServerId server, BlobDigest blob) override;
    Task<Result<FilePage>> files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) override;
    Task<Result<FilePage>> list_files(std::optional<UserId> owner, std::size_t files_max) override;
    Task<Result<FileUsage>> file_usage(UserId user) override;
    Task<Result<std::vector<FolderFile>>> folder_of(UserId user) override;
    Task<Result<std::optional<FolderFile>>> find_folder_file(UserId user, std::string name) override;
    Task<Result<std::vector<FolderFile>>> folder_files_to_place(UserId user) override;
    Task<Result<std::vector<UserId>>> folders_to_place() override;
    Task<Result<std::vector<BlobDigest>>> blobs() override;
    Task<Result<bool>> is_blob_named(BlobDigest blob) override;
    void set_own_key(const PublicKey& key) override;
    Task<Result<std::optional<User>>> find_remote_user(ServerId server, std::string name_key) override;
    Task<Result<std::vector<Server>>> servers() override;
    Task<Result<std::vector<FormerKey>>> former_keys() override;
    Task<Result<std::vector<LinkProgress>>> link_progress() override;
    Task<Result<std::optional<LinkProgress>>> link_progress(ServerId server) override;
    Task<Result<std::vector<OutboxItem>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                 std::size_t bytes_max) override;
    Task<Result<std::vector<OutboxItem>>> late_items(ServerId server, WallTime before, bool is_final,
                                                     std::size_t items_max) override;
    Task<Result<std::optional<OutboxFate>>> outbox_fate(ServerId server, MessageId item) override;
    Task<Result<std::optional<std::int64_t>>> oldest_outbox_item(ServerId server) override;
    Task<Result<std::vector<SharedGroup>>> shared_groups(ServerId server, bool at_home_there) override;
    Task<Result<std::vector<ServerId>>> servers_of(ConversationId group) override;
    Task<Result<bool>> is_recovering(ConversationId group) override;
    Task<Result<Seq>> shared_upto(ServerId server, ConversationId group) override;
    Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> group_origins() override;
    Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> signatures(EntryRange range) override;
    Task<Result<std::vector<StrangerRequest>>> stranger_requests(UserId user) override;
    Task<Result<std::vector<UnreadConversation>>> unread(UserId user) override;
    Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) override;
    Task<Result<StoredHistory>> history(HistoryRange range, std::size_t bytes_max) override;

    // For tests. The next batch to be carried out fails in the end. With sync_failed, `stored` says what the disk will
    // hold nevertheless, and every later append fails in the same way.
    void fail_next_append(StoreFailure failure, bool stored = false);
    // For tests: the next batch fails at its write number `writes` + 1, halfway through, with write_failed.
    void fail_append_after(std::size_t writes, std::string what) { tables_->fail_after(writes, std::move(what)); }
    // For tests: the next read of any kind fails.
    void fail_next_read(std::string what) { read_failure_ = std::move(what); }

  private:
    struct Hop;
    struct NextFailure {
        StoreFailure failure;
        bool stored = false;
    };
    std::expected<std::vector<ChangeResult>, StoreFailure> carry_out(const std::vector<Change>& batch);
    template <class Value>
    Result<Value> unless_read_fails(Value value);

    Executor& executor_;
    std::shared_ptr<MemoryTables> tables_;
    std::optional<NextFailure> append_failure_;
    std::optional<std::string> read_failure_;
};

}  // namespace obrol
