#include "apps/obrold/server_process.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "apps/obrold/argon2_hasher.h"
#include "apps/obrold/assembly.h"
#include "apps/obrold/control_socket.h"
#include "apps/obrold/first_steps.h"
#include "apps/obrold/server_id.h"
#include "apps/obrold/server_key.h"
#include "apps/obrold/startup_pages.h"
#include "apps/obrold/tls_files.h"
#include "base/clock.h"
#include "base/crypto/secure_random.h"
#include "base/hexadecimal.h"
#include "base/host.h"
#include "base/utf8.h"
#include "core/administration.h"
#include "core/peering.h"
#include "io/event_loop.h"
#include "io/inline_work_queue.h"
#include "io/loop_threads.h"
#include "io/signals.h"
#include "io/socket_network.h"
#include "io/thread_pool.h"
#include "io/tls_channel.h"
#include "storage/blobs/blob_files.h"
#include "storage/blobs/folder_files.h"
#include "storage/data_directory.h"
#include "storage/sqlite/sqlite_store.h"

namespace obrol {
namespace {

// Files that are open beside connections: the store, the log, listeners, and some to spare.
constexpr std::size_t other_files = 64;
// What an event loop waits with.
constexpr std::size_t files_per_thread = 2;
// Reads of the store that can go on at once: they wait for the disk, not for a core.
constexpr std::size_t reader_threads = 2;
// Names of other servers that can be looked up at once.
constexpr std::size_t resolver_threads = 4;
// Hashing, and what is done with every byte of an upload, yield to everything else.
constexpr int hashing_niceness = 10;
constexpr int filing_niceness = 10;
// In the data directory.
constexpr std::string_view tls_folder = "tls";
constexpr std::string_view server_key_file = "server-key";

void raise_open_files_limit(const Config& config, Logger& logger) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t transfers_max = config.chat.files.uploads_max + config.chat.files.downloads_max;
    const std::size_t of_threads = config.connection_threads * files_per_thread;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < config.limits.connections_max + config.limits.links_max +
                                                                config.limits.refusals_max + transfers_max +
                                                                of_threads + other_files)
        logger.warning("{} open files are allowed, too few for limits.connections_max = {}", limit.rlim_cur,
                       config.limits.connections_max);
}

std::size_t usable_cores() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return static_cast<std::size_t>(CPU_COUNT(&cores));
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

std::uint64_t random_seed(SecureRandom& random) {
    std::uint64_t seed = 0;
    random.fill(std::as_writable_bytes(std::span(&seed, 1)));
    return seed;
}

