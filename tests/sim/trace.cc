#include "tests/sim/trace.h"

#include <chrono>

namespace obrol {

void Trace::add(std::string_view what) {
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.monotonic_now().time_since_epoch());
    std::string line = fmt::format("[{:>4}.{:06}] {}\n", now.count() / 1'000'000, now.count() % 1'000'000, what);
    // FNV-1a (Fowler, Noll, Vo), 64 bits: the order of the lines matters, and nothing else does.
    for (const char byte : line) {
        hash_ ^= static_cast<unsigned char>(byte);
        hash_ *= 0x100000001B3ull;
    }
    ++lines_;
    kept_.push_back(std::move(line));
    if (kept_.size() > kept_lines_max_) kept_.pop_front();
}

std::string Trace::tail(std::size_t lines_max) const {
    std::string text;
    const std::size_t skipped = kept_.size() > lines_max ? kept_.size() - lines_max : 0;
    for (std::size_t i = skipped; i < kept_.size(); ++i)
        text += kept_[i];
    return text;
}

}  // namespace obrol
