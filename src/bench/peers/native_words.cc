#include "bench/peers/native_words.h"

#include <fmt/core.h>

namespace obrol::bench {

std::string native_user(std::size_t user) {
    return "u" + std::to_string(user);
}

std::string_view native_text_member(std::string_view object, std::string_view name) {
    const std::string key = fmt::format("\"{}\":\"", name);
    const std::size_t begin = object.find(key);
    if (begin == std::string_view::npos) return {};
    const std::string_view value = object.substr(begin + key.size());
    return value.substr(0, value.find('"'));
}

Failure<Error> native_refusal(std::string_view what, std::string_view said) {
    constexpr std::size_t quoted = 300;
    return fail(fmt::format("the server answered {} with {}", what, said.substr(0, quoted)));
}

}  // namespace obrol::bench
