#include "server/control/control_server.h"

#include <array>
#include <chrono>
#include <exception>
#include <string_view>
#include <sys/uio.h>
#include <utility>

#include "base/check.h"
#include "io/next_turn.h"
#include "io/timer.h"
#include "server/control/control_answer.h"
#include "wire/line_framer.h"

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 4096;
// Between two attempts to take a connection when the system refuses: neither a busy loop nor a noticeable delay.
constexpr Duration accept_pause = std::chrono::milliseconds(100);

IoResult write_some(Stream& stream, std::string_view bytes) {
    const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
    return stream.writev({&buffer, 1});
}

}  // namespace

struct ControlServer::Connection {
    Connection(ControlServer& server, std::unique_ptr<Stream> its_stream)
        : owner(server), stream(std::move(its_stream)), silence(server.parts_.executor) {
        place = owner.connections_.insert(owner.connections_.end(), this);
    }
    ~Connection() { owner.connections_.erase(place); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The other side has time again.
    void heard() {
        silence.start_after(owner.limits_.idle_max, [this] { stream->close(); });
    }

    ControlServer& owner;
    std::list<Connection*>::iterator place;
    std::unique_ptr<Stream> stream;
    Timer silence;
    bool has_request = false;  // that is not answered yet, or whose answer is being written
};

ControlServer::ControlServer(Parts parts, ControlLimits limits) : parts_(std::move(parts)), limits_(limits) {}

ControlServer::~ControlServer() {
    OBROL_CHECK(connections_.empty());
}

void ControlServer::listen(std::unique_ptr<Listener> listener) {
    OBROL_CHECK(!listener_);
    listener_ = std::move(listener);
    gate_.spawn(take_connections(*this));
}

Task<void> ControlServer::take_connections(ControlServer& self) {
    bool in_trouble = false;
    while (!self.listener_->is_closed()) {
        Result<std::unique_ptr<Stream>> stream = co_await self.listener_->accept(self.parts_.executor);
        if (stream) {
            in_trouble = false;
            if (self.connections_.size() < self.limits_.connections_max) {
                self.gate_.spawn(serve(self, std::move(*stream)));
            } else {
                self.refuse(**stream);
            }
            continue;
        }
        if (self.listener_->is_closed()) break;
        if (!std::exchange(in_trouble, true))
            self.parts_.logger.error("control: {}; trying again", stream.error().what);
        co_await sleep_for(self.parts_.executor, accept_pause);
    }
}

// A socket that nobody has written to yet takes as much; and if not, the client sees that it was closed.
void ControlServer::refuse(Stream& stream) {
    parts_.logger.debug("control: more than {} connections", limits_.connections_max);
    const std::string line = to_line(std::unexpected(
        ControlRefusal{"too-many-connections", "too many control connections are open (control.connections_max)",
                       "end commands that are still running, or try again in a minute: idle connections are closed"}));
    static_cast<void>(write_some(stream, line));
    stream.shutdown_write();
}

Task<void> ControlServer::serve(ControlServer& self, std::unique_ptr<Stream> stream) {
    Connection connection(self, std::move(stream));
    try {
        co_await answer_requests(self, connection);
    } catch (const std::exception& trouble) {
        // What goes wrong with one request (memory runs out, a part throws) ends its connection only.
        self.parts_.logger.error("control: {}", trouble.what());
    }
    // Whoever closed the stream may still be going through the connections.
    co_await NextTurn{self.parts_.executor};
}

namespace {

// False: the connection is over, `bytes` only partly said.
Task<bool> write_all(Stream& stream, std::string bytes, std::function<void()> heard) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const IoResult written = write_some(stream, rest);
        if (written.status == IoStatus::ok) {
            heard();
            rest.remove_prefix(written.bytes);
        } else if (written.status == IoStatus::would_block) {
            co_await stream.wait_writable();
        } else {
            co_return false;
        }
    }
    co_return true;
}

}  // namespace

Task<void> ControlServer::answer_requests(ControlServer& self, Connection& connection) {
    Stream& stream = *connection.stream;
    const auto heard = [&connection] { connection.heard(); };
    const std::size_t line_bytes_max = self.limits_.line_bytes_max;
    LineFramer framer(line_bytes_max);
    std::string received;
    heard();
    for (;;) {
        const Frame frame = framer.next(received);
        if (frame.kind == Frame::Kind::need_more) {
            received.erase(0, frame.consumed);
            std::array<char, read_bytes> buffer;
            const IoResult read = stream.read_some(buffer);
            if (read.status == IoStatus::would_block) {
                co_await stream.wait_readable();
            } else if (read.status == IoStatus::ok) {
                heard();
                received.append(buffer.data(), read.bytes);
            } else {
                co_return;
            }
            continue;
        }
        connection.has_request = true;
        std::string answer;
        if (frame.kind == Frame::Kind::too_long) {
            ControlRefusal refusal{
                "line-too-long", fmt::format("a request has at most {} bytes (control.line_bytes_max)", line_bytes_max),
                ""};
            answer = to_line(std::unexpected(std::move(refusal)));
        } else {
            // Whoever waits for a commit or a password hash is not idle.
            connection.silence.cancel();
            std::string line(frame.line);
            answer = co_await self.parts_.answer(std::move(line));
            heard();
        }
        received.erase(0, frame.consumed);
        const bool is_said = co_await write_all(stream, std::move(answer), heard);
        connection.has_request = false;
        if (!is_said || self.stopping_) co_return;
        // Requests that come without a pause must not keep the thread from everybody else.
        co_await NextTurn{self.parts_.executor};
        if (self.stopping_) co_return;
    }
}

Task<void> ControlServer::stop(Duration grace) {
    stopping_ = true;
    if (listener_) listener_->close();
    for (Connection* connection : connections_) {
        if (!connection->has_request) connection->stream->close();
    }
    Timer deadline(parts_.executor);
    deadline.start_after(grace, [this] {
        for (Connection* connection : connections_)
            connection->stream->close();
    });
    co_await gate_.close();
    deadline.cancel();
}

}  // namespace obrol
