// Asks a server over its control socket (docs/protocol/control.md).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/executor.h"
#include "io/stream.h"
#include "io/task.h"
#include "wire/json_value.h"

namespace obrol {

// Why the server did not do it.
struct ServerRefusal {
    std::string error;    // for programs, e.g. "user-not-found"
    std::string message;  // for people: what is wrong
    std::string hint;     // for people: what to do next; may be empty
};

// The answer's data.
using ServerAnswer = std::expected<JsonValue, ServerRefusal>;

// The line that asks for `command`, with its end; `members` stand beside "cmd".
std::string control_request(std::string_view command, const JsonValue::Object& members);

// Sends `request` and waits for its answer. An error: there is none that can be read, so nobody knows whether it was
// carried out. `stream` must outlive the task; nothing else may be under way on it.
Task<Result<ServerAnswer>> ask_server(TimerService& timers, Stream& stream, std::string request,
                                      Duration answer_timeout);

}  // namespace obrol
