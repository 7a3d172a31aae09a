// The users of --demo (PROTOCOLS.md): the people of the documents' examples, password "surabaya".
#pragma once

#include "base/result.h"
#include "core/chat.h"
#include "io/task.h"
#include "storage/store.h"

namespace obrol {

// Adds those that are missing and changes nothing else.
Task<Result<void>> add_demo_users(Chat& chat, Store& store);

}  // namespace obrol
