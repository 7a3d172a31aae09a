#include "server/connection.h"

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

std::uint64_t reservation_of(const Reply& reply) {
    const auto* page = std::get_if<InboxPage>(&reply);
    return page ? page->reservation : 0;
}

}  // namespace

// What a connection needs while something is under way.
struct Connection::Busy {
    explicit Busy(TimerService& timers) : timer(timers) {}

    std::string kept;                          // received, not decoded yet
    std::deque<std::optional<Reply>> answers;  // of the unanswered requests, oldest first
    std::uint64_t first_answer = 0;            // number of the oldest unanswered request
    std::optional<Command> held;               // waits for all earlier answers
    bool alone = false;                        // the unanswered request is one that runs alone
    bool last_answer_given = false;
    bool writing = false;  // write_rest() runs
    OutputQueue output;
    std::map<ConversationId, Seq> missed;  // conversation → first entry whose push was dropped
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

Task<void> Connection::serve(std::unique_ptr<Connection> connection) {
    Connection& self = *connection;
    self.greet();
    while (self.state_ != State::dead) {
        if (self.is_blocked()) {
            co_await Pause(self);
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

Connection::Busy& Connection::busy() {
    if (!busy_) busy_ = std::make_unique<Busy>(group_.parts_.executor);
    return *busy_;
}

// Whether the reading coroutine has nothing to do before something else happens.
bool Connection::is_blocked() const {
    if (state_ == State::dead) return false;
    if (state_ != State::open) return peer_ended_;
    if (!busy_) return false;
    const ServerLimits& limits = group_.limits_;
    return busy_->held || busy_->alone || busy_->answers.size() >= limits.unanswered_max ||
           busy_->output.bytes() >= limits.output_pause_bytes;
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
    });
    return result.bytes == buffer.size();
}

std::size_t Connection::decode(std::string_view input) {
    std::size_t used = 0;
    while (state_ == State::open && !is_blocked()) {
        Decoded decoded = dialect_->decode(input.substr(used));
        used += decoded.consumed;
        Command* command = std::get_if<Command>(&decoded.outcome);
        if (!command) break;
        take(std::move(*command));
    }
    return used;
}

void Connection::decode_kept() {
    if (!busy_ || busy_->kept.empty()) return;
    contain([this] {
        // Taken out, because a request can end the connection, which drops what was kept.
        std::string input = std::exchange(busy_->kept, {});
        const std::size_t used = decode(input);
        if (used == input.size() || state_ != State::open) return;
        input.erase(0, used);
        busy_->kept = std::move(input);
    });
}

void Connection::take(Command command) {
    if (!may_be_pipelined(command)) {
        if (!busy().answers.empty()) {
            busy().held.emplace(std::move(command));
            return;
        }
        busy().alone = true;
    }
    begin(std::move(command));
}

void Connection::begin(Command command) {
    Busy& state = busy();
    const std::uint64_t number = state.first_answer + state.answers.size();
    state.answers.emplace_back();
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
    busy_->answers[number - busy_->first_answer].emplace(std::move(reply));
    encode_ready_answers();
    update_listening();
    group_.at_turn_end(*this);
    advance();
}

void Connection::encode_ready_answers() {
    Busy& state = *busy_;
    while (!state.answers.empty() && state.answers.front()) {
        const Reply reply = std::move(*state.answers.front());
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
            for (const std::optional<Reply>& unsaid : state.answers) {
                if (unsaid) group_.release(reservation_of(*unsaid));
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
        const ServerLimits& limits = group_.limits_;
        // A turn can bring more than the limit to a client that reads quickly: it lags only if its socket says so.
        if (state.output.bytes() >= limits.push_pause_bytes && !state.writing) write();
        if (state_ != State::open) return;
        if (state.missed.empty() && state.output.bytes() < limits.push_pause_bytes) {
            state.output.append_shared(bytes);
            group_.at_turn_end(*this);
            return;
        }
        if (const auto* message = std::get_if<MessageEvent>(&event))
            state.missed.try_emplace(message->entry.header.conversation, message->entry.header.seq);
        if (state.output.bytes() + state.missed.size() * missed_bytes > limits.output_bytes_max)
            fail("does not take what is pushed");
    });
}

// Once the client reads again: where to catch up, in the place of what was dropped.
void Connection::replace_missed_pushes() {
    Busy& state = *busy_;
    if (state.missed.empty() || state.output.bytes() > group_.limits_.push_pause_bytes / 2) return;
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
    replace_missed_pushes();
    if (state.output.empty()) return state.timer.cancel();
    if (state.output.bytes() > group_.limits_.output_bytes_max) return fail("too much output is waiting");
    if (state.output.taken() != taken_before || !state.timer.active())
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
        busy_->kept = {};
        busy_->held.reset();
        busy_->missed.clear();
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
        busy_->output.bytes() < group_.limits_.output_pause_bytes) {
        Command command = std::move(*busy_->held);
        busy_->held.reset();
        take(std::move(command));
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
    if (busy_) busy_->timer.cancel();
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
    self.stream_.reset();
    co_await parts.core_executor.enter();
    for (const std::uint64_t reservation : unread)
        parts.chat.release_inbox(reservation);
    self.client_.reset();
    self.group_.on_connection_end_();
    co_await parts.executor.enter();
}

}  // namespace obrol
