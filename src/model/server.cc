#include "model/server.h"

#include <algorithm>

#include "base/crypto/sha256.h"
#include "base/hexadecimal.h"

namespace obrol {
namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string fingerprint(const PublicKey& key) {
    const Sha256::Value value = sha256(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
    const std::string digits = to_hexadecimal(value).substr(0, value.size());
    std::string text;
    for (std::size_t at = 0; at < digits.size(); at += 4)
        text.append(at == 0 ? "" : " ").append(digits, at, 4);
    return text;
}

bool is_server_label(std::string_view text) {
    const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
    return !text.empty() && text.size() <= server_label_bytes_max && is_letter_or_digit(text.front()) &&
           std::ranges::all_of(text, is_allowed);
}

std::string_view to_string(LinkState state) {
    switch (state) {
        case LinkState::idle:
            return "idle";
        case LinkState::connecting:
            return "connecting";
        case LinkState::up:
            return "up";
        case LinkState::down:
            return "down";
        case LinkState::disconnected:
            return "disconnected";
        case LinkState::blocked:
            return "blocked";
    }
    return "unknown";
}

}  // namespace obrol
