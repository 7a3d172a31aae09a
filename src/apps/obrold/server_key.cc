#include "apps/obrold/server_key.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

#include "apps/obrold/whole_file.h"
#include "base/hexadecimal.h"

namespace obrol {
namespace {

std::string_view take_until(std::string_view& text, char end) {
    const std::size_t size = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    return taken;
}

std::string shown(const ServerKey& key) {
    std::string content = to_hexadecimal(key.seed) + "\n";
    for (const PeerRotation& rotation : key.rotations)
        content += fmt::format("{} {} {} {}\n", to_hexadecimal(rotation.old_key), to_hexadecimal(rotation.new_key),
                               to_hexadecimal(rotation.signature), to_hexadecimal(rotation.acceptance));
    return content;
}

std::optional<ServerKey> parse(std::string_view content) {
    ServerKey key;
    if (!parse_hexadecimal(take_until(content, '\n'), key.seed)) return std::nullopt;
    while (!content.empty()) {
        std::string_view line = take_until(content, '\n');
        PeerRotation rotation;
        const bool is_one = parse_hexadecimal(take_until(line, ' '), rotation.old_key) &&
                            parse_hexadecimal(take_until(line, ' '), rotation.new_key) &&
                            parse_hexadecimal(take_until(line, ' '), rotation.signature) &&
                            parse_hexadecimal(line, rotation.acceptance);
        if (!is_one) return std::nullopt;
        key.rotations.push_back(rotation);
    }
    return key;
}

Result<ServerKey> read(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(fmt::format("{} can be read by others: chmod 600, and consider a new key", file.string()));
    Result<std::string> content = read_whole_file(file);
    if (!content) return Failure<Error>(std::move(content.error()));
    std::optional<ServerKey> key = parse(*content);
    if (!key) return fail(fmt::format("{} does not hold a server's key", file.string()));
    return *std::move(key);
}

}  // namespace

Result<ServerKey> settle_server_key(const std::filesystem::path& file, SecureRandom& random) {
    std::error_code error;
    if (std::filesystem::exists(file, error) || error) return read(file);
    ServerKey key{SigningKey::make_seed(random), {}};
    const Result<void> kept = write_whole_file(file, shown(key));
    if (!kept) return Failure<Error>(kept.error());
    return key;
}

Result<ServerKey> rotate_server_key(const std::filesystem::path& file, SecureRandom& random) {
    Result<ServerKey> key = read(file);
    if (!key) return key;
    const SigningKey before(key->seed);
    key->seed = SigningKey::make_seed(random);
    const SigningKey after(key->seed);
    const std::string text = rotation_text(before.public_key(), after.public_key());
    key->rotations.push_back({before.public_key(), after.public_key(), before.sign(text), after.sign(text)});
    if (key->rotations.size() > peer_rotations_max) key->rotations.erase(key->rotations.begin());
    const Result<void> kept = write_whole_file(file, shown(*key));
    if (!kept) return Failure<Error>(kept.error());
    return key;
}

}  // namespace obrol
