#include "client/classic/connection_notices.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include "base/check.h"

namespace obrol {
namespace {

template <class... Args>
std::string worded(std::string_view format, const Args&... args) {
    return fmt::format(fmt::runtime(format), args...);
}

}  // namespace

void ConnectionNotices::no_server(const Error& why) const {
    screen_.notice(worded(words_.no_server, fmt::arg("server", server_), fmt::arg("reason", why.what)));
}

void ConnectionNotices::lost(ServerSession::Loss loss) const {
    screen_.notice(worded(words_.lost, fmt::arg("server", server_), fmt::arg("cause", cause(loss))));
}

void ConnectionNotices::connected_again() const {
    screen_.notice(worded(words_.connected_again, fmt::arg("server", server_)));
}

void ConnectionNotices::not_sent(std::string_view command) const {
    screen_.notice(worded(words_.not_sent, fmt::arg("server", server_), fmt::arg("command", command)));
}

void ConnectionNotices::fate_unknown(std::string_view command, ServerSession::Loss loss) const {
    screen_.notice(worded(words_.fate_unknown, fmt::arg("command", command), fmt::arg("cause", cause(loss))));
}

std::string_view ConnectionNotices::cause(ServerSession::Loss loss) const {
    switch (loss) {
        case ServerSession::Loss::closed_by_server:
            return words_.closed_by_server;
        case ServerSession::Loss::broken:
            return words_.broken;
        case ServerSession::Loss::no_answer:
            return words_.no_answer;
        case ServerSession::Loss::unreadable_answer:
            return words_.unreadable_answer;
        case ServerSession::Loss::stopped:
            return words_.stopped;
        case ServerSession::Loss::abandoned:
            return words_.abandoned;
    }
    OBROL_CHECK(false);
    return {};
}

}  // namespace obrol
