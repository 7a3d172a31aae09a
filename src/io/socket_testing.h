// For the tests of this folder that talk over real sockets: reading and writing to an end, a connected pair, an echo.
#pragma once

#include <array>
#include <cctype>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "io/socket_network.h"
#include "io/socket_stream.h"
#include "io/testing.h"

namespace obrol::testing {

using StreamResult = Result<std::unique_ptr<Stream>>;
using ListenerResult = Result<std::unique_ptr<Listener>>;

inline iovec as_buffer(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

inline IoResult write_text(Stream& stream, std::string_view text) {
    const iovec buffer = as_buffer(text);
    return stream.writev({&buffer, 1});
}

inline Task<void> write_all(Stream& stream, std::string_view text) {
    while (!text.empty()) {
        const IoResult written = write_text(stream, text);
        if (written.status == IoStatus::would_block) {
            co_await stream.wait_writable();
        } else if (written.status == IoStatus::ok) {
            text.remove_prefix(written.bytes);
        } else {
            co_return;
        }
    }
}

struct ReadToEnd {
    std::string text;
    IoStatus end = IoStatus::ok;
};

// Until `size_max` bytes, or the end of the stream.
inline Task<ReadToEnd> read_upto(Stream& stream, std::size_t size_max) {
    ReadToEnd read;
    std::array<char, 64 * 1024> buffer;
    while (read.text.size() < size_max) {
        const IoResult got = stream.read_some(buffer);
        if (got.status == IoStatus::would_block) {
            co_await stream.wait_readable();
        } else if (got.status == IoStatus::ok) {
            read.text.append(buffer.data(), got.bytes);
        } else {
            read.end = got.status;
            break;
        }
    }
    co_return read;
}

struct Pair {
    std::unique_ptr<Stream> client;
    std::unique_ptr<Stream> server;
};

inline Task<Pair> connect_pair(EventLoop& loop, std::string host) {
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({host, 0});
    EXPECT_TRUE(listener.has_value()) << listener.error().what;
    StreamResult client = co_await network.connect((*listener)->local(), patience);
    EXPECT_TRUE(client.has_value()) << client.error().what;
    StreamResult server = co_await (*listener)->accept(loop);
    EXPECT_TRUE(server.has_value()) << server.error().what;
    co_return Pair{std::move(*client), std::move(*server)};
}

inline int descriptor_of(Stream& stream) {
    return dynamic_cast<SocketStream&>(stream).descriptor();
}

// Until the other side has finished; then says BYE and finishes too.
inline Task<void> answer_in_capitals(Stream& stream) {
    for (;;) {
        std::array<char, 512> buffer;
        co_await stream.wait_readable();
        const IoResult got = stream.read_some(buffer);
        if (got.status == IoStatus::would_block) continue;
        if (got.status != IoStatus::ok) break;
        std::string text(buffer.data(), got.bytes);
        for (char& c : text)
            c = static_cast<char>(std::toupper(c));
        co_await write_all(stream, text);
    }
    co_await write_all(stream, "BYE");
    stream.shutdown_write();
}

}  // namespace obrol::testing
