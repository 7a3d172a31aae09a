// How the native dialect renders events: an object that begins with "event".
#pragma once

#include <string>

#include "model/event.h"

namespace obrol::native {

// `brief` leaves out of messages and files what their history says as well.
enum class EventForm { full, brief };

// Appends it, with the end that answers have, too.
void write_event(const Event& event, EventForm form, std::string& out);

}  // namespace obrol::native
