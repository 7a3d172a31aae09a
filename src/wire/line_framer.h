// Cuts a byte stream into request lines (PROTOCOLS.md: common rules, request).
//
// A line ends with LF; one CR right before it belongs to the line end, a CR elsewhere is data. The frames do not depend
// on how the bytes were segmented. Sans-IO: the caller keeps the buffer. Not thread-safe; one per connection.
#pragma once

#include <cstddef>
#include <string_view>

namespace obrol {

struct Frame {
    enum class Kind {
        need_more,  // No whole line yet; call again when more bytes have arrived.
        line,       // `line` is a whole line.
        too_long,   // The line exceeds the limit; reported once, then its rest is consumed silently.
    };

    Kind kind;
    // How many bytes of the input the caller drops now, also with `need_more` (the rest of an over-long line).
    std::size_t consumed;
    // Points into the input, without the line end; valid as long as those bytes are.
    std::string_view line;
};

class LineFramer {
  public:
    // The limit counts the bytes of a line without its line end: a line of exactly `line_bytes_max` passes.
    explicit LineFramer(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    // `input` is everything not yet consumed, so it begins with the bytes of the previous call less its `consumed`.
    // Bytes already looked at are not looked at again: a line that arrives byte by byte costs linear time.
    [[nodiscard]] Frame next(std::string_view input);

  private:
    Frame skip(std::string_view input);

    std::size_t line_bytes_max_;
    // So many bytes at the start of the next input are known to hold no LF.
    std::size_t scanned_ = 0;
    bool skipping_ = false;
};

}  // namespace obrol
