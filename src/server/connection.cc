#include "server/connection.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/next_turn.h"
#include "io/timer.h"
#include "server/connection_group.h"
#include "server/event_audience.h"
#include "server/output_queue.h"

namespace obrol {
namespace {

// What one missed conversation costs a connection that does not read, about.
constexpr std::size_t missed_bytes = 64;
// While memory is short: untaken output from which on a connection is not read from and its pushes lag. A page of chat.
constexpr std::size_t pressed_output_bytes = 16 * 1024;
// A connection that takes no output and gets no answer for so long is not moving.
constexpr Duration stuck_after = std::chrono::seconds(1);
// A request's text is held twice until it is answered: in core, and on its way into the store.
constexpr std::size_t copies_of_request = 2;

std::uint64_t reservation_of(const Reply& reply) {
    if (const auto* page = std::get_if<InboxPage>(&reply)) return page->reservation;
    const auto* page = std::get_if<UnreadPage>(&reply);
    return page ? page->reservation : 0;
}

}  // namespace

// What a connection needs while something is under way.
struct Connection::Busy {
    struct Unanswered {
        std::size_t bytes = 0;  // of the request
        std::optional<Reply> reply;
    };

    Busy(TimerService& timers, BufferTotal& total) : counted(total), timer(timers) {}

    std::string kept;                // received, not decoded yet
    std::deque<Unanswered> answers;  // of the unanswered requests, oldest first
    std::uint64_t first_answer = 0;  // number of the oldest unanswered request
    std::size_t request_bytes = 0;   // of the unanswered requests and of the held one
    std::optional<Command> held;     // waits for all earlier answers
    std::size_t held_command_bytes = 0;
    bool interrupted = false;  // decoding stopped before what was received was looked at
    bool alone = false;        // the unanswered request is one that runs alone
    bool last_answer_given = false;
    bool writing = false;  // write_rest() runs
    OutputQueue output;
    std::map<ConversationId, Seq> missed;  // conversation → first entry whose push was dropped
    BufferBytes counted;
    MonotonicTime moved_at{};  // when output was taken last, or a request answered
    Gate gate{"requests of a connection"};
    Timer timer;  // while writing: the client takes nothing; at the end: it does not go
};

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
                       std::unique_ptr<Client> client)
    : group_(group), kind_(kind), stream_(std::move(stream)), dialect_(kind.make()), client_(std::move(client)) {
    next_ = group_.first_;
    if (next_) next_->previous_ = this;
    group_.first_ = this;
}

Connection::~Connection() {
    (previous_ ? previous_->next_ : group_.first_) = next_;
    if (next_) next_->previous_ = previous_;
    if (turn_place_ != 0) group_.turn_[turn_place_ - 1] = nullptr;
}

