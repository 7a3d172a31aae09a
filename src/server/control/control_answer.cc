#include "server/control/control_answer.h"

#include "wire/json_writer.h"

namespace obrol {

std::string to_line(const ControlAnswer& answer) {
    if (answer) return "{\"ok\":true,\"data\":" + *answer + "}\n";
    const ControlRefusal& refusal = answer.error();
    std::string line;
    JsonWriter json(line, JsonStyle::compact);
    json.begin_object();
    json.key("ok");
    json.boolean(false);
    json.key("error");
    json.string(refusal.error);
    json.key("message");
    json.string(refusal.message);
    if (!refusal.hint.empty()) {
        json.key("hint");
        json.string(refusal.hint);
    }
    json.end_object();
    return line + "\n";
}

}  // namespace obrol
