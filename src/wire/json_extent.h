// Finds where a JSON object at the beginning of a stream ends: at its matching brace. For requests without a delimiter
// (PROTOCOLS.md: py-chat, JSON form; auto).
//
// Looks at brackets, strings and escapes only; whether the object is good JSON is for json_reader.h to say. It never
// calls malformed what the reader accepts. Sans-IO, not thread-safe, one per connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obrol {

class JsonExtent {
  public:
    enum class Kind {
        need_more,
        complete,   // The object is the first `length` bytes of the input.
        too_long,   // It does not end within the limit.
        malformed,  // It cannot become JSON any more, or is nested too deep; or the input does not begin with `{`.
    };
    struct Answer {
        Kind kind;
        std::size_t length;  // 0 unless complete
    };

    static constexpr std::size_t depth_limit = 64;

    // An object of exactly `bytes_max` bytes passes. `depth_max` counts as in JsonLimits: 1 to `depth_limit`.
    JsonExtent(std::size_t bytes_max, std::size_t depth_max);

    // `input` is everything not yet consumed; after need_more the same bytes with more behind them. Bytes already
    // looked at are not looked at again. After `complete` the caller consumes and the next call begins a new object;
    // after too_long and malformed the answer stays the same.
    [[nodiscard]] Answer next(std::string_view input);

  private:
    enum class Step { go_on, object_ended, refused };

    // Moves scanned_ to the end of the string that it is in, or of the window.
    bool scan_string(std::string_view window);
    Step scan_byte(char byte);
    Step open(bool array);
    Step close(bool array);

    std::size_t bytes_max_;
    std::size_t scanned_ = 0;
    // One bit per open bracket, the innermost lowest: set for an array.
    std::uint64_t arrays_ = 0;
    std::uint8_t depth_max_;
    std::uint8_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace obrol
