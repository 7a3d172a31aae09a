#include "bench/text_stamp.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

TEST(TextStamp, IsReadAsItWasWritten) {
    for (const TextStamp stamp : {TextStamp{0, 0}, TextStamp{7, 123'456}, TextStamp{0xffffffff, 0xfffffffe}}) {
        for (const std::size_t size : {stamped_text_size_min, std::size_t{64}}) {
            std::string text(size, '?');
            write_stamp(stamp, text);
            EXPECT_EQ(text.size(), size);
            EXPECT_EQ(text.find_first_not_of("T0123456789abcdefx"), std::string::npos) << text;
            EXPECT_EQ(read_stamp(text), stamp) << text;
        }
    }
}

TEST(TextStamp, OtherTextsHaveNone) {
    std::string text(stamped_text_size_min, '?');
    write_stamp({1, 2}, text);
    EXPECT_FALSE(read_stamp(text.substr(1)));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = 'g';
        EXPECT_FALSE(read_stamp(damaged)) << damaged;
    }
    EXPECT_FALSE(read_stamp(""));
}

}  // namespace
}  // namespace obrol::bench
