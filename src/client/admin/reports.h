// Answers of the control socket as a person wants to read them.
#pragma once

#include <string>
#include <string_view>

#include "wire/json_value.h"

namespace obrol {

// Lines, each with its end, for the data that `command` was answered (docs/protocol/control.md). What a server of
// another version leaves out is shown as "-"; a command that is not known here is shown as JSON.
std::string report(std::string_view command, const JsonValue& data);

}  // namespace obrol
