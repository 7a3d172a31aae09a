#include "io/timer_heap.h"

#include <limits>

#include "base/check.h"

namespace obrol {

bool TimerHeap::before(const Entry& a, const Entry& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.tie < b.tie;
}

void TimerHeap::place(std::size_t slot, const Entry& entry) {
    heap_[slot] = entry;
    entry.timer->slot_ = static_cast<std::uint32_t>(slot);
}

void TimerHeap::move_up(std::size_t slot, const Entry& entry) {
    while (slot > 0) {
        const std::size_t parent = (slot - 1) / 2;
        if (!before(entry, heap_[parent])) break;
        place(slot, heap_[parent]);
        slot = parent;
    }
    place(slot, entry);
}

void TimerHeap::move_down(std::size_t slot, const Entry& entry) {
    for (;;) {
        std::size_t child = 2 * slot + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
        if (!before(heap_[child], entry)) break;
        place(slot, heap_[child]);
        slot = child;
    }
    place(slot, entry);
}

void TimerHeap::remove(std::size_t slot) {
    const Entry last = heap_.back();
    heap_.pop_back();
    if (slot == heap_.size()) return;
    if (slot > 0 && before(last, heap_[(slot - 1) / 2])) {
        move_up(slot, last);
    } else {
        move_down(slot, last);
    }
}

void TimerHeap::insert(Timer& timer, std::uint64_t tie) {
    OBROL_CHECK(heap_.size() < std::numeric_limits<std::uint32_t>::max());
    const Entry entry{timer.deadline(), tie, &timer};
    heap_.push_back(entry);
    move_up(heap_.size() - 1, entry);
}

void TimerHeap::erase(Timer& timer) {
    if (timer.due_) {
        timer.due_ = false;
        due_[timer.slot_] = nullptr;
        return;
    }
    OBROL_CHECK(timer.slot_ < heap_.size() && heap_[timer.slot_].timer == &timer);
    remove(timer.slot_);
}

bool TimerHeap::fire_due(MonotonicTime now) {
    OBROL_CHECK(due_.empty());
    while (!heap_.empty() && heap_.front().deadline <= now) {
        Timer* const timer = heap_.front().timer;
        remove(0);
        timer->due_ = true;
        timer->slot_ = static_cast<std::uint32_t>(due_.size());
        due_.push_back(timer);
    }
    for (std::size_t i = 0; i < due_.size(); ++i) {
        Timer* const timer = due_[i];
        if (timer == nullptr) continue;
        timer->due_ = false;
        timer->fire();
    }
    const bool fired = !due_.empty();
    due_.clear();
    return fired;
}

}  // namespace obrol
