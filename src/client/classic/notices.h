// What a line client says besides what its document prints: about a server that is away. On standard error, in the
// language of the document.
#pragma once

#include <string_view>

namespace obrol {

// Formats of fmt, with named arguments. They live as long as the program.
struct Notices {
    std::string_view no_server;        // at the start; {server} host and port, {reason} the system's words
    std::string_view lost;             // {server}, {cause} one of those below
    std::string_view connected_again;  // {server}
    std::string_view not_sent;         // {server}, {command} its first word
    std::string_view fate_unknown;     // {server}, {command}, {cause}

    std::string_view closed_by_server;
    std::string_view broken;
    std::string_view no_answer;
    std::string_view unreadable_answer;
    std::string_view stopped;
    std::string_view abandoned;
};

extern const Notices indonesian_notices;
extern const Notices english_notices;

}  // namespace obrol
