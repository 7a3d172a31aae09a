// What dialects with one request on a line share: framing, the line limit, the check that text is text.
#pragma once

#include "dialects/dialect.h"
#include "wire/line_framer.h"

namespace obrol {

// Every answer of every dialect ends with it, except py-chat's JSON form (PROTOCOLS.md: common rules, Answer).
inline constexpr std::string_view end_of_answer = "\r\n\r\n";

class LineDialect : public Dialect {
  public:
    explicit LineDialect(std::size_t line_bytes_max) : framer_(line_bytes_max) {}

    Decoded decode(std::string_view input) final;

  protected:
    // A line of valid UTF-8 without NUL and without its line end.
    virtual Command parse(std::string_view line) = 0;
    // A line that is no text, or too long to be kept.
    virtual Command refuse(ChatError why);
    // So many bytes behind the line at hand are no lines: they are dropped. For parse().
    void drop_behind(std::uint64_t bytes) { to_drop_ = bytes; }

  private:
    LineFramer framer_;
    std::uint64_t to_drop_ = 0;
};

}  // namespace obrol
