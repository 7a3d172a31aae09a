#include <CLI/CLI.hpp>
#include <sstream>

#include "apps/config/config.h"

namespace obrol {

Result<std::variant<CommandLine, Information>> parse_command_line(int argc, const char* const* argv) {
    CommandLine flags;
    CLI::App app{"obrold: a chat server that people, scripts and old chat clients can talk to", "obrold"};
    app.set_version_flag("--version", "obrold " OBROL_VERSION);
    app.add_option("--config", flags.config_file, "Settings (TOML); docs/obrold.example.toml explains each")
        ->type_name("FILE");
    app.add_flag("--restored", flags.restored,
                 "The data was put back from a backup: other servers are asked for what it lacks");
    app.add_flag("--demo", flags.demo, "Users to try it with, on loopback only; data in ./data-demo unless given");
    app.add_option("--data", flags.data_directory, "Where everything is kept (default ./data)")->type_name("DIR");
    app.add_option("--server-id", flags.server_id,
                   "What stands after '@' in addresses of this server (default: the host's name; kept from the first "
                   "start on)")
        ->type_name("ID");
    app.add_option("--listen", flags.listen,
                   "Take connections there; may be repeated, replaces listen.on of the file; port 0: any free one "
                   "(default: auto 8889, py-chat 8000, simple-chat 8890, multithread-chat 8891, chat-service 8892, "
                   "protokol-chat 8893 on 127.0.0.1)")
        ->type_name("DIALECT:HOST:PORT")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        std::ostringstream text;
        app.exit(asked, text, text);
        return Information{text.str()};
    } catch (const CLI::ParseError& error) {
        return fail(std::string(error.what()) + " (obrold --help shows what there is)");
    }
    return flags;
}

}  // namespace obrol
