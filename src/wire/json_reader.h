// Strict JSON reader (RFC 8259): one whole text in, a value or the reason why not out.
//
// Stricter than the RFC asks: invalid UTF-8, NUL in strings, unpaired surrogate escapes, doubled member names, deep
// nesting and numbers without a finite value are refused. Memory is bounded by the size limit (a small multiple).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/json_value.h"

namespace obrol {

struct JsonLimits {
    // The whole text, white space included.
    std::size_t bytes_max;
    // Arrays and objects inside one another; `[]` is one. PROTOCOLS.md, common rules: 32.
    std::size_t depth_max = 32;
};

struct JsonError {
    // In plain English, e.g. "duplicate member name"; never quotes the input.
    std::string what;
    // Where reading stopped: bytes from the beginning of the text.
    std::size_t offset;

    bool operator==(const JsonError&) const = default;
};

// Any kind of value, with white space around it. A number without fraction and exponent that fits is an integer; any
// other is the nearest double.
[[nodiscard]] Result<JsonValue, JsonError> read_json(std::string_view text, JsonLimits limits);

}  // namespace obrol
