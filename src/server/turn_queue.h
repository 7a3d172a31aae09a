// The connections that have something to do at the end of a turn of the loop, in the order in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace obrol {

class Connection;

class TurnQueue {
  public:
    // Where it stands, until next() has returned it.
    std::uint32_t add(Connection& connection) {
        queued_.push_back(&connection);
        return first_ + static_cast<std::uint32_t>(queued_.size() - 1);
    }
    // It is gone: next() returns null in its place.
    void forget(std::uint32_t place) { queued_[place - first_] = nullptr; }
    std::size_t size() const { return queued_.size() - taken_; }
    bool empty() const { return size() == 0; }

    Connection* next() {
        Connection* const connection = queued_[taken_++];
        // Seldom enough to cost less than the queue; while it is short it holds the same memory all the time.
        if (taken_ * 2 >= queued_.size()) {
            queued_.erase(queued_.begin(), queued_.begin() + static_cast<std::ptrdiff_t>(taken_));
            first_ += static_cast<std::uint32_t>(taken_);
            taken_ = 0;
        }
        return connection;
    }

  private:
    std::vector<Connection*> queued_;
    std::size_t taken_ = 0;    // so many of them have been returned
    std::uint32_t first_ = 0;  // place of the first; they begin again at 0 some time
};

}  // namespace obrol
