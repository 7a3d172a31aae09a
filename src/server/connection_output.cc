// Connection: what is written, and what has to wait.
#include <string>
#include <utility>

#include "server/connection_state.h"
#include "server/event_audience.h"

namespace obrol {
namespace {

// From here on an event is a piece of the output by itself: together with others it would be moved whenever they grow.
constexpr std::size_t piece_bytes_min = 512;

}  // namespace

void Connection::update_listening() {
    if (state_ != State::open) return;
    const std::optional<EncoderVariant> wanted = dialect_->listens();
    EventAudience* audience = wanted ? &group_.audience(kind_, *wanted) : nullptr;
    if (audience == audience_) return;
    if (listener_ == 0) listener_ = group_.add_listener(*this);
    audience_ = audience;
    events_apart_ = wanted && kind_.writes_events_apart(*wanted);
    busy().waiting.clear();
    busy().gate.spawn(tell_core(*this, audience, listener_));
}

Task<void> Connection::tell_core(Connection& self, Audience* audience, ListenerId listener) {
    co_await self.group_.parts_.core_executor.enter();
    self.client_->listen(audience, listener);
    co_await self.group_.parts_.executor.enter();
    // On another thread than core's this turn is a later one, and may be the last for a while.
    if (self.state_ != State::dead) self.group_.at_turn_end(self);
}

// Whether an event has to wait for what is under way.
bool Connection::must_events_wait() const {
    if (busy_ && (busy_->giving || !busy_->waiting.events.empty())) return true;
    return events_apart_ && (!is_settled() || (busy_ && busy_->offered));
}

// Whether the client has left output untaken.
bool Connection::is_writing() const {
    return busy_ && busy_->writing;
}

bool Connection::hear(const EventAudience& audience, const RenderedEvent& event) {
    if (state_ != State::open || audience_ != &audience) return false;
    bool follows = false;
    contain([&] {
        if (must_events_wait()) return hold_event(event);
        const std::size_t push_pause_bytes = push_pause();
        // A turn can bring more than the limit to a client that reads quickly: it lags only if its socket says so.
        if (output_.bytes() >= push_pause_bytes && !is_writing()) write();
        if (state_ != State::open) return;
        const bool lags = output_.bytes() >= push_pause_bytes || (busy_ && !busy_->missed.empty());
        if (lags) return note_missed(event.event);
        // Whoever is slow is looked at with every event, so that the limit holds to the byte.
        follows = event.batch && !is_writing() && !events_apart_;
        if (follows) {
            output_.follow(*event.batch, event.begin, listener_);
        } else {
            append(event);
            // Whose socket takes nothing need not say so again before it is too much.
            if (is_writing() && output_.bytes() > group_.limits_.output_bytes_max)
                return fail("does not take what is pushed");
        }
        // An answer that came before the end of its turn would be in the same write.
        if (events_apart_ && !is_writing()) write();
        group_.at_turn_end(*this);
    });
    return follows;
}

void Connection::append(const RenderedEvent& event) {
    busy();
    if (event.batch) {
        output_.append_shared(event.batch->part(event.begin, event.bytes.size()));
    } else if (event.bytes.size() < piece_bytes_min) {
        output_.tail() += event.bytes;
    } else {
        output_.append_own(std::string(event.bytes));
    }
    account();
}

void Connection::hold_event(const RenderedEvent& event) {
    Busy& state = busy();
    if (!state.missed.empty() || state.waiting.bytes + event.bytes.size() > push_pause())
        return note_missed(event.event);
    state.waiting.push(event.batch ? event.batch->part(event.begin, event.bytes.size()) : shared(event.bytes));
    account();
}

SharedPart Connection::shared(std::string_view bytes) const {
    const auto whole = std::make_shared<SharedText>(group_.buffers_);
    whole->append([&](std::string& text) { text = bytes; });
    return {whole, 0, bytes.size()};
}

void Connection::note_missed(const Event& event) {
    Busy& state = busy();
    const auto* message = std::get_if<MessageEvent>(&event);
    if (message) state.missed.try_emplace(message->entry.header.conversation, message->entry.header.seq);
    account();
    if (output_.bytes() + state.missed.size() * missed_bytes > group_.limits_.output_bytes_max)
        fail("does not take what is pushed");
}

// What had to wait, as far as it need not wait any longer.
void Connection::release_events() {
    Busy& state = *busy_;
    if (state.giving || state_ != State::open) return;
    if (events_apart_) return release_event_apart();
    while (!state.waiting.events.empty() && output_.bytes() < push_pause())
        output_.append_shared(state.waiting.pop());
    if (state.waiting.events.empty()) replace_missed_pushes();
}

void Connection::release_event_apart() {
    Busy& state = *busy_;
    if (state.waiting.events.empty() && audience_) {
        for (const auto& [conversation, next] : std::exchange(state.missed, {})) {
            std::string lagged;
            audience_->render(LaggedEvent{conversation, next}, lagged);
            if (!lagged.empty()) state.waiting.push(shared(lagged));
        }
    }
    if (!state.waiting.events.empty() && is_settled() && !state.offered) output_.append_shared(state.waiting.pop());
}

// Once the client reads again: where to catch up, in the place of what was dropped.
void Connection::replace_missed_pushes() {
    Busy& state = *busy_;
    if (state.missed.empty() || output_.bytes() > push_pause() / 2) return;
    for (const auto& [conversation, next] : std::exchange(state.missed, {})) {
        if (audience_) audience_->render(LaggedEvent{conversation, next}, output_.tail());
    }
}

void Connection::end_turn() {
    if (state_ == State::dead || (!busy_ && output_.empty())) return;
    contain([this] {
        // Who is finishing has written everything, and its timer waits for the other side's end.
        if (!is_writing() && state_ != State::finishing) write();
        advance();
    });
    const bool is_idle = busy_ && state_ == State::open && is_settled() && busy_->kept.empty() &&
                         busy_->gate.running() == 0 && busy_->waiting.events.empty() && busy_->missed.empty() &&
                         !busy_->offered && !busy_->timer.active() && stream_->held_bytes() == 0;
    if (!is_idle) return;
    busy_.reset();
    output_.free_memory();
}

void Connection::write() {
    const std::uint64_t taken_before = output_.taken();
    group_.taken_marks_.clear();
    const IoStatus status = output_.write_to(*stream_, group_.taken_marks_);
    group_.confirm(group_.taken_marks_);
    if (status == IoStatus::closed || status == IoStatus::failed) return fail("takes no more output");
    // Events for a connection with which nothing else is under way.
    if (!busy_ && output_.empty()) return;
    Busy& state = busy();
    const bool has_moved = output_.taken() != taken_before;
    if (has_moved) state.moved_at = group_.parts_.executor.turn_clock().monotonic_now();
    release_events();
    account();
    if (output_.empty()) return state.timer.cancel();
    if (output_.bytes() > group_.limits_.output_bytes_max) return fail("too much output is waiting");
    if (has_moved || !state.timer.active())
        state.timer.start_after(group_.limits_.write_stall_max, [this] { fail("took no output for too long"); });
    if (!state.writing) {
        state.writing = true;
        state.gate.spawn(write_rest(*this));
    }
}

Task<void> Connection::write_rest(Connection& self) {
    Busy& state = *self.busy_;
    while (self.state_ != State::dead && !self.output_.empty()) {
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

}  // namespace obrol
