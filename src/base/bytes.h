// Values as bytes between machines: whole numbers of fixed width with the highest byte first, texts and lists with
// their length in four bytes before them. A value has one form only, so what was read is written again to the same
// bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace obrol {

class ByteWriter {
  public:
    // Appends to `out`, which must outlive the writer.
    explicit ByteWriter(std::string& out) : out_(out) {}

    void write_u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void write_u16(std::uint16_t value) { write_number(value, 2); }
    void write_u32(std::uint32_t value) { write_number(value, 4); }
    // Negative ones in two's complement.
    void write_i64(std::int64_t value) { write_number(static_cast<std::uint64_t>(value), 8); }
    // As they are, without their length.
    void write_raw(std::string_view bytes) { out_.append(bytes); }
    template <std::size_t size>
    void write_array(const std::array<std::uint8_t, size>& bytes) {
        out_.append(reinterpret_cast<const char*>(bytes.data()), size);
    }
    void write_text(std::string_view text);

  private:
    void write_number(std::uint64_t value, std::size_t width);

    std::string& out_;
};

// Strict: what does not fit reads as zero and empty, and spoils all that follows; is_done() says so at the end.
class ByteReader {
  public:
    // `bytes` must outlive the reader and the texts that it gives.
    explicit ByteReader(std::string_view bytes) : left_(bytes) {}

    std::uint8_t read_u8() { return static_cast<std::uint8_t>(read_number(1)); }
    std::uint16_t read_u16() { return static_cast<std::uint16_t>(read_number(2)); }
    std::uint32_t read_u32() { return static_cast<std::uint32_t>(read_number(4)); }
    std::int64_t read_i64() { return static_cast<std::int64_t>(read_number(8)); }
    std::string_view read_raw(std::size_t size);
    template <std::size_t size>
    std::array<std::uint8_t, size> read_array() {
        std::array<std::uint8_t, size> bytes{};
        const std::string_view raw = read_raw(size);
        for (std::size_t i = 0; i < raw.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(raw[i]);
        return bytes;
    }
    std::string_view read_text() { return read_raw(read_u32()); }
    // A flag is 0 or 1, and nothing else.
    bool read_flag();
    // How many elements a list has, each of which takes so many bytes at least: never more than can still come.
    std::size_t read_count(std::size_t element_bytes_min);
    // What was read is no such value after all.
    void spoil() {
        is_spoiled_ = true;
        left_ = {};
    }

    std::size_t bytes_left() const { return left_.size(); }
    bool is_good() const { return !is_spoiled_; }
    // Everything was there, and there is nothing else.
    bool is_done() const { return !is_spoiled_ && left_.empty(); }

  private:
    std::uint64_t read_number(std::size_t width);

    std::string_view left_;
    bool is_spoiled_ = false;
};

}  // namespace obrol
