// Writes a read value again, for targets that compare what was read with what comes back.
#pragma once

#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace obrol {

void write_json_value(JsonWriter& writer, const JsonValue& value);

}  // namespace obrol
