#include "bench/connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench/system_error.h"

namespace obrol::bench {

namespace {

// So many connections from each of the addresses from 127.0.0.1 on: an address has some 28,000 free ports.
constexpr std::size_t connections_per_address = 5000;

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
    return address;
}

Failure<Error> cannot_connect(std::uint16_t port, int number) {
    return system_failure(fmt::format("cannot connect to 127.0.0.1:{}", port), number);
}

template <class Value>
bool set_option(const FileDescriptor& socket, int level, int option, Value value) {
    return ::setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

}  // namespace

Result<Connection> Connection::open(std::uint16_t port, std::size_t client) {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return system_failure("cannot make a socket", errno);
    const sockaddr_in address = loopback(0, port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return cannot_connect(port, errno);
    if (!set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1) || ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0)
        return system_failure("cannot prepare a socket", errno);
    return Connection(std::move(socket), port, client);
}

Result<Connection> Connection::begin_open(std::uint16_t port, std::size_t client) {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return system_failure("cannot make a socket", errno);
    const sockaddr_in from = loopback(static_cast<std::uint32_t>(client / connections_per_address), 0);
    if (!set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1) || !set_option(socket, SOL_SOCKET, SO_LINGER, linger{1, 0}) ||
        !set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1) ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
        return system_failure("cannot prepare a socket", errno);
    const sockaddr_in address = loopback(0, port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        return cannot_connect(port, errno);
    return Connection(std::move(socket), port, client);
}

Result<void> Connection::has_opened() const {
    int reason = 0;
    socklen_t size = sizeof reason;
    if (::getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &reason, &size) != 0) reason = errno;
    if (reason != 0) return cannot_connect(port_, reason);
    return {};
}

Result<bool> Connection::flush() {
    while (flushed_ < outgoing_.size()) {
        const ssize_t taken =
            ::send(descriptor_.get(), outgoing_.data() + flushed_, outgoing_.size() - flushed_, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR) continue;
        if (taken < 0 && errno == EAGAIN) return false;
        if (taken < 0) return system_failure(fmt::format("client {} cannot send", client_), errno);
        flushed_ += static_cast<std::size_t>(taken);
    }
    outgoing_.clear();
    flushed_ = 0;
    return true;
}

Result<std::string_view> Connection::receive(std::vector<char>& scratch) {
    ssize_t size = 0;
    do {
        size = ::recv(descriptor_.get(), scratch.data(), scratch.size(), 0);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN) return std::string_view();
    if (size < 0) return system_failure(fmt::format("client {} cannot receive", client_), errno);
    if (size == 0) return fail(fmt::format("the server closed the connection of client {}", client_));
    last_read_ = std::string_view(scratch.data(), static_cast<std::size_t>(size));
    if (!unfinished_.empty()) last_read_ = unfinished_.append(last_read_);
    return last_read_;
}

void Connection::consume(std::size_t size) {
    const std::string_view rest = last_read_.substr(size);
    if (unfinished_.empty()) {
        unfinished_ = rest;
    } else {
        unfinished_.erase(0, size);
    }
    last_read_ = {};
}

}  // namespace obrol::bench
