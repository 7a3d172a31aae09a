// For programs that are linked with counted_new.cc, which replaces operator new and delete.
#pragma once

#include <cstdint>

namespace obrol {

// How many calls of operator new there have been, on all threads.
std::uint64_t allocations();

}  // namespace obrol
