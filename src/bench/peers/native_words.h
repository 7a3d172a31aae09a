// What everybody who speaks obrol's own dialect (docs/protocol/native.md) needs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace obrol::bench {

// Behind every answer and every event.
inline constexpr std::string_view native_answer_end = "\r\n\r\n";
// What an answer begins with that is no error.
inline constexpr std::string_view native_success = "{\"status\":\"OK\"";

std::string native_user(std::size_t user);

// The value of the first text member of this name; empty when there is none. Quotes inside texts are escaped, so none
// looks like a member.
std::string_view native_text_member(std::string_view object, std::string_view name);

// Quotes what the server `said` to the request that is called `what`.
Failure<Error> native_refusal(std::string_view what, std::string_view said);

}  // namespace obrol::bench
