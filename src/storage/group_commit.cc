#include "storage/group_commit.h"

#include <algorithm>

namespace obrol {
namespace {

constexpr Duration full_for_min = std::chrono::milliseconds(10);
constexpr Duration full_for_max = std::chrono::seconds(10);

template <class Batch>
void make_room(Batch& batch, std::size_t size) {
    batch.changes.reserve(size);
    batch.waiting.reserve(size);
}

}  // namespace

GroupCommit::Submission::Submission(GroupCommit& group, Change&& change) {
    if (group.failed_) return;
    pending_ = true;
    group.gather(std::move(change), *this);
}

void GroupCommit::Submission::answer(ChangeResult&& result) {
    result_.emplace(std::move(result));
    pending_ = false;
    if (waiting_) waiting_.resume();
}

void GroupCommit::Continuation::answer(ChangeResult&& result) {
    const std::unique_ptr<Continuation> self(this);
    committed(std::move(result));
}

class GroupCommit::Idle {
  public:
    explicit Idle(GroupCommit& group) : group_(group) {}
    bool await_ready() const { return group_.is_idle(); }
    void await_suspend(std::coroutine_handle<> waiting) { group_.drainers_.push_back(waiting); }
    void await_resume() const {}

  private:
    GroupCommit& group_;
};

GroupCommit::GroupCommit(Executor& executor, Store& store, Options options, OnFatal on_fatal)
    : executor_(executor), store_(store), options_(options), on_fatal_(std::move(on_fatal)), lazy_timer_(executor) {
    OBROL_CHECK(options_.batch_changes_max > 0);
}

GroupCommit::~GroupCommit() {
    OBROL_CHECK(is_idle());
}

std::optional<Duration> GroupCommit::is_full_for() const {
    if (waiting_ < options_.waiting_changes_max) return std::nullopt;
    const std::size_t batches = waiting_ / options_.batch_changes_max + 1;
    return std::clamp<Duration>(batch_took_ * batches, full_for_min, full_for_max);
}

void GroupCommit::submit(Change&& change, std::unique_ptr<Continuation> continuation) {
    if (failed_) return;
    gather(std::move(change), *continuation);
    static_cast<void>(continuation.release());
}

void GroupCommit::gather(Change&& change, Waiter& waiter) {
    if (gathering_.empty() || gathering_.back().waiting.size() == options_.batch_changes_max) {
        Batch next;
        make_room(next, std::max<std::size_t>(last_gathered_, 1));
        gathering_.push_back(std::move(next));
    }
    // Where memory runs out both stay as they are.
    Batch& batch = gathering_.back();
    const std::size_t size = batch.waiting.size();
    if (size == std::min(batch.waiting.capacity(), batch.changes.capacity())) make_room(batch, 2 * size);
    batch.changes.push_back(std::move(change));
    batch.waiting.push_back(&waiter);
    ++waiting_;
    wake();
}

void GroupCommit::submit_lazily(AdvanceCursor change) {
    if (failed_) return;
    keep_furthest(change);
    start_lazy_timer();
}

void GroupCommit::submit_lazily(NoteSessionUse change) {
    if (failed_) return;
    keep_furthest(change);
    start_lazy_timer();
}

void GroupCommit::submit_lazily(AcknowledgeOutbox change) {
    if (failed_) return;
    keep_furthest(change);
    start_lazy_timer();
}

void GroupCommit::start_lazy_timer() {
    if (lazy_due_ || lazy_timer_.active()) return;
    lazy_timer_.start_after(options_.lazy_delay_max, [this] {
        lazy_due_ = true;
        wake();
    });
}

Task<void> GroupCommit::drain() {
    if (lazy_changes() > 0) {
        lazy_due_ = true;
        wake();
    }
    while (!is_idle()) {
        Idle idle(*this);
        co_await idle;
    }
}

void GroupCommit::wake() {
    if (running_ || scheduled_) return;
    scheduled_ = true;
    executor_.at_end_of_turn([this] { start_batch(); });
}

void GroupCommit::start_batch() {
    scheduled_ = false;
    const bool spawned = gate_.spawn(run());
    OBROL_CHECK(spawned);
}

Task<void> GroupCommit::run() {
    running_ = true;
    Batch batch = take_gathered();
    const std::vector<Change> lazy = take_lazy();
    batch.changes.insert(batch.changes.end(), lazy.begin(), lazy.end());
    const std::size_t batch_size = batch.changes.size();

    const MonotonicTime begin = executor_.clock().monotonic_now();
    auto append = store_.append(std::move(batch.changes));
    auto outcome = co_await std::move(append);
    batch_took_ = executor_.clock().monotonic_now() - begin;
    running_ = false;
    if (!outcome && outcome.error().kind == StoreFailure::Kind::sync_failed) {
        give_up(batch.waiting, outcome.error().what);
        co_return;
    }
    OBROL_CHECK(!outcome || outcome->size() == batch_size);
    if (outcome) ++commits_;
    if (!outcome) {
        // Not at once again: a full disk would be tried as often as the timer allows, for cursors that may fall back.
        for (const Change& change : lazy) {
            if (const auto* cursor = std::get_if<AdvanceCursor>(&change)) keep_furthest(*cursor);
            if (const auto* use = std::get_if<NoteSessionUse>(&change)) keep_furthest(*use);
            if (const auto* place = std::get_if<AcknowledgeOutbox>(&change)) keep_furthest(*place);
        }
        lazy_due_ = false;
    }

    // Before the answers go out, so that the next batch is under way before the turn's answers are written to sockets.
    if (!gathering_.empty() || lazy_due_) wake();
    const bool is_answering = !ended_.empty();
    ended_.push_back({std::move(batch.waiting), outcome ? std::move(*outcome) : std::vector<ChangeResult>()});
    if (!is_answering) answer_some();
}

// In the order of the commits, so that what is announced is, too.
void GroupCommit::answer_some() {
    for (std::size_t answers = 0; answers < options_.answers_per_turn_max && !ended_.empty();) {
        Ended& batch = ended_.front();
        if (batch.next == batch.waiting.size()) {
            ended_.pop_front();
            continue;
        }
        const std::size_t i = batch.next++;
        ++answers;
        batch.waiting[i]->answer(batch.results.empty() ? std::unexpected(ChatError::not_stored)
                                                       : std::move(batch.results[i]));
    }
    if (!ended_.empty()) return executor_.post([this] { answer_some(); });
    resume_drainers_if_idle();
}

GroupCommit::Batch GroupCommit::take_gathered() {
    if (gathering_.empty()) return {};
    Batch taken = std::move(gathering_.front());
    gathering_.pop_front();
    last_gathered_ = taken.waiting.size();
    waiting_ -= last_gathered_;
    return taken;
}

std::vector<Change> GroupCommit::take_lazy() {
    std::vector<Change> taken;
    taken.reserve(std::min(lazy_changes(), options_.batch_changes_max));
    while (!lazy_cursors_.empty() && taken.size() < options_.batch_changes_max) {
        const auto& [cursor, seq] = *lazy_cursors_.begin();
        const auto& [user, conversation, which] = cursor;
        taken.emplace_back(AdvanceCursor{user, conversation, which, seq});
        lazy_cursors_.erase(lazy_cursors_.begin());
    }
    while (!lazy_uses_.empty() && taken.size() < options_.batch_changes_max) {
        const auto& [session, at] = *lazy_uses_.begin();
        taken.emplace_back(NoteSessionUse{session, at});
        lazy_uses_.erase(lazy_uses_.begin());
    }
    while (!lazy_places_.empty() && taken.size() < options_.batch_changes_max) {
        const auto& [server, upto] = *lazy_places_.begin();
        taken.emplace_back(AcknowledgeOutbox{server, upto});
        lazy_places_.erase(lazy_places_.begin());
    }
    lazy_timer_.cancel();
    lazy_due_ = lazy_changes() > 0;
    return taken;
}

void GroupCommit::keep_furthest(const AdvanceCursor& change) {
    Seq& furthest = lazy_cursors_[Cursor(change.user, change.conversation, change.which)];
    furthest = std::max(furthest, change.seq);
}

void GroupCommit::keep_furthest(const NoteSessionUse& change) {
    const auto [kept, is_new] = lazy_uses_.try_emplace(change.session, change.at);
    if (!is_new) kept->second = std::max(kept->second, change.at);
}

void GroupCommit::keep_furthest(const AcknowledgeOutbox& change) {
    OutboxPlace& furthest = lazy_places_[change.server];
    furthest = std::max(furthest, change.upto);
}

void GroupCommit::give_up(const std::vector<Waiter*>& unanswered, const std::string& what) {
    failed_ = true;
    for (Waiter* waiter : unanswered)
        waiter->give_up();
    for (const Batch& batch : std::exchange(gathering_, {})) {
        for (Waiter* waiter : batch.waiting)
            waiter->give_up();
    }
    waiting_ = 0;
    for (Ended& batch : ended_) {
        for (; batch.next < batch.waiting.size(); ++batch.next)
            batch.waiting[batch.next]->give_up();
    }
    lazy_cursors_.clear();
    lazy_uses_.clear();
    lazy_places_.clear();
    lazy_timer_.cancel();
    lazy_due_ = false;
    on_fatal_(what);
    resume_drainers_if_idle();
}

bool GroupCommit::is_idle() const {
    return !running_ && ended_.empty() && !scheduled_ && gathering_.empty() && !lazy_due_;
}

void GroupCommit::resume_drainers_if_idle() {
    if (!is_idle()) return;
    // By way of the executor: a drainer may destroy this object, whose coroutine is still running here.
    for (const std::coroutine_handle<> drainer : std::exchange(drainers_, {})) {
        executor_.post([drainer] { drainer.resume(); });
    }
}

}  // namespace obrol
