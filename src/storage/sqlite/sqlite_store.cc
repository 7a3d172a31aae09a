#include "storage/sqlite/sqlite_store.h"

#include <algorithm>
#include <coroutine>
#include <fmt/core.h>
#include <functional>
#include <utility>

#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/tail.h"
#include "storage/sqlite/writer.h"

namespace obrol {
namespace {

// Without an append for so long the store is idle.
constexpr Duration idle_after = std::chrono::milliseconds(100);
// Between two pieces of work of an idle store, so that somebody's commit need not wait for the next one as well.
constexpr Duration maintenance_pause = std::chrono::milliseconds(5);

}  // namespace

struct SqliteStore::Files {
    Files(const SqliteOptions& options, const Clock& clock, Logger& logger)
        : readers(options, tail), writer(options, tail, readers, clock, logger) {}

    sqlite::Tail tail;
    sqlite::ReaderPool readers;
    sqlite::Writer writer;
};

namespace {

// Somebody who writes alone is answered sooner without a hand-over between threads (measured: 15 to 30 percent); when
// more gather, the loop had better go on while they are written.
constexpr std::size_t brief_changes_max = 2;
// He also does when he does not wait for his answers: so many messages of one user in a batch.
constexpr std::size_t brief_posts_max = 64;
constexpr std::size_t brief_bytes_max = 64 * 1024;
// Where a commit takes longer, the hand-over is the smaller part of it, and everybody would wait for the disk.
constexpr Duration brief_took_max = std::chrono::milliseconds(1);

struct Message {
    UserId sender;
    std::size_t bytes = 0;
};

// Any other change is none.
std::optional<Message> message_of(const Change& change) {
    if (const auto* post = std::get_if<PostDirect>(&change)) return Message{post->sender, post->body.size()};
    if (const auto* post = std::get_if<PostToGroup>(&change)) return Message{post->sender, post->body.size()};
    return std::nullopt;
}

bool are_few_of_one_sender(const std::vector<Change>& batch) {
    if (batch.size() > brief_posts_max) return false;
    const std::optional<Message> first = message_of(batch.front());
    std::size_t bytes = 0;
    for (const Change& change : batch) {
        const std::optional<Message> message = message_of(change);
        if (!message || message->sender != first->sender) return false;
        bytes += message->bytes;
    }
    return bytes <= brief_bytes_max;
}

}  // namespace

// Lives in the frame of the coroutine that awaits it, which stays until the queue's completion resumes it.
class SqliteStore::Append {
  public:
    Append(SqliteStore& store, const std::vector<Change>& batch)
        : store_(store), files_(store.files_), queue_(store.writer_), clock_(store.clock_), batch_(batch) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        WorkQueue::Job work = [this] {
            const MonotonicTime began = clock_.monotonic_now();
            outcome_.emplace(files_->writer.append(batch_));
            took_ = clock_.monotonic_now() - began;
        };
        WorkQueue::Job done = [waiting] { waiting.resume(); };
        if (is_brief())
            queue_.submit_brief(std::move(work), std::move(done));
        else
            queue_.submit(std::move(work), std::move(done));
        // Right behind it: the answers travel while it is done, and the next batch waits for no more than one piece.
        if (!files_->writer.is_maintenance_due()) return;
        queue_.submit([files = files_] { files->writer.maintain(false); }, [] {});
    }
    sqlite::Writer::Outcome await_resume() {
        store_.append_took_ = took_;
        return std::move(*outcome_);
    }

  private:
    bool is_brief() const {
        if (store_.append_took_ > brief_took_max) return false;
        return batch_.size() <= brief_changes_max || are_few_of_one_sender(batch_);
    }

    SqliteStore& store_;
    const std::shared_ptr<Files> files_;
    WorkQueue& queue_;
    const Clock& clock_;
    const std::vector<Change>& batch_;
    std::optional<sqlite::Writer::Outcome> outcome_;
    Duration took_{};
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteOptions options, TimerService& home, WorkQueue& writer,
                                                       WorkQueue& readers, Logger& logger) {
    try {
        auto files = std::make_shared<Files>(options, home.clock(), logger);
        return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(files), home, writer, readers));
    } catch (const sqlite::SqliteFailed& failed) {
        return fail(fmt::format("cannot open the store {}: {}", options.path, failed.what()));
    }
}