void announce(const std::vector<ListenSetting>& listeners) {
    std::string line = "ready";
    for (const ListenSetting& listener : listeners)
        line += " " + to_string(listener);
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

void log_certificate(const TlsCertificate& certificate, WallTime now, Logger& logger) {
    logger.info("certificate {}", describe(certificate));
    if (certificate.valid_until() < now) logger.warning("the certificate has expired: clients may refuse it");
}

// Everything that a running server is made of, in the order of making.
class ServerProcess {
  public:
    ServerProcess(const Config& config, const CommandLine& flags, StandardErrorLogger& logger, DataDirectory directory,
                  std::string server_id, ServerKey key)
        : config_(config),
          flags_(flags),
          logger_(logger),
          directory_(std::move(directory)),
          server_id_(std::move(server_id)),
          key_(std::move(key)),
          hashing_threads_(hashing_threads(config.hashing, usable_cores())),
          hashing_(loop_, {.name = "hashing", .threads = hashing_threads_, .niceness = hashing_niceness}) {
        if (config.commit_in_own_thread) {
            committer_ = std::make_unique<ThreadPool>(loop_, ThreadPool::Options{.name = "commits"});
        } else {
            committer_ = std::make_unique<InlineWorkQueue>(loop_);
        }
    }

    // Before run().
    Result<void> show(const TlsCertificate& certificate) {
        fingerprint_ = certificate.fingerprint();
        return tls_.show(certificate);
    }

    Result<void> run() {
        SqliteOptions options = config_.store;
        options.path = directory_.file("obrol.db").string();
        Result<std::unique_ptr<SqliteStore>> store =
            SqliteStore::open(std::move(options), loop_, *committer_, readers_, logger_);
        if (!store) return Failure<Error>(std::move(store.error()));
        store_ = std::move(*store);
        Result<std::unique_ptr<BlobFiles>> blobs =
            BlobFiles::open(directory_.file("blobs"), config_.blobs, BlobFiles::Queues{filing_, file_reading_});
        if (!blobs) return Failure<Error>(std::move(blobs.error()));
        blobs_ = std::move(*blobs);
        if (Result<void> opened = open_folders(); !opened) return opened;
        Gate gate("server");
        loop_.post([&] { gate.spawn(serve()); });
        loop_.run();
        store_.reset();
        return std::move(result_);
    }

  private:
    Result<void> open_folders() {
        if (config_.folders_root.empty()) return {};
        FolderFiles::Options options;
        options.sync_bytes = config_.blobs.sync_bytes;
        options.is_text = is_valid_utf8;
        const FolderFiles::Parts parts{loop_, *blobs_, filing_, file_reading_};
        auto folders = FolderFiles::open(config_.folders_root, std::move(options), parts);
        if (!folders) return fail("files.root: " + folders.error().what);
        folders_ = std::move(*folders);
        return {};
    }

    Task<void> serve() {
        Assembly assembly(
            Seams{loop_, connection_executors(), network_, *store_, *blobs_, hasher_, secure_random_, random_, logger_,
                  // The store has said why. Nothing more leaves this process, no answer and no flush.
                  [](const std::string&) { ::_exit(exit_store_lost); }, &tls_, key_.seed, key_.rotations,
                  folders_.get()},
            config_, server_id_);
        ControlSocket control(ControlSocket::Parts{loop_, network_, logger_, assembly, directory_, server_id_,
                                                   [this, &assembly] { return rotate_key(*this, assembly); }},
                              config_.control);
        connection_threads_.start();
        result_ = co_await start(assembly, control);
        if (result_) co_await handle_signals(assembly, control);
        co_await control.stop(config_.limits.shutdown_grace);
        co_await assembly.stop();
        connection_threads_.stop();
        co_await store_->close();
        signals_.close();
        loop_.stop();
    }

    // Everything is up when the ready line is out, the control socket too.
    Task<Result<void>> start(Assembly& assembly, ControlSocket& control) {
        Result<void> bound = control.bind();
        if (!bound) co_return bound;
        Result<void> prepared = co_await assembly.chat().prepare();
        if (prepared && flags_.restored) prepared = co_await assembly.chat().peering().begin_epoch();
        if (!prepared) co_return prepared;
        Result<std::vector<ListenSetting>> listeners = co_await assembly.start();
        if (!listeners) co_return Failure<Error>(std::move(listeners.error()));
        const auto has_admin = co_await assembly.chat().administration().has_admin();
        if (!has_admin) co_return fail("cannot read the store");
        control.open(*listeners);
        announce(*listeners);
        show_first_steps(config_, *listeners, *has_admin, to_hexadecimal(fingerprint_));
        logger_.info("server {} is ready, data in {}", server_id_, directory_.path().string());
        give_back_startup_pages();
        co_return Result<void>();
    }

    // Until the server is to stop.
    Task<void> handle_signals(Assembly& assembly, ControlSocket& control) {
        for (;;) {
            const int signal = co_await signals_.next();
            if (signal != SIGHUP) break;
            reload(assembly, control);
        }
        logger_.info("stopping");
    }

    void reload(Assembly& assembly, ControlSocket& control) {
        Result<Config> wanted = load_config(flags_);
        if (!wanted) return logger_.error("configuration kept as it was: {}", wanted.error().what);
        logger_.set_least(wanted->log_level);
        assembly.reload(*wanted);
        control.set_limits(wanted->control);
        reload_certificate(wanted->tls);
        const std::vector<std::string> waiting = changes_that_need_a_restart(config_, *wanted);
        logger_.info("configuration read again");
        if (!waiting.empty()) logger_.warning("only after a restart: {}", fmt::format("{}", fmt::join(waiting, ", ")));
    }

    // Connections keep what they agreed on; new ones are shown the new certificate.
    void reload_certificate(const TlsFiles& files) {
        const Result<TlsCertificate> wanted =
            load_certificate(files, directory_.file(tls_folder), server_id_, clock_.wall_now());
        if (!wanted) return logger_.error("certificate kept as it was: {}", wanted.error().what);
        const Result<void> shown = tls_.show(*wanted);
        if (!shown) return logger_.error("certificate kept as it was: {}", shown.error().what);
        if (wanted->fingerprint() == fingerprint_) return;
        fingerprint_ = wanted->fingerprint();
        log_certificate(*wanted, clock_.wall_now(), logger_);
    }

    // The new key is used once it is kept: whatever happens meanwhile, the file has the one or the other.
    static Task<Result<void>> rotate_key(ServerProcess& self, Assembly& assembly) {
        if (std::exchange(self.is_rotating_, true)) co_return fail("the key is being replaced already");
        auto work = [&self] { return rotate_server_key(self.directory_.file(server_key_file), self.secure_random_); };
        auto rotating = self.filing_.run(work);
        Result<ServerKey> key = co_await rotating;
        self.is_rotating_ = false;
        if (!key) co_return Failure<Error>(std::move(key.error()));
        self.key_ = std::move(*key);
        self.logger_.warning("the server goes on under the key {}",
                             fingerprint(SigningKey(self.key_.seed).public_key()));
        assembly.take_key(self.key_.seed, self.key_.rotations);
        co_return Result<void>();
    }

    std::vector<Executor*> connection_executors() {
        if (config_.connection_threads == 0) return {&loop_};
        return connection_threads_.executors();
    }

    bool may_dial(const std::string& host) const {
        const std::optional<Reach> reach = reach_of(host);
        return reach == Reach::anywhere || (reach == Reach::nearby && config_.chat.peers.private_addresses);
    }

    const Config& config_;
    const CommandLine& flags_;
    StandardErrorLogger& logger_;
    DataDirectory directory_;
    std::string server_id_;
    ServerKey key_;
    bool is_rotating_ = false;
    SystemClock clock_;
    EventLoop loop_{clock_};
    // Before the first thread: threads inherit that these signals are blocked.
    SignalSet signals_{loop_, {SIGTERM, SIGINT, SIGHUP}};
    LoopThreads connection_threads_{loop_, clock_, config_.connection_threads, "connections"};
    // A name for which no answer comes holds up one thread, and not the names of all other servers.
    ThreadPool resolving_{loop_, {.name = "resolving", .threads = resolver_threads}};
    // Other servers are all that is dialled.
    SocketNetwork network_{loop_, &resolving_, [this](const std::string& host) { return may_dial(host); }};
    TlsChannel tls_{loop_};
    CertificateFingerprint fingerprint_{};  // of the certificate that tls_ shows
    SystemSecureRandom secure_random_;
    SeededRandom random_{random_seed(secure_random_)};
    ThreadPool readers_{loop_, {.name = "store readers", .threads = reader_threads}};
    std::size_t hashing_threads_;
    ThreadPool hashing_;
    Argon2Hasher hasher_{hashing_, config_.hashing, hashing_threads_};
    std::unique_ptr<WorkQueue> committer_;
    std::unique_ptr<SqliteStore> store_;
    // One worker: blobs appear and go in the order in which that is decided.
    ThreadPool filing_{loop_, {.name = "files", .threads = 1, .niceness = filing_niceness}};
    ThreadPool file_reading_{loop_, {.name = "file reading"}};
    std::unique_ptr<BlobFiles> blobs_;
    std::unique_ptr<FolderFiles> folders_;
    Result<void> result_;
};

}  // namespace

