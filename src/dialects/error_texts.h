// What the documented dialects say when they refuse, in the languages of the documents.
#pragma once

#include <string>
#include <string_view>

#include "model/reply.h"

namespace obrol {

using ErrorText = std::string_view (*)(ChatError);

// Documents 000 and 002.
std::string_view indonesian_error_text(ChatError error);
// Document 001.
std::string_view english_error_text(ChatError error);

// With the subject where several were named or the text alone would not say enough.
std::string error_text(ErrorText language, const Refused& refused);
// And where the subject says what is wrong.
std::string full_error_text(ErrorText language, const Refused& refused);
// The error behind a text; texts that several errors share give the first of them. unknown_command for unknown texts.
ChatError error_of_text(ErrorText language, std::string_view text);

}  // namespace obrol
