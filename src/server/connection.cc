#include "server/connection.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/next_turn.h"
#include "io/secure_channel.h"
#include "server/connection_state.h"
#include "server/event_audience.h"

namespace obrol {
namespace {

// A connection that takes no output and gets no answer for so long is not moving.
constexpr Duration stuck_after = std::chrono::seconds(1);
// A request's text is held twice until it is answered: in core, and on its way into the store.
constexpr std::size_t copies_of_request = 2;

std::uint64_t reservation_of(const Reply& reply) {
    if (const auto* page = std::get_if<InboxPage>(&reply)) return page->reservation;
    const auto* page = std::get_if<UnreadPage>(&reply);
    return page ? page->reservation : 0;
}

// On core's thread.
Transfers transfers_of(Chat& chat, const Reply& reply) {
    Transfers transfers;
    if (const auto* ready = std::get_if<UploadReady>(&reply)) transfers.upload = chat.take_upload(ready->transfer);
    if (const auto* offered = std::get_if<FileOffered>(&reply))
        transfers.download = chat.take_download(offered->transfer);
    return transfers;
}

}  // namespace

class Connection::Pause {
  public:
    explicit Pause(Connection& connection) : connection_(connection) {}
    bool await_ready() const { return !connection_.is_blocked(); }
    void await_suspend(std::coroutine_handle<> reader) { connection_.paused_ = reader; }
    void await_resume() const {}

