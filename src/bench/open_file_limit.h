// How many connections the operating system allows.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace obrol::bench {

// Raises this process's limit of open files as far as it may go; servers that it starts inherit it. The error says that
// `connections` are more than that.
Result<void> allow_connections(std::size_t connections);

}  // namespace obrol::bench
