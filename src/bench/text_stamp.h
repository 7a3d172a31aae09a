// What each measured message says about itself: who sent it and which of his it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obrol::bench {

struct TextStamp {
    std::uint32_t sender = 0;
    std::uint32_t number = 0;  // from 0, in the order of sending

    friend bool operator==(const TextStamp&, const TextStamp&) = default;
};

// The shortest text that holds a stamp.
inline constexpr std::size_t stamped_text_size_min = 1 + 8 + 8;

// Fills `text`, whose size is at least that, with the stamp and 'x' behind it: letters and digits only.
void write_stamp(const TextStamp& stamp, std::string& text);
// Nothing when the text does not begin with a stamp.
std::optional<TextStamp> read_stamp(std::string_view text);

}  // namespace obrol::bench
