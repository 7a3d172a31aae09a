// Writes JSON text straight into a string, without a tree in between.
//
// The caller keeps the grammar: keys and values in turn inside objects, every begin ended. Text is valid UTF-8 because
// it was checked at the door; should a bad byte get here all the same, it is written as U+FFFD.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/uuid.h"

namespace obrol {

enum class JsonStyle {
    // To the byte what Python 3's json.dumps(value) writes: ", " and ": ", pure ASCII (PROTOCOLS.md: common rules).
    python,
    // "," and ":", UTF-8 as it is, escapes only where RFC 8259 demands them.
    compact,
};

// The name of a member that the program itself knows: written as it stands, which is checked when it is compiled.
class FieldName {
  public:
    consteval FieldName(const char* name) : text_(name) {
        for (const char byte : text_)
            if (byte < 0x20 || byte > 0x7E || byte == '"' || byte == '\\') throw "not plain ASCII";
    }
    constexpr std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

class JsonWriter {
  public:
    // Appends to `out`, which must outlive the writer.
    JsonWriter(std::string& out, JsonStyle style) : out_(out), style_(style) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    void key(std::string_view name);

    void string(std::string_view text);
    template <std::integral Integer>
    requires(!std::same_as<Integer, bool>) void integer(Integer value) {
        if constexpr (std::signed_integral<Integer>) {
            signed_integer(value);
        } else {
            unsigned_integer(value);
        }
    }
    // Finite values only: JSON has no others. Both styles write Python's form, the shortest that reads back equal.
    void real(double value);
    void boolean(bool value);
    void null();

    // key() and string(), or integer(), in one step.
    void member(FieldName name, std::string_view text);
    // In its usual form (RFC 9562).
    void member(FieldName name, const Uuid& id);
    // As rfc3339() has it.
    void member(FieldName name, WallTime time);
    template <std::integral Integer>
    requires(!std::same_as<Integer, bool>) void member(FieldName name, Integer value) {
        field(name);
        if constexpr (std::signed_integral<Integer>) {
            put_signed(value);
        } else {
            put_unsigned(value);
        }
    }

  private:
    std::string_view separator();
    void separate();
    void begin(char bracket);
    void end(char bracket);
    // A text that needs no escapes and that put_text(place) writes, returning its end.
    template <class Put>
    void plain_member(FieldName name, std::size_t text_size, Put put_text);
    // A key and what follows it, up to its value.
    void field(FieldName name);
    void quote(std::string_view before, std::string_view text, std::string_view after);
    void escape(unsigned char byte);
    void signed_integer(std::int64_t value);
    void unsigned_integer(std::uint64_t value);
    void put_signed(std::int64_t value);
    void put_unsigned(std::uint64_t value);

    std::string& out_;
    JsonStyle style_;
    // Something stands before the next key or item on its level.
    bool needs_separator_ = false;
};

}  // namespace obrol
