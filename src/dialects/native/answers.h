// How the native dialect words its answers: {"id": …,"status":…,"data":…}
#pragma once

#include <string>

#include "dialects/dialect.h"
#include "dialects/native/requests.h"

namespace obrol::native {

// Appends the answer to what was asked.
void write_answer(const Asked& asked, const DialectLimits& limits, const Reply& reply, std::string& out);

}  // namespace obrol::native