  private:
    Connection& connection_;
};

Connection::Connection(ConnectionGroup& group, const DialectKind& kind, std::unique_ptr<Stream> stream,
                       std::unique_ptr<Client> client, Plaintext plaintext)
    : group_(group),
      kind_(kind),
      stream_(std::move(stream)),
      dialect_(kind.make()),
      client_(std::move(client)),
      plaintext_(plaintext) {
    next_ = group_.first_;
    if (next_) next_->previous_ = this;
    group_.first_ = this;
}

Connection::~Connection() {
    (previous_ ? previous_->next_ : group_.first_) = next_;
    if (next_) next_->previous_ = previous_;
    if (has_turn_) group_.turn_.forget(turn_place_);
}

Task<void> Connection::serve(std::unique_ptr<Connection> connection, std::optional<ChatError> refusal) {
    Connection& self = *connection;
    if (refusal) {
        self.turn_away(*refusal);
    } else if (self.plaintext_ == Plaintext::taken) {
        self.welcome();
    }
    while (self.state_ != State::dead) {
        if (self.state_ == State::shaking_hands) {
            co_await shake_hands(self);
            continue;
        }
        if (self.busy_ && self.busy_->intake) {
            co_await take_bytes(self);
            continue;
        }
        if (self.is_blocked()) {
            co_await Pause(self);
            self.decode_kept();
            continue;
        }
        // What blocked it can have gone before it came here.
        if (self.busy_ && self.busy_->interrupted && !self.busy_->kept.empty()) {
            self.decode_kept();
            continue;
        }
        co_await self.stream_->wait_readable();
        const bool there_is_more = self.read_some();
        if (there_is_more) co_await NextTurn{self.group_.parts_.executor};
    }
    co_await end(self);
}

void Connection::break_off(const std::exception& trouble) {
    if (state_ == State::dead) return;
    group_.parts_.logger.error("connection from {} closed: {}", stream_->peer_host(), trouble.what());
    fail("an exception");
}

Connection::Busy& Connection::busy() {
    if (!busy_) {
        Executor& executor = group_.parts_.executor;
        busy_ = std::make_unique<Busy>(executor, group_.unanswered_, group_.buffers_);
        busy_->moved_at = executor.turn_clock().monotonic_now();
    }
    return *busy_;
}

std::size_t Connection::output_pause() const {
    const std::size_t bytes = group_.limits_.output_pause_bytes;
    return group_.is_short_of_memory() ? std::min(bytes, pressed_output_bytes) : bytes;
}

std::size_t Connection::push_pause() const {
    const std::size_t bytes = group_.limits_.push_pause_bytes;
    return group_.is_short_of_memory() ? std::min(bytes, pressed_output_bytes) : bytes;
}

// Beside output: what was received, and what requests and transfers under way hold.
std::size_t Connection::waiting_bytes() const {
    const std::size_t transfer_bytes = busy_->piece_bytes + (busy_->intake ? busy_->intake->held_bytes() : 0);
    return busy_->kept.heap_bytes() + busy_->request_bytes * copies_of_request + busy_->missed.size() * missed_bytes +
           transfer_bytes + stream_->held_bytes();
}

// After whatever changed what is held.
void Connection::account() {
    if (!busy_) return;
    // What has ended is as good as gone: it waits for core's answers only to drop them.
    busy_->counted.set(state_ == State::dead ? 0 : waiting_bytes() + output_.own_bytes());
    group_.check_memory();
}

std::size_t Connection::held_bytes() const {
    if (!busy_ || state_ == State::dead) return 0;
    return waiting_bytes() + output_.bytes() + busy_->waiting.bytes;
}

bool Connection::is_stuck(MonotonicTime now) const {
    return busy_ && now - busy_->moved_at >= stuck_after;
}

// With a word where it would be the next thing that the client reads.
void Connection::give_up() {
    const bool can_be_told = state_ == State::open && is_settled() && busy_->gate.running() == 0;
    if (can_be_told) return turn_away(ChatError::out_of_memory);
    fail("memory is short");
}

// Whether the reading coroutine has nothing to do before something else happens.
bool Connection::is_blocked() const {
    if (state_ == State::dead) return false;
    if (state_ != State::open) return peer_ended_;
    if (!busy_ || busy_->intake) return false;
    // Whoever is blocked has an answer or output to wait for, so it goes on without being told that memory is there
    // again.
    return busy_->held || busy_->alone || busy_->answers.size() >= group_.unanswered_max() ||
           output_.bytes() >= output_pause();
}

bool Connection::is_settled() const {
    return output_.empty() && (!busy_ || (busy_->answers.empty() && !busy_->held && !busy_->intake));
}

// True when there may be more to read at once.
bool Connection::read_some() {
    if (state_ == State::dead) return false;
    std::span<char> buffer(*group_.read_buffer_);
    const IoResult result = stream_->read_some(buffer);
    switch (result.status) {
        case IoStatus::would_block:
            note_held_by_stream();
            return false;
        case IoStatus::failed:
            fail("reset by the client");
            return false;
        case IoStatus::closed:
            peer_ended_ = true;
            if (state_ == State::open) drain();
            if (state_ == State::finishing) fail("ended");
            return false;
        case IoStatus::ok:
            greeting_timer_.reset();
            break;
    }
    if (state_ != State::open) return result.bytes == buffer.size();
    contain([&] {
        const std::string_view input(buffer.data(), result.bytes);
        if (std::exchange(is_new_, false) && take_first_bytes(input)) return;
        if (busy_ && !busy_->kept.empty()) {
            busy_->kept.append(input);
            decode_kept();
            return;
        }
        const std::size_t used = decode(input);
        if (used < input.size() && state_ == State::open) busy().kept.append(input.substr(used));
        account();
    });
    return result.bytes == buffer.size();
}

// A stream that waits for the rest of something counts like what was received.
void Connection::note_held_by_stream() {
    if (stream_->held_bytes() == 0) return;
    busy();
    account();
}

std::size_t Connection::decode(std::string_view input) {
    std::size_t used = 0;
    if (busy_) busy_->interrupted = false;
    while (state_ == State::open) {
        if (is_blocked() || (busy_ && busy_->intake)) {
            busy_->interrupted = true;
            break;
        }
        Decoded decoded = dialect_->decode(input.substr(used));
        used += decoded.consumed;
        if (std::holds_alternative<TransferReady>(decoded.outcome)) {
            begin_offered();
            continue;
        }
        Command* command = std::get_if<Command>(&decoded.outcome);
        if (!command) break;
        if (busy_ && busy_->offered) end_offer();
        take(std::move(*command), decoded.consumed);
    }
    return used;
}

void Connection::decode_kept() {
    if (!busy_ || busy_->kept.empty()) return;
    contain([this] {
        // Taken out, because a request can end the connection, which drops what was kept.
        KeptInput input = std::exchange(busy_->kept, {});
        input.take(decode(input.view()));
        if (state_ == State::open) busy_->kept = std::move(input);
        account();
    });
}

void Connection::take(Command&& command, std::size_t bytes) {
    if (!may_be_pipelined(command)) {
        Busy& state = busy();
        if (!state.answers.empty()) {
            state.held.emplace(std::move(command));
            state.held_command_bytes = bytes;
            state.request_bytes += bytes;
            return;
        }
        state.alone = true;
    }
    begin(std::move(command), bytes);
}

void Connection::begin(Command&& command, std::size_t bytes) {
    Busy& state = busy();
    const std::uint64_t number = state.first_answer + state.answers.size();
    std::uint64_t file_bytes = 0;
    if (const auto* file = std::get_if<SendFile>(&command.body)) file_bytes = file->size;
    if (const auto* file = std::get_if<PutFile>(&command.body)) file_bytes = file->size;
    state.answers.push_back({bytes, file_bytes, nullptr});
    state.request_bytes += bytes;
    state.gate.spawn(answer(*this, number, std::move(command)));
}

Task<void> Connection::answer(Connection& self, std::uint64_t number, Command&& command) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    std::optional<Task<Reply>> execution;
    Transfers transfers;
    std::exception_ptr trouble;
    try {
        execution.emplace(parts.chat.execute(*self.client_, std::move(command)));
        co_await parts.core_executor.enter();
        auto executed = execution->finished();
        co_await executed;
        transfers = transfers_of(parts.chat, execution->value());
    } catch (const std::exception&) {
        trouble = std::current_exception();
    }
    co_await parts.executor.enter();
    self.contain([&] {
        if (trouble) std::rethrow_exception(trouble);
        self.answered(number, std::move(execution->value()), transfers);
    });
    if (transfers) co_await hand_back(self, std::move(transfers));
}

