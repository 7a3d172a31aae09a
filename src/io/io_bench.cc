// Measures the event loop: resident memory per idle connection of a server with one coroutine for each, and processor
// time per echoed line against a bare epoll loop in the same process. The clients run in a process of their own.
//
// usage: io_bench [CONNECTIONS [LINES [ROUNDS]]]      e.g. io_bench 10000 400000 9

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/core.h>
#include <functional>
#include <memory>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/socket_network.h"
#include "io/task.h"

namespace obrol {
namespace {

constexpr std::size_t line_size = 64;
constexpr int busy_connections = 100;

// ---- The clients: sockets as a C program would use them, so that they are the same for both servers.

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Descriptor connect_client(std::uint16_t port) {
    Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    OBROL_CHECK(client);
    const int on = 1;
    OBROL_CHECK(::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    const sockaddr_in address = loopback(port);
    OBROL_CHECK(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return client;
}

void send_line(int fd) {
    static const std::string line = std::string(line_size - 1, 'x') + '\n';
    OBROL_CHECK(::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size()));
}

void receive_line(int fd) {
    std::array<char, line_size> buffer;
    OBROL_CHECK(::recv(fd, buffer.data(), buffer.size(), MSG_WAITALL) == static_cast<ssize_t>(buffer.size()));
}

// Every connection sends one line, reads it back and stays until the server hangs up.
void hold_connections(std::uint16_t port, int count) {
    std::vector<Descriptor> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(connect_client(port));
        send_line(clients.back().get());
        receive_line(clients.back().get());
    }
    char byte;
    OBROL_CHECK(::recv(clients.front().get(), &byte, 1, 0) <= 0);
}

// Each connection sends its next line when the last one has come back, `lines` altogether.
void send_lines(std::uint16_t port, int lines) {
    const Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    std::vector<Descriptor> clients;
    for (int i = 0; i < busy_connections; ++i) {
        clients.push_back(connect_client(port));
        epoll_event event{.events = EPOLLIN, .data = {.fd = clients.back().get()}};
        OBROL_CHECK(::epoll_ctl(poll.get(), EPOLL_CTL_ADD, clients.back().get(), &event) == 0);
    }
    for (const Descriptor& client : clients)
        send_line(client.get());
    int unsent = lines - busy_connections;
    int unread = lines;
    std::array<epoll_event, 256> events;
    while (unread > 0) {
        const int count = ::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            receive_line(fd);
            --unread;
            if (unsent-- > 0) send_line(fd);
        }
    }
}

// Runs `clients` in a process of its own.
pid_t start_clients(const std::function<void()>& clients) {
    const pid_t process = ::fork();
    OBROL_CHECK(process >= 0);
    if (process == 0) {
        clients();
        std::_Exit(0);
    }
    return process;
}

void join_clients(pid_t process) {
    int status = 0;
    OBROL_CHECK(::waitpid(process, &status, 0) == process);
    OBROL_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// ---- The server under test.

class EchoServer {
  public:
    EchoServer(EventLoop& loop, Listener& listener, int connections, int lines)
        : loop_(loop), listener_(listener), connections_left_(connections), lines_left_(lines) {}

    // Ends when the expected number of connections has come and gone.
    Task<void> serve() {
        for (; connections_left_ > 0; --connections_left_) {
            Result<std::unique_ptr<Stream>> accepted = co_await listener_.accept(loop_);
            OBROL_CHECK(accepted.has_value());
            streams_.push_back(accepted->get());
            gate_.spawn(echo(std::move(*accepted)));
        }
        co_await gate_.close();
        loop_.stop();
    }
    void close_all() {
        for (Stream* const stream : streams_)
            stream->close();
    }

  private:
    Task<void> echo(std::unique_ptr<Stream> stream) {
        for (;;) {
            co_await stream->wait_readable();
            const IoResult got = stream->read_some(buffer_);
            if (got.status == IoStatus::would_block) continue;
            if (got.status != IoStatus::ok) break;
            const iovec answer{buffer_.data(), got.bytes};
            const IoResult written = stream->writev({&answer, 1});
            OBROL_CHECK(written.status == IoStatus::ok && written.bytes == got.bytes);
            lines_left_ -= static_cast<int>(got.bytes / line_size);
            // The first half of a measurement ends here, with everybody connected and idle.
            if (lines_left_ == 0) loop_.stop();
        }
    }

    EventLoop& loop_;
    Listener& listener_;
    int connections_left_;
    int lines_left_;
    Gate gate_{"echo"};
    std::vector<Stream*> streams_;
    std::array<char, 16 * 1024> buffer_;
};

// ---- The yardstick: epoll and nothing else, edge-triggered, the same system calls per line.

void serve_bare(int listener, int connections) {
    const Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event listening{.events = EPOLLIN, .data = {.fd = listener}};
    OBROL_CHECK(::epoll_ctl(poll.get(), EPOLL_CTL_ADD, listener, &listening) == 0);
    std::array<char, 16 * 1024> buffer;
    std::array<epoll_event, 512> events;
    while (connections > 0) {
        const int count = ::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener) {
                const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = client}};
                OBROL_CHECK(::epoll_ctl(poll.get(), EPOLL_CTL_ADD, client, &event) == 0);
                continue;
            }
            const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (got > 0) {
                OBROL_CHECK(::send(fd, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got);
            } else {
                ::close(fd);
                --connections;
            }
        }
    }
}

