#include "tests/costs/counted_new.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> calls = 0;

void* counted(void* memory) {
    if (!memory) throw std::bad_alloc();
    calls.fetch_add(1, std::memory_order_relaxed);
    return memory;
}

}  // namespace

namespace obrol {

std::uint64_t allocations() {
    return calls.load(std::memory_order_relaxed);
}

}  // namespace obrol

// The other forms call these.
void* operator new(std::size_t size) {
    return counted(std::malloc(size > 0 ? size : 1));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto boundary = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
