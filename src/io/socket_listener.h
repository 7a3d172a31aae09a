// The listening end of SocketNetwork.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>

#include "io/descriptor.h"
#include "io/network.h"

namespace obrol {

class SocketListener final : public Listener {
  public:
    // `socket` listens and is non-blocking; what is accepted inherits its options.
    SocketListener(EventLoop& loop, Descriptor socket, Endpoint local);
    // For a Unix socket: close() removes the file at `path` as long as it is still this listener's.
    SocketListener(EventLoop& loop, Descriptor socket, const std::string& path);
    ~SocketListener() override;

    Task<Result<std::unique_ptr<Stream>>> accept(Executor& owner) override;
    Endpoint local() const override { return local_; }
    bool is_closed() const override { return socket_.is_closed(); }
    void close() override;

  private:
    EventLoop& loop_;
    WatchedDescriptor socket_;
    Endpoint local_;
    bool has_file_ = false;
    dev_t file_device_ = 0;
    ino_t file_number_ = 0;
    int accepted_in_a_row_ = 0;
};

}  // namespace obrol
