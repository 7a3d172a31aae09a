// What a connection has received and not looked at yet. Taking from its front moves nothing: a client that sends
// thousands of requests at once has them taken out one by one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/buffer_bytes.h"

namespace obrol {

class KeptInput {
  public:
    bool empty() const { return bytes_.empty(); }
    // Until the next call of another method.
    std::string_view view() const { return std::string_view(bytes_).substr(taken_); }
    // What it keeps, what was taken and not overwritten yet included.
    std::size_t heap_bytes() const { return obrol::heap_bytes(bytes_); }

    void append(std::string_view input) {
        // Each byte moves at most once more than it would without.
        if (taken_ > bytes_.size() / 2) {
            bytes_.erase(0, taken_);
            taken_ = 0;
        }
        bytes_ += input;
    }
    void take(std::size_t bytes) {
        OBROL_CHECK(bytes <= bytes_.size() - taken_);
        taken_ += bytes;
        if (taken_ == bytes_.size()) clear();
    }
    void clear() {
        free_memory_of(bytes_);
        taken_ = 0;
    }

  private:
    std::string bytes_;
    std::size_t taken_ = 0;  // at their beginning; fewer than there are, or none
};

}  // namespace obrol
