#include "io/socket_listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "io/next_turn.h"
#include "io/socket_stream.h"

namespace obrol {
namespace {

// A burst of connections must not keep the loop from those it has.
constexpr int accepted_in_a_row_max = 64;

// The connection broke before it was accepted, or a firewall refused it: accept(2) advises to go on to the next.
bool concerns_one_connection(int code) {
    static constexpr std::array codes = {ECONNABORTED, EINTR,        EPERM,       EPROTO,     ENOPROTOOPT, ENETDOWN,
                                         EHOSTDOWN,    EHOSTUNREACH, ENETUNREACH, EOPNOTSUPP, ENONET};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

SocketListener::SocketListener(EventLoop& loop, Descriptor socket, Endpoint local)
    : loop_(loop), socket_(loop, std::move(socket)), local_(std::move(local)) {}

SocketListener::SocketListener(EventLoop& loop, Descriptor socket, const std::string& path)
    : SocketListener(loop, std::move(socket), Endpoint{path, 0}) {
    struct stat file {};
    has_file_ = ::lstat(path.c_str(), &file) == 0;
    file_device_ = file.st_dev;
    file_number_ = file.st_ino;
}

SocketListener::~SocketListener() {
    close();
}

void SocketListener::close() {
    if (std::exchange(has_file_, false)) {
        struct stat file {};
        const bool is_ours =
            ::lstat(local_.host.c_str(), &file) == 0 && file.st_dev == file_device_ && file.st_ino == file_number_;
        if (is_ours) ::unlink(local_.host.c_str());
    }
    socket_.close();
}

Task<Result<std::unique_ptr<Stream>>> SocketListener::accept(Executor& owner) {
    auto* const owner_loop = dynamic_cast<EventLoop*>(&owner);
    OBROL_CHECK(owner_loop != nullptr);
    if (accepted_in_a_row_ == accepted_in_a_row_max) {
        accepted_in_a_row_ = 0;
        co_await NextTurn{loop_};
    }
    // Trying comes before waiting: after an error (too many open files) connections may be pending whose edge is past.
    while (!socket_.is_closed()) {
        SocketAddress peer;
        Descriptor accepted(::accept4(socket_.get(), peer.raw(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (accepted) {
            ++accepted_in_a_row_;
            const HostAddress host = HostAddress::of(peer.storage);
            co_return std::make_unique<SocketStream>(*owner_loop, std::move(accepted), host);
        }
        const int code = errno;
        if (code == EAGAIN || code == EWOULDBLOCK) {
            accepted_in_a_row_ = 0;
            co_await socket_.wait();
        } else if (!concerns_one_connection(code)) {
            co_return system_failure("cannot accept a connection on " + to_string(local_), code);
        }
    }
    co_return fail("the listener on " + to_string(local_) + " is closed");
}

}  // namespace obrol
