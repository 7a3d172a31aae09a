#include "apps/obrol/command_line.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

#include "base/check.h"
#include "base/hexadecimal.h"
#include "client/classic/menu_commands.h"
#include "dialects/registry/registry.h"

namespace obrol {
namespace {

constexpr int usage_exit_code = 2;

constexpr const char* what_there_is =
    "obrol: say which client it shall be. There are the line clients of the documents:\n"
    "    obrol --classic simple-chat        document 000, in Indonesian\n"
    "    obrol --classic multithread-chat   document 001, in English\n"
    "    obrol --classic chat-service       document 002, in Indonesian\n"
    "    obrol --classic py-chat            document 003, in Indonesian, with menus, groups and files\n"
    "    obrol --classic protokol-chat      document 004, in Indonesian, with groups, files and other servers\n"
    "obrol --help explains the options, `man obrol` the clients.\n";

// As openssl shows it, too: with colons, in capitals.
std::optional<CertificateFingerprint> parse_fingerprint(std::string_view text) {
    std::string digits;
    for (const char byte : text) {
        if (byte != ':') digits += byte >= 'A' && byte <= 'F' ? static_cast<char>(byte - 'A' + 'a') : byte;
    }
    CertificateFingerprint fingerprint{};
    if (!parse_hexadecimal(digits, fingerprint)) return std::nullopt;
    return fingerprint;
}

std::string complaint_about_fingerprint(const std::string& text) {
    return parse_fingerprint(text) ? std::string() : "a SHA-256 fingerprint has 64 hexadecimal digits";
}

std::vector<std::string> document_names() {
    std::vector<std::string> names;
    for (const ClassicDocument& document : classic_documents())
        names.emplace_back(document.dialect);
    names.emplace_back(menu_dialect);
    return names;
}

}  // namespace

std::variant<ClassicCommandLine, NothingToRun> parse_command_line(int count, const char* const* arguments) {
    std::string name;
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    bool trace = false;
    bool tls = false;
    std::string fingerprint;
    CLI::App app("Clients for a chat server.", "obrol");
    app.set_version_flag("--version", "obrol " OBROL_VERSION);
    CLI::Option* classic = app.add_option("--classic", name, "The own client of a document")
                               ->type_name("DIALECT")
                               ->check(CLI::IsMember(document_names()));
    app.add_option("--host", host, "Where the server is (default 127.0.0.1)")->type_name("HOST")->needs(classic);
    app.add_option("--port", port, "The server's port (default: the dialect's own)")
        ->type_name("PORT")
        ->check(CLI::Range(1, 65535))
        ->needs(classic);
    app.add_flag("--trace", trace, "Show what comes from the server, block by block")->needs(classic);
    app.add_flag("--tls", tls, "Connect encrypted; the server's certificate is remembered at the first time")
        ->needs(classic);
    CLI::Option* pinned =
        app.add_option("--tls-fingerprint", fingerprint,
                       "Connect encrypted, to a server whose certificate has this SHA-256 fingerprint")
            ->type_name("HEX")
            ->check(&complaint_about_fingerprint)
            ->needs(classic);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& problem) {
        std::ostringstream out, error;
        const int code = app.exit(problem, out, error);
        return NothingToRun{out.str() + error.str(), code == 0 ? 0 : usage_exit_code};
    }
    if (name.empty()) return NothingToRun{what_there_is, usage_exit_code};
    if (port == 0) {
        const DialectRegistry dialects{DialectLimits{}};
        const DialectKind* const kind = dialects.find(name);
        OBROL_CHECK(kind != nullptr);
        port = kind->default_port();
    }
    ClassicCommandLine command_line{name, find_classic_document(name), Endpoint{host, port}, trace};
    command_line.tls = tls || !pinned->empty();
    command_line.fingerprint = parse_fingerprint(fingerprint);
    return command_line;
}

}  // namespace obrol