SqliteStore::SqliteStore(std::shared_ptr<Files> files, TimerService& home, WorkQueue& writer, WorkQueue& readers)
    : files_(std::move(files)), clock_(home.clock()), writer_(writer), readers_(readers), idle_timer_(home) {
    watch_for_idleness(idle_after);
}

SqliteStore::~SqliteStore() = default;

Task<std::expected<std::vector<ChangeResult>, StoreFailure>> SqliteStore::append(std::vector<Change> batch) {
    Append append(*this, batch);
    sqlite::Writer::Outcome outcome = co_await append;
    appended_since_ = true;
    watch_for_idleness(idle_after);
    co_return outcome;
}

// One-shot: an idle store that has nothing to tidy up sets no timer.
void SqliteStore::watch_for_idleness(Duration delay) {
    if (idle_timer_.active() || !files_->writer.is_idle_maintenance_due()) return;
    idle_timer_.start_after(delay, [this] { when_watched(); });
}

void SqliteStore::when_watched() {
    const bool is_idle = !std::exchange(appended_since_, false);
    if (is_idle) writer_.submit([files = files_] { files->writer.maintain(true); }, [] {});
    watch_for_idleness(is_idle ? maintenance_pause : idle_after);
}

template <class Question>
auto SqliteStore::ask(Question question) -> Task<Result<std::invoke_result_t<Question&, sqlite::Reader&>>> {
    using Answer = Result<std::invoke_result_t<Question&, sqlite::Reader&>>;
    const auto work = [files = files_, &question]() -> Answer {
        try {
            return files->readers.with_reader(std::ref(question));
        } catch (const sqlite::SqliteFailed& failed) {
            return fail(failed.what());
        }
    };
    auto run = readers_.run(work);
    Answer answer = co_await run;
    co_return answer;
}

Task<Result<std::optional<User>>> SqliteStore::find_user(std::string name_key) {
    return ask([name_key = std::move(name_key)](sqlite::Reader& reader) { return reader.find_user(name_key); });
}

Task<Result<std::optional<User>>> SqliteStore::find_user(UserId id) {
    return ask([id](sqlite::Reader& reader) { return reader.find_user(id); });
}

Task<Result<std::vector<std::optional<User>>>> SqliteStore::find_users(std::vector<UserId> ids) {
    return ask([ids = std::move(ids)](sqlite::Reader& reader) { return reader.find_users(ids); });
}

Task<Result<std::optional<Session>>> SqliteStore::find_session(Digest token) {
    return ask([token](sqlite::Reader& reader) { return reader.find_session(token); });
}

Task<Result<UserPage>> SqliteStore::list_users(std::string after, std::size_t users_max) {
    return ask(
        [after = std::move(after), users_max](sqlite::Reader& reader) { return reader.list_users(after, users_max); });
}

Task<Result<std::vector<StoredSession>>> SqliteStore::sessions_of(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.sessions_of(user); });
}

Task<Result<std::vector<StoredSession>>> SqliteStore::sessions_unused_since(WallTime before, SessionId after,
                                                                            std::size_t sessions_max) {
    return ask([before, after, sessions_max](sqlite::Reader& reader) {
        return reader.sessions_unused_since(before, after, sessions_max);
    });
}

Task<Result<std::vector<Invitation>>> SqliteStore::invitations() {
    return ask([](sqlite::Reader& reader) { return reader.invitations(); });
}

Task<Result<std::optional<Invitation>>> SqliteStore::find_invitation(Digest code) {
    return ask([code](sqlite::Reader& reader) { return reader.find_invitation(code); });
}

Task<Result<StoreCounts>> SqliteStore::counts() {
    return ask([](sqlite::Reader& reader) { return reader.counts(); });
}

Task<Result<bool>> SqliteStore::has_admin() {
    return ask([](sqlite::Reader& reader) { return reader.has_admin(); });
}

