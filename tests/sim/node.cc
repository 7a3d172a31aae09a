#include "tests/sim/node.h"

#include <fmt/core.h>
#include <utility>

#include "apps/obrold/assembly.h"
#include "base/check.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/sim/client.h"
#include "tests/sim/keyed_hasher.h"
#include "tests/sim/store_reader.h"
#include "tests/support/plain_secure_channel.h"

namespace obrol {
namespace {

class TracingLogger final : public Logger {
  public:
    TracingLogger(Trace& trace, std::string name, const bool& is_dead)
        : trace_(trace), name_(std::move(name)), is_dead_(is_dead) {}
    bool enabled(LogLevel level) const override { return level >= LogLevel::info && !is_dead_; }
    void write(LogLevel, std::string_view line) override { trace_.note("{}: log: {}", name_, line); }

  private:
    Trace& trace_;
    std::string name_;
    const bool& is_dead_;
};

SigningSeed draw_identity(Random& random) {
    SigningSeed seed{};
    for (std::uint8_t& byte : seed)
        byte = static_cast<std::uint8_t>(random.below(256));
    return seed;
}

}  // namespace

// The store as a life sees it: once it is dead, nothing is stored any more, and no trouble of its disk, which
// only it can see, ends it a second time.
class Node::LifeStore final : public Store {
  public:
    LifeStore(SqliteStore& store, const bool& is_dead) : store_(store), is_dead_(is_dead) {}