Result<void, StartFailure> run_server(const Config& config, const CommandLine& flags, StandardErrorLogger& logger) {
    const auto refuse = [](int status, Error& error) {
        return Failure<StartFailure>(StartFailure{status, std::move(error.what)});
    };
    raise_open_files_limit(config, logger);
    std::signal(SIGPIPE, SIG_IGN);
    Result<DataDirectory> directory = DataDirectory::open(config.data_directory);
    if (!directory) return refuse(exit_cannot_run, directory.error());
    Result<std::string> server_id = settle_server_id(directory->file("server-id"), config.server_id, host_name());
    if (!server_id) return refuse(exit_bad_setting, server_id.error());
    const WallTime now = SystemClock().wall_now();
    Result<TlsCertificate> certificate = load_certificate(config.tls, directory->file(tls_folder), *server_id, now);
    const int bad_certificate = config.tls.are_given() ? exit_bad_setting : exit_cannot_run;
    if (!certificate) return refuse(bad_certificate, certificate.error());
    log_certificate(*certificate, now, logger);
    SystemSecureRandom secure_random;
    Result<ServerKey> key = settle_server_key(directory->file(server_key_file), secure_random);
    if (!key) return refuse(exit_cannot_run, key.error());
    logger.info("key {}", fingerprint(SigningKey(key->seed).public_key()));
    const auto process = std::make_unique<ServerProcess>(config, flags, logger, std::move(*directory),
                                                         std::move(*server_id), std::move(*key));
    Result<void> shown = process->show(*certificate);
    if (!shown) return refuse(bad_certificate, shown.error());
    Result<void> served = process->run();
    if (!served) return refuse(exit_cannot_run, served.error());
    return {};
}

}  // namespace obrol
