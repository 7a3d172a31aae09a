#include "client/admin/control_client.h"

#include <fmt/core.h>
#include <utility>

#include "io/timer.h"
#include "wire/json_reader.h"
#include "wire/write_json_value.h"

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;
// Far above the longest answer: a page of a thousand users with the longest names.
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

std::string text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    const std::string* text = member ? member->as_string() : nullptr;
    return text ? *text : std::string();
}

Result<ServerAnswer> read_answer(std::string_view line) {
    const Result<JsonValue, JsonError> answer = read_json(line, {.bytes_max = answer_bytes_max});
    if (!answer) return fail(fmt::format("the server's answer is no JSON: {}", answer.error().what));
    const JsonValue* ok = answer->find("ok");
    if (ok && ok->as_boolean() == true) {
        const JsonValue* data = answer->find("data");
        return ServerAnswer(data ? *data : JsonValue());
    }
    if (!ok || ok->as_boolean() != false) return fail("the server's answer does not say whether it was done");
    return ServerAnswer(
        std::unexpect, ServerRefusal{text_of(*answer, "error"), text_of(*answer, "message"), text_of(*answer, "hint")});
}

}  // namespace

std::string control_request(std::string_view command, const JsonValue::Object& members) {
    std::string line;
    JsonWriter json(line, JsonStyle::compact);
    json.begin_object();
    json.key("cmd");
    json.string(command);
    for (const JsonMember& member : members) {
        json.key(member.name);
        write_json_value(json, member.value);
    }
    json.end_object();
    return line + "\n";
}

Task<Result<ServerAnswer>> ask_server(TimerService& timers, Stream& stream, std::string request,
                                      Duration answer_timeout) {
    bool is_late = false;
    Timer deadline(timers);
    deadline.start_after(answer_timeout, [&] {
        is_late = true;
        stream.close();
    });
    std::string_view unsent = request;
    while (!unsent.empty()) {
        const iovec buffer{const_cast<char*>(unsent.data()), unsent.size()};
        const IoResult written = stream.writev({&buffer, 1});
        if (written.status == IoStatus::would_block) {
            co_await stream.wait_writable();
        } else if (written.status == IoStatus::ok) {
            unsent.remove_prefix(written.bytes);
        } else {
            break;  // a server that closes may have said why
        }
    }
    std::string received;
    for (;;) {
        const std::size_t known = received.size();
        received.resize(known + read_bytes);
        const IoResult read = stream.read_some(std::span(received).subspan(known));
        received.resize(known + read.bytes);
        const std::size_t end = received.find('\n', known);
        if (end != std::string::npos) co_return read_answer(std::string_view(received).substr(0, end));
        if (read.status == IoStatus::would_block) {
            co_await stream.wait_readable();
        } else if (read.status != IoStatus::ok) {
            co_return fail(is_late ? "the server did not answer in time" : "the server closed the connection");
        } else if (received.size() > answer_bytes_max) {
            co_return fail("the server's answer is too long");
        }
    }
}

}  // namespace obrol