// Takes of `transfers` what the answer makes use of.
void Connection::answered(std::uint64_t number, Reply&& reply, Transfers& transfers) {
    if (state_ == State::dead || busy_->last_answer_given) {
        group_.release(reservation_of(reply));
        return;
    }
    busy_->moved_at = group_.parts_.executor.turn_clock().monotonic_now();
    if (number == busy_->first_answer) {
        if (give_answer(reply, transfers)) give_ready_answers(transfers);
    } else {
        busy_->answers[number - busy_->first_answer].reply = std::make_unique<Reply>(std::move(reply));
    }
    account();
    update_listening();
    group_.at_turn_end(*this);
    advance();
}

void Connection::give_ready_answers(Transfers& transfers) {
    UnansweredRequests& answers = busy_->answers;
    while (!answers.empty() && answers.front().reply) {
        const std::unique_ptr<Reply> reply = std::move(answers.front().reply);
        if (!give_answer(*reply, transfers)) return;
    }
}

// To the oldest unanswered request. Whether that ends it, so that the next answer may follow.
bool Connection::give_answer(const Reply& reply, Transfers& transfers) {
    const std::uint64_t file_bytes = busy_->answers.front().file_bytes;
    switch (encode(reply)) {
        case NextStep::read_requests:
            request_ended();
            return true;
        case NextStep::close:
            request_ended();
            last_answer_given();
            return true;
        case NextStep::take_bytes:
            if (state_ == State::open) {
                OBROL_CHECK(transfers.upload);
                begin_intake(std::move(transfers.upload), std::get<UploadReady>(reply).size);
            } else {
                fail("the server stops");
            }
            return false;
        case NextStep::give_bytes:
            give(std::move(transfers.download));
            return false;
        case NextStep::await_ready:
            request_ended();
            offer(std::move(transfers.download));
            return true;
        case NextStep::drop_bytes:
            request_ended();
            if (file_bytes > 0 && state_ == State::open) begin_intake(nullptr, file_bytes);
            return true;
    }
    return false;
}

NextStep Connection::encode(const Reply& reply) {
    const std::uint64_t reservation = reservation_of(reply);
    try {
        const NextStep step = dialect_->encode(reply, output_.tail());
        if (reservation != 0) output_.add_mark(reservation);
        return step;
    } catch (...) {
        group_.release(reservation);
        throw;
    }
}

