// Texts out of the answers that clients read; what is not there, or of another kind, reads as empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/json_value.h"

namespace obrol {

// The member's text; empty when there is none.
std::string text_of(const JsonValue& object, std::string_view name);
// The texts of the member, an array; other items are left out.
std::vector<std::string> texts_of(const JsonValue& object, std::string_view name);
// The items of the member, an array; none when it is no array. Valid as long as the object.
const JsonValue::Array& items_of(const JsonValue& object, std::string_view name);

}  // namespace obrol
