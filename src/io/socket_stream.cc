#include "io/socket_stream.h"

#include <algorithm>
#include <cerrno>
#include <limits.h>
#include <sys/socket.h>

#include "base/check.h"

namespace obrol {
namespace {

std::size_t total_size(std::span<const iovec> buffers) {
    std::size_t total = 0;
    for (const iovec& buffer : buffers)
        total += buffer.iov_len;
    return total;
}

ssize_t send_all_at_once(int fd, std::span<const iovec> buffers) {
    // A vanished reader is an ordinary result here, not a signal.
    if (buffers.size() == 1) return ::send(fd, buffers[0].iov_base, buffers[0].iov_len, MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(buffers.data());
    message.msg_iovlen = buffers.size();
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

SocketStream::SocketStream(EventLoop& loop, Descriptor socket, HostAddress peer)
    : loop_(&loop), peer_(peer), socket_(std::move(socket)) {}

SocketStream::~SocketStream() {
    loop_->forget(socket_.get(), *this);
}

void SocketStream::watch() {
    if (!loop_->watch(socket_.get(), *this)) close();
}

// What the kernel has by then is an edge of the new registration.
void SocketStream::change_owner(Executor& owner) {
    auto* const loop = dynamic_cast<EventLoop*>(&owner);
    OBROL_CHECK(loop != nullptr);
    if (loop == loop_) return;
    loop_->forget(socket_.get(), *this);
    loop_ = loop;
}

void SocketStream::on_readable(bool ended) {
    readable_ = true;
    ended_ = ended_ || ended;
    resume_reader();
}

void SocketStream::on_writable() {
    writable_ = true;
    resume_writer();
}

IoResult SocketStream::read_some(std::span<char> into) {
    OBROL_CHECK(!into.empty());
    if (!socket_) return {IoStatus::failed};
    ssize_t count = 0;
    do {
        count = ::recv(socket_.get(), into.data(), into.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        // Less than asked for means drained: what comes now is another edge, so the next wait need not try.
        if (static_cast<std::size_t>(count) < into.size()) readable_ = false;
        return {IoStatus::ok, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
        ended_ = true;
        return {IoStatus::closed};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        readable_ = false;
        return {IoStatus::would_block};
    }
    ended_ = true;
    return {IoStatus::failed};
}

IoResult SocketStream::writev(std::span<const iovec> buffers) {
    if (!socket_) return {IoStatus::failed};
    const auto taken = buffers.first(std::min<std::size_t>(buffers.size(), IOV_MAX));
    const std::size_t size = total_size(taken);
    OBROL_CHECK(size > 0);
    ssize_t count = 0;
    do {
        count = send_all_at_once(socket_.get(), taken);
    } while (count < 0 && errno == EINTR);
    if (count >= 0) {
        // A short write has filled the kernel's buffer: room is another edge.
        if (static_cast<std::size_t>(count) < size) writable_ = false;
        return {IoStatus::ok, static_cast<std::size_t>(count)};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        writable_ = false;
        return {IoStatus::would_block};
    }
    writable_ = true;
    return {errno == EPIPE ? IoStatus::closed : IoStatus::failed};
}

void SocketStream::shutdown_write() {
    if (socket_) ::shutdown(socket_.get(), SHUT_WR);
}

void SocketStream::close() {
    if (!socket_) return;
    loop_->forget(socket_.get(), *this);
    socket_.reset();
    readable_ = writable_ = ended_ = true;
    loop_->schedule(*this);
}

}  // namespace obrol
