// The inbox as the word dialects write it and as their clients read it: {sender: [{"msg_from", "msg_to", "msg"}]}.
#pragma once

#include <string>

#include "model/reply.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace obrol {

// What stands under "msg".
using InboxText = std::string (*)(const InboxPage::Message& message);

// The object, without a key before it.
void write_inbox(JsonWriter& json, const InboxPage& page, InboxText text);
// From the member "messages" of an answer; texts as they came.
InboxPage read_inbox(const JsonValue& answer);

}  // namespace obrol
