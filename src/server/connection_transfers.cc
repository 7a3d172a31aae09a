// Connection: the bytes of files.
#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "base/check.h"
#include "io/next_turn.h"
#include "server/connection_state.h"

namespace obrol {

// Until everything that was queued is taken, or the connection is dead.
class Connection::OutputTaken {
  public:
    explicit OutputTaken(Connection& connection) : connection_(connection) {}
    bool await_ready() const { return connection_.state_ == State::dead || connection_.output_.empty(); }
    void await_suspend(std::coroutine_handle<> giver) { connection_.busy_->giver = giver; }
    void await_resume() const {}

  private:
    Connection& connection_;
};

Task<void> Connection::hand_back(Connection& self, Transfers transfers) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    co_await parts.core_executor.enter();
    transfers = Transfers();
    co_await parts.executor.enter();
    if (self.state_ != State::dead) self.group_.at_turn_end(self);
}

// Uploads, and what is dropped in their place.

// The reading coroutine takes them next. An upload's request stays unanswered until its second answer.
void Connection::begin_intake(std::unique_ptr<Upload> upload, std::uint64_t bytes) {
    busy_->intake =
        std::make_unique<Intake>(group_.parts_.executor, std::move(upload), bytes, group_.limits_.transfer_chunk_bytes);
}

Task<void> Connection::take_bytes(Connection& self) {
    Busy& state = *self.busy_;
    Intake& intake = *state.intake;
    std::exception_ptr trouble;
    try {
        while (self.state_ != State::dead && (intake.bytes_left() > 0 || intake.is_due())) {
            if (intake.is_due()) {
                co_await intake.hand_over();
            } else if (!state.kept.empty()) {
                state.kept.take(intake.take(state.kept.view()));
            } else {
                state.transfer_timer.start_after(self.group_.limits_.transfer_stall_max,
                                                 [&self] { self.fail("its upload does not go on"); });
                co_await self.stream_->wait_readable();
                state.transfer_timer.cancel();
                self.read_into(intake);
            }
            self.account();
        }
        if (self.state_ != State::dead) co_await finish_intake(self);
    } catch (const std::exception&) {
        trouble = std::current_exception();
    }
    co_await self.group_.parts_.executor.enter();
    self.contain([&] {
        if (trouble) std::rethrow_exception(trouble);
    });
}

void Connection::read_into(Intake& intake) {
    if (state_ == State::dead) return;
    const IoResult result = stream_->read_some(intake.room());
    switch (result.status) {
        case IoStatus::would_block:
            break;
        case IoStatus::failed:
            fail("reset by the client");
            break;
        case IoStatus::closed:
            fail("ended in the middle of a file");
            break;
        case IoStatus::ok:
            intake.filled(result.bytes);
            busy_->moved_at = group_.parts_.executor.turn_clock().monotonic_now();
            break;
    }
}

Task<void> Connection::finish_intake(Connection& self) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    Busy& state = *self.busy_;
    if (!state.intake->has_upload()) {
        state.intake.reset();
        self.group_.at_turn_end(self);
        co_return;
    }
    std::unique_ptr<Upload> upload = state.intake->take_upload();
    co_await parts.core_executor.enter();
    Reply reply = co_await upload->finish();
    upload.reset();
    co_await parts.executor.enter();
    state.intake.reset();
    Transfers none;
    self.answered(state.first_answer, std::move(reply), none);
}

// Downloads.

void Connection::offer(std::unique_ptr<Download> download) {
    OBROL_CHECK(download);
    Busy& state = *busy_;
    state.offered = std::move(download);
    if (state_ != State::open) return end_offer();
    state.transfer_timer.start_after(group_.limits_.transfer_stall_max, [this] { end_offer(); });
}

void Connection::end_offer() {
    busy_->transfer_timer.cancel();
    Transfers transfers;
    transfers.download = std::move(busy_->offered);
    busy_->gate.spawn(hand_back(*this, std::move(transfers)));
    group_.at_turn_end(*this);
}

// The client is ready.
void Connection::begin_offered() {
    if (!busy_ || !busy_->offered) return fail("is ready for bytes that are not offered");
    busy_->transfer_timer.cancel();
    busy_->answers.push_back({});
    busy_->alone = true;
    give(std::move(busy_->offered));
}

// Its request stays unanswered until the last byte is queued.
void Connection::give(std::unique_ptr<Download> download) {
    OBROL_CHECK(download);
    busy_->giving = true;
    busy_->gate.spawn(give_bytes(*this, std::move(download)));
}

// One piece after the other, each when the one before was taken: a slow reader costs one piece.
Task<void> Connection::give_bytes(Connection& self, std::unique_ptr<Download> download) {
    const ConnectionGroup::Parts& parts = self.group_.parts_;
    std::exception_ptr trouble;
    co_await NextTurn{parts.executor};
    try {
        bool goes_on = true;
        while (goes_on && download->bytes_left() > 0) {
            co_await OutputTaken(self);
            if (self.state_ == State::dead) break;
            goes_on = co_await give_piece(self, *download);
        }
    } catch (const std::exception&) {
        trouble = std::current_exception();
    }
    co_await parts.core_executor.enter();
    download.reset();
    co_await parts.executor.enter();
    self.busy_->giving = false;
    self.contain([&] {
        if (trouble) std::rethrow_exception(trouble);
        self.given();
    });
}

// False: the connection is dead.
Task<bool> Connection::give_piece(Connection& self, Download& download) {
    Busy& state = *self.busy_;
    std::string piece;
    piece.resize(std::min<std::uint64_t>(download.bytes_left(), self.group_.limits_.transfer_chunk_bytes));
    state.piece_bytes = piece.size();
    self.account();
    const bool was_read = co_await download.read(self.group_.parts_.executor, piece);
    state.piece_bytes = 0;
    if (!was_read) self.fail("its file cannot be read");
    if (self.state_ == State::dead) co_return false;
    self.output_.append_own(std::move(piece));
    self.account();
    self.group_.at_turn_end(self);
    co_return true;
}

void Connection::given() {
    if (state_ == State::dead) return;
    request_ended();
    Transfers none;
    give_ready_answers(none);
    account();
    group_.at_turn_end(*this);
    advance();
}

}  // namespace obrol
