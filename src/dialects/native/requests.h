// The requests of the native dialect as data: one table for both forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/command.h"

namespace obrol::native {

// What an answer must know of its request.
struct Asked {
    enum class About {
        other,      // the reply says it all
        help,       // the words of the dialect
        listen_on,  // on success events begin
        listen_on_brief,
        listen_off,
        eager_upload,  // the bytes follow whatever the answer is
        exit,          // the connection ends with the answer
    };
    About about = About::other;
    std::string id;  // the JSON text of the request's "id"; empty: it had none
};

struct Request {
    Command command;
    Asked asked;
    std::uint64_t useless_bytes = 0;  // so many follow an eager upload that makes no sense
};

// By word: "send messi@B halo".
Request read_words(std::string_view line);
// One JSON object: {"cmd": "send", "id": 7, "to": "messi@B", "text": "halo", "key": "laptop-3f2a:17"}.
Request read_object(std::string_view line);

// One line for each request, for people at a terminal.
std::string_view help_text();

}  // namespace obrol::native