// ---- Measuring.

long resident_bytes() {
    long total_pages = 0;
    long resident_pages = 0;
    std::FILE* const file = std::fopen("/proc/self/statm", "r");
    OBROL_CHECK(file != nullptr && std::fscanf(file, "%ld %ld", &total_pages, &resident_pages) == 2);
    std::fclose(file);
    return resident_pages * ::sysconf(_SC_PAGESIZE);
}

double processor_seconds() {
    rusage usage{};
    OBROL_CHECK(::getrusage(RUSAGE_THREAD, &usage) == 0);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double idle_bytes_per_connection(int connections) {
    const SystemClock clock;
    EventLoop loop(clock);
    SocketNetwork network(loop);
    const std::unique_ptr<Listener> listener = std::move(*network.listen({"127.0.0.1", 0}));
    EchoServer server(loop, *listener, connections, connections);
    const pid_t clients = start_clients([&] { hold_connections(listener->local().port, connections); });
    Gate gate("server");
    const long before = resident_bytes();
    gate.spawn(server.serve());
    loop.run();
    const long after = resident_bytes();
    server.close_all();
    loop.run();
    join_clients(clients);
    return static_cast<double>(after - before) / connections;
}

double loop_seconds(int lines) {
    const SystemClock clock;
    EventLoop loop(clock);
    SocketNetwork network(loop);
    const std::unique_ptr<Listener> listener = std::move(*network.listen({"127.0.0.1", 0}));
    // One line more than will come: so the loop goes on until the last connection has gone.
    EchoServer server(loop, *listener, busy_connections, lines + 1);
    const pid_t clients = start_clients([&] { send_lines(listener->local().port, lines); });
    Gate gate("server");
    const double before = processor_seconds();
    gate.spawn(server.serve());
    loop.run();
    const double used = processor_seconds() - before;
    join_clients(clients);
    return used;
}

double bare_seconds(int lines) {
    const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    OBROL_CHECK(::setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    OBROL_CHECK(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    OBROL_CHECK(::listen(listener.get(), 4096) == 0);
    OBROL_CHECK(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const pid_t clients = start_clients([&] { send_lines(ntohs(address.sin_port), lines); });
    const double before = processor_seconds();
    serve_bare(listener.get(), busy_connections);
    const double used = processor_seconds() - before;
    join_clients(clients);
    return used;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int argument(int argc, char** argv, int index, int otherwise, int smallest) {
    return std::max(smallest, argc > index ? std::atoi(argv[index]) : otherwise);
}

int measure(int argc, char** argv) {
    const int connections = argument(argc, argv, 1, 10'000, 1);
    const int lines = argument(argc, argv, 2, 400'000, busy_connections);
    const int rounds = argument(argc, argv, 3, 9, 1);

    fmt::print("idle connection, {} of them: {:.0f} bytes resident\n", connections,
               idle_bytes_per_connection(connections));

    std::vector<double> on_loop;
    std::vector<double> bare;
    std::vector<double> ratio;
    for (int round = 0; round < rounds; ++round) {
        on_loop.push_back(loop_seconds(lines) / lines * 1e6);
        bare.push_back(bare_seconds(lines) / lines * 1e6);
        ratio.push_back(on_loop.back() / bare.back());
        fmt::print("round {}: event loop {:.3f} us, bare epoll {:.3f} us of processor per line, ratio {:.3f}\n",
                   round + 1, on_loop.back(), bare.back(), ratio.back());
    }
    fmt::print("medians: event loop {:.3f} us, bare epoll {:.3f} us, ratio {:.3f}\n", median(on_loop), median(bare),
               median(ratio));
    return 0;
}

}  // namespace
}  // namespace obrol

int main(int argc, char** argv) {
    return obrol::measure(argc, argv);
}
