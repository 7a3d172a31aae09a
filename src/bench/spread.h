// What several rounds gave.
#pragma once

#include <vector>

namespace obrol::bench {

struct Spread {
    double median = 0;
    double lowest = 0;
    double highest = 0;
};

// The median of an even number is the mean of the two in the middle. `values` is not empty.
Spread spread_of(std::vector<double> values);

}  // namespace obrol::bench