// The oldest unanswered one has its last answer.
void Connection::request_ended() {
    Busy& state = *busy_;
    state.request_bytes -= state.answers.front().bytes;
    state.answers.pop_front();
    ++state.first_answer;
    state.alone = false;
}

void Connection::last_answer_given() {
    Busy& state = *busy_;
    state.last_answer_given = true;
    for (std::size_t i = 0; i < state.answers.size(); ++i) {
        const UnansweredRequests::Request& unsaid = state.answers[i];
        state.request_bytes -= unsaid.bytes;
        if (unsaid.reply) group_.release(reservation_of(*unsaid.reply));
    }
    state.answers.clear();
    drain();
}

void Connection::drain() {
    state_ = State::draining;
    output_.stop_following();
    if (busy_) {
        busy_->kept.clear();
        if (busy_->held) busy_->request_bytes -= busy_->held_command_bytes;
        busy_->held.reset();
        busy_->waiting.clear();
        busy_->missed.clear();
        if (busy_->offered) end_offer();
        account();
    }
    advance();
}

void Connection::finish() {
    stream_->shutdown_write();
    if (peer_ended_) return fail("ended");
    state_ = State::finishing;
    busy().timer.start_after(group_.limits_.linger_max, [this] { fail("ended"); });
}

// Goes on with whatever waited for an answer or for room in the output.
void Connection::advance() {
    if (state_ == State::open && busy_ && busy_->held && busy_->answers.empty() && output_.bytes() < output_pause()) {
        Command command = std::move(*busy_->held);
        busy_->held.reset();
        busy_->request_bytes -= busy_->held_command_bytes;
        take(std::move(command), busy_->held_command_bytes);
    }
    if (state_ == State::draining && is_settled()) finish();
    if (busy_ && busy_->giver && (state_ == State::dead || output_.empty())) {
        group_.parts_.executor.post([giver = std::exchange(busy_->giver, {})] { giver.resume(); });
    }
    if (paused_ && !is_blocked()) {
        group_.parts_.executor.post([reader = std::exchange(paused_, {})] { reader.resume(); });
    }
}

// The connection object outlives this call: its end comes in a later turn. Nothing else may be said of the stream.
void Connection::fail(std::string_view why) {
    if (state_ == State::dead) return;
    state_ = State::dead;
    greeting_timer_.reset();
    output_.drop_bytes();
    group_.parts_.logger.debug("connection from {}: {}", stream_->peer_host(), why);
    if (busy_) {
        busy_->timer.cancel();
        busy_->transfer_timer.cancel();
        busy_->waiting.clear();
        busy_->kept.clear();
        account();
    }
    stream_->close();
    advance();
}

void Connection::stop() {
    if (state_ == State::shaking_hands) return abort();
    if (state_ != State::open) return;
    // Of an upload nothing is promised before all of it is there.
    const bool is_cut = busy_ && busy_->intake && busy_->intake->bytes_left() > 0;
    if (is_settled() || is_cut) return abort();
    drain();
}

void Connection::abort() {
    fail("the server stops");
}

Task<void> Connection::end(Connection& self) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    // fail() resumes the reading coroutine inside its caller's stack, and that caller still uses the connection.
    co_await NextTurn{parts.executor};
    std::vector<std::uint64_t> unread;
    Transfers unfinished;
    if (self.busy_) {
        co_await self.busy_->gate.close();
        unread = self.output_.drop_marks();
        if (self.busy_->intake) unfinished.upload = self.busy_->intake->take_upload();
        unfinished.download = std::move(self.busy_->offered);
    }
    if (self.listener_ != 0) self.group_.remove_listener(self.listener_);
    const std::string host = self.stream_->peer_host();
    std::unique_ptr<SecureStream> link = self.take_link();
    self.stream_.reset();
    co_await parts.core_executor.enter();
    for (const std::uint64_t reservation : unread)
        parts.chat.release_inbox(reservation);
    const bool was_served = self.client_ != nullptr;
    unfinished = Transfers();
    self.client_.reset();
    self.group_.on_connection_end_(host, was_served);
    if (link) parts.on_link(std::move(link));
    co_await parts.executor.enter();
}

}  // namespace obrol
