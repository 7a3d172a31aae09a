// What happened in a simulated world, line by line: a hash over everything, so that two runs can be compared, and the
// last lines, for whoever has to understand a failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <fmt/core.h>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace obrol {

class Trace {
  public:
    // `clock` must outlive it and gives each line its virtual time.
    Trace(const Clock& clock, std::size_t kept_lines_max) : clock_(clock), kept_lines_max_(kept_lines_max) {}

    template <class... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) {
        add(fmt::format(format, std::forward<Args>(args)...));
    }

    // Of every line so far, times included.
    std::uint64_t hash() const { return hash_; }
    std::uint64_t lines() const { return lines_; }
    // The last lines, oldest first, each with its line end.
    std::string tail(std::size_t lines_max) const;

  private:
    void add(std::string_view what);

    const Clock& clock_;
    std::size_t kept_lines_max_;
    std::uint64_t hash_ = 0xCBF29CE484222325ull;
    std::uint64_t lines_ = 0;
    std::deque<std::string> kept_;
};

}  // namespace obrol
