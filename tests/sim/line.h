// A connection of a simulated client: bytes out, bytes in, and the patience of who waits for them.
#pragma once

#include <memory>
#include <string>

#include "io/network.h"
#include "io/task.h"
#include "io/timer.h"
#include "tests/sim/network.h"

namespace obrol {

class SimulatedLine {
  public:
    // When nothing moves for `patience` while somebody waits, the connection is given up. `executor` must outlive it.
    SimulatedLine(Executor& executor, std::unique_ptr<Stream> stream, Duration patience);

    SimulatedNetwork::ConnectionNumber number() const { return number_; }
    void close() { stream_->close(); }
    void shutdown_write() { stream_->shutdown_write(); }

    // False when the connection broke first.
    Task<bool> write(std::string bytes);
    // What was received and not taken yet.
    std::string& input() { return input_; }
    // Adds to it; false when the connection ended or broke first.
    Task<bool> read_more();
    // What somebody waited for has come.
    void be_patient() { timer_.cancel(); }

  private:
    void lose_patience_later();

    std::unique_ptr<Stream> stream_;
    std::string input_;
    Duration patience_;
    Timer timer_;
    SimulatedNetwork::ConnectionNumber number_;
};

}  // namespace obrol
