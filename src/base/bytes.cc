#include "base/bytes.h"

#include <limits>

#include "base/check.h"

namespace obrol {

void ByteWriter::write_number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;)
        out_.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

void ByteWriter::write_text(std::string_view text) {
    OBROL_CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max());
    write_u32(static_cast<std::uint32_t>(text.size()));
    out_.append(text);
}

std::uint64_t ByteReader::read_number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : read_raw(width))
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

std::string_view ByteReader::read_raw(std::size_t size) {
    if (size > left_.size()) spoil();
    if (is_spoiled_) return {};
    const std::string_view raw = left_.substr(0, size);
    left_.remove_prefix(size);
    return raw;
}

bool ByteReader::read_flag() {
    const std::uint8_t flag = read_u8();
    if (flag > 1) spoil();
    return flag == 1;
}

std::size_t ByteReader::read_count(std::size_t element_bytes_min) {
    const std::size_t count = read_u32();
    if (count > left_.size() / element_bytes_min) spoil();
    return is_spoiled_ ? 0 : count;
}

}  // namespace obrol
