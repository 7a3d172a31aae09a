// The units of what is reported.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace obrol::bench {

inline double milliseconds(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

inline double microseconds(Duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

inline double mebibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

}  // namespace obrol::bench
