// What obrolctl was asked to do.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "wire/json_value.h"

namespace obrol {

// A request to the running server (docs/protocol/control.md).
struct AskServer {
    enum class Password { none, ask, from_standard_input, generate };

    std::string command;
    JsonValue::Object members;  // without the password
    Password password = Password::none;
    // To be answered with yes on a terminal before anything is done; empty: nothing to ask.
    std::string question;
    // Where a group's log goes, line by line; empty: the answer is printed.
    std::string file;
};
struct CheckConfig {
    std::string file;
};
struct ShowExample {};

struct ControlCommandLine {
    std::optional<std::string> data_directory;
    std::optional<std::string> config_file;
    bool json = false;
    std::variant<AskServer, CheckConfig, ShowExample> action;
};

// Nothing to do: `text` is the help or what was wrong, `exit_code` 0 or 2.
struct NothingToDo {
    std::string text;
    int exit_code = 0;
};

std::variant<ControlCommandLine, NothingToDo> parse_control_command_line(int count, const char* const* arguments);

// "90s", "15m", "12h", "7d", "2w" in seconds; none when it is not of that form, zero, or more than a hundred years.
std::optional<std::int64_t> parse_duration(std::string_view text);

// "1048576", "1024K", "500M", "20G", "1T" in bytes, with units of 1024; none when it is not of that form or more than
// 1024T.
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace obrol
