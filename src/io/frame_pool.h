// Memory for coroutine frames. A request makes and drops several of them, all of a few sizes; each thread keeps dropped
// ones for the next request, up to a bound. Under AddressSanitizer everything goes through the heap, so
// that a use after the end is found.
#pragma once

#include <cstddef>

namespace obrol::detail {

// Memory for `bytes`, aligned for any standard type; throws std::bad_alloc. From any thread.
void* allocate_frame(std::size_t bytes);
// What allocate_frame(bytes) gave, on this or on another thread.
void free_frame(void* frame, std::size_t bytes);

}  // namespace obrol::detail
