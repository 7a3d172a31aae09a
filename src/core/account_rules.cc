#include "core/account_rules.h"

#include <algorithm>
#include <fmt/core.h>

#include "model/name.h"

namespace obrol {
namespace {

std::size_t characters_in(std::string_view text) {
    const auto is_first_byte = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u; };
    return static_cast<std::size_t>(std::ranges::count_if(text, is_first_byte));
}

// C0 and DEL; C1 as UTF-8 writes it. They would let a profile move the cursor of a terminal.
bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20u || byte == 0x7Fu) return true;
        if (byte == 0xC2u && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0u) return true;
    }
    return false;
}

std::string text_problem(std::string_view what, std::string_view text, std::size_t characters_max) {
    if (characters_in(text) > characters_max)
        return fmt::format("the {} has more than {} characters", what, characters_max);
    if (has_control_characters(text)) return fmt::format("the {} has control characters", what);
    return {};
}

}  // namespace

std::string password_problem(std::string_view password, std::string_view user_name, const Chat::Options& options) {
    if (characters_in(password) < options.password_characters_min)
        return fmt::format("it has fewer than {} characters", options.password_characters_min);
    if (password.size() > options.password_bytes_max)
        return fmt::format("it has more than {} bytes", options.password_bytes_max);
    if (name_key(password) == name_key(user_name)) return "it is the user name";
    return {};
}

std::string profile_problem(const UserCard& card, const Chat::Options& options) {
    std::string problem = text_problem("name", card.display_name, options.display_name_characters_max);
    if (problem.empty()) problem = text_problem("country", card.country, options.country_characters_max);
    return problem;
}

std::string note_problem(std::string_view note, const Chat::Options& options) {
    return text_problem("note", note, options.invitation_note_characters_max);
}

std::string group_name_problem(std::string_view name, const Chat::Options& options) {
    return text_problem("name", name, options.group_name_characters_max);
}

}  // namespace obrol
