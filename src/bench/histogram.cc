#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace obrol::bench {

std::size_t LatencyHistogram::bucket_of(std::uint64_t nanoseconds) {
    const std::uint64_t value = std::min(nanoseconds, std::uint64_t{1} << top_bit);
    const auto highest_bit = static_cast<unsigned>(std::bit_width(value));
    if (highest_bit <= sub_bucket_bits) return static_cast<std::size_t>(value);
    // The leading one selects the row, the next six bits the place in it.
    const unsigned shift = highest_bit - 1 - sub_bucket_bits;
    return (std::size_t{shift} << sub_bucket_bits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t LatencyHistogram::upper_end_of(std::size_t bucket) {
    constexpr std::size_t row = std::size_t{1} << sub_bucket_bits;
    if (bucket < 2 * row) return bucket;
    const auto shift = static_cast<unsigned>(bucket / row - 1);
    const std::uint64_t first = static_cast<std::uint64_t>(bucket % row + row) << shift;
    return first + (std::uint64_t{1} << shift) - 1;
}

void LatencyHistogram::record(Duration latency) {
    const Duration positive = std::max(latency, Duration{0});
    ++counts_[bucket_of(static_cast<std::uint64_t>(positive.count()))];
    ++count_;
    longest_ = std::max(longest_, positive);
}

Duration LatencyHistogram::quantile(double fraction) const {
    OBROL_CHECK(fraction > 0 && fraction <= 1);
    if (count_ == 0) return Duration{0};
    const auto rank =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (seen >= rank) return std::min(longest_, Duration{static_cast<std::int64_t>(upper_end_of(bucket))});
    }
    return longest_;
}

}  // namespace obrol::bench
