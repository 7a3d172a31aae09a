// A connected TCP or Unix socket on an event loop. Idle, it is one small object: no buffer, and registered with the
// kernel only from its first wait on. It belongs to event loops only.
#pragma once

#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/socket_address.h"
#include "io/stream.h"

namespace obrol {

class SocketStream final : public Stream, private EventLoop::Handler {
  public:
    // `socket` is non-blocking. All later calls on `loop`'s thread; `loop` must outlive the stream.
    SocketStream(EventLoop& loop, Descriptor socket, HostAddress peer);
    ~SocketStream() override;

    IoResult read_some(std::span<char> into) override;
    IoResult writev(std::span<const iovec> buffers) override;
    void shutdown_write() override;
    void close() override;
    // "unix" at a Unix socket; known after close() too.
    std::string peer_host() const override { return peer_.to_string(); }

    // For socket options; -1 after close().
    int descriptor() const { return socket_.get(); }

  private:
    bool readable() const override { return readable_ || ended_; }
    bool writable() const override { return writable_; }
    void want_readable() override { watch(); }
    void want_writable() override { watch(); }
    void change_owner(Executor& owner) override;
    void on_readable(bool ended) override;
    void on_writable() override;
    void watch();

    EventLoop* loop_;
    HostAddress peer_;
    bool readable_ = false;
    bool writable_ = false;
    bool ended_ = false;
    Descriptor socket_;
};

}  // namespace obrol
