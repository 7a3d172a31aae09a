// The server's label in addresses (DESIGN section 5): chosen once, then kept in the data directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace obrol {

// The id kept in `file`; at the first start `wanted`, or without that the sanitised `host_name`, which is then written
// there durably. An error when `wanted` is another one than is kept.
Result<std::string> settle_server_id(const std::filesystem::path& file, std::string_view wanted,
                                     std::string_view host_name);

// A server id out of any host name: what is not allowed becomes '-'; "local" when nothing is left.
std::string sanitised_host_name(std::string_view host_name);

}  // namespace obrol
