// What a client program has of one server: a connection that comes back when it was lost, and requests on it, one at a
// time. The login is the caller's: its token goes with the commands, so it outlives a connection.
//
// A request is sent once. When its answer does not come, nobody knows whether it was carried out; the caller is told
// so and decides. All calls on the executor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/random.h"
#include "base/result.h"
#include "client/session/notification.h"
#include "dialects/client_dialect.h"
#include "io/executor.h"
#include "io/network.h"
#include "io/task.h"
#include "io/timer.h"
#include "model/command.h"
#include "model/reply.h"

namespace obrol {

class ServerSession {
  public:
    // They outlive the session. `random` spreads the attempts of many clients whose server went away.
    struct Parts {
        Network& network;
        Executor& executor;
        Random& random;
    };

    struct Options {
        Endpoint server;
        std::unique_ptr<ClientDialect> (*make_dialect)() = nullptr;
        Duration connect_timeout = std::chrono::seconds(5);
        // A thousand logins at once take a server most of this.
        Duration answer_timeout = std::chrono::seconds(60);
        // Between attempts to connect again: about the first, then twice as long each time.
        Duration retry_first = std::chrono::milliseconds(250);
        Duration retry_max = std::chrono::seconds(15);
        // How long a request waits for a server that is away.
        Duration patience = std::chrono::seconds(5);
    };

    enum class Loss {
        closed_by_server,
        broken,
        no_answer,          // within the time for it
        unreadable_answer,  // not what this dialect says
        stopped,            // by stop()
    };

    class Observer {
      public:
        // All bytes of the request are on their way.
        virtual void on_sent(const Command& command) = 0;
        virtual void on_lost(Loss loss) = 0;
        virtual void on_connected_again() = 0;

      protected:
        ~Observer() = default;
    };

    struct Answered {
        Reply reply;
        std::string text;  // to the last byte as the server sent it, with what ends it
    };
    // The server is away, and has not seen all of the request: it was not carried out.
    struct NotSent {};
    struct FateUnknown {
        Loss loss = Loss::broken;
        std::string received;  // the part of the answer that came
    };
    using Exchange = std::variant<Answered, NotSent, FateUnknown>;

    // `observer` outlives the session and is called from its own coroutines.
    ServerSession(Parts parts, Options options, Observer& observer);

    // The first connection; or why there is none, and then nothing goes on in the background.
    Task<Result<void>> connect();
    // While no other request is under way.
    Task<Exchange> ask(Command command);
    // Ends the connection and the attempts to have one; a request under way is of unknown fate then. Idempotent.
    void stop();
    // Stops, and resumes when nothing goes on any more: before the session is destroyed.
    Task<void> close();

    // Which connection it is that the next request goes to: another number, another connection.
    std::uint64_t connection_number() const { return connection_number_; }
    const Endpoint& server() const { return options_.server; }

  private:
    static Task<void> keep_connected(ServerSession& self);
    Task<Loss> read_until_lost();
    // False: the bytes are not what this dialect says.
    bool take_answer();
    Task<void> reconnect();
    Task<void> wait_for_server();
    Task<bool> write(std::string request);
    void use(std::unique_ptr<Stream> stream);
    void lose(Loss loss);

    Parts parts_;
    Options options_;
    Observer& observer_;
    bool stopping_ = false;

    std::shared_ptr<Stream> stream_;  // none: the server is away
    std::unique_ptr<ClientDialect> dialect_;
    std::string received_;  // of an answer that has not ended
    std::uint64_t connection_number_ = 0;
    std::optional<Loss> reason_;  // why the connection is being closed from here

    bool asking_ = false;
    std::optional<Exchange> exchange_;  // how the request under way ended
    Notification changed_;              // for ask()
    bool is_awaited_ = false;           // ask() waits for the server
    Notification hurry_;                // for reconnect()
    Gate gate_{"a session with a server"};
};

}  // namespace obrol
