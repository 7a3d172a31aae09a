// One client's TCP connection: bytes to be sent, bytes not yet understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/file_descriptor.h"

namespace obrol::bench {

class Connection {
  public:
    // A TCP connection to 127.0.0.1, not blocking once it stands, without Nagle's delay.
    static Result<Connection> open(std::uint16_t port, std::size_t client);
    // Begins such a connection without waiting for the server; it stands once it can be written to and has_opened()
    // says so. It leaves nothing behind when it is closed: thousands of them in a second would use up the ports.
    static Result<Connection> begin_open(std::uint16_t port, std::size_t client);
    // The error says why the server was not reached.
    Result<void> has_opened() const;

    int descriptor() const { return descriptor_.get(); }
    std::size_t client() const { return client_; }

    // Where requests are written before flush() sends them.
    std::string& outgoing() { return outgoing_; }
    bool has_outgoing() const { return !outgoing_.empty(); }
    // Sends what the kernel takes. True: all of it.
    Result<bool> flush();

    // What a read brought: the bytes not yet consumed, from the oldest on. Valid until the next call. Empty when there
    // is nothing more to read now. `scratch` belongs to the caller and may serve all connections.
    Result<std::string_view> receive(std::vector<char>& scratch);
    // To be called after each receive() that brought something, with how much of it was whole answers.
    void consume(std::size_t size);

  private:
    Connection(FileDescriptor descriptor, std::uint16_t port, std::size_t client)
        : descriptor_(std::move(descriptor)), port_(port), client_(client) {}

    FileDescriptor descriptor_;
    std::uint16_t port_;  // the server's
    std::size_t client_;
    std::string outgoing_;
    std::size_t flushed_ = 0;
    std::string unfinished_;      // the beginning of an answer
    std::string_view last_read_;  // within the caller's scratch, or unfinished_
};

}  // namespace obrol::bench
