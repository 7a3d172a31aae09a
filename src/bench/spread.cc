#include "bench/spread.h"

#include <algorithm>
#include <cstddef>

#include "base/check.h"

namespace obrol::bench {

Spread spread_of(std::vector<double> values) {
    OBROL_CHECK(!values.empty());
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return {median, values.front(), values.back()};
}

}  // namespace obrol::bench
