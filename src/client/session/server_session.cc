#include "client/session/server_session.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "io/next_turn.h"

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;
// Of a file, in memory at a time.
constexpr std::size_t file_piece_bytes = 64 * 1024;

std::uint64_t upload_size(const Command& command) {
    if (const auto* put = std::get_if<PutFile>(&command.body)) return put->size;
    return std::get<SendFile>(command.body).size;
}

}  // namespace

ServerSession::ServerSession(Parts parts, Options options, Observer& observer)
    : parts_(parts),
      options_(std::move(options)),
      observer_(observer),
      deadline_(parts.executor),
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
    offered_.reset();
    reason_.reset();
    was_asked_ = false;
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
                if (const auto loss = take(std::string_view(buffer).substr(0, read.bytes))) co_return *loss;
                break;
        }
    }
}

std::optional<ServerSession::Loss> ServerSession::take(std::string_view bytes) {
    if (offered_) {
        expect_bytes();
        if (const auto loss = take_file_bytes(bytes)) return loss;
        if (bytes.empty()) return std::nullopt;
    }
    received_ += bytes;
    return take_answer();
}

std::optional<ServerSession::Loss> ServerSession::take_answer() {
    while (!received_.empty()) {
        // Whoever sends a file goes on with what has come behind the readiness for it.
        if (is_ready_for_file()) return std::nullopt;
        // Nobody asked; only before the first request there may be a greeting, which the dialect passes over.
        if (exchange_ || (!asking_ && was_asked_)) return Loss::unreadable_answer;
        Result<DecodedAnswer> answer = dialect_->decode_answer(received_);
        if (!answer) return Loss::unreadable_answer;
        if (!answer->reply && answer->consumed == 0) return std::nullopt;
        std::string text = received_.substr(0, answer->consumed);
        received_.erase(0, answer->consumed);
        if (!answer->reply) continue;
        if (!asking_) return Loss::unreadable_answer;
        Answered answered{std::move(*answer->reply), std::move(text)};
        if (std::holds_alternative<FileOffered>(answered.reply)) return begin_file(std::move(answered));
        end_with(std::move(answered));
        // The server has given up on the file, and would take the rest of it for requests.
        if (giving_file_) return Loss::abandoned;
    }
    return std::nullopt;
}

bool ServerSession::is_ready_for_file() const {
    const auto* answered = exchange_ ? std::get_if<Answered>(&*exchange_) : nullptr;
    return answered && std::holds_alternative<UploadReady>(answered->reply);
}

std::optional<ServerSession::Loss> ServerSession::begin_file(Answered offered) {
    const auto& file = std::get<FileOffered>(offered.reply);
    if (!sink_ || file.offset > file.file.size) return Loss::unreadable_answer;
    if (Result<void> begun = sink_->begin(file); !begun) {
        end_with(FileFailed{std::move(begun.error())});
        return Loss::abandoned;
    }
    file_bytes_left_ = file.file.size - file.offset;
    offered_ = std::move(offered);
    expect_bytes();
    const std::string rest = std::exchange(received_, {});
    std::string_view bytes = rest;
    if (const auto loss = take_file_bytes(bytes)) return loss;
    return bytes.empty() ? std::nullopt : std::optional(Loss::unreadable_answer);
}

std::optional<ServerSession::Loss> ServerSession::take_file_bytes(std::string_view& bytes) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), file_bytes_left_));
    if (count > 0) {
        if (Result<void> written = sink_->write(bytes.substr(0, count)); !written) {
            end_with(FileFailed{std::move(written.error())});
            return Loss::abandoned;
        }
    }
    bytes.remove_prefix(count);
    file_bytes_left_ -= count;
    if (file_bytes_left_ == 0) {
        Answered whole = std::move(*offered_);
        offered_.reset();
        end_with(std::move(whole));
    }
    return std::nullopt;
}

