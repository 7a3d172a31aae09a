#include "tests/sim/native_answers.h"

#include <utility>

#include "wire/json_reader.h"

namespace obrol {
namespace {

constexpr std::size_t answer_bytes_max = 4 << 20;

}  // namespace

const JsonValue& data_of(const JsonValue& answer) {
    static const JsonValue none;
    const JsonValue* data = answer.find("data");
    return data ? *data : none;
}

std::string text_in(const JsonValue& object, std::string_view name) {
    const JsonValue* value = object.find(name);
    return value && value->as_string() ? *value->as_string() : std::string();
}

std::int64_t number_in(const JsonValue& object, std::string_view name) {
    const JsonValue* value = object.find(name);
    return value ? value->as_integer().value_or(0) : 0;
}

bool truth_in(const JsonValue& object, std::string_view name) {
    const JsonValue* value = object.find(name);
    return value && value->as_boolean().value_or(false);
}

const JsonValue::Array& list_in(const JsonValue& object, std::string_view name) {
    static const JsonValue::Array none;
    const JsonValue* value = object.find(name);
    return value && value->as_array() ? *value->as_array() : none;
}

bool is_ok(const JsonValue& answer) {
    return text_in(answer, "status") == "OK";
}

bool is_weak_store(std::string_view code) {
    return code == "busy" || code == "not-stored" || code == "unavailable";
}

Task<std::optional<JsonValue>> next_native_answer(SimulatedLine& line, std::string& complaint) {
    static constexpr std::string_view end = "\r\n\r\n";
    for (;;) {
        const std::size_t size = line.input().find(end);
        if (size != std::string::npos) {
            JsonLimits limits{answer_bytes_max};
            Result<JsonValue, JsonError> answer = read_json(std::string_view(line.input()).substr(0, size), limits);
            line.input().erase(0, size + end.size());
            line.be_patient();
            if (answer) co_return std::move(*answer);
            complaint = "an answer is no JSON: " + answer.error().what;
            co_return std::nullopt;
        }
        const bool goes_on = co_await line.read_more();
        if (!goes_on) co_return std::nullopt;
    }
}

}  // namespace obrol
