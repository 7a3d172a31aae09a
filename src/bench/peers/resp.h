// The Redis serialization protocol, version 2 (redis.io/docs/reference/protocol-spec), as much as clients need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace obrol::bench {

// "$5\r\nhello\r\n"
void append_bulk(std::string& out, std::string_view text);
// A command as an array of bulk strings.
void append_command(std::string& out, const std::vector<std::string_view>& words);

// One value with everything in it, flattened in the order of the text.
struct RespItem {
    char type = 0;            // of '+', '-', ':', '$', '*'
    std::string_view text;    // '*': empty; points into what was read
    std::int64_t number = 0;  // ':' its value, '*' how many items follow that belong to it
};

// The first value of `received`: its items go to `items`, its size is returned; 0 while it is not whole. An error when
// it is no such value.
Result<std::size_t> read_resp(std::string_view received, std::vector<RespItem>& items);

}  // namespace obrol::bench
