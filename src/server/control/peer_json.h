// What core says of other servers as the control socket's JSON (docs/protocol/control.md).
#pragma once

#include <string>
#include <vector>

#include "core/administration.h"
#include "server/control/control_answer.h"

namespace obrol::control {

std::string to_json(const Administration::Identity& identity);
std::string to_json(const Administration::ServerSummary& server);
std::string to_json(const std::vector<Administration::ServerSummary>& servers);
std::string to_json(const Administration::ServerDetails& server);
std::string to_json(const Administration::Queue& queue);
// A trial that failed is a refusal, which says at which step and what to do.
ControlAnswer to_answer(const Administration::ServerTrial& trial);

}  // namespace obrol::control
