#include "wire/write_json_value.h"

#include "base/check.h"

namespace obrol {

void write_json_value(JsonWriter& writer, const JsonValue& value) {
    if (const auto boolean = value.as_boolean()) {
        writer.boolean(*boolean);
    } else if (const auto integer = value.as_integer()) {
        writer.integer(*integer);
    } else if (const auto real = value.as_real()) {
        writer.real(*real);
    } else if (const auto* string = value.as_string()) {
        writer.string(*string);
    } else if (const auto* array = value.as_array()) {
        writer.begin_array();
        for (const JsonValue& item : *array)
            write_json_value(writer, item);
        writer.end_array();
    } else if (const auto* object = value.as_object()) {
        writer.begin_object();
        for (const JsonMember& member : *object) {
            writer.key(member.name);
            write_json_value(writer, member.value);
        }
        writer.end_object();
    } else {
        OBROL_CHECK(value.is_null());
        writer.null();
    }
}

}  // namespace obrol
