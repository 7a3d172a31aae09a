// An id's text in place, where a string of its own would be one too many.
#pragma once

#include "base/uuid.h"

namespace obrol {

// What Uuid::to_string() says: Uuid::text_size characters from `place` on. Returns their end.
char* write_text(const Uuid& id, char* place);

}  // namespace obrol
