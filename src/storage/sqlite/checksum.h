// Checksums of stored entries: CRC-32C (Castagnoli; RFC 3720, appendix B.4), which finds every damage that lies within
// 32 bits, and of any other all but one in four thousand million. No defence against people who can write to the disk.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/entry.h"

namespace obrol::sqlite {

// Goes on from `checksum`, the checksum of what came before.
std::uint32_t crc32c(std::string_view data, std::uint32_t checksum = 0);
// The same on a processor without an instruction for it.
std::uint32_t crc32c_by_tables(std::string_view data, std::uint32_t checksum = 0);

// Covers conversation, seq, id, origin, sender, time and kind.
std::uint32_t header_checksum(const EntryHeader& header, std::int64_t origin);

// Covers the body and whether it was erased, and belongs to this header: a body in the wrong row is found as well.
std::uint32_t body_checksum(std::uint32_t of_header, std::string_view body, bool erased);

}  // namespace obrol::sqlite
