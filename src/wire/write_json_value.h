// Writes a read value again: what goes in through json_reader.h comes out equal.
#pragma once

#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace obrol {

void write_json_value(JsonWriter& writer, const JsonValue& value);

}  // namespace obrol
