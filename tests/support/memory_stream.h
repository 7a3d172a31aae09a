// Two ends of a connection in memory, on one executor: what a client and a server hold in a test or a simulated world.
//
// Bytes written at one end can be read at the other in the next turn of the executor. Nothing is lost or reordered;
// reset() and destroying an end are how a connection breaks.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "io/executor.h"
#include "io/stream.h"

namespace obrol {

class MemoryStream final : public Stream {
  public:
    struct Options {
        // What may be under way in each direction, written and not read yet: the socket buffers.
        std::size_t buffer_bytes = 64 * 1024;
        // What one read gives at most: 1 is "byte at a time".
        std::size_t read_bytes_max = std::numeric_limits<std::size_t>::max();
        std::string first_host = "127.0.0.1";  // who the second end says is on the other side
        std::string second_host = "127.0.0.1";
    };

    // `executor` must outlive both.
    static std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> make_pair(Executor& executor,
                                                                                             Options options);
    ~MemoryStream() override;

    IoResult read_some(std::span<char> into) override;
    IoResult writev(std::span<const iovec> buffers) override;
    void shutdown_write() override;
    // The other side reads what is under way and then the end of the stream; its writes fail.
    void close() override;
    std::string peer_host() const override { return peer_host_; }

    // Breaks the connection: both ends fail at once, what is under way is lost.
    void reset();
    bool is_closed() const { return closed_; }
    // Bytes that wait to be read at this end.
    std::size_t incoming_bytes() const;
    void set_read_bytes_max(std::size_t bytes) { read_bytes_max_ = bytes; }

  protected:
    bool readable() const override;
    bool writable() const override;
    void want_readable() override {}
    void want_writable() override {}
    void change_owner(Executor& owner) override { OBROL_CHECK(&owner == &executor_); }

  private:
    struct Pipe;
    MemoryStream(Executor& executor, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out, const Options& options,
                 std::string peer_host);
    void wake_reader_of(const std::shared_ptr<Pipe>& pipe);
    void wake_writer_of(const std::shared_ptr<Pipe>& pipe);

    Executor& executor_;
    std::shared_ptr<Pipe> in_;
    std::shared_ptr<Pipe> out_;
    std::size_t buffer_bytes_;
    std::size_t read_bytes_max_;
    std::string peer_host_;
    bool closed_ = false;
};

}  // namespace obrol
