#include "wire/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"

namespace obrol {
namespace {

// DEL too: Python escapes it.
constexpr bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

constexpr std::uint64_t repeated(unsigned char byte) {
    return 0x0101010101010101u * byte;
}

constexpr std::uint64_t zero_bytes(std::uint64_t word) {
    return (word - repeated(1)) & ~word & repeated(0x80);
}

// Whether all eight bytes are plain: the bit tricks are exact for "none", which is all that is asked here.
constexpr bool all_plain(std::uint64_t word) {
    const std::uint64_t controls = (word - repeated(0x20)) & ~word & repeated(0x80);
    const std::uint64_t not_ascii = word & repeated(0x80);
    return (controls | not_ascii | zero_bytes(word ^ repeated('"')) | zero_bytes(word ^ repeated('\\')) |
            zero_bytes(word ^ repeated(0x7F))) == 0;
}

// Length of the beginning of `text` that is written as it stands in either style.
std::size_t plain_prefix(std::string_view text) {
    std::size_t length = 0;
    for (; text.size() - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + length, sizeof word);
        if (!all_plain(word)) break;
    }
    while (length < text.size() && is_plain(static_cast<unsigned char>(text[length])))
        ++length;
    return length;
}

// Whether all of `text` is written as it stands: for short texts, which are the most, without a step for each byte.
bool is_all_plain(std::string_view text) {
    std::uint64_t word = repeated(' ');
    if (text.size() < sizeof word) {
        text.copy(reinterpret_cast<char*>(&word), text.size());
        return all_plain(word);
    }
    // The last word overlaps the one before.
    for (std::size_t at = 0; at + sizeof word < text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if (!all_plain(word)) return false;
    }
    std::memcpy(&word, text.data() + text.size() - sizeof word, sizeof word);
    return all_plain(word);
}

char* put(std::string_view text, char* place) {
    return place + text.copy(place, text.size());
}

void append_hex_escape(std::string& out, char32_t unit) {
    constexpr char digits[] = "0123456789abcdef";
    const char escape[] = {
        '\\', 'u', digits[unit >> 12 & 0xF], digits[unit >> 8 & 0xF], digits[unit >> 4 & 0xF], digits[unit & 0xF]};
    out.append(escape, sizeof escape);
}

void append_as_utf16_escapes(std::string& out, char32_t value) {
    if (value < 0x10000) {
        append_hex_escape(out, value);
        return;
    }
    append_hex_escape(out, 0xD800 + ((value - 0x10000) >> 10));
    append_hex_escape(out, 0xDC00 + (value & 0x3FF));
}

// What needs no escapes, nearly everything, goes in one piece: `out` grows once.
void append_quoted(std::string& out, std::string_view before, std::string_view text, std::string_view after) {
    const std::size_t begin = out.size();
    const std::size_t size = begin + before.size() + text.size() + after.size() + 2;
    // GCC 12 may call with a larger size than it was asked for.
    out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
        char* end = put(before, bytes + begin);
        *end++ = '"';
        end = put(text, end);
        *end++ = '"';
        put(after, end);
        return size;
    });
}

constexpr CodePoint replacement{0xFFFD, 1};
constexpr std::string_view replacement_text = "\xEF\xBF\xBD";

}  // namespace

void JsonWriter::key(std::string_view name) {
    quote(separator(), name, style_ == JsonStyle::python ? ": " : ":");
    needs_separator_ = false;
}

void JsonWriter::string(std::string_view text) {
    quote(separator(), text, {});
}

void JsonWriter::real(double value) {
    OBROL_CHECK(std::isfinite(value));
    separate();
    // Python changes to the form with an exponent outside this range.
    const double size = std::abs(value);
    const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
    char digits[32];
    const auto written = std::to_chars(digits, digits + sizeof digits, value,
                                       fixed ? std::chars_format::fixed : std::chars_format::scientific);
    OBROL_CHECK(written.ec == std::errc());
    const std::string_view text(digits, static_cast<std::size_t>(written.ptr - digits));
    out_ += text;
    if (fixed && !text.contains('.')) out_ += ".0";
}

void JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
}

void JsonWriter::null() {
    separate();
    out_ += "null";
}

// What belongs before the next key or item.
std::string_view JsonWriter::separator() {
    if (!std::exchange(needs_separator_, true)) return {};
    return style_ == JsonStyle::python ? ", " : ",";
}

void JsonWriter::separate() {
    out_ += separator();
}

void JsonWriter::begin(char bracket) {
    separate();
    out_ += bracket;
    needs_separator_ = false;
}

void JsonWriter::end(char bracket) {
    out_ += bracket;
    needs_separator_ = true;
}

void JsonWriter::quote(std::string_view before, std::string_view text, std::string_view after) {
    if (is_all_plain(text)) return append_quoted(out_, before, text, after);
    out_ += before;
    out_ += '"';
    for (;;) {
        const std::size_t plain = plain_prefix(text);
        out_ += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (const auto byte = static_cast<unsigned char>(text[0]); byte < 0x80) {
            escape(byte);
            text.remove_prefix(1);
            continue;
        }
        const std::optional<CodePoint> decoded = decode_code_point(text);
        const CodePoint code_point = decoded.value_or(replacement);
        if (style_ == JsonStyle::python) {
            append_as_utf16_escapes(out_, code_point.value);
        } else {
            out_ += decoded ? text.substr(0, code_point.bytes) : replacement_text;
        }
        text.remove_prefix(code_point.bytes);
    }
    out_ += '"';
    out_ += after;
}

void JsonWriter::escape(unsigned char byte) {
    switch (byte) {
        case '"':
            out_ += "\\\"";
            break;
        case '\\':
            out_ += "\\\\";
            break;
        case '\n':
            out_ += "\\n";
            break;
        case '\r':
            out_ += "\\r";
            break;
        case '\t':
            out_ += "\\t";
            break;
        case '\b':
            out_ += "\\b";
            break;
        case '\f':
            out_ += "\\f";
            break;
        default:
            if (byte == 0x7F && style_ == JsonStyle::compact) {
                out_ += '\x7F';
            } else {
                append_hex_escape(out_, byte);
            }
    }
}

void JsonWriter::signed_integer(std::int64_t value) {
    separate();
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::unsigned_integer(std::uint64_t value) {
    separate();
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace obrol
