#include "tests/sim/work_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

}  // namespace

struct SimulatedWorkQueue::Item {
    explicit Item(TimerService& timers) : timer(timers) {}

    Job work;  // empty once it has had its effect
    Job done;
    MonotonicTime finished_at{};
    Timer timer;
};

SimulatedWorkQueue::SimulatedWorkQueue(Executor& home, Random& random, Options options,
                                       std::function<void()> after_work)
    : home_(home),
      random_(random),
      options_(options),
      after_work_(std::move(after_work)),
      worker_free_at_(options.workers) {
    OBROL_CHECK(options.workers > 0);
}

SimulatedWorkQueue::~SimulatedWorkQueue() {
    for (const std::unique_ptr<Item>& item : items_) {
        if (item->work) item->work();
        home_.post(std::move(item->done));
    }
}

Duration SimulatedWorkQueue::draw_duration() {
    if (random_.chance(1, options_.stall_one_in)) return draw_between(random_, options_.slow_max, options_.stall_max);
    if (random_.chance(1, options_.slow_one_in)) return draw_between(random_, options_.usual_max, options_.slow_max);
    return draw_between(random_, options_.usual_min, options_.usual_max);
}

void SimulatedWorkQueue::submit(Job work, Job done) {
    const auto worker = std::min_element(worker_free_at_.begin(), worker_free_at_.end());
    const MonotonicTime begin = std::max(*worker, home_.clock().monotonic_now());
    const Duration duration = draw_duration();
    // One worker: the effects come in the order of submission, since the next piece begins after this one's end.
    const MonotonicTime effect = begin + draw_between(random_, Duration(1), duration);

    auto item = std::make_unique<Item>(home_);
    item->work = std::move(work);
    item->done = std::move(done);
    item->finished_at = begin + duration;
    *worker = item->finished_at + Duration(1);
    item->timer.start(effect, [this, placed = item.get()] { perform(*placed); });
    items_.push_back(std::move(item));
}

void SimulatedWorkQueue::perform(Item& item) {
    std::exchange(item.work, nullptr)();
    item.timer.start(item.finished_at, [this, placed = &item] { finish(*placed); });
    if (after_work_) after_work_();
}

void SimulatedWorkQueue::finish(Item& item) {
    Job done = std::move(item.done);
    const auto is_it = [&](const std::unique_ptr<Item>& other) { return other.get() == &item; };
    items_.erase(std::find_if(items_.begin(), items_.end(), is_it));
    done();
}

}  // namespace obrol
