#include "apps/obrold/server_key.h"

#include <fmt/core.h>
#include <system_error>

#include "apps/obrold/whole_file.h"
#include "base/hexadecimal.h"

namespace obrol {

Result<SigningSeed> settle_server_key(const std::filesystem::path& file, SecureRandom& random) {
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error) {
        const SigningSeed seed = SigningKey::make_seed(random);
        const Result<void> is_kept = write_whole_file(file, to_hexadecimal(seed) + "\n");
        if (!is_kept) return Failure<Error>(is_kept.error());
        return seed;
    }
    Result<std::string> text = read_whole_file(file);
    if (!text) return Failure<Error>(std::move(text.error()));
    if (text->ends_with('\n')) text->pop_back();
    SigningSeed seed{};
    if (!parse_hexadecimal(*text, seed))
        return fail(fmt::format("{} does not hold a server's key: put it back from a backup; without it other servers "
                                "take this one for somebody else",
                                file.string()));
    return seed;
}

}  // namespace obrol
