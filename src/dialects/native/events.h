// How the native dialect renders events: an object that begins with "event".
#pragma once

#include <string>

#include "model/event.h"

namespace obrol::native {

// Appends it, with the end that answers have, too.
void write_event(const Event& event, std::string& out);

}  // namespace obrol::native
