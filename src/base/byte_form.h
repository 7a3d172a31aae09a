// One description of a value's bytes for both directions: a function template that names the fields in their order is
// given a ByteWriting to write the value, and a ByteReading to read it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/uuid.h"

namespace obrol {

class ByteWriting {
  public:
    static constexpr bool is_reading = false;

    // Appends to `out`, which must outlive it.
    explicit ByteWriting(std::string& out) : writer_(out) {}

    void field(const std::string& text) { writer_.write_text(text); }
    void field(const bool& flag) { writer_.write_u8(flag ? 1 : 0); }
    void field(const std::uint16_t& number) { writer_.write_u16(number); }
    void field(const std::uint32_t& number) { writer_.write_u32(number); }
    void field(const std::int64_t& number) { writer_.write_i64(number); }
    void field(const std::uint64_t& number) { writer_.write_i64(static_cast<std::int64_t>(number)); }
    void field(const WallTime& at) { writer_.write_i64(at.time_since_epoch().count()); }
    void field(const Uuid& id) { writer_.write_array(id.bytes); }
    template <std::size_t size>
    void field(const std::array<std::uint8_t, size>& bytes) {
        writer_.write_array(bytes);
    }
    // One of an enumeration in a byte, between the two.
    template <class Enum>
    void choice(const Enum& value, Enum, Enum) {
        writer_.write_u8(static_cast<std::uint8_t>(value));
    }
    // `each` names the fields of an element, which take so many bytes at least.
    template <class Element, class Fields>
    void list(const std::vector<Element>& elements, std::size_t, Fields each) {
        writer_.write_u32(static_cast<std::uint32_t>(elements.size()));
        for (const Element& element : elements)
            each(element);
    }
    // What holds for every such value: otherwise it is none.
    void check(bool) {}

  private:
    ByteWriter writer_;
};

class ByteReading {
  public:
    static constexpr bool is_reading = true;

    // Whether it was such a value, the reader says at the end (is_done()).
    explicit ByteReading(ByteReader& reader) : reader_(reader) {}

    void field(std::string& text) { text = reader_.read_text(); }
    void field(bool& flag) { flag = reader_.read_flag(); }
    void field(std::uint16_t& number) { number = reader_.read_u16(); }
    void field(std::uint32_t& number) { number = reader_.read_u32(); }
    void field(std::int64_t& number) { number = reader_.read_i64(); }
    void field(std::uint64_t& number) { number = static_cast<std::uint64_t>(reader_.read_i64()); }
    void field(WallTime& at) { at = WallTime(std::chrono::milliseconds(reader_.read_i64())); }
    void field(Uuid& id) { id.bytes = reader_.read_array<16>(); }
    template <std::size_t size>
    void field(std::array<std::uint8_t, size>& bytes) {
        bytes = reader_.read_array<size>();
    }
    template <class Enum>
    void choice(Enum& value, Enum least, Enum most) {
        value = static_cast<Enum>(reader_.read_u8());
        check(value >= least && value <= most);
    }
    template <class Element, class Fields>
    void list(std::vector<Element>& elements, std::size_t element_bytes_min, Fields each) {
        elements.resize(reader_.read_count(element_bytes_min));
        for (Element& element : elements)
            each(element);
    }
    void check(bool holds) {
        if (!holds) reader_.spoil();
    }

  private:
    ByteReader& reader_;
};

}  // namespace obrol
