// A file that somebody sent into a conversation (DESIGN section 5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obrol {

// SHA-256 of a file's bytes: the blob's name on every server.
using BlobDigest = std::array<std::uint8_t, 32>;
// 64 hexadecimal digits in lower case.
std::string to_string(const BlobDigest& blob);
std::optional<BlobDigest> parse_blob_digest(std::string_view text);

struct FileCard {
    std::string code;        // by which it is fetched, within its conversation
    std::string name;        // the last path component, as the sender called it
    std::uint64_t size = 0;  // bytes
    BlobDigest blob{};

    friend bool operator==(const FileCard&, const FileCard&) = default;
};

// The body of an entry of kind `file`.
std::string encode(const FileCard& file);
// None: no such body.
std::optional<FileCard> parse_file_card(std::string_view body);

// Codes of files: six hexadecimal digits in lower case (PROTOCOLS.md: py-chat), twelve when a server has so many files
// that six are hard to find. Whoever guesses one gains nothing: rights decide.
inline constexpr std::size_t file_code_size = 6;
inline constexpr std::size_t long_file_code_size = 12;
inline constexpr std::size_t file_name_bytes_max = 255;

// The name under which a sent file is kept: the last component of a path with '/' or '\'. None where that is empty, "."
// or "..", longer than file_name_bytes_max, or has control characters.
std::optional<std::string> file_name_of(std::string_view path);

}  // namespace obrol
