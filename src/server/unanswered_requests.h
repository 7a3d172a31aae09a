// The requests of a connection that have no answer yet, and how many all connections of an I/O thread have: where too
// many wait, each connection gets an equal part (ServerLimits::unanswered_together_max).
//
// Plain numbers of one thread, so that counting costs nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "model/reply.h"

namespace obrol {

// Of all connections of one thread.
class UnansweredTotal {
  public:
    // How many a connection may have that has at least one, so long as there are `together_max` or more of them: its
    // part of these, at least 1.
    std::size_t part_of(std::size_t together_max) const {
        return std::max<std::size_t>(1, together_max / std::max<std::size_t>(1, connections_));
    }
    std::size_t requests() const { return requests_; }

  private:
    friend class UnansweredRequests;
    std::size_t requests_ = 0;
    std::size_t connections_ = 0;  // that have some
};

// Of one connection, oldest first; holds no memory before the first one. The total must outlive it.
class UnansweredRequests {
  public:
    struct Request {
        std::size_t bytes = 0;         // of it
        std::uint64_t file_bytes = 0;  // that it announced, and that are dropped where nobody wants them
        std::unique_ptr<Reply> reply;  // that came before those of earlier requests
    };

    explicit UnansweredRequests(UnansweredTotal& total) : total_(total) {}
    ~UnansweredRequests() { clear(); }
    UnansweredRequests(const UnansweredRequests&) = delete;
    UnansweredRequests& operator=(const UnansweredRequests&) = delete;

    bool empty() const { return size() == 0; }
    std::size_t size() const { return requests_.size() - answered_; }
    // `index` counts from the oldest one.
    Request& operator[](std::size_t index) {
        OBROL_CHECK(index < size());
        return requests_[answered_ + index];
    }
    Request& front() { return (*this)[0]; }

    void push_back(Request&& request) {
        // Whoever always has one under way would otherwise keep the place of every answered one.
        const bool is_full = requests_.size() == requests_.capacity();
        if (is_full && answered_ > requests_.size() / 2) forget_answered();
        requests_.push_back(std::move(request));
        ++total_.requests_;
        if (size() == 1) ++total_.connections_;
    }
    void pop_front() {
        front().reply.reset();
        ++answered_;
        --total_.requests_;
        if (!empty()) return;
        --total_.connections_;
        forget_answered();
    }
    void clear() {
        total_.requests_ -= size();
        if (!empty()) --total_.connections_;
        answered_ = requests_.size();
        forget_answered();
    }

  private:
    void forget_answered() {
        requests_.erase(requests_.begin(), requests_.begin() + static_cast<std::ptrdiff_t>(answered_));
        answered_ = 0;
    }

    UnansweredTotal& total_;
    std::vector<Request> requests_;
    std::size_t answered_ = 0;  // at their beginning
};

}  // namespace obrol
