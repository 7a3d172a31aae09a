// Cuts what a client receives into answers (line_dialect.h: end_of_answer).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace obrol {

// An inbox answer of 1 MiB of text in its longest form: every byte a \u escape of six, all of it twice (protokol-chat),
// and some for the frame.
inline constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;

// Sans-IO: the caller keeps the buffer. One per connection.
class AnswerFramer {
  public:
    // The length of the first answer without what ends it; none: more bytes are needed. `input` is everything not yet
    // consumed; bytes already looked at are not looked at again. An error: no answer is as long.
    Result<std::optional<std::size_t>> next(std::string_view input);

  private:
    std::size_t scanned_ = 0;  // bytes of the unfinished answer that hold no end
};

}  // namespace obrol
