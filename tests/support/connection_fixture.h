// Connections of a toy dialect over streams in memory, on virtual time: for tests of how a connection serves.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/connection_group.h"
#include "tests/support/chat_parts.h"
#include "tests/support/memory_stream.h"
#include "tests/support/plain_secure_channel.h"
#include "tests/support/toy_dialect.h"

namespace obrol {

struct ConnectionFixture : testing::Test {
    explicit ConnectionFixture(ServerLimits its_limits = {.push_pause_bytes = 2000, .output_bytes_max = 1'000'000})
        : limits(its_limits) {}

    void SetUp() override {
        for (const char* name : {"messi", "maya"})
            parts.add_user(name);
    }
    void TearDown() override {
        if (!stopped) parts.run(group.stop());
        EXPECT_EQ(started, ended);
        parts.run(parts.commits.drain());
    }

    std::unique_ptr<MemoryStream> connect(MemoryStream::Options options = {}, Plaintext plaintext = Plaintext::taken) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, options);
        group.start(kind, std::move(far), parts.chat.connect("127.0.0.1"), plaintext);
        ++started;
        return std::move(near);
    }
    // A connection whose handshake is done; null when it fails.
    std::unique_ptr<SecureStream> secured(std::unique_ptr<Stream> stream, SecureChannel::ClientOptions options = {}) {
        const MonotonicTime deadline = parts.executor.clock().monotonic_now() + std::chrono::seconds(5);
        auto made = parts.run(secure.connect(std::move(stream), std::move(options), deadline));
        return made ? std::move(*made) : nullptr;
    }
    std::unique_ptr<MemoryStream> connect_as(const std::string& name, MemoryStream::Options options = {}) {
        std::unique_ptr<MemoryStream> stream = connect(options);
        EXPECT_EQ(ask(*stream, "login " + name + "\n"), "hello " + name + "\n");
        return stream;
    }

    // All of it must fit into the stream's buffer.
    void send(Stream& stream, std::string_view bytes) {
        const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
        ASSERT_EQ(stream.writev({&buffer, 1}).bytes, bytes.size());
    }
    // Everything that can be read without time passing.
    std::string receive(Stream& stream) {
        std::string all;
        while (true) {
            parts.executor.run_until_idle();
            char buffer[4096];
            const IoResult result = stream.read_some(buffer);
            if (result.status != IoStatus::ok) return all;
            all.append(buffer, result.bytes);
        }
    }
    std::string ask(Stream& stream, std::string_view bytes) {
        send(stream, bytes);
        parts.executor.run_for(std::chrono::milliseconds(5));
        return receive(stream);
    }
    static bool at_end(Stream& stream) {
        char byte;
        return stream.read_some({&byte, 1}).status == IoStatus::closed;
    }

    ChatParts parts;
    ToyKind kind;
    ServerLimits limits;
    int started = 0;
    int ended = 0;
    bool stopped = false;
    PlainSecureChannel secure{parts.executor, parts.random, "server"};
    std::vector<std::unique_ptr<SecureStream>> links;
    ConnectionGroup group{{parts.executor, parts.executor, parts.chat, parts.logger, &secure,
                           [this](std::unique_ptr<SecureStream> link) { links.push_back(std::move(link)); }},
                          0,
                          limits,
                          [this](const std::string&, bool) { ++ended; }};
};

}  // namespace obrol
