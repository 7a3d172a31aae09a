#include "storage/memory/memory_store.h"

#include <coroutine>
#include <utility>

#include "storage/change_rules.h"

namespace obrol {

// Goes on in a later turn, also when the caller is on the executor already.
struct MemoryStore::Hop {
    Executor& executor;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const {
        executor.post([waiting] { waiting.resume(); });
    }
    void await_resume() const {}
};

Task<std::expected<std::vector<ChangeResult>, StoreFailure>> MemoryStore::append(std::vector<Change> batch) {
    co_await Hop{executor_};
    auto outcome = carry_out(batch);
    co_await Hop{executor_};
    co_return outcome;
}

std::expected<std::vector<ChangeResult>, StoreFailure> MemoryStore::carry_out(const std::vector<Change>& batch) {
    const std::optional<NextFailure> failing = append_failure_;
    if (failing && failing->failure.kind == StoreFailure::Kind::write_failed) append_failure_.reset();

    std::vector<ChangeResult> results;
    results.reserve(batch.size());
    tables_->begin();
    try {
        for (const Change& change : batch)
            results.push_back(apply_change(*tables_, change));
    } catch (const TablesFailed& failed) {
        tables_->rollback();
        return std::unexpected(StoreFailure{StoreFailure::Kind::write_failed, failed.what()});
    }
    if (!failing) {
        tables_->commit();
        return results;
    }
    if (failing->stored) {
        tables_->commit();
        append_failure_->stored = false;
    } else {
        tables_->rollback();
    }
    return std::unexpected(failing->failure);
}

void MemoryStore::fail_next_append(StoreFailure failure, bool stored) {
    OBROL_CHECK(!stored || failure.kind == StoreFailure::Kind::sync_failed);
    append_failure_ = NextFailure{std::move(failure), stored};
}

template <class Value>
Result<Value> MemoryStore::unless_read_fails(Value value) {
    if (const auto failure = std::exchange(read_failure_, std::nullopt)) return fail(*failure);
    return value;
}

Task<Result<std::optional<User>>> MemoryStore::find_user(std::string name_key) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_user(ServerId(), name_key));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<User>>> MemoryStore::find_user(UserId id) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_user(id));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<std::optional<User>>>> MemoryStore::find_users(std::vector<UserId> ids) {
    co_await Hop{executor_};
    std::vector<std::optional<User>> users;
    for (const UserId id : ids)
        users.push_back(tables_->find_user(id));
    auto found = unless_read_fails(std::move(users));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<Session>>> MemoryStore::find_session(Digest token) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_session(token));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<UserPage>> MemoryStore::list_users(std::string after, std::size_t users_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->list_users(after, users_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<StoredSession>>> MemoryStore::sessions_of(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->sessions_of(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<StoredSession>>> MemoryStore::sessions_unused_since(WallTime before, SessionId after,
                                                                            std::size_t sessions_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->sessions_unused_since(before, after, sessions_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<Invitation>>> MemoryStore::invitations() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->invitations());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<Invitation>>> MemoryStore::find_invitation(Digest code) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_invitation(code));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<StoreCounts>> MemoryStore::counts() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->counts());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<bool>> MemoryStore::has_admin() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->counts().admins > 0);
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UserId>>> MemoryStore::who_know(UserId viewer, std::vector<UserId> users) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().who_know(viewer, users));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UserId>>> MemoryStore::direct_peers(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->direct_peers(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<DirectConversation>>> MemoryStore::find_direct(UserId one, UserId other) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_direct(one, other));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<StoredGroup>>> MemoryStore::find_group(std::string id_key) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_group(id_key));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<StoredGroup>>> MemoryStore::find_group_by_code(std::string code) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_group_by_code(code));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<StoredGroup>>> MemoryStore::find_group(ConversationId conversation) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_group(conversation));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<Membership>>> MemoryStore::groups_of(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->memberships_of(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UserId>>> MemoryStore::banned(ConversationId conversation) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->banned(conversation));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<Membership>>> MemoryStore::list_groups(std::string after, std::size_t groups_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->list_groups(after, groups_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<Group>>> MemoryStore::groups_with_retention() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->groups_with_retention());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UserId>>> MemoryStore::contacts(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->contacts(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<StoredFile>>> MemoryStore::find_file(std::string code, UserId reader) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_file(code, reader));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<StoredFile>>> MemoryStore::find_file_for(ServerId server, BlobDigest blob) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_file_for(server, blob));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<FilePage>> MemoryStore::files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->files_for(reader, in, files_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<FilePage>> MemoryStore::list_files(std::optional<UserId> owner, std::size_t files_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->list_files(owner, files_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<FileUsage>> MemoryStore::file_usage(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->file_usage(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<FolderFile>>> MemoryStore::folder_of(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->folder_files(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<FolderFile>>> MemoryStore::find_folder_file(UserId user, std::string name) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_folder_file(user, name));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<FolderFile>>> MemoryStore::folder_files_to_place(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->folder_files_to_place(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UserId>>> MemoryStore::folders_to_place() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->folders_to_place());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<BlobDigest>>> MemoryStore::blobs() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->blobs());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<bool>> MemoryStore::is_blob_named(BlobDigest blob) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->is_blob_named(blob));
    co_await Hop{executor_};
    co_return found;
}

void MemoryStore::set_own_key(const PublicKey& key) {
    tables_->peers().set_own_key(key);
}

Task<Result<std::optional<User>>> MemoryStore::find_remote_user(ServerId server, std::string name_key) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->find_user(server, name_key));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<Server>>> MemoryStore::servers() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().all_servers());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<LinkProgress>>> MemoryStore::link_progress() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().link_progress());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<LinkProgress>>> MemoryStore::link_progress(ServerId server) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().link_progress(server));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<OutboxItem>>> MemoryStore::outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                          std::size_t bytes_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().outbox(server, after, items_max, bytes_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<OutboxItem>>> MemoryStore::late_items(ServerId server, WallTime before, bool is_final,
                                                              std::size_t items_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().late_items(server, before, is_final, items_max));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<OutboxFate>>> MemoryStore::outbox_fate(ServerId server, MessageId item) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().fate(server, item));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::optional<std::int64_t>>> MemoryStore::oldest_outbox_item(ServerId server) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().oldest_item(server));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<SharedGroup>>> MemoryStore::shared_groups(ServerId server, bool at_home_there) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->shared_groups(server, at_home_there));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<ServerId>>> MemoryStore::servers_of(ConversationId group) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->servers_of(group));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<Seq>> MemoryStore::shared_upto(ServerId server, ConversationId group) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->shared_upto(server, group));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<bool>> MemoryStore::is_recovering(ConversationId group) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().is_waiting_for_recovery(group));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<FormerKey>>> MemoryStore::former_keys() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().former_keys());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> MemoryStore::group_origins() {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().group_origins());
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> MemoryStore::signatures(EntryRange range) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().signatures(range));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<StrangerRequest>>> MemoryStore::stranger_requests(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->peers().requests(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<UnreadConversation>>> MemoryStore::unread(UserId user) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->unread(user));
    co_await Hop{executor_};
    co_return found;
}

Task<Result<std::vector<EntryPage>>> MemoryStore::read(std::vector<EntryRange> ranges, std::size_t bytes_max) {
    co_await Hop{executor_};
    PageBudget budget{bytes_max};
    std::vector<EntryPage> pages;
    pages.reserve(ranges.size());
    for (const EntryRange& range : ranges)
        pages.push_back(tables_->page(range, budget));
    auto result = unless_read_fails(std::move(pages));
    co_await Hop{executor_};
    co_return result;
}

Task<Result<StoredHistory>> MemoryStore::history(HistoryRange range, std::size_t bytes_max) {
    co_await Hop{executor_};
    auto found = unless_read_fails(tables_->history(range, bytes_max));
    co_await Hop{executor_};
    co_return found;
}

}  // namespace obrol
