// What a simulated client that speaks native reads of its answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/task.h"
#include "tests/sim/line.h"
#include "wire/json_value.h"

namespace obrol {

// Whatever is missing, or of another type, is empty.
const JsonValue& data_of(const JsonValue& answer);
std::string text_in(const JsonValue& object, std::string_view name);
std::int64_t number_in(const JsonValue& object, std::string_view name);
bool truth_in(const JsonValue& object, std::string_view name);
const JsonValue::Array& list_in(const JsonValue& object, std::string_view name);

bool is_ok(const JsonValue& answer);
// Whether its refusal says that the store cannot do it now.
bool is_weak_store(std::string_view code);

// None when the connection ended or broke first, or when it was no JSON: `complaint` says why then.
Task<std::optional<JsonValue>> next_native_answer(SimulatedLine& line, std::string& complaint);

}  // namespace obrol
