#include "tests/sim/disk/file_locks.h"

#include <algorithm>
#include <sqlite3.h>

#include "base/check.h"

namespace obrol {
namespace {

constexpr int lock_pending = 3;  // SQLite keeps this level between RESERVED and EXCLUSIVE to itself

std::uint32_t lock_bits(unsigned first, unsigned count) {
    OBROL_CHECK(count > 0 && first + count <= SharedMemory::lock_count);
    return ((1u << count) - 1u) << first;
}

}  // namespace

int DatabaseLocks::raise(Holder holder, int level) {
    if (level <= level_of(holder)) return SQLITE_OK;
    const int others = highest_of_others(holder);
    if (level == SQLITE_LOCK_SHARED) {
        if (others >= lock_pending) return SQLITE_BUSY;
    } else {
        if (others >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
        if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
            levels_[holder] = lock_pending;
            return SQLITE_BUSY;
        }
    }
    levels_[holder] = level;
    return SQLITE_OK;
}

void DatabaseLocks::lower(Holder holder, int level) {
    if (level_of(holder) <= level) return;
    if (level == SQLITE_LOCK_NONE) {
        levels_.erase(holder);
    } else {
        levels_[holder] = level;
    }
}

bool DatabaseLocks::reserved() const {
    return std::any_of(levels_.begin(), levels_.end(),
                       [](const auto& entry) { return entry.second >= SQLITE_LOCK_RESERVED; });
}

int DatabaseLocks::level_of(Holder holder) const {
    const auto found = levels_.find(holder);
    return found == levels_.end() ? SQLITE_LOCK_NONE : found->second;
}

int DatabaseLocks::highest_of_others(Holder holder) const {
    int highest = SQLITE_LOCK_NONE;
    for (const auto& [other, level] : levels_)
        if (other != holder) highest = std::max(highest, level);
    return highest;
}

std::byte* SharedMemory::region(std::size_t index, std::size_t size_bytes, bool create) {
    if (index >= regions_.size()) {
        if (!create) return nullptr;
        regions_.resize(index + 1);
    }
    if (!regions_[index]) {
        if (!create) return nullptr;
        regions_[index] = std::make_unique<std::byte[]>(size_bytes);
    }
    return regions_[index].get();
}

bool SharedMemory::lock_shared(Held& held, unsigned first, unsigned count) {
    const std::uint32_t bits = lock_bits(first, count);
    if ((exclusive_ & bits) != 0) return false;
    for (unsigned i = first; i < first + count; ++i) {
        if ((held.shared >> i & 1u) == 0) ++readers_[i];
    }
    held.shared |= bits;
    return true;
}

bool SharedMemory::lock_exclusive(Held& held, unsigned first, unsigned count) {
    const std::uint32_t bits = lock_bits(first, count);
    if ((exclusive_ & bits & ~held.exclusive) != 0) return false;
    for (unsigned i = first; i < first + count; ++i) {
        if (readers_[i] > (held.shared >> i & 1u)) return false;
    }
    exclusive_ |= bits;
    held.exclusive |= bits;
    return true;
}

void SharedMemory::unlock(Held& held, unsigned first, unsigned count) {
    const std::uint32_t bits = lock_bits(first, count);
    for (unsigned i = first; i < first + count; ++i) {
        if ((held.shared >> i & 1u) != 0) --readers_[i];
    }
    exclusive_ &= ~(bits & held.exclusive);
    held.shared &= ~bits;
    held.exclusive &= ~bits;
}

}  // namespace obrol