    Task<std::expected<std::vector<ChangeResult>, StoreFailure>> append(std::vector<Change> batch) override {
        auto outcome = co_await store_.append(std::move(batch));
        if (is_dead_) co_return std::unexpected(StoreFailure{StoreFailure::Kind::write_failed, "the process is dead"});
        co_return outcome;
    }
    Task<Result<std::optional<User>>> find_user(std::string name_key) override {
        return store_.find_user(std::move(name_key));
    }
    Task<Result<std::optional<User>>> find_user(UserId id) override { return store_.find_user(id); }
    Task<Result<std::vector<std::optional<User>>>> find_users(std::vector<UserId> ids) override {
        return store_.find_users(std::move(ids));
    }
    Task<Result<std::optional<Session>>> find_session(Digest token) override { return store_.find_session(token); }
    Task<Result<UserPage>> list_users(std::string after, std::size_t users_max) override {
        return store_.list_users(std::move(after), users_max);
    }
    Task<Result<std::vector<StoredSession>>> sessions_of(UserId user) override { return store_.sessions_of(user); }
    Task<Result<std::vector<StoredSession>>> sessions_unused_since(WallTime before, SessionId after,
                                                                   std::size_t sessions_max) override {
        return store_.sessions_unused_since(before, after, sessions_max);
    }
    Task<Result<std::vector<Invitation>>> invitations() override { return store_.invitations(); }
    Task<Result<std::optional<Invitation>>> find_invitation(Digest code) override {
        return store_.find_invitation(code);
    }
    Task<Result<StoreCounts>> counts() override { return store_.counts(); }
    Task<Result<bool>> has_admin() override { return store_.has_admin(); }
    Task<Result<std::vector<UserId>>> direct_peers(UserId user) override { return store_.direct_peers(user); }
    Task<Result<std::vector<UserId>>> who_know(UserId viewer, std::vector<UserId> users) override {
        return store_.who_know(viewer, std::move(users));
    }
    Task<Result<std::optional<DirectConversation>>> find_direct(UserId one, UserId other) override {
        return store_.find_direct(one, other);
    }
    Task<Result<std::optional<StoredGroup>>> find_group(std::string id_key) override {
        return store_.find_group(std::move(id_key));
    }
    Task<Result<std::optional<StoredGroup>>> find_group_by_code(std::string code) override {
        return store_.find_group_by_code(std::move(code));
    }
    Task<Result<std::optional<StoredGroup>>> find_group(ConversationId conversation) override {
        return store_.find_group(conversation);
    }
    Task<Result<std::vector<Membership>>> groups_of(UserId user) override { return store_.groups_of(user); }
    Task<Result<std::vector<UserId>>> banned(ConversationId conversation) override {
        return store_.banned(conversation);
    }
    Task<Result<std::vector<Membership>>> list_groups(std::string after, std::size_t groups_max) override {
        return store_.list_groups(std::move(after), groups_max);
    }
    Task<Result<std::vector<Group>>> groups_with_retention() override { return store_.groups_with_retention(); }
    Task<Result<std::vector<UserId>>> contacts(UserId user) override { return store_.contacts(user); }
    Task<Result<std::optional<StoredFile>>> find_file(std::string code, UserId reader) override {
        return store_.find_file(std::move(code), reader);
    }
    Task<Result<std::optional<StoredFile>>> find_file_for(ServerId server, BlobDigest blob) override {
        return store_.find_file_for(server, blob);
    }
    Task<Result<Seq>> shared_upto(ServerId server, ConversationId group) override {
        return store_.shared_upto(server, group);
    }
    Task<Result<FilePage>> files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) override {
        return store_.files_for(reader, in, files_max);
    }
    Task<Result<FilePage>> list_files(std::optional<UserId> owner, std::size_t files_max) override {
        return store_.list_files(owner, files_max);
    }
    Task<Result<FileUsage>> file_usage(UserId user) override { return store_.file_usage(user); }
    Task<Result<std::vector<FolderFile>>> folder_of(UserId user) override { return store_.folder_of(user); }
    Task<Result<std::optional<FolderFile>>> find_folder_file(UserId user, std::string name) override {
        return store_.find_folder_file(user, std::move(name));
    }
    Task<Result<std::vector<FolderFile>>> folder_files_to_place(UserId user) override {
        return store_.folder_files_to_place(user);
    }
    Task<Result<std::vector<UserId>>> folders_to_place() override { return store_.folders_to_place(); }
    Task<Result<std::vector<BlobDigest>>> blobs() override { return store_.blobs(); }
    Task<Result<bool>> is_blob_named(BlobDigest blob) override { return store_.is_blob_named(blob); }
    void set_own_key(const PublicKey& key) override { store_.set_own_key(key); }
    Task<Result<std::optional<User>>> find_remote_user(ServerId server, std::string name_key) override {
        return store_.find_remote_user(server, std::move(name_key));
    }
    Task<Result<std::vector<Server>>> servers() override { return store_.servers(); }
    Task<Result<std::vector<LinkProgress>>> link_progress() override { return store_.link_progress(); }
    Task<Result<std::optional<LinkProgress>>> link_progress(ServerId server) override {
        return store_.link_progress(server);
    }
    Task<Result<std::vector<OutboxItem>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                 std::size_t bytes_max) override {
        return store_.outbox(server, after, items_max, bytes_max);
    }
    Task<Result<std::vector<OutboxItem>>> late_items(ServerId server, WallTime before, bool is_final,
                                                     std::size_t items_max) override {
        return store_.late_items(server, before, is_final, items_max);
    }
    Task<Result<std::optional<OutboxFate>>> outbox_fate(ServerId server, MessageId item) override {
        return store_.outbox_fate(server, item);
    }
    Task<Result<std::optional<std::int64_t>>> oldest_outbox_item(ServerId server) override {
        return store_.oldest_outbox_item(server);
    }
    Task<Result<std::vector<SharedGroup>>> shared_groups(ServerId server, bool at_home_there) override {
        return store_.shared_groups(server, at_home_there);
    }
    Task<Result<std::vector<ServerId>>> servers_of(ConversationId group) override { return store_.servers_of(group); }
    Task<Result<bool>> is_recovering(ConversationId group) override { return store_.is_recovering(group); }
    Task<Result<std::vector<FormerKey>>> former_keys() override { return store_.former_keys(); }
    Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> group_origins() override {
        return store_.group_origins();
    }
    Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> signatures(EntryRange range) override {
        return store_.signatures(range);
    }
    Task<Result<std::vector<StrangerRequest>>> stranger_requests(UserId user) override {
        return store_.stranger_requests(user);
    }
    Task<Result<std::vector<UnreadConversation>>> unread(UserId user) override { return store_.unread(user); }
    Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange> ranges, std::size_t bytes_max) override {
        return store_.read(std::move(ranges), bytes_max);
    }
    Task<Result<StoredHistory>> history(HistoryRange range, std::size_t bytes_max) override {
        return store_.history(range, bytes_max);
    }

  private:
    SqliteStore& store_;
    const bool& is_dead_;
};

