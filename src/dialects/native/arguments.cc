#include "dialects/native/arguments.h"

#include <charconv>
#include <utility>

namespace obrol::native {
namespace {

constexpr std::string_view blanks = " \t";

}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool WordArguments::has(std::string_view) {
    WordReader ahead = reader_;
    return ahead.next_word().has_value();
}

std::optional<std::string> WordArguments::text(std::string_view) {
    const auto word = reader_.next_word();
    return word ? std::optional<std::string>(*word) : std::nullopt;
}

std::optional<std::string> WordArguments::rest(std::string_view) {
    const std::string_view text = reader_.rest_text();
    if (blank_only(text)) return std::nullopt;
    return std::string(text);
}

std::optional<std::int64_t> WordArguments::number(std::string_view) {
    const auto word = reader_.next_word();
    return word ? parse_number(*word) : std::nullopt;
}

std::optional<std::int64_t> WordArguments::named_number(std::string_view name) {
    WordReader ahead = reader_;
    if (ahead.next_word() != name) return std::nullopt;
    const auto word = ahead.next_word();
    const auto value = word ? parse_number(*word) : std::nullopt;
    if (value) reader_ = ahead;
    return value;
}

std::optional<std::string> WordArguments::named_text(std::string_view name) {
    WordReader ahead = reader_;
    if (ahead.next_word() != name) return std::nullopt;
    const auto word = ahead.next_word();
    if (!word) return std::nullopt;
    reader_ = ahead;
    return std::string(*word);
}

std::optional<std::string> WordArguments::replacement(std::string_view name) {
    WordReader ahead = reader_;
    if (ahead.next_word() != name) return std::nullopt;
    const std::string_view text = ahead.rest_text();
    while (ahead.next_word()) {
    }
    reader_ = ahead;
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return std::string();
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::optional<bool> WordArguments::flag(std::string_view name) {
    const auto word = reader_.next_word();
    if (!word) return false;
    return *word == name ? std::optional<bool>(true) : std::nullopt;
}

std::optional<std::string> MemberArguments::text(std::string_view name) {
    std::optional<std::string> text = replacement(name);
    return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> MemberArguments::list(std::string_view name) {
    const JsonValue* member = object_.find(name);
    const JsonValue::Array* items = member ? member->as_array() : nullptr;
    if (!items) return text(name);
    std::string joined;
    for (const JsonValue& item : *items) {
        const std::string* part = item.as_string();
        if (!part) return std::nullopt;
        joined.append(joined.empty() ? "" : ",").append(*part);
    }
    return joined;
}

std::optional<std::string> MemberArguments::rest(std::string_view name) {
    std::optional<std::string> text = this->text(name);
    return text && !blank_only(*text) ? text : std::nullopt;
}

std::optional<std::int64_t> MemberArguments::number(std::string_view name) {
    const JsonValue* member = object_.find(name);
    return member ? member->as_integer() : std::nullopt;
}

std::optional<std::string> MemberArguments::replacement(std::string_view name) {
    const JsonValue* member = object_.find(name);
    const std::string* text = member ? member->as_string() : nullptr;
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<bool> MemberArguments::flag(std::string_view name) {
    const JsonValue* member = object_.find(name);
    return member ? member->as_boolean() : std::optional<bool>(false);
}

}  // namespace obrol::native
