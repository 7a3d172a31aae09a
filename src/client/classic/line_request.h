// What a line asks a line client to do, and what it prints then: the texts of the documents, without a connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "client/classic/classic_documents.h"
#include "model/command.h"
#include "model/ids.h"
#include "model/reply.h"

namespace obrol {

struct LineRequest {
    const ClassicCommand* command = nullptr;
    Command request;      // without a token
    std::string subject;  // whom it names, as typed: who logs in, who shall get the text
};

enum class LineMistake { unknown_command, missing_argument };

// `line` has no line end.
std::variant<LineRequest, LineMistake> read_line_request(const ClassicDocument& document, std::string_view line);
std::string_view mistake_text(const ClassicDocument& document, LineMistake mistake);

// What commands print that need a login, and what leaving prints (document 001).
inline constexpr std::string_view not_authorized_text = "Error, not authorized";
inline constexpr std::string_view exit_text = "Exit from program";

// "Command <token>:", "Command :" without one; no line end.
std::string prompt_text(const std::optional<Token>& token);
// "Error, …" as this document words a refusal. Control characters, which a terminal would obey, are left out.
std::string error_text(const ClassicDocument& document, const Refused& refused);
// What is printed for an answer, if anything; `answer` is its text as the server sent it.
std::optional<std::string> answer_text(const ClassicDocument& document, const LineRequest& asked, const Reply& reply,
                                       std::string_view answer);
// What --trace shows of a `send`, as document 002 does: a line with single blanks, and an empty one.
std::string traced_send(const Command& send);
// What --trace shows of `received`: a line for each block of `read_bytes`, as the original reads them, and one more
// when it is a whole answer.
std::string traced_answer(std::size_t read_bytes, std::string_view received, bool whole);

}  // namespace obrol
