// What a numeric address of another side says by itself, e.g. "127.0.0.1" or "::1", without port and brackets.
#pragma once

#include <string_view>

namespace obrol {

// This machine: everything of 127.0.0.0/8, and ::1.
inline bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1";
}

}  // namespace obrol
