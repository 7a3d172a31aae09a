#include "model/entry.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(EntryKind, IsCalledAsOnTheWire) {
    EXPECT_EQ(to_string(EntryKind::message), "message");
    EXPECT_EQ(to_string(EntryKind::remove), "delete");
    EXPECT_EQ(to_string(EntryKind{99}), "unknown");
}

}  // namespace
}  // namespace obrol