Task<Result<std::vector<UserId>>> SqliteStore::who_know(UserId viewer, std::vector<UserId> users) {
    return ask([viewer, users = std::move(users)](sqlite::Reader& reader) { return reader.who_know(viewer, users); });
}

Task<Result<std::vector<UserId>>> SqliteStore::direct_peers(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.direct_peers(user); });
}

Task<Result<std::optional<DirectConversation>>> SqliteStore::find_direct(UserId one, UserId other) {
    return ask([one, other](sqlite::Reader& reader) { return reader.find_direct(one, other); });
}

Task<Result<std::optional<StoredGroup>>> SqliteStore::find_group(std::string id_key) {
    return ask([id_key = std::move(id_key)](sqlite::Reader& reader) { return reader.find_group(id_key); });
}

Task<Result<std::optional<StoredGroup>>> SqliteStore::find_group_by_code(std::string code) {
    return ask([code = std::move(code)](sqlite::Reader& reader) { return reader.find_group_by_code(code); });
}

Task<Result<std::optional<StoredGroup>>> SqliteStore::find_group(ConversationId conversation) {
    return ask([conversation](sqlite::Reader& reader) { return reader.find_group(conversation); });
}

Task<Result<std::vector<Membership>>> SqliteStore::groups_of(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.groups().groups_of(user); });
}

Task<Result<std::vector<UserId>>> SqliteStore::banned(ConversationId conversation) {
    return ask([conversation](sqlite::Reader& reader) { return reader.groups().banned(conversation); });
}

Task<Result<std::vector<Membership>>> SqliteStore::list_groups(std::string after, std::size_t groups_max) {
    return ask([after = std::move(after), groups_max](sqlite::Reader& reader) {
        return reader.groups().list(after, groups_max);
    });
}

Task<Result<std::vector<Group>>> SqliteStore::groups_with_retention() {
    return ask([](sqlite::Reader& reader) { return reader.groups().with_retention(); });
}

Task<Result<std::vector<UserId>>> SqliteStore::contacts(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.groups().contacts(user); });
}

Task<Result<std::optional<StoredFile>>> SqliteStore::find_file(std::string code, UserId reader) {
    return ask(
        [code = std::move(code), reader](sqlite::Reader& connection) { return connection.files().find(code, reader); });
}

Task<Result<std::optional<StoredFile>>> SqliteStore::find_file_for(ServerId server, BlobDigest blob) {
    return ask([server, blob](sqlite::Reader& reader) { return reader.files().find_for(server, blob); });
}

Task<Result<FilePage>> SqliteStore::files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) {
    return ask([reader, in, files_max](sqlite::Reader& connection) {
        return connection.files().list_for(reader, in, files_max);
    });
}

Task<Result<FilePage>> SqliteStore::list_files(std::optional<UserId> owner, std::size_t files_max) {
    return ask([owner, files_max](sqlite::Reader& reader) { return reader.files().list(owner, files_max); });
}

Task<Result<FileUsage>> SqliteStore::file_usage(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.files().usage(user); });
}

Task<Result<std::vector<FolderFile>>> SqliteStore::folder_of(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.folders().folder_of(user); });
}

Task<Result<std::optional<FolderFile>>> SqliteStore::find_folder_file(UserId user, std::string name) {
    return ask([user, name = std::move(name)](sqlite::Reader& reader) { return reader.folders().find(user, name); });
}

Task<Result<std::vector<FolderFile>>> SqliteStore::folder_files_to_place(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.folders().to_place(user); });
}

Task<Result<std::vector<UserId>>> SqliteStore::folders_to_place() {
    return ask([](sqlite::Reader& reader) { return reader.folders().folders_to_place(); });
}

Task<Result<std::vector<BlobDigest>>> SqliteStore::blobs() {
    return ask([](sqlite::Reader& reader) { return reader.files().blobs(); });
}

Task<Result<bool>> SqliteStore::is_blob_named(BlobDigest blob) {
    return ask([blob](sqlite::Reader& reader) { return reader.files().is_blob_named(blob); });
}

void SqliteStore::set_own_key(const PublicKey& key) {
    writer_.submit([files = files_, key] { files->writer.set_own_key(key); }, [] {});
}