struct Node::Life {
    Life(Node& node, std::uint64_t seed)
        : disk(node.disk_),
          random(seed),
          secure_random(random),
          logger(node.surroundings_.trace, node.name_, is_dead),
          writer(node.surroundings_.executor, random, node.options_.writer,
                 [this, &node] {
                     if (!is_dead) node.after_work();
                 }),
          readers(node.surroundings_.executor, random, node.options_.readers, {}),
          hashing(node.surroundings_.executor, random, node.options_.hashing, {}),
          hasher(hashing, node.name_),
          secure(node.surroundings_.executor, random, node.name_),
          blobs(node.surroundings_.executor, node.blobs_) {}

    std::shared_ptr<RecordingDisk> disk;
    bool is_dead = false;
    bool is_starting = false;  // parts of it are awaited by start()
    bool ended_itself = false;
    SeededRandom random;
    ReproducibleSecureRandom secure_random;
    TracingLogger logger;
    SimulatedWorkQueue writer;
    SimulatedWorkQueue readers;
    SimulatedWorkQueue hashing;
    KeyedHasher hasher;
    PlainSecureChannel secure;
    MemoryBlobStore blobs;
    std::unique_ptr<SqliteStore> sqlite;
    std::unique_ptr<LifeStore> store;
    std::unique_ptr<Assembly> assembly;
};

Node::Node(Surroundings surroundings, std::string name, std::vector<std::string> users, std::uint64_t seed,
           Options options)
    : surroundings_(surroundings),
      name_(std::move(name)),
      users_(std::move(users)),
      random_(seed),
      identity_(draw_identity(random_)),
      options_(options),
      history_(surroundings.executor.clock(), [this] { return disk_->operation_count(); }),
      disk_(std::make_shared<RecordingDisk>(random_, surroundings.executor.clock())) {}

Node::~Node() {
    OBROL_CHECK(!life_);
}

Task<Result<void>> Node::start() {
    OBROL_CHECK(!life_);
    auto life = std::make_unique<Life>(*this, random_.next());
    DeterministicExecutor& executor = surroundings_.executor;
    Result<std::unique_ptr<SqliteStore>> sqlite =
        SqliteStore::open(simulated_store_options(*disk_), executor, life->writer, life->readers, life->logger);
    if (!sqlite) co_return Failure<Error>(std::move(sqlite.error()));
    life->sqlite = std::move(*sqlite);
    life->store = std::make_unique<LifeStore>(*life->sqlite, life->is_dead);
    Seams seams{executor,
                {&executor},
                surroundings_.network.host(name_),
                *life->store,
                life->blobs,
                life->hasher,
                life->secure_random,
                life->random,
                life->logger,
                [this, &its_life = *life](const std::string& what) { end_fatally(its_life, what); },
                &life->secure,
                identity_};
    Config config;
    // Simulated users are more diligent than people.
    config.chat.sends_per_user = RateLimit{};
    config.chat.sends_per_source = RateLimit{};
    config.chat.failed_codes_per_user = RateLimit{};
    config.chat.failed_codes_per_source = RateLimit{};
    config.chat.peers.manage = PeerOptions::Manage::any;
    config.chat.peers.strangers = PeerOptions::Strangers::allow;
    life->assembly = std::make_unique<Assembly>(std::move(seams), config, name_);
    Assembly& assembly = *life->assembly;
    life_ = std::move(life);
    history_.server_started();
    Life& its_life = *life_;
    its_life.is_starting = true;
    Result<void> prepared = co_await assembly.chat().prepare();
    if (prepared && was_put_back_) prepared = co_await assembly.chat().peering().begin_epoch();
    its_life.is_starting = false;
    if (its_life.is_dead) co_return Result<void>();
    OBROL_CHECK(prepared);
    was_put_back_ = false;
    const Result<std::vector<ListenSetting>> listening = co_await assembly.start();
    OBROL_CHECK(listening);
    surroundings_.trace.note("{}: started", name_);
    co_return Result<void>();
}

