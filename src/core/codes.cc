#include "core/codes.h"

#include <string_view>

namespace obrol {

std::string random_hex(SecureRandom& random, std::size_t digits) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::vector<std::byte> bytes(digits);
    random.fill(bytes);
    std::string text;
    for (const std::byte byte : bytes)
        text.push_back(alphabet[std::to_integer<std::size_t>(byte) % alphabet.size()]);
    return text;
}

std::vector<std::string> random_codes(SecureRandom& random, std::size_t digits) {
    std::vector<std::string> codes;
    for (std::size_t i = 0; i < code_candidates; ++i)
        codes.push_back(random_hex(random, digits));
    return codes;
}

}  // namespace obrol
