// What the commands of the control socket share: the members of their requests, and how they refuse. Internal to
// control/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/administration.h"
#include "server/control/control_answer.h"
#include "server/control/control_commands.h"
#include "server/control/control_json.h"
#include "server/control/peer_json.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace obrol {
namespace control {

// One page of a list, so that chat goes on between two.
inline constexpr std::int64_t page_max = 1000;

inline std::unexpected<ControlRefusal> refuse(std::string error, std::string message, std::string hint = "") {
    return std::unexpected(ControlRefusal{std::move(error), std::move(message), std::move(hint)});
}

template <class T>
ControlAnswer to_answer(const Administration::Answer<T>& answer, std::string_view what = "") {
    if (!answer) return std::unexpected(to_refusal(answer.error(), what));
    return to_json(*answer);
}

inline std::string quoted(std::string_view text) {
    std::string json;
    JsonWriter(json, JsonStyle::compact).string(text);
    return json;
}

}  // namespace control

// The members of a request that has been checked against its command's.
class ControlCommands::Arguments {
  public:
    explicit Arguments(JsonValue request) : request_(std::move(request)) {}

    std::optional<std::string> optional_text(std::string_view name) const {
        const JsonValue* member = request_.find(name);
        return member ? std::optional<std::string>(*member->as_string()) : std::nullopt;
    }
    // Of a member that is required, or with what stands for it when it is not there.
    std::string text(std::string_view name, std::string_view otherwise = "") const {
        return optional_text(name).value_or(std::string(otherwise));
    }
    std::optional<std::int64_t> number(std::string_view name) const {
        const JsonValue* member = request_.find(name);
        return member ? member->as_integer() : std::nullopt;
    }
    // The id, which may be given as people write it, with '#'.
    std::string group() const {
        std::string id = text("group");
        if (id.starts_with('#')) id.erase(0, 1);
        return id;
    }
    // From 1 to `most`; page_max when it is not given.
    std::expected<std::size_t, ControlRefusal> limit(std::int64_t most) const {
        const std::int64_t limit = number("limit").value_or(control::page_max);
        if (limit < 1 || limit > most)
            return control::refuse("bad-argument", fmt::format("limit must be from 1 to {}", most));
        return static_cast<std::size_t>(limit);
    }
    // 0: none, or a number that is no port.
    std::uint16_t port() const {
        const std::int64_t given = number("port").value_or(0);
        return given < 1 || given > std::numeric_limits<std::uint16_t>::max() ? std::uint16_t{0}
                                                                              : static_cast<std::uint16_t>(given);
    }
    // What the log says of whom or what the request is about. Codes that let people in are named otherwise.
    std::string logged_subject() const {
        std::string subject;
        for (const std::string_view name : {"user", "group", "file", "peer"}) {
            if (const std::optional<std::string> value = optional_text(name)) subject += " " + control::quoted(*value);
        }
        if (const std::optional<std::int64_t> id = number("id")) subject += fmt::format(" {}", *id);
        return subject;
    }
    std::expected<Role, ControlRefusal> role(std::string_view otherwise) const {
        const std::optional<Role> role = control::to_role(text("role", otherwise));
        if (!role)
            return control::refuse("bad-argument", "there is no such role: " + text("role"),
                                   "the roles are member and admin");
        return *role;
    }

  private:
    JsonValue request_;
};

}  // namespace obrol
