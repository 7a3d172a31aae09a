// The requests of py-chat in both forms: lines of words, and objects (PROTOCOLS.md: py-chat).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dialects/dialect.h"
#include "dialects/py_chat/keywords.h"
#include "model/command.h"

namespace obrol::py_chat {

// What an answer must know of its request.
struct Asked {
    std::string word;                // as it came; empty: there was none, or it is no text
    std::optional<Keyword> keyword;  // none: the word is no request
    bool is_object = false;          // the JSON form
    bool then_close = false;         // the rest of the stream makes no sense
};

struct Request {
    Command command;
    Asked asked;
};

// A line of valid UTF-8 without NUL.
Request read_line(std::string_view line, const PyChatLimits& limits);
// The text from `{` to its matching brace.
Request read_object(std::string_view text, const PyChatLimits& limits);
// `start`: as much of the line as there is; its first word is the answer's.
Request refuse_line(std::string_view start, ChatError why);
// What cannot be read as an object: nobody knows where the next request begins.
Request refuse_object(ChatError why);
// {"status": "ready"}, with which the original program asks for the bytes of a download.
bool is_ready_note(std::string_view text);

}  // namespace obrol::py_chat
