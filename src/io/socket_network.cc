#include "io/socket_network.h"

#include <cerrno>
#include <coroutine>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/descriptor.h"
#include "io/socket_listener.h"
#include "io/socket_stream.h"
#include "io/timer.h"

namespace obrol {
namespace {

// The kernel caps it at net.core.somaxconn.
constexpr int backlog_max = 4096;

// A peer that is gone is noticed within a minute: idle, after 30 s and three unanswered questions 10 s apart; with
// unacknowledged data, after 60 s.
constexpr int keepalive_idle_s = 30;
constexpr int keepalive_interval_s = 10;
constexpr int keepalive_count = 3;
constexpr int unacknowledged_max_ms = 60'000;

constexpr int socket_kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

void set_option(int fd, int level, int option, int value) {
    OBROL_CHECK(::setsockopt(fd, level, option, &value, sizeof value) == 0);
}

void set_tcp_options(int fd) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_max_ms);
}

// Makes way for a new socket file at `path`.
Result<void> remove_stale_socket(const std::string& path, const SocketAddress& address, const std::string& doing) {
    struct stat file {};
    if (::lstat(path.c_str(), &file) != 0) {
        if (errno == ENOENT) return {};
        return system_failure(doing, errno);
    }
    if (!S_ISSOCK(file.st_mode)) return fail(doing + ": the file exists and is not a socket");
    const Descriptor probe(::socket(AF_UNIX, socket_kind, 0));
    if (!probe) return system_failure(doing, errno);
    if (::connect(probe.get(), address.raw(), address.size) == 0 || errno == EAGAIN) {
        return system_failure(doing, EADDRINUSE);
    }
    if (errno != ECONNREFUSED) return system_failure(doing, errno);
    if (::unlink(path.c_str()) != 0) return system_failure(doing, errno);
    return {};
}

// 0: connected.
int connection_error(int fd) {
    int code = 0;
    socklen_t size = sizeof code;
    OBROL_CHECK(::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0);
    return code;
}

}  // namespace

// What a name means, for whoever does not wait longer than until a deadline. The system's resolver does not care for
// that: what it finds later is thrown away.
class SocketNetwork::Lookup {
  public:
    Lookup(EventLoop& loop, Endpoint name) : name_(std::move(name)), timer_(loop) {}

    static void begin(const std::shared_ptr<Lookup>& self, WorkQueue& resolver, MonotonicTime deadline) {
        // The resolver's job keeps it, and nothing is timed any more when that is done.
        self->timer_.start(deadline, [lookup = self.get()] {
            lookup->end(fail(fmt::format("{}{}: no answer in time", cannot_resolve, lookup->name_.host)));
        });
        resolver.submit([self] { self->found_ = SocketAddress::resolve(self->name_); },
                        [self] { self->end(std::move(self->found_)); });
    }

