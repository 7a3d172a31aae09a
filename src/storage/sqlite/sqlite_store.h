// The store in one SQLite file. Batches go through one connection on the writer queue, reads through read-only ones on
// the readers' queue; see writer.h, reader.h and tail.h for what they share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "io/timer.h"
#include "io/work_queue.h"
#include "storage/sqlite/options.h"
#include "storage/store.h"

namespace obrol {

namespace sqlite {
class Reader;
}

class SqliteStore final : public Store {
  public:
    // Opens the store, making it if there is none; blocks until it is current (a crash costs the reading of at most
    // tail_entries_max entries and a little more). Everything else happens on the executor of `home`, on which both
    // queues complete; `writer` has one worker and runs its work in order. All must outlive the store; the clock of
    // `home` is also asked on the writer's thread.
    // One clear sentence when the file is another program's, locked, damaged or of a newer obrol.
    static Result<std::unique_ptr<SqliteStore>> open(SqliteOptions options, TimerService& home, WorkQueue& writer,
                                                     WorkQueue& readers, Logger& logger);
    // Without close() the file is left as by a crash: nothing is lost, the next start has a little more to do.
    ~SqliteStore() override;

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
    Task<Result<Seq>> shared_upto(ServerId server, ConversationId group) override;
    Task<Result<bool>> is_recovering(ConversationId group) override;
    Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> group_origins() override;
    Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> signatures(EntryRange range) override;
    Task<Result<std::vector<StrangerRequest>>> stranger_requests(UserId user) override;
    Task<Result<std::vector<UnreadConversation>>> unread(UserId user) override;
    Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) override;
    Task<Result<StoredHistory>> history(HistoryRange range, std::size_t bytes_max) override;

    // Tidies up and closes the file. Everything that was called must have ended; nothing may be called afterwards.
    Task<void> close();

  private:
    struct Files;
    class Append;

    SqliteStore(std::shared_ptr<Files> files, TimerService& home, WorkQueue& writer, WorkQueue& readers);
    void watch_for_idleness(Duration delay);
    void when_watched();
    template <class Question>
    auto ask(Question question) -> Task<Result<std::invoke_result_t<Question&, sqlite::Reader&>>>;

    // Shared with the work that is under way when the store goes away.
    std::shared_ptr<Files> files_;
    const Clock& clock_;
    WorkQueue& writer_;
    WorkQueue& readers_;
    Timer idle_timer_;
    bool appended_since_ = false;
    Duration append_took_{};  // the last one, without waiting for the writer
};

}  // namespace obrol
