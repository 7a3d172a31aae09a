// What a client program has of one server: a connection that comes back when it was lost, and requests on it, one at a
// time. The login is the caller's: its token goes with the commands, so it outlives a connection.
//
// A request is sent once. When its answer does not come, nobody knows whether it was carried out; the caller is told
// so and decides. The bytes of files go between the connection and the caller's source or sink, a piece at a time. All
// calls on the executor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/random.h"
#include "base/result.h"
#include "client/session/file_bytes.h"
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
        // A thousand logins at once take a server most of this. While a file is carried: for the next piece of it.
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
        abandoned,          // a file that cannot be carried to its end leaves the connection of no use
    };

    class Observer {
      public:
        // All bytes of the request, which are `text`, are on their way.
        virtual void on_sent(const Command& command, std::string_view text) = 0;
        virtual void on_lost(Loss loss) = 0;
        virtual void on_connected_again() = 0;

      protected:
        ~Observer() = default;
    };

    struct Answered {
        Reply reply;
        std::string text;  // to the last byte as the server sent it, with what ends it
    };
    // The server is away, and has not seen all of the request, or of the file: it was not carried out.
    struct NotSent {};
    struct FateUnknown {
        Loss loss = Loss::broken;
        std::string received;  // the part of the answer that came
    };
    // The file here could not be read, or not be written; it was not sent, or not fetched to its end.
    struct FileFailed {
        Error error;
    };
    using Exchange = std::variant<Answered, NotSent, FateUnknown, FileFailed>;

    // `observer` outlives the session and is called from its own coroutines.
    ServerSession(Parts parts, Options options, Observer& observer);

    // The first connection; or why there is none, and then nothing goes on in the background.
    Task<Result<void>> connect();
    // One request at a time: these three while no other is under way. `command` is none that carries a file.
    Task<Exchange> ask(Command command);
    // A SendFile or PutFile: its bytes are read from `file` once the server is ready for them. The answer is the last
    // one.
    Task<Exchange> send_file(Command command, FileSource& file);
    // A GetFile or GetFolderFile: its bytes are written to `file`. FateUnknown: `file` has what came until then.
    Task<Exchange> get_file(Command command, FileSink& file);
    // False: the server stayed away for as long as a request would wait for it.
    Task<bool> wait_for_server();
    // Ends the connection and the attempts to have one; a request under way is of unknown fate then. Idempotent.
    void stop();
    // Stops, and resumes when nothing goes on any more: before the session is destroyed.
    Task<void> close();

    // Which connection it is that the next request goes to: another number, another connection.
    std::uint64_t connection_number() const { return connection_number_; }
    bool is_connected() const { return stream_ && !reason_; }
    const Endpoint& server() const { return options_.server; }

  private:
    static Task<void> keep_connected(ServerSession& self);
    Task<Loss> read_until_lost();
    // Why the connection is of no use after these bytes, if it is of none.
    std::optional<Loss> take(std::string_view bytes);
    std::optional<Loss> take_answer();
    bool is_ready_for_file() const;
    std::optional<Loss> begin_file(Answered offered);
    std::optional<Loss> take_file_bytes(std::string_view& bytes);
    void end_with(Exchange exchange);
    Task<void> reconnect();
    // False: not all of the request could be sent.
    Task<bool> send(Command command);
    Task<Exchange> next_answer();
    // False: not all of the file could be sent; `exchange_` may say more.
    Task<bool> give_file_bytes(FileSource& file, std::uint64_t size);
    Task<bool> write(std::string_view bytes);
    void expect_bytes();
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
    bool was_asked_ = false;      // anything on this connection: no greeting can come any more

    bool asking_ = false;
    std::optional<Exchange> exchange_;  // how the request under way ended
    Timer deadline_;                    // for the answer, or the next piece of a file
    bool giving_file_ = false;          // bytes are being sent; an answer would come too early
    FileSink* sink_ = nullptr;          // of the get_file() under way
    std::optional<Answered> offered_;   // its answer, while its bytes come
    std::uint64_t file_bytes_left_ = 0;
    Notification changed_;     // for whoever asks
    bool is_awaited_ = false;  // somebody waits for the server
    Notification hurry_;       // for reconnect()
    Gate gate_{"a session with a server"};
};

}  // namespace obrol
