// The locks that several connections of one process take on one simulated database file, and the shared memory through
// which they find their way in the write-ahead log. Rules: sqlite3.h (xLock, xShmLock) and sqlite.org/lockingv3.html.
// Guarded by the disk they belong to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace obrol {

// SQLITE_LOCK_NONE … SQLITE_LOCK_EXCLUSIVE of every connection that has the file open.
class DatabaseLocks {
  public:
    using Holder = std::uint64_t;

    // Raises the holder to `level`; SQLITE_OK or SQLITE_BUSY. Who waits for readers to leave keeps
    // SQLITE_LOCK_PENDING, so that no new one enters.
    int raise(Holder holder, int level);
    // Lowers the holder to `level` (SQLITE_LOCK_SHARED or SQLITE_LOCK_NONE).
    void lower(Holder holder, int level);
    // Whether anybody intends to write.
    bool reserved() const;

  private:
    int level_of(Holder holder) const;
    int highest_of_others(Holder holder) const;

    std::map<Holder, int> levels_;  // without those that hold nothing
};

class SharedMemory {
  public:
    static constexpr std::size_t lock_count = 8;  // SQLITE_SHM_NLOCK

    // What one connection holds: one bit per lock.
    struct Held {
        std::uint32_t shared = 0;
        std::uint32_t exclusive = 0;
    };

    // The address of a zero-initialised region, stable until this object dies; null if it does not exist and
    // `create` is false. All regions have the same size.
    std::byte* region(std::size_t index, std::size_t size_bytes, bool create);
    // Locks [first, first + count), all or nothing; false where another connection stands in the way.
    bool lock_shared(Held& held, unsigned first, unsigned count);
    bool lock_exclusive(Held& held, unsigned first, unsigned count);
    // Gives up whatever of [first, first + count) this connection holds.
    void unlock(Held& held, unsigned first, unsigned count);

  private:
    std::array<unsigned, lock_count> readers_{};
    std::uint32_t exclusive_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> regions_;
};

}  // namespace obrol
