#include "model/name.h"

#include "base/uuid.h"

namespace obrol {
namespace {

constexpr bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

NameProblem check_user_name(std::string_view name) {
    if (name.empty()) return NameProblem::empty;
    if (name.size() > user_name_bytes_max) return NameProblem::too_long;
    if (!is_letter_or_digit(name.front())) return NameProblem::bad_start;
    for (const char c : name)
        if (!is_letter_or_digit(c) && c != '_' && c != '.' && c != '-') return NameProblem::bad_character;
    if (name.find("..") != std::string_view::npos) return NameProblem::double_dot;
    if (has_uuid_form(name)) return NameProblem::uuid_form;
    const std::string key = name_key(name);
    if (key == "server" || key == "system" || key == "admin") return NameProblem::reserved;
    return NameProblem::none;
}

std::string_view to_string(NameProblem problem) {
    switch (problem) {
        case NameProblem::none:
            return "";
        case NameProblem::empty:
            return "the name is empty";
        case NameProblem::too_long:
            return "the name is longer than 100 characters";
        case NameProblem::bad_character:
            return "a name has only letters, digits, '_', '.' and '-'";
        case NameProblem::bad_start:
            return "a name starts with a letter or digit";
        case NameProblem::double_dot:
            return "a name has no two dots in a row";
        case NameProblem::uuid_form:
            return "a name must not look like a token";
        case NameProblem::reserved:
            return "that name is reserved";
    }
    return "";
}

std::string name_key(std::string_view name) {
    std::string key(name);
    for (char& c : key)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return key;
}

}  // namespace obrol
