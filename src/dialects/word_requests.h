// The requests of the word dialects as data: a word, then a token if there is one, then arguments
// (PROTOCOLS.md: common rules, Words and Session).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dialects/dialect.h"
#include "wire/words.h"

namespace obrol {

struct WordRequest {
    using Body = decltype(Command::body);

    std::string_view word;
    // Needs a session: a first argument of UUID form is its token, and "not authorized" comes before any complaint
    // about the other arguments.
    bool login_first = true;
    // None: an argument is missing.
    std::optional<Body> (*read)(WordReader& arguments) = nullptr;
};

// The command that `line` asks for; a Refuse when it asks for none of `requests` or lacks an argument.
Command read_word_request(std::string_view line, std::span<const WordRequest> requests);

// Arguments that several dialects read alike.
std::optional<WordRequest::Body> read_authenticate(WordReader& arguments);
// COMPAT: one padding blank on each side of the text is dropped, which the clients of documents 000, 001, 002 and 004
// and their servers added.
std::optional<WordRequest::Body> read_padded_send(WordReader& arguments);
template <class Request>
std::optional<WordRequest::Body> read_nothing(WordReader&) {
    return Request{};
}

}  // namespace obrol
