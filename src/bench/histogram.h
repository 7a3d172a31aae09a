// How often each latency occurred, in bounded memory whatever the number of requests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace obrol::bench {

// Counts durations in buckets whose width is at most 1/64 of their value (one nanosecond below 64 ns). Durations above
// 2^40 ns (18 minutes) count as that, negative ones as 0. One thread.
class LatencyHistogram {
  public:
    void record(Duration latency);

    std::uint64_t count() const { return count_; }
    Duration longest() const { return longest_; }
    // The upper end of the bucket that holds the smallest latency not exceeded by `fraction` of the records
    // (0 < fraction <= 1), at most longest(); 0 when nothing was recorded.
    Duration quantile(double fraction) const;

  private:
    static constexpr unsigned sub_bucket_bits = 6;
    static constexpr unsigned top_bit = 40;
    static constexpr std::size_t bucket_count = (top_bit - sub_bucket_bits + 2) << sub_bucket_bits;

    static std::size_t bucket_of(std::uint64_t nanoseconds);
    static std::uint64_t upper_end_of(std::size_t bucket);

    std::array<std::uint64_t, bucket_count> counts_{};
    std::uint64_t count_ = 0;
    Duration longest_{0};
};

}  // namespace obrol::bench
