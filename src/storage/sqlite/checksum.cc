#include "storage/sqlite/checksum.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

constexpr std::size_t lanes = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, lanes>;

// tables[k][b] is the remainder of byte b followed by k zero bytes, so that eight bytes are taken in one step.
consteval Tables make_tables() {
    constexpr std::uint32_t reversed_polynomial = 0x82F63B78;
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = remainder >> 1 ^ (remainder & 1 ? reversed_polynomial : 0);
        tables[0][byte] = remainder;
    }
    for (std::size_t lane = 1; lane < lanes; ++lane) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[lane - 1][byte];
            tables[lane][byte] = before >> 8 ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr Tables tables = make_tables();

std::uint32_t byte_at(std::string_view data, std::size_t i) {
    return static_cast<std::uint8_t>(data[i]);
}

std::uint32_t word_at(std::string_view data, std::size_t i) {
    return byte_at(data, i) | byte_at(data, i + 1) << 8 | byte_at(data, i + 2) << 16 | byte_at(data, i + 3) << 24;
}

std::uint32_t remainder_of(std::uint32_t word, std::size_t first_lane) {
    return tables[first_lane + 3][word & 0xFF] ^ tables[first_lane + 2][word >> 8 & 0xFF] ^
           tables[first_lane + 1][word >> 16 & 0xFF] ^ tables[first_lane][word >> 24];
}

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::string_view data, std::uint32_t checksum) {
    std::uint64_t remainder = ~checksum;
    while (data.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, data.data(), sizeof word);
        remainder = __builtin_ia32_crc32di(remainder, word);
        data.remove_prefix(sizeof word);
    }
    auto rest = static_cast<std::uint32_t>(remainder);
    for (const char byte : data)
        rest = __builtin_ia32_crc32qi(rest, static_cast<std::uint8_t>(byte));
    return ~rest;
}

bool has_instruction() {
    static const bool has = __builtin_cpu_supports("sse4.2");
    return has;
}
#endif

class HeaderBytes {
  public:
    void add(std::int64_t value) {
        auto bits = static_cast<std::uint64_t>(value);
        if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap64(bits);
        add(&bits, sizeof bits);
    }
    void add(const Uuid& id) { add(id.bytes.data(), id.bytes.size()); }
    std::string_view view() const { return {bytes_.data(), size_}; }

  private:
    void add(const void* data, std::size_t size) {
        OBROL_CHECK(size <= bytes_.size() - size_);
        std::memcpy(bytes_.data() + size_, data, size);
        size_ += size;
    }

    std::array<char, 6 * 8 + 16> bytes_;
    std::size_t size_ = 0;
};

}  // namespace

// Ten times as fast by the instruction, and every entry is checksummed.
std::uint32_t crc32c(std::string_view data, std::uint32_t checksum) {
#if defined(__x86_64__)
    if (has_instruction()) return crc32c_by_instruction(data, checksum);
#endif
    return crc32c_by_tables(data, checksum);
}

std::uint32_t crc32c_by_tables(std::string_view data, std::uint32_t checksum) {
    std::uint32_t remainder = ~checksum;
    std::size_t i = 0;
    for (; i + lanes <= data.size(); i += lanes)
        remainder = remainder_of(word_at(data, i) ^ remainder, 4) ^ remainder_of(word_at(data, i + 4), 0);
    for (; i < data.size(); ++i)
        remainder = remainder >> 8 ^ tables[0][(remainder ^ byte_at(data, i)) & 0xFF];
    return ~remainder;
}

std::uint32_t header_checksum(const EntryHeader& header, std::int64_t origin) {
    HeaderBytes bytes;
    bytes.add(header.conversation.value);
    bytes.add(header.seq.value);
    bytes.add(header.id);
    bytes.add(origin);
    bytes.add(header.sender.value);
    bytes.add(header.at.time_since_epoch().count());
    bytes.add(static_cast<std::int64_t>(header.kind));
    return crc32c(bytes.view());
}

std::uint32_t body_checksum(std::uint32_t of_header, std::string_view body, bool erased) {
    return crc32c(body, erased ? ~of_header : of_header);
}

}  // namespace obrol::sqlite
