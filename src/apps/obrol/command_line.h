// What obrol was asked to do.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "client/classic/classic_documents.h"
#include "io/network.h"
#include "io/secure_channel.h"

namespace obrol {

struct ClassicCommandLine {
    std::string dialect;
    const ClassicDocument* document = nullptr;  // none: py-chat, whose client has menus
    Endpoint server;                            // the dialect's own port on this machine unless given
    bool trace = false;
    bool tls = false;
    std::optional<CertificateFingerprint> fingerprint;  // the only one that is taken
};

// Nothing to run: `text` is the help or what was wrong, `exit_code` 0 or 2.
struct NothingToRun {
    std::string text;
    int exit_code = 0;
};

std::variant<ClassicCommandLine, NothingToRun> parse_command_line(int count, const char* const* arguments);

}  // namespace obrol
