#include "tests/sim/line.h"

#include <span>
#include <utility>

namespace obrol {

SimulatedLine::SimulatedLine(Executor& executor, std::unique_ptr<Stream> stream, Duration patience)
    : stream_(std::move(stream)),
      patience_(patience),
      timer_(executor),
      number_(SimulatedNetwork::number_of(*stream_)) {}

Task<bool> SimulatedLine::write(std::string bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const iovec rest{bytes.data() + written, bytes.size() - written};
        const IoResult result = stream_->writev(std::span(&rest, 1));
        if (result.status == IoStatus::ok) {
            written += result.bytes;
        } else if (result.status == IoStatus::would_block) {
            lose_patience_later();
            co_await stream_->wait_writable();
        } else {
            co_return false;
        }
    }
    co_return true;
}

Task<bool> SimulatedLine::read_more() {
    for (;;) {
        lose_patience_later();
        co_await stream_->wait_readable();
        char buffer[4096];
        const IoResult result = stream_->read_some(buffer);
        if (result.status == IoStatus::would_block) continue;
        if (result.status != IoStatus::ok) co_return false;
        input_.append(buffer, result.bytes);
        co_return true;
    }
}

void SimulatedLine::lose_patience_later() {
    timer_.start_after(patience_, [this] { stream_->close(); });
}

}  // namespace obrol
