// The running timers of one executor, earliest first. Allocates only to grow; starting and cancelling cost O(log n).
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/timer.h"

namespace obrol {

class TimerHeap {
  public:
    // Among equal deadlines the smaller `tie` fires first. The timer's deadline must not change while it is in here.
    void insert(Timer& timer, std::uint64_t tie);
    // Also takes back a timer that is about to fire in the same fire_due().
    void erase(Timer& timer);
    bool empty() const { return heap_.empty(); }
    // Of a heap that is not empty.
    MonotonicTime earliest() const { return heap_.front().deadline; }
    // Fires what is due at `now`. A timer that a job starts waits for the next call, however early its deadline.
    // True when something fired.
    bool fire_due(MonotonicTime now);

  private:
    struct Entry {
        MonotonicTime deadline;
        std::uint64_t tie;
        Timer* timer;
    };
    static bool before(const Entry& a, const Entry& b);
    void place(std::size_t slot, const Entry& entry);
    void move_up(std::size_t slot, const Entry& entry);
    void move_down(std::size_t slot, const Entry& entry);
    void remove(std::size_t slot);

    std::vector<Entry> heap_;
    std::vector<Timer*> due_;  // being fired; null: taken back
};

}  // namespace obrol