void ServerSession::end_with(Exchange exchange) {
    exchange_ = std::move(exchange);
    changed_.notify();
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

Task<bool> ServerSession::wait_for_server() {
    if (is_connected()) co_return true;
    bool in_time = true;
    Timer timer(parts_.executor);
    timer.start_after(options_.patience, [this, &in_time] {
        in_time = false;
        changed_.notify();
    });
    is_awaited_ = true;
    hurry_.notify();
    while (!is_connected() && in_time && !stopping_)
        co_await changed_;
    is_awaited_ = false;
    co_return is_connected();
}

Task<bool> ServerSession::write(std::string_view bytes) {
    // The reader drops the stream as soon as it is lost.
    const std::shared_ptr<Stream> stream = stream_;
    if (!stream) co_return false;
    std::size_t written = 0;
    while (written < bytes.size()) {
        // Only read from: iovec has no const.
        const iovec rest{const_cast<char*>(bytes.data()) + written, bytes.size() - written};
        const IoResult result = stream->writev({&rest, 1});
        if (result.status == IoStatus::closed || result.status == IoStatus::failed) co_return false;
        written += result.bytes;
        if (result.status == IoStatus::would_block) co_await stream->wait_writable();
    }
    co_return true;
}

Task<bool> ServerSession::send(Command command) {
    OBROL_CHECK(!asking_);
    const bool connected = co_await wait_for_server();
    if (!connected) co_return false;
    asking_ = true;
    was_asked_ = true;
    exchange_.reset();
    std::string request;
    dialect_->encode_request(command, request);
    const bool whole = co_await write(request);
    if (!whole) {
        // A line that the end of the connection cuts off is dropped (PROTOCOLS.md: common rules).
        asking_ = false;
        lose(Loss::broken);
        co_return false;
    }
    observer_.on_sent(command, request);
    expect_bytes();
    co_return true;
}

void ServerSession::expect_bytes() {
    deadline_.start_after(options_.answer_timeout, [this] { lose(Loss::no_answer); });
}

Task<ServerSession::Exchange> ServerSession::next_answer() {
    while (!exchange_)
        co_await changed_;
    asking_ = false;
    deadline_.cancel();
    Exchange ended = std::move(*exchange_);
    exchange_.reset();
    co_return ended;
}

Task<ServerSession::Exchange> ServerSession::ask(Command command) {
    const bool sent = co_await send(std::move(command));
    if (!sent) co_return NotSent{};
    Exchange ended = co_await next_answer();
    co_return ended;
}

Task<ServerSession::Exchange> ServerSession::get_file(Command command, FileSink& file) {
    sink_ = &file;
    Exchange ended = co_await ask(std::move(command));
    sink_ = nullptr;
    co_return ended;
}

Task<ServerSession::Exchange> ServerSession::send_file(Command command, FileSource& file) {
    const std::uint64_t size = upload_size(command);
    Exchange ended = co_await ask(std::move(command));
    const auto* answered = std::get_if<Answered>(&ended);
    if (!answered || !std::holds_alternative<UploadReady>(answered->reply)) co_return ended;
    asking_ = true;
    giving_file_ = size > 0;
    // Of an empty file the last answer may have come already.
    if (const auto loss = take_answer()) lose(*loss);
    const bool given = co_await give_file_bytes(file, size);
    giving_file_ = false;
    if (given) {
        expect_bytes();
        ended = co_await next_answer();
        co_return ended;
    }
    asking_ = false;
    deadline_.cancel();
    lose(Loss::broken);
    // A file that the end of the connection cuts off is dropped, too, whatever ended it.
    if (!exchange_ || std::holds_alternative<FateUnknown>(*exchange_)) co_return NotSent{};
    ended = std::move(*exchange_);
    exchange_.reset();
    co_return ended;
}

Task<bool> ServerSession::give_file_bytes(FileSource& file, std::uint64_t size) {
    std::string piece;
    while (size > 0) {
        expect_bytes();
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, file_piece_bytes)));
        const Result<std::size_t> read = file.read(piece);
        if (!read || *read == 0) {
            exchange_ = FileFailed{read ? Error{"the file has become shorter"} : read.error()};
            lose(Loss::abandoned);
            co_return false;
        }
        const std::string_view bytes = std::string_view(piece).substr(0, *read);
        const bool whole = co_await write(bytes);
        if (!whole) co_return false;
        size -= bytes.size();
        if (size == 0) break;  // from now on an answer is due
        // A fast server shall not keep an early answer or an interruption waiting.
        co_await NextTurn{parts_.executor};
        if (exchange_) co_return false;
    }
    co_return true;
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
