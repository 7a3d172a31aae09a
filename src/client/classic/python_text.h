// How Python writes values: the documents' programs print them that way.
#pragma once

#include <string>
#include <string_view>

#include "wire/json_value.h"

namespace obrol {

// json.dumps(value).
std::string python_json(const JsonValue& value);
// repr(bytes): b'…', with double quotes when there are only single ones inside.
std::string python_bytes(std::string_view bytes);

}  // namespace obrol
