// What a control request is answered: one JSON object on one line (docs/protocol/control.md).
#pragma once

#include <expected>
#include <string>

namespace obrol {

struct ControlRefusal {
    std::string error;    // for programs, e.g. "user-not-found"
    std::string message;  // for people: what is wrong
    std::string hint;     // for people: what to do next; may be empty
};

// JSON text, or why there is none.
using ControlAnswer = std::expected<std::string, ControlRefusal>;

// {"ok":true,"data":…} or {"ok":false,"error":…,"message":…,"hint":…}, with the line end.
std::string to_line(const ControlAnswer& answer);

}  // namespace obrol