    bool await_ready() const { return outcome_.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
    Result<std::vector<SocketAddress>> await_resume() { return *std::move(outcome_); }

  private:
    void end(Result<std::vector<SocketAddress>> outcome) {
        if (outcome_) return;
        outcome_ = std::move(outcome);
        timer_.cancel();
        if (waiting_) waiting_.resume();
    }

    const Endpoint name_;
    Timer timer_;
    Result<std::vector<SocketAddress>> found_;  // the resolver's, until it is done
    std::optional<Result<std::vector<SocketAddress>>> outcome_;
    std::coroutine_handle<> waiting_;
};

Result<std::unique_ptr<Listener>> SocketNetwork::listen(const Endpoint& at) {
    const std::string doing = "cannot listen on " + to_string(at);
    const std::vector<SocketAddress> addresses = SocketAddress::from_numeric(at);
    if (addresses.empty()) return fail(doing + ": not a numeric address");
    const SocketAddress& address = addresses.front();
    Descriptor socket(::socket(address.family(), socket_kind, 0));
    if (!socket) return system_failure(doing, errno);
    // A restarted server takes its port back at once from connections that still linger.
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.family() == AF_INET6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_tcp_options(socket.get());
    if (::bind(socket.get(), address.raw(), address.size) != 0) return system_failure(doing, errno);
    if (::listen(socket.get(), backlog_max) != 0) return system_failure(doing, errno);
    Endpoint local = SocketAddress::of_socket(socket.get()).to_endpoint();
    return std::make_unique<SocketListener>(loop_, std::move(socket), std::move(local));
}

Result<std::unique_ptr<Listener>> SocketNetwork::listen_unix(const std::string& path) {
    const std::string doing = "cannot listen on " + path;
    const Result<SocketAddress> address = SocketAddress::from_path(path);
    if (!address) return fail(doing + ": " + address.error().what);
    if (Result<void> removed = remove_stale_socket(path, *address, doing); !removed) {
        return Failure<Error>(std::move(removed.error()));
    }
    Descriptor socket(::socket(AF_UNIX, socket_kind, 0));
    if (!socket) return system_failure(doing, errno);
    // Linux makes the file with the mode of the socket: there is no moment in which others could use it.
    if (::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0) return system_failure(doing, errno);
    if (::bind(socket.get(), address->raw(), address->size) != 0) return system_failure(doing, errno);
    if (::listen(socket.get(), backlog_max) != 0) {
        const int code = errno;
        ::unlink(path.c_str());
        return system_failure(doing, code);
    }
    return std::make_unique<SocketListener>(loop_, std::move(socket), path);
}

Result<std::unique_ptr<Stream>> SocketNetwork::connect_unix(const std::string& path) {
    const std::string doing = "cannot connect to " + path;
    const Result<SocketAddress> address = SocketAddress::from_path(path);
    if (!address) return fail(doing + ": " + address.error().what);
    Descriptor socket(::socket(AF_UNIX, socket_kind, 0));
    if (!socket) return system_failure(doing, errno);
    if (::connect(socket.get(), address->raw(), address->size) != 0) return system_failure(doing, errno);
    return std::make_unique<SocketStream>(loop_, std::move(socket), HostAddress::of(address->storage));
}

Task<Result<std::unique_ptr<Stream>>> SocketNetwork::connect(const Endpoint& to, Duration timeout) {
    // A task starts later than it is made, so it gets a copy.
    return connect_by_name(to, timeout);
}

Task<Result<std::unique_ptr<Stream>>> SocketNetwork::connect_by_name(Endpoint to, Duration timeout) {
    const MonotonicTime deadline = loop_.clock().monotonic_now() + timeout;
    const std::string name = to_string(to);
    std::vector<SocketAddress> addresses = SocketAddress::from_numeric(to);
    if (addresses.empty()) {
        if (resolver_ == nullptr) co_return fail("cannot connect to " + name + ": not a numeric address");
        const auto lookup = std::make_shared<Lookup>(loop_, to);
        Lookup::begin(lookup, *resolver_, deadline);
        Lookup& looking = *lookup;
        Result<std::vector<SocketAddress>> resolved = co_await looking;
        if (!resolved) co_return Failure<Error>(std::move(resolved.error()));
        addresses = std::move(*resolved);
    }
    if (may_dial_)
        std::erase_if(addresses, [this](const SocketAddress& at) { return !may_dial_(at.to_endpoint().host); });
    if (addresses.empty()) co_return fail("cannot connect to " + name + ": that address must not be dialled");
    Result<std::unique_ptr<Stream>> connected = fail("");
    for (const SocketAddress& address : addresses) {
        connected = co_await connect_to(address, deadline, name);
        if (connected || loop_.clock().monotonic_now() >= deadline) break;
    }
    co_return connected;
}

Task<Result<std::unique_ptr<Stream>>> SocketNetwork::connect_to(SocketAddress address, MonotonicTime deadline,
                                                                std::string name) {
    const std::string doing = "cannot connect to " + name;
    Descriptor socket(::socket(address.family(), socket_kind, 0));
    if (!socket) co_return system_failure(doing, errno);
    set_tcp_options(socket.get());
    const bool is_connected = ::connect(socket.get(), address.raw(), address.size) == 0;
    if (!is_connected && errno != EINPROGRESS && errno != EINTR) co_return system_failure(doing, errno);
    auto stream = std::make_unique<SocketStream>(loop_, std::move(socket), HostAddress::of(address.storage));
    if (is_connected) co_return stream;

    bool is_late = false;
    Timer timer(loop_);
    timer.start(deadline, [&stream, &is_late] {
        is_late = true;
        stream->close();
    });
    co_await stream->wait_writable();
    timer.cancel();
    if (is_late) co_return fail(doing + ": no answer in time");
    if (stream->descriptor() < 0) co_return fail(doing + ": the kernel refused to watch the socket");
    if (const int code = connection_error(stream->descriptor()); code != 0) co_return system_failure(doing, code);
    co_return stream;
}

}  // namespace obrol
