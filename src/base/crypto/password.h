// Password hashes: Argon2id (RFC 9106) in libsodium's encoded form, which names its own cost and salt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obrol {

struct PasswordCost {
    // OWASP Password Storage Cheat Sheet: 19 MiB and 2 iterations.
    std::size_t memory_kib = 19 * 1024;  // at least 8
    std::uint64_t iterations = 2;        // at least 1
};

// Takes `cost` in time and memory; safe from any thread. None when the memory cannot be had.
std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost);
// Costs what `encoded` was made with. False also for what is no encoded hash, and when memory cannot be had.
bool verify_password(std::string_view password, const std::string& encoded);

}  // namespace obrol
