#include "apps/obrol/classic_program.h"

#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include "apps/obrol/disk_files.h"
#include "apps/obrol/editing_console.h"
#include "apps/obrol/plain_console.h"
#include "apps/obrol/state_path.h"
#include "apps/obrol/trusting_network.h"
#include "apps/terminal/foreground.h"
#include "base/clock.h"
#include "base/random.h"
#include "client/classic/line_client.h"
#include "client/classic/menu_client.h"
#include "io/socket_network.h"
#include "io/thread_pool.h"
#include "io/tls_channel.h"

namespace obrol {
namespace {

constexpr int no_server_exit_code = 1;

std::unique_ptr<Console> make_console(Foreground& foreground, const std::string& dialect) {
    const bool is_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    if (!is_terminal) return std::make_unique<PlainConsole>(foreground);
    HistoryFile history(history_path(dialect));
    auto console = std::make_unique<EditingConsole>(foreground, std::move(history));
    foreground.on_resize = [&terminal = *console] { terminal.resize(); };
    foreground.on_continue = [&terminal = *console] { terminal.take_again(); };
    return console;
}

std::unique_ptr<ClassicClient> make_client(const ServerSession::Parts& parts, const ClassicCommandLine& command_line,
                                           LocalFiles& files, Console& console) {
    ServerSession::Options session;
    session.server = command_line.server;
    const bool trace = command_line.trace;
    if (!command_line.document) return std::make_unique<MenuClient>(parts, std::move(session), trace, files, console);
    return std::make_unique<LineClient>(parts, *command_line.document, std::move(session), trace, files, console);
}

void talk(Foreground& foreground, ClassicClient& client, Console& console) {
    for (;;) {
        const std::optional<std::string> line = console.next_line(client.prompt());
        if (!line) return;
        if (client.may_be_kept(*line)) console.keep(*line);
        const ClassicClient::Then then = foreground.run(client.handle(*line));
        if (then == ClassicClient::Then::end || foreground.is_interrupted()) return;
    }
}

}  // namespace

int run_classic(const ClassicCommandLine& command_line) {
    const SystemClock clock;
    Foreground foreground(clock);
    ThreadPool resolver(foreground.loop(), {.name = "resolver"});
    SocketNetwork network(foreground.loop(), &resolver);
    // No two programs that lost the same server shall come back at the same moments.
    SeededRandom random(static_cast<std::uint64_t>(clock.wall_now().time_since_epoch().count()) ^
                        (static_cast<std::uint64_t>(::getpid()) << 32));
    const std::unique_ptr<Console> console = make_console(foreground, command_line.dialect);
    TlsChannel tls(foreground.loop(), TlsChannel::Vouching::system);
    TrustingNetwork trusting(
        TrustingNetwork::Parts{network, tls, clock, [&console](const std::string& line) { console->notice(line); }},
        KnownServers(state_path("known-servers")), command_line.fingerprint);
    Network& used = command_line.tls ? static_cast<Network&>(trusting) : network;
    const ServerSession::Parts parts{used, foreground.loop(), random};
    DiskFiles files;
    const std::unique_ptr<ClassicClient> client = make_client(parts, command_line, files, *console);
    foreground.on_interrupt = [&client] { client->stop(); };
    const bool connected = foreground.run(client->start());
    if (connected) talk(foreground, *client, *console);
    foreground.run(client->close());
    return connected || foreground.is_interrupted() ? 0 : no_server_exit_code;
}

}  // namespace obrol
