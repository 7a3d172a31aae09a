// What py-chat says: answers in both forms, and the original program's notifications.
#pragma once

#include <string>

#include "dialects/py_chat/requests.h"
#include "model/event.h"
#include "model/reply.h"

namespace obrol::py_chat {

// Appends the answer, with its end in the text form.
void write_answer(const Reply& reply, const Asked& asked, std::string& out);
// {"FOR": "NOTIF", …} for messages and files, nothing for other events.
void write_notification(const Event& event, std::string& out);

// COMPAT: the client of document 003 reads blocks of so many bytes and takes one that ends in '}' for the end of an
// answer.
inline constexpr std::size_t block_bytes = 1024;
// The same object, JSON in ASCII, written so that no block but the last ends in '}' when blocks are counted from the
// object's start.
std::string without_false_ends(std::string_view object);

}  // namespace obrol::py_chat
