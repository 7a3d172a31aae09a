// Whatever bytes a string holds, the writer gives good JSON; a valid text comes back as it was.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace obrol {

void fuzz_json_writer(std::string_view text) {
    for (const JsonStyle style : {JsonStyle::python, JsonStyle::compact}) {
        std::string out;
        JsonWriter writer(out, style);
        writer.begin_object();
        writer.key(text);
        writer.string(text);
        writer.end_object();
        OBROL_CHECK(is_valid_utf8(out));
        OBROL_CHECK(out.find('\n') == std::string::npos);
        const auto value = read_json(out, {.bytes_max = 64 + 12 * text.size()});
        // The reader refuses NUL even in its escaped form.
        OBROL_CHECK(value.has_value() == !has_nul(text));
        if (!value || !is_valid_utf8(text)) continue;
        const JsonValue* member = value->find(text);
        OBROL_CHECK(member != nullptr && *member->as_string() == text);
    }
}

}  // namespace obrol
