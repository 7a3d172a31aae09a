#include "model/file.h"

#include <algorithm>
#include <charconv>

#include "base/hexadecimal.h"
#include "model/body_words.h"

namespace obrol {

std::string to_string(const BlobDigest& blob) {
    return to_hexadecimal(blob);
}

std::optional<BlobDigest> parse_blob_digest(std::string_view text) {
    BlobDigest blob{};
    return parse_hexadecimal(text, blob) ? std::optional(blob) : std::nullopt;
}

// "code size digest name": the name comes last, because it may have blanks.
std::string encode(const FileCard& file) {
    return file.code + ' ' + std::to_string(file.size) + ' ' + to_string(file.blob) + ' ' + file.name;
}

std::optional<FileCard> parse_file_card(std::string_view body) {
    FileCard file;
    file.code = take_word(body);
    const std::string_view size = take_word(body);
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), file.size);
    const auto blob = parse_blob_digest(take_word(body));
    file.name = body;
    if (file.code.empty() || size.empty() || error != std::errc() || end != size.data() + size.size() || !blob ||
        file.name.empty())
        return std::nullopt;
    file.blob = *blob;
    return file;
}

std::optional<std::string> file_name_of(std::string_view path) {
    const std::size_t slash = path.find_last_of("/\\");
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.empty() || name == "." || name == ".." || name.size() > file_name_bytes_max ||
        std::ranges::any_of(name, is_control))
        return std::nullopt;
    return std::string(name);
}

}  // namespace obrol