Task<void> Connection::serve(std::unique_ptr<Connection> connection, std::optional<ChatError> refusal) {
    Connection& self = *connection;
    if (refusal) {
        self.turn_away(*refusal);
    } else {
        self.greet();
    }
    while (self.state_ != State::dead) {
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

// What goes wrong while one connection is served (memory runs out, a part throws) ends that connection only.
template <class Action>
void Connection::contain(Action action) {
    try {
        action();
    } catch (const std::exception& trouble) {
        break_off(trouble);
    }
}

void Connection::break_off(const std::exception& trouble) {
    if (state_ == State::dead) return;
    group_.parts_.logger.error("connection from {} closed: {}", stream_->peer_host(), trouble.what());
    fail("an exception");
}

void Connection::greet() {
    contain([this] {
        std::string greeting;
        dialect_->greet(greeting);
        if (!greeting.empty()) {
            busy().output.tail() += greeting;
            group_.at_turn_end(*this);
        }
        update_listening();
    });
}

// Nothing is under way: what the client hears is this, and the end.
void Connection::turn_away(ChatError why) {
    contain([&] {
        dialect_->encode_refusal(why, busy().output.tail());
        group_.at_turn_end(*this);
        drain();
    });
}

Connection::Busy& Connection::busy() {
    if (!busy_) {
        Executor& executor = group_.parts_.executor;
        busy_ = std::make_unique<Busy>(executor, group_.buffers_);
        busy_->moved_at = executor.clock().monotonic_now();
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

// Beside output: what was received, and what requests under way hold.
std::size_t Connection::waiting_bytes() const {
    return heap_bytes(busy_->kept) + busy_->request_bytes * copies_of_request + busy_->missed.size() * missed_bytes;
}

// After whatever changed what is held.
void Connection::account() {
    if (!busy_) return;
    // What has ended is as good as gone: it waits for core's answers only to drop them.
    busy_->counted.set(state_ == State::dead ? 0 : waiting_bytes() + busy_->output.own_bytes());
    group_.check_memory();
}

std::size_t Connection::held_bytes() const {
    if (!busy_ || state_ == State::dead) return 0;
    return waiting_bytes() + busy_->output.bytes();
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
    if (!busy_) return false;
    // Whoever is blocked has an answer or output to wait for, so it goes on without being told that memory is there
    // again.
    const std::size_t unanswered_max = group_.is_short_of_memory() ? 1 : group_.limits_.unanswered_max;
    return busy_->held || busy_->alone || busy_->answers.size() >= unanswered_max ||
           busy_->output.bytes() >= output_pause();
}

bool Connection::is_settled() const {
    return !busy_ || (busy_->answers.empty() && !busy_->held && busy_->output.empty());
}

// True when there may be more to read at once.
bool Connection::read_some() {
    if (state_ == State::dead) return false;
    std::span<char> buffer(*group_.read_buffer_);
    const IoResult result = stream_->read_some(buffer);
    switch (result.status) {
        case IoStatus::would_block:
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
            break;
    }
    if (state_ != State::open) return result.bytes == buffer.size();
    contain([&] {
        const std::string_view input(buffer.data(), result.bytes);
        if (busy_ && !busy_->kept.empty()) {
            busy_->kept += input;
            decode_kept();
            return;
        }
        const std::size_t used = decode(input);
        if (used < input.size() && state_ == State::open) busy().kept.assign(input.substr(used));
        account();
    });
    return result.bytes == buffer.size();
}

std::size_t Connection::decode(std::string_view input) {
    std::size_t used = 0;
    if (busy_) busy_->interrupted = false;
    while (state_ == State::open) {
        if (is_blocked()) {
            busy_->interrupted = true;
            break;
        }
        Decoded decoded = dialect_->decode(input.substr(used));
        used += decoded.consumed;
        Command* command = std::get_if<Command>(&decoded.outcome);
        if (!command) break;
        take(std::move(*command), decoded.consumed);
    }
    return used;
}

void Connection::decode_kept() {
    if (!busy_ || busy_->kept.empty()) return;
    contain([this] {
        // Taken out, because a request can end the connection, which drops what was kept.
        std::string input = std::exchange(busy_->kept, {});
        const std::size_t used = decode(input);
        if (used < input.size() && state_ == State::open) {
            input.erase(0, used);
            busy_->kept = std::move(input);
        }
        account();
    });
}

void Connection::take(Command command, std::size_t bytes) {
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

void Connection::begin(Command command, std::size_t bytes) {
    Busy& state = busy();
    const std::uint64_t number = state.first_answer + state.answers.size();
    state.answers.push_back({bytes, std::nullopt});
    state.request_bytes += bytes;
    state.gate.spawn(answer(*this, number, std::move(command)));
}

Task<void> Connection::answer(Connection& self, std::uint64_t number, Command command) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    std::optional<Reply> reply;
    std::exception_ptr trouble;
    co_await parts.core_executor.enter();
    try {
        Reply given = co_await parts.chat.execute(*self.client_, std::move(command));
        reply.emplace(std::move(given));
    } catch (const std::exception&) {
        trouble = std::current_exception();
    }
    co_await parts.executor.enter();
    self.contain([&] {
        if (trouble) std::rethrow_exception(trouble);
        self.answered(number, std::move(*reply));
    });
}

void Connection::answered(std::uint64_t number, Reply reply) {
    if (state_ == State::dead || busy_->last_answer_given) {
        group_.release(reservation_of(reply));
        return;
    }
    busy_->answers[number - busy_->first_answer].reply.emplace(std::move(reply));
    busy_->moved_at = group_.parts_.executor.clock().monotonic_now();
    encode_ready_answers();
    account();
    update_listening();
    group_.at_turn_end(*this);
    advance();
}

void Connection::encode_ready_answers() {
    Busy& state = *busy_;
    while (!state.answers.empty() && state.answers.front().reply) {
        const Reply reply = std::move(*state.answers.front().reply);
        state.request_bytes -= state.answers.front().bytes;
        state.answers.pop_front();
        ++state.first_answer;
        state.alone = false;
        const std::uint64_t reservation = reservation_of(reply);
        NextStep step;
        try {
            step = dialect_->encode(reply, state.output.tail());
            if (reservation != 0) state.output.add_mark(reservation);
        } catch (...) {
            group_.release(reservation);
            throw;
        }
        if (step == NextStep::close) {
            state.last_answer_given = true;
            for (const Busy::Unanswered& unsaid : state.answers) {
                state.request_bytes -= unsaid.bytes;
                if (unsaid.reply) group_.release(reservation_of(*unsaid.reply));
            }
            state.answers.clear();
            drain();
        }
    }
}

void Connection::update_listening() {
    if (state_ != State::open) return;
    const std::optional<EncoderVariant> wanted = dialect_->listens();
    EventAudience* audience = wanted ? &group_.audience(kind_, *wanted) : nullptr;
    if (audience == audience_) return;
    if (listener_ == 0) listener_ = group_.add_listener(*this);
    audience_ = audience;
    busy().gate.spawn(tell_core(*this, audience, listener_));
}

Task<void> Connection::tell_core(Connection& self, Audience* audience, ListenerId listener) {
    co_await self.group_.parts_.core_executor.enter();
    self.client_->listen(audience, listener);
    co_await self.group_.parts_.executor.enter();
}

void Connection::push(const EventAudience& audience, const std::shared_ptr<const std::string>& bytes,
                      const Event& event) {
    if (state_ != State::open || audience_ != &audience) return;
    contain([&] {
        Busy& state = busy();
        const std::size_t push_pause_bytes = push_pause();
        // A turn can bring more than the limit to a client that reads quickly: it lags only if its socket says so.
        if (state.output.bytes() >= push_pause_bytes && !state.writing) write();
        if (state_ != State::open) return;
        if (state.missed.empty() && state.output.bytes() < push_pause_bytes) {
            state.output.append_shared(bytes);
            account();
            group_.at_turn_end(*this);
            return;
        }
        if (const auto* message = std::get_if<MessageEvent>(&event))
            state.missed.try_emplace(message->entry.header.conversation, message->entry.header.seq);
        account();
        if (state.output.bytes() + state.missed.size() * missed_bytes > group_.limits_.output_bytes_max)
            fail("does not take what is pushed");
    });
}

// Once the client reads again: where to catch up, in the place of what was dropped.
void Connection::replace_missed_pushes() {
    Busy& state = *busy_;
    if (state.missed.empty() || state.output.bytes() > push_pause() / 2) return;
    for (const auto& [conversation, next] : std::exchange(state.missed, {})) {
        if (audience_) audience_->render(LaggedEvent{conversation, next}, state.output.tail());
    }
}

void Connection::end_turn() {
    if (state_ == State::dead || !busy_) return;
    contain([this] {
        if (!busy_->writing) write();
        advance();
    });
    const bool is_idle = state_ == State::open && is_settled() && busy_->kept.empty() && busy_->gate.running() == 0 &&
                         busy_->missed.empty() && !busy_->timer.active();
    if (is_idle) busy_.reset();
}

void Connection::write() {
    Busy& state = *busy_;
    const std::uint64_t taken_before = state.output.taken();
    group_.taken_marks_.clear();
    const IoStatus status = state.output.write_to(*stream_, group_.taken_marks_);
    group_.confirm(group_.taken_marks_);
    if (status == IoStatus::closed || status == IoStatus::failed) return fail("takes no more output");
    const bool has_moved = state.output.taken() != taken_before;
    if (has_moved) state.moved_at = group_.parts_.executor.clock().monotonic_now();
    replace_missed_pushes();
    account();
    if (state.output.empty()) return state.timer.cancel();
    if (state.output.bytes() > group_.limits_.output_bytes_max) return fail("too much output is waiting");
    if (has_moved || !state.timer.active())
        state.timer.start_after(group_.limits_.write_stall_max, [this] { fail("took no output for too long"); });
    if (!state.writing) {
        state.writing = true;
        state.gate.spawn(write_rest(*this));
    }
}

Task<void> Connection::write_rest(Connection& self) {
    Busy& state = *self.busy_;
    while (self.state_ != State::dead && !state.output.empty()) {
        co_await self.stream_->wait_writable();
        if (self.state_ == State::dead) break;
        self.contain([&] {
            self.write();
            self.advance();
        });
    }
    state.writing = false;
    // The end of the turn frees what is no longer needed.
    if (self.state_ != State::dead) self.group_.at_turn_end(self);
}

void Connection::drain() {
    state_ = State::draining;
    if (busy_) {
        free_memory_of(busy_->kept);
        if (busy_->held) busy_->request_bytes -= busy_->held_command_bytes;
        busy_->held.reset();
        busy_->missed.clear();
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
    if (state_ == State::open && busy_ && busy_->held && busy_->answers.empty() &&
        busy_->output.bytes() < output_pause()) {
        Command command = std::move(*busy_->held);
        busy_->held.reset();
        busy_->request_bytes -= busy_->held_command_bytes;
        take(std::move(command), busy_->held_command_bytes);
    }
    if (state_ == State::draining && is_settled()) finish();
    if (paused_ && !is_blocked()) {
        group_.parts_.executor.post([reader = std::exchange(paused_, {})] { reader.resume(); });
    }
}

// The connection object outlives this call: its end comes in a later turn. Nothing else may be said of the stream.
void Connection::fail(std::string_view why) {
    if (state_ == State::dead) return;
    state_ = State::dead;
    group_.parts_.logger.debug("connection from {}: {}", stream_->peer_host(), why);
    if (busy_) {
        busy_->timer.cancel();
        free_memory_of(busy_->kept);
        busy_->output.drop_bytes();
        account();
    }
    stream_->close();
    advance();
}

void Connection::stop() {
    if (state_ != State::open) return;
    if (is_settled()) return abort();
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
    if (self.busy_) {
        co_await self.busy_->gate.close();
        unread = self.busy_->output.drop_marks();
    }
    if (self.listener_ != 0) self.group_.remove_listener(self.listener_);
    const std::string host = self.stream_->peer_host();
    self.stream_.reset();
    co_await parts.core_executor.enter();
    for (const std::uint64_t reservation : unread)
        parts.chat.release_inbox(reservation);
    const bool was_served = self.client_ != nullptr;
    self.client_.reset();
    self.group_.on_connection_end_(host, was_served);
    co_await parts.executor.enter();
}

}  // namespace obrol
