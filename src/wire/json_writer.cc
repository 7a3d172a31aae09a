#include "wire/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "base/uuid_text.h"

namespace obrol {
namespace {

// DEL too: Python escapes it.
constexpr bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

// What the processor compares at once (GCC and Clang: vector extensions).
using Block = unsigned char __attribute__((vector_size(16)));

Block block_at(const char* text) {
    Block block;
    std::memcpy(&block, text, sizeof block);
    return block;
}

bool all_plain(Block block) {
    const auto marked = (block < 0x20) | (block > 0x7E) | (block == '"') | (block == '\\');
    std::uint64_t halves[2];
    static_assert(sizeof halves == sizeof marked);
    std::memcpy(halves, &marked, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

// Length of the beginning of `text` that is written as it stands in either style.
std::size_t plain_prefix(std::string_view text) {
    std::size_t length = 0;
    while (text.size() - length >= sizeof(Block) && all_plain(block_at(text.data() + length)))
        length += sizeof(Block);
    while (length < text.size() && is_plain(static_cast<unsigned char>(text[length])))
        ++length;
    return length;
}

template <class Word>
Word word_at(std::string_view text, std::size_t at) {
    Word word;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
}

// Its beginning and its end, which may overlap; `text` has at least one Word's bytes and at most two's.
template <class Word>
struct Ends {
    Word first;
    Word last;

    explicit Ends(std::string_view text)
        : first(word_at<Word>(text, 0)), last(word_at<Word>(text, text.size() - sizeof(Word))) {}
    void copy_to(char* place, std::size_t size) const {
        std::memcpy(place, &first, sizeof first);
        std::memcpy(place + size - sizeof last, &last, sizeof last);
    }
};

// As all_plain() for whole words of a text, the rest of the block being blanks.
template <class Word>
bool all_plain(const Ends<Word>& ends) {
    char padded[sizeof(Block)] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    std::memcpy(padded, &ends, sizeof ends);
    return all_plain(block_at(padded));
}

// Whether all of `text` is written as it stands: for short texts, which are the most, without a step for each byte.
bool is_all_plain(std::string_view text) {
    if (text.size() < sizeof(Block)) {
        if (text.size() >= 8) return all_plain(Ends<std::uint64_t>(text));
        if (text.size() >= 4) return all_plain(Ends<std::uint32_t>(text));
        if (text.size() >= 2) return all_plain(Ends<std::uint16_t>(text));
        return text.empty() || is_plain(static_cast<unsigned char>(text[0]));
    }
    const std::size_t last = text.size() - sizeof(Block);
    for (std::size_t at = 0; at < last; at += sizeof(Block))
        if (!all_plain(block_at(text.data() + at))) return false;
    return all_plain(block_at(text.data() + last));  // overlaps the one before
}

// For a text of a few bytes a call of memcpy would cost more than the copying.
char* put(std::string_view text, char* place) {
    const std::size_t size = text.size();
    if (size > 16) {
        std::memcpy(place, text.data(), size);
    } else if (size >= 8) {
        Ends<std::uint64_t>(text).copy_to(place, size);
    } else if (size >= 4) {
        Ends<std::uint32_t>(text).copy_to(place, size);
    } else if (size >= 2) {
        Ends<std::uint16_t>(text).copy_to(place, size);
    } else if (size == 1) {
        *place = text[0];
    }
    return place + size;
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

// The most that stands around a name: `, "name": `.
constexpr std::size_t around_name = 6;

// `place` has room for all of it; returns its end.
char* put_name(char* place, JsonStyle style, bool is_first, std::string_view name) {
    const bool is_wide = style == JsonStyle::python;
    if (!is_first) {
        *place++ = ',';
        if (is_wide) *place++ = ' ';
    }
    *place++ = '"';
    place = put(name, place);
    *place++ = '"';
    *place++ = ':';
    if (is_wide) *place++ = ' ';
    return place;
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

void JsonWriter::field(FieldName name) {
    const bool is_first = !std::exchange(needs_separator_, true);
    const std::size_t begin = out_.size();
    out_.resize_and_overwrite(begin + name.text().size() + around_name, [&](char* bytes, std::size_t) {
        return static_cast<std::size_t>(put_name(bytes + begin, style_, is_first, name.text()) - bytes);
    });
}

// Nearly all that is written: so in one piece where the text needs no escapes.
template <class Put>
void JsonWriter::plain_member(FieldName name, std::size_t text_size, Put put_text) {
    const bool is_first = !std::exchange(needs_separator_, true);
    const std::size_t begin = out_.size();
    const std::size_t size_max = begin + name.text().size() + around_name + text_size + 2;
    out_.resize_and_overwrite(size_max, [&](char* bytes, std::size_t) {
        char* end = put_name(bytes + begin, style_, is_first, name.text());
        *end++ = '"';
        end = put_text(end);
        *end++ = '"';
        return static_cast<std::size_t>(end - bytes);
    });
}

void JsonWriter::member(FieldName name, std::string_view text) {
    if (is_all_plain(text)) return plain_member(name, text.size(), [&](char* place) { return put(text, place); });
    key(name.text());
    string(text);
}

void JsonWriter::member(FieldName name, const Uuid& id) {
    plain_member(name, Uuid::text_size, [&](char* place) { return write_text(id, place); });
}

void JsonWriter::member(FieldName name, WallTime time) {
    plain_member(name, rfc3339_size, [&](char* place) { return write_rfc3339(time, place); });
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
    put_signed(value);
}

void JsonWriter::unsigned_integer(std::uint64_t value) {
    separate();
    put_unsigned(value);
}

void JsonWriter::put_signed(std::int64_t value) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::put_unsigned(std::uint64_t value) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace obrol
