#include "tests/sim/disk/file_locks.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace obrol {
namespace {

TEST(DatabaseLocks, ReadersShareAndOneWriterReserves) {
    DatabaseLocks locks;
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.raise(2, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_FALSE(locks.reserved());
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_RESERVED), SQLITE_OK);
    EXPECT_TRUE(locks.reserved());
    EXPECT_EQ(locks.raise(2, SQLITE_LOCK_RESERVED), SQLITE_BUSY);
    EXPECT_EQ(locks.raise(3, SQLITE_LOCK_SHARED), SQLITE_OK);
}

TEST(DatabaseLocks, AWaitingWriterKeepsNewReadersOut) {
    DatabaseLocks locks;
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.raise(2, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_RESERVED), SQLITE_OK);
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
    EXPECT_EQ(locks.raise(3, SQLITE_LOCK_SHARED), SQLITE_BUSY);
    locks.lower(2, SQLITE_LOCK_NONE);
    EXPECT_EQ(locks.raise(1, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
    EXPECT_EQ(locks.raise(3, SQLITE_LOCK_SHARED), SQLITE_BUSY);
    locks.lower(1, SQLITE_LOCK_SHARED);
    EXPECT_EQ(locks.raise(3, SQLITE_LOCK_SHARED), SQLITE_OK);
    EXPECT_FALSE(locks.reserved());
}

TEST(SharedMemory, LocksExcludeBetweenConnections) {
    SharedMemory memory;
    SharedMemory::Held writer, reader, other;
    EXPECT_TRUE(memory.lock_shared(reader, 3, 1));
    EXPECT_TRUE(memory.lock_shared(other, 3, 1));
    EXPECT_FALSE(memory.lock_exclusive(writer, 3, 1));
    // All or nothing: the free lock of the range is not taken either.
    EXPECT_FALSE(memory.lock_exclusive(writer, 2, 2));
    EXPECT_EQ(writer.exclusive, 0u);
    EXPECT_TRUE(memory.lock_shared(other, 2, 1));
    memory.unlock(other, 2, 2);
    EXPECT_FALSE(memory.lock_exclusive(writer, 3, 1));
    memory.unlock(reader, 3, 1);
    EXPECT_TRUE(memory.lock_exclusive(writer, 3, 1));
    EXPECT_FALSE(memory.lock_shared(reader, 3, 1));
    EXPECT_FALSE(memory.lock_exclusive(reader, 0, 8));
    // Unlocking what one does not hold changes nothing for the holder.
    memory.unlock(reader, 0, 8);
    EXPECT_FALSE(memory.lock_shared(reader, 3, 1));
    memory.unlock(writer, 0, 8);
    EXPECT_TRUE(memory.lock_exclusive(reader, 0, 8));
}

TEST(SharedMemory, RegionsAreZeroStableAndMadeOnDemand) {
    SharedMemory memory;
    EXPECT_EQ(memory.region(0, 64, false), nullptr);
    std::byte* first = memory.region(0, 64, true);
    for (std::size_t i = 0; i < 64; ++i)
        EXPECT_EQ(first[i], std::byte{0});
    first[5] = std::byte{7};
    EXPECT_NE(memory.region(40, 64, true), nullptr);
    EXPECT_EQ(memory.region(0, 64, false), first);
    EXPECT_EQ(first[5], std::byte{7});
    EXPECT_EQ(memory.region(39, 64, false), nullptr);
}

}  // namespace
}  // namespace obrol