Task<Result<std::optional<User>>> SqliteStore::find_remote_user(ServerId server, std::string name_key) {
    return ask([server, name_key = std::move(name_key)](sqlite::Reader& reader) {
        return reader.find_remote_user(server, name_key);
    });
}

Task<Result<std::vector<Server>>> SqliteStore::servers() {
    return ask([](sqlite::Reader& reader) { return reader.peers().servers(); });
}

Task<Result<std::vector<FormerKey>>> SqliteStore::former_keys() {
    return ask([](sqlite::Reader& reader) { return reader.peers().former_keys(); });
}

Task<Result<std::vector<LinkProgress>>> SqliteStore::link_progress() {
    return ask([](sqlite::Reader& reader) { return reader.progress(); });
}

Task<Result<std::optional<LinkProgress>>> SqliteStore::link_progress(ServerId server) {
    return ask([server](sqlite::Reader& reader) { return reader.progress(server); });
}

Task<Result<std::vector<OutboxItem>>> SqliteStore::outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                          std::size_t bytes_max) {
    return ask([server, after, items_max, bytes_max](sqlite::Reader& reader) {
        return reader.outbox(server, after, items_max, bytes_max);
    });
}

Task<Result<std::vector<OutboxItem>>> SqliteStore::late_items(ServerId server, WallTime before, bool is_final,
                                                              std::size_t items_max) {
    return ask([server, before, is_final, items_max](sqlite::Reader& reader) {
        return reader.late_items(server, before, is_final, items_max);
    });
}

Task<Result<std::optional<OutboxFate>>> SqliteStore::outbox_fate(ServerId server, MessageId item) {
    return ask([server, item](sqlite::Reader& reader) { return reader.peers().fate(server, item); });
}

Task<Result<std::optional<std::int64_t>>> SqliteStore::oldest_outbox_item(ServerId server) {
    return ask([server](sqlite::Reader& reader) { return reader.peers().oldest_item(server); });
}

Task<Result<std::vector<SharedGroup>>> SqliteStore::shared_groups(ServerId server, bool at_home_there) {
    return ask([server, at_home_there](sqlite::Reader& reader) { return reader.shared_groups(server, at_home_there); });
}

Task<Result<std::vector<ServerId>>> SqliteStore::servers_of(ConversationId group) {
    return ask([group](sqlite::Reader& reader) { return reader.peers().servers_of(group); });
}

Task<Result<Seq>> SqliteStore::shared_upto(ServerId server, ConversationId group) {
    return ask([server, group](sqlite::Reader& reader) { return reader.peers().shared_upto(server, group); });
}

Task<Result<bool>> SqliteStore::is_recovering(ConversationId group) {
    return ask([group](sqlite::Reader& reader) { return reader.peers().is_recovering(group); });
}

Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> SqliteStore::group_origins() {
    return ask([](sqlite::Reader& reader) { return reader.peers().group_origins(); });
}

Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> SqliteStore::signatures(EntryRange range) {
    return ask([range](sqlite::Reader& reader) { return reader.signatures(range); });
}

Task<Result<std::vector<StrangerRequest>>> SqliteStore::stranger_requests(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.stranger_requests(user); });
}

Task<Result<std::vector<UnreadConversation>>> SqliteStore::unread(UserId user) {
    return ask([user](sqlite::Reader& reader) { return reader.unread(user); });
}

Task<Result<std::vector<EntryPage>>> SqliteStore::read(std::vector<EntryRange> ranges, std::size_t bytes_max) {
    return ask(
        [ranges = std::move(ranges), bytes_max](sqlite::Reader& reader) { return reader.read(ranges, bytes_max); });
}

Task<Result<StoredHistory>> SqliteStore::history(HistoryRange range, std::size_t bytes_max) {
    return ask([range, bytes_max](sqlite::Reader& reader) { return reader.history(range, bytes_max); });
}

Task<void> SqliteStore::close() {
    idle_timer_.cancel();
    auto run = writer_.run([files = files_] {
        files->readers.close();
        files->writer.close();
        return true;
    });
    co_await run;
}

}  // namespace obrol
