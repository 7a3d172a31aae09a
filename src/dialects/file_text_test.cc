#include "dialects/file_text.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(FileText, NamesTheFileAndItsCode) {
    EXPECT_EQ(file_text(FileCard{"4f2a9c", "liburan di Bali.jpg", 7, {}}), "[liburan di Bali.jpg], file_code: 4f2a9c");
}

}  // namespace
}  // namespace obrol
