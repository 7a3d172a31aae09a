#include "client/session/server_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;

}  // namespace

ServerSession::ServerSession(Parts parts, Options options, Observer& observer)
    : parts_(parts),
      options_(std::move(options)),
      observer_(observer),
      changed_(parts.executor),
      hurry_(parts.executor) {}

Task<Result<void>> ServerSession::connect() {
    Result<std::unique_ptr<Stream>> stream = co_await parts_.network.connect(options_.server, options_.connect_timeout);
    if (!stream) co_return Failure<Error>(std::move(stream.error()));
    use(std::move(*stream));
    gate_.spawn(keep_connected(*this));
    co_return Result<void>();
}

void ServerSession::use(std::unique_ptr<Stream> stream) {
    stream_ = std::move(stream);
    dialect_ = options_.make_dialect();
    received_.clear();
    reason_.reset();
    ++connection_number_;
    if (stopping_) lose(Loss::stopped);
}

void ServerSession::lose(Loss loss) {
    if (!stream_) return;
    if (!reason_) reason_ = loss;
    // Kept: the reader drops it when it resumes.
    const std::shared_ptr<Stream> stream = stream_;
    stream->close();
}

Task<void> ServerSession::keep_connected(ServerSession& self) {
    while (!self.stopping_) {
        const Loss loss = co_await self.read_until_lost();
        self.stream_->close();
        self.stream_.reset();
        if (self.asking_ && !self.exchange_) self.exchange_ = FateUnknown{loss, std::exchange(self.received_, {})};
        self.changed_.notify();
        if (self.stopping_) break;
        self.observer_.on_lost(loss);
        co_await self.reconnect();
    }
}

Task<ServerSession::Loss> ServerSession::read_until_lost() {
    std::string buffer(read_bytes, '\0');
    for (;;) {
        const IoResult read = stream_->read_some(buffer);
        if (reason_) co_return *reason_;
        switch (read.status) {
            case IoStatus::would_block:
                co_await stream_->wait_readable();
                break;
            case IoStatus::closed:
                co_return Loss::closed_by_server;
            case IoStatus::failed:
                co_return Loss::broken;
            case IoStatus::ok:
                received_.append(buffer, 0, read.bytes);
                if (!take_answer()) co_return Loss::unreadable_answer;
                break;
        }
    }
}

bool ServerSession::take_answer() {
    if (!asking_ || exchange_) return false;  // nobody asked
    Result<DecodedAnswer> answer = dialect_->decode_answer(received_);
    if (!answer) return false;
    if (!answer->reply) return true;
    exchange_ = Answered{std::move(*answer->reply), received_.substr(0, answer->consumed)};
    received_.erase(0, answer->consumed);
    changed_.notify();
    return received_.empty();
}

Task<void> ServerSession::reconnect() {
    Duration pause = options_.retry_first;
    for (;;) {
        // Between half and all of it.
        const Duration half = pause / 2;
        const Duration spread(
            static_cast<Duration::rep>(parts_.random.below(static_cast<std::uint64_t>(half.count()) + 1)));
        Timer timer(parts_.executor);
        timer.start_after(half + spread, [this] { hurry_.notify(); });
        co_await hurry_;
        if (stopping_) co_return;
        auto stream = co_await parts_.network.connect(options_.server, options_.connect_timeout);
        if (stream) {
            use(std::move(*stream));
            if (!stopping_) observer_.on_connected_again();
            changed_.notify();
            co_return;
        }
        if (stopping_) co_return;
        // Somebody who waits shall not pay for the long time before he came.
        pause = is_awaited_ ? options_.retry_first : std::min(pause * 2, options_.retry_max);
    }
}

Task<void> ServerSession::wait_for_server() {
    bool in_time = true;
    Timer timer(parts_.executor);
    timer.start_after(options_.patience, [this, &in_time] {
        in_time = false;
        changed_.notify();
    });
    is_awaited_ = true;
    hurry_.notify();
    while (!stream_ && in_time && !stopping_)
        co_await changed_;
    is_awaited_ = false;
}

Task<bool> ServerSession::write(std::string request) {
    // The reader drops the stream as soon as it is lost.
    const std::shared_ptr<Stream> stream = stream_;
    std::size_t written = 0;
    while (written < request.size()) {
        const iovec rest{request.data() + written, request.size() - written};
        const IoResult result = stream->writev({&rest, 1});
        if (result.status == IoStatus::closed || result.status == IoStatus::failed) co_return false;
        written += result.bytes;
        if (result.status == IoStatus::would_block) co_await stream->wait_writable();
    }
    co_return true;
}

Task<ServerSession::Exchange> ServerSession::ask(Command command) {
    OBROL_CHECK(!asking_);
    if (!stream_) co_await wait_for_server();
    if (!stream_ || reason_) co_return NotSent{};
    asking_ = true;
    exchange_.reset();
    std::string request;
    dialect_->encode_request(command, request);
    const bool whole = co_await write(std::move(request));
    if (!whole) {
        // A line that the end of the connection cuts off is dropped (PROTOCOLS.md: common rules).
        asking_ = false;
        lose(Loss::broken);
        co_return NotSent{};
    }
    observer_.on_sent(command);
    Timer deadline(parts_.executor);
    deadline.start_after(options_.answer_timeout, [this] { lose(Loss::no_answer); });
    while (!exchange_)
        co_await changed_;
    asking_ = false;
    co_return std::move(*exchange_);
}

void ServerSession::stop() {
    stopping_ = true;
    lose(Loss::stopped);
    hurry_.notify();
    changed_.notify();
}

Task<void> ServerSession::close() {
    stop();
    co_await gate_.close();
}

}  // namespace obrol
