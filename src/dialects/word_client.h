// The client half that documents 000, 001 and 002 share (word_dialect.h is the server half).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "dialects/client_dialect.h"
#include "dialects/error_texts.h"
#include "dialects/json_texts.h"
#include "wire/json_value.h"

namespace obrol {

// Lives as long as the program.
struct WordClientStyle {
    std::string_view online_word;  // "show" or "list"
    ErrorText error_text;
    bool pads_text;  // see WordDialectStyle; and whether `send` writes a blank behind the text
    OnlineList (*read_online)(const JsonValue& answer);
    // None: the answer is not what a logout gets.
    std::optional<SessionEnded> (*read_session_ended)(const JsonValue& answer);
};

std::unique_ptr<ClientDialect> make_word_client(const WordClientStyle& style);

}  // namespace obrol
