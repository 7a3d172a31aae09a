// What a chat client says to one kind of server and hears from it: logging in, coming into a room, sending, receiving.
// No sockets and no clock: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace obrol::bench {

// A connection's place in a workload.
struct Seat {
    // What its messages are for: all receivers of the one room, or the receiver with the same place.
    enum class Target { room, partner };

    std::size_t user = 0;  // whose account it uses; each seat that is taken at the same time has another
    bool receives = false;
    bool sends = false;
    Target target = Target::room;
    std::size_t partner = 0;  // the other's `user`
};

// What a Messenger has understood of what the server says.
class Heard {
  public:
    virtual ~Heard() = default;
    // Logged in and where it has to be: from now on it may send. Once.
    virtual void on_ready() = 0;
    // A message of somebody; `text` is valid during the call.
    virtual Result<void> on_delivery(std::string_view text) = 0;
    // The server has taken the oldest message that was not acknowledged yet; some protocols have no such answer.
    virtual void on_acknowledgement() = 0;
};

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

// One run against one server: makes the connections' messengers and keeps what they share, such as the room's join
// code. One thread.
class Lobby {
  public:
    virtual ~Lobby() = default;

    // The first seat of a run is set up before the others are made: it may open the room.
    virtual std::unique_ptr<Messenger> seat(const Seat& seat) = 0;
    // How many may be getting in at the same time without the server's refusing or forgetting some.
    virtual std::size_t at_once() const = 0;
    // Whether users must have been here once, with a seat of their own, before their coming in can be measured.
    virtual bool has_accounts() const { return false; }
};

}  // namespace obrol::bench
