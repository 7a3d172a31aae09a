#include "apps/obrold/first_steps.h"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace obrol {
namespace {

const ListenSetting* listener_of(const std::vector<ListenSetting>& listeners, std::string_view dialect) {
    const auto found = std::find_if(listeners.begin(), listeners.end(),
                                    [&](const ListenSetting& listener) { return listener.dialect == dialect; });
    return found == listeners.end() ? nullptr : &*found;
}

// As it can be typed here: the program beside this one, and where the data is unless it is found anyway.
std::string obrolctl_command(const Config& config) {
    std::error_code trouble;
    const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", trouble).parent_path();
    std::string command = "obrolctl";
    if (!trouble && std::filesystem::exists(here / "obrolctl", trouble)) {
        const std::filesystem::path near = std::filesystem::proximate(here / "obrolctl", trouble);
        command = trouble || near.string().starts_with("..") ? (here / "obrolctl").string() : near.string();
    }
    if (config.data_directory != Config().data_directory) command += " --data " + config.data_directory;
    return command;
}

}  // namespace

void show_first_steps(const Config& config, const std::vector<ListenSetting>& listeners, bool has_admins,
                      const std::string& fingerprint) {
    if (!config.demo && ::isatty(STDOUT_FILENO) == 0) return;
    const ListenSetting* simple = listener_of(listeners, "simple-chat");
    const ListenSetting* native = listener_of(listeners, "native");
    if (!native && config.dialects.auto_words == "native") native = listener_of(listeners, "auto");
    std::string user;
    if (config.demo && simple) {
        fmt::print(stderr,
                   "\nTry it: in another terminal type\n"
                   "    nc {} {}\n"
                   "and there, line by line\n"
                   "    auth messi surabaya\n"
                   "    send henderson halo, apa kabar?\n"
                   "In a third terminal, henderson (same password) finds it with: inbox\n"
                   "Also there: lineker, izza, maya, nania.\n",
                   simple->at.host, simple->at.port);
        user = "messi";
    } else if (native) {
        fmt::print(stderr,
                   "\nTo make an account, type in another terminal\n"
                   "    nc {} {}\n"
                   "and there, line by line, with a name and a password of your own\n"
                   "    register NAME PASSWORD\n"
                   "    auth NAME PASSWORD\n"
                   "    help\n",
                   native->at.host, native->at.port);
        user = "NAME";
    } else {
        return;
    }
    if (!has_admins)
        fmt::print(stderr,
                   "There is no administrator yet. To make one of an account, type in another terminal\n"
                   "    {} user role {} admin\n",
                   obrolctl_command(config), user);
    fmt::print(stderr,
               "The same ports take encrypted connections (TLS). SHA-256 fingerprint of the certificate:\n"
               "    {}\n",
               fingerprint);
    fmt::print(stderr, "Ctrl-C here stops the server.\n\n");
}

}  // namespace obrol
