// What a chat client says to one kind of server and hears from it: logging in, coming into a room, sending, receiving.
// No sockets and no clock: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/client.h"

namespace obrol::bench {

// One connection. Its Lobby must outlive it.
class Messenger {
  public:
    virtual ~Messenger() = default;

    // The first words after the connection stands.
    virtual void begin(std::string& out) = 0;
    // Takes what is whole at the front of `received` and returns its size; further words, such as the next step of
    // getting in, are appended to `out`. An error quotes what the server should not have said.
    virtual Result<std::size_t> read(std::string_view received, std::string& out, Heard& heard) = 0;
    // `text` holds letters and digits only. Only after on_ready().
    virtual void append_message(std::string_view text, std::string& out) = 0;
    // What is too large to be said at once goes on whenever everything before has been sent: appends the next piece, or
    // says that there is none.
    virtual bool append_piece(std::string& out) {
        static_cast<void>(out);
        return false;
    }
};

// A lobby whose clients are Messengers.
class MessengerLobby : public Lobby {
  public:
    // Called for each connection.
    virtual std::unique_ptr<Messenger> seat(const Seat& seat) = 0;
    Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) override;
};

}  // namespace obrol::bench
