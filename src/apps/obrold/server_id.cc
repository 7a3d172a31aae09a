#include "apps/obrold/server_id.h"

#include <cerrno>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <system_error>

#include "apps/obrold/whole_file.h"
#include "model/server.h"

namespace obrol {
namespace {

Failure<Error> cannot_read(const std::filesystem::path& file, int error) {
    return fail(fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(error)));
}

}  // namespace

std::string sanitised_host_name(std::string_view host_name) {
    std::string id;
    for (const char byte : host_name.substr(0, server_label_bytes_max)) {
        const bool is_fit = is_server_label(id + byte);  // what stands first has to be a letter or a digit
        if (is_fit || !id.empty()) id += is_fit ? byte : '-';
    }
    return id.empty() ? "local" : id;
}

Result<std::string> settle_server_id(const std::filesystem::path& file, std::string_view wanted,
                                     std::string_view host_name) {
    std::ifstream kept(file);
    if (kept) {
        std::string id{std::istreambuf_iterator<char>(kept), {}};
        if (id.ends_with('\n')) id.pop_back();
        if (!is_server_label(id)) return fail(fmt::format("{} does not hold a server id", file.string()));
        if (!wanted.empty() && wanted != id)
            return fail(
                fmt::format("this server is \"{}\" since its first start and cannot become \"{}\": others know it "
                            "by that id",
                            id, wanted));
        return id;
    }
    std::error_code error;
    if (std::filesystem::exists(file, error) || error) return cannot_read(file, error ? error.value() : EACCES);
    std::string id = wanted.empty() ? sanitised_host_name(host_name) : std::string(wanted);
    const Result<void> is_kept = write_whole_file(file, id + "\n");
    if (!is_kept) return Failure<Error>(is_kept.error());
    return id;
}

}  // namespace obrol