Task<bool> Node::add_users() {
    for (const std::string& user : users_) {
        UserCard card;
        card.name = user;
        std::string password = SimulatedUser::password_of(user);
        auto adding = life_->assembly->chat().add_user(std::move(card), std::move(password), Role::member);
        const auto added = co_await std::move(adding);
        if (!added && added.error() != ChatError::name_taken) co_return false;
    }
    co_return true;
}

void Node::after_work() {
    if (planned_cut_ && disk_->operation_count() >= planned_cut_->operation)
        cut_power(planned_cut_->policy, planned_cut_->operation);
}

void Node::kill() {
    OBROL_CHECK(life_);
    surroundings_.trace.note("{}: killed after operation {}", name_, disk_->operation_count());
    disk_->kill_process();
    die(LifeEnd::killed);
}

void Node::cut_power(CrashPolicy policy, std::optional<std::uint64_t> after_operation) {
    OBROL_CHECK(life_);
    const std::uint64_t operation = after_operation.value_or(disk_->operation_count());
    surroundings_.trace.note("{}: power cut after operation {}, policy {}", name_, operation, static_cast<int>(policy));
    go_on_from(disk_->image_after(operation, policy, random_));
}

void Node::put_back(Backup backup) {
    OBROL_CHECK(life_);
    surroundings_.trace.note("{}: put back", name_);
    was_put_back_ = true;
    blobs_ = std::make_shared<MemoryBlobs>(std::move(backup.blobs));
    go_on_from(std::move(backup.disk));
}

void Node::go_on_from(DiskImage image) {
    disk_->kill_process();
    disk_ = std::make_shared<RecordingDisk>(random_, surroundings_.executor.clock(), std::move(image));
    die(LifeEnd::power_cut);
}

void Node::cut_power_later(CrashPolicy policy, std::uint64_t operations) {
    planned_cut_ = PlannedCut{policy, disk_->operation_count() + operations};
}

void Node::die(LifeEnd how) {
    planned_cut_.reset();
    life_->is_dead = true;
    life_->blobs.cut_off();
    history_.server_ended(how);
    surroundings_.network.crash(name_);
    if (life_->ended_itself) {
        // Nobody can wait for its end: see node.h.
        static_cast<void>(life_.release());
    } else {
        const bool taken = surroundings_.morgue.spawn(bury(surroundings_.executor, std::move(life_)));
        OBROL_CHECK(taken);
    }
    if (on_death_) on_death_();
}

Task<void> Node::bury(DeterministicExecutor& executor, std::unique_ptr<Life> life) {
    // Whoever kills it may be called by a part of it.
    co_await sleep_for(executor, Duration(0));
    while (life->is_starting)
        co_await sleep_for(executor, std::chrono::milliseconds(1));
    co_await life->assembly->stop();
    // The last answer of the last batch may be what let the server come to its end, inside the batch.
    co_await sleep_for(executor, Duration(0));
}

void Node::disarm() {
    planned_cut_.reset();
    disk_->clear_faults();
    disk_->set_capacity(std::nullopt);
}

Task<bool> Node::stop() {
    OBROL_CHECK(life_);
    surroundings_.trace.note("{}: stopping", name_);
    co_await life_->assembly->stop();
    co_await life_->sqlite->close();
    co_await sleep_for(surroundings_.executor, Duration(0));
    history_.server_ended(LifeEnd::stopped);
    life_.reset();
    co_return true;
}

void Node::end_fatally(Life& life, const std::string& what) {
    if (life.is_dead) return;
    surroundings_.trace.note("{}: the store ended it: {}", name_, what);
    ++fatal_ends_;
    life.ended_itself = true;
    if (policy_after_fatal_end_) {
        cut_power(*policy_after_fatal_end_);
    } else {
        kill();
    }
}

}  // namespace obrol
