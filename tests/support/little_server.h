// A TCP server for a test: its listener and its connections on a thread of its own; what it says is up to the test.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "bench/file_descriptor.h"

namespace obrol::bench {

// Everything is called on its thread, from the constructor's end until the destructor's. Whoever is used by that must
// be older than the server.
class LittleServer {
  public:
    struct Behaviour {
        // What the client has said and nobody has erased from the front yet.
        std::function<void(int client, std::string& received)> on_received;
        // False: the new connection is left open, and never read from.
        std::function<bool()> on_connection = [] { return true; };
        std::function<void(int client)> on_end = [](int) {};
    };

    explicit LittleServer(Behaviour behaviour)
        : behaviour_(std::move(behaviour)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_.get(), 512), 0);
        EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
    }

    std::uint16_t port() const { return port_; }

    // In pieces of so many bytes. Blocks until the client takes them.
    static void say(int client, std::string_view bytes, std::size_t piece) {
        send_all(client, bytes, piece, MSG_NOSIGNAL);
    }
    // A client that has stopped reading loses what does not fit.
    static void offer(int client, std::string_view bytes, std::size_t piece) {
        send_all(client, bytes, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
    }

  private:
    static void send_all(int client, std::string_view bytes, std::size_t piece, int flags) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(client, bytes.data(), std::min(bytes.size(), piece), flags);
            if (sent <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void serve(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::vector<pollfd> waiting{{listener_.get(), POLLIN, 0}};
            for (const auto& client : clients_)
                waiting.push_back({client.first, POLLIN, 0});
            if (::poll(waiting.data(), waiting.size(), 5) <= 0) continue;
            for (std::size_t i = 1; i < waiting.size(); ++i) {
                if (waiting[i].revents) read_from(waiting[i].fd);
            }
            if (waiting[0].revents) accept_one();
        }
        for (const auto& client : clients_)
            ::close(client.first);
    }

    void accept_one() {
        const int client = ::accept(listener_.get(), nullptr, nullptr);
        if (behaviour_.on_connection()) {
            clients_.emplace(client, std::string());
        } else {
            ignored_.emplace_back(client);
        }
    }

    void read_from(int client) {
        char bytes[65536];
        const ssize_t size = ::recv(client, bytes, sizeof bytes, 0);
        if (size <= 0) {
            ::close(client);
            clients_.erase(client);
            behaviour_.on_end(client);
            return;
        }
        behaviour_.on_received(client, clients_.at(client).append(bytes, static_cast<std::size_t>(size)));
    }

    Behaviour behaviour_;
    FileDescriptor listener_;
    std::uint16_t port_ = 0;
    std::map<int, std::string> clients_;
    std::vector<FileDescriptor> ignored_;
    std::jthread thread_;
};

}  // namespace obrol::bench
