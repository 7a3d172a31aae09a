// One client's connection to one kind of server together with its language: what the epoll loops of this folder drive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
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

// What a client has understood of what the server says.
class Heard {
  public:
    virtual ~Heard() = default;
    // Bytes have arrived; what they mean follows.
    virtual void on_received() {}
    // Logged in and where it has to be: from now on it may send. Once.
    virtual void on_ready() = 0;
    // A message of somebody; `text` is valid during the call.
    virtual Result<void> on_delivery(std::string_view text) = 0;
    // The server has taken the oldest message that was not acknowledged yet; some protocols have no such answer.
    virtual void on_acknowledgement() = 0;
    // It has not, because it has too much to do; it had better be asked again after this time, 0: it does not say.
    virtual Result<void> on_refusal(Duration) { return fail("the server has refused a message because it is busy"); }
};

// Begins to connect when it is made; Heard::on_ready() follows. Errors quote what the server should not have said.
class Client {
  public:
    virtual ~Client() = default;

    // That it can be read is always of interest, that it can be written to while waits_to_send(). The same all along.
    virtual int descriptor() const = 0;
    virtual bool waits_to_send() const = 0;

    // `text` holds letters and digits only. Goes out with the next send(). Only after on_ready().
    virtual void say(std::string_view text) = 0;
    // Whether send() has something to do that it is not waiting to do.
    virtual bool has_words() const = 0;
    // Sends what the kernel takes. To be called as well when the descriptor can be written to.
    virtual Result<void> send() = 0;
    // To be called when the descriptor can be read. `scratch` belongs to the caller and may serve all clients. What is
    // to be answered goes out with the next send().
    virtual Result<void> receive(std::vector<char>& scratch, Heard& heard) = 0;
};

// One run against one server: makes the clients and keeps what they share, such as the room's join code; must outlive
// them. One thread.
class Lobby {
  public:
    virtual ~Lobby() = default;

    // Client number `number` of the run, at the server's `port` of 127.0.0.1. The first seat of a run is set up before
    // the others are made: it may open the room.
    virtual Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) = 0;
    // How many may be getting in at the same time without the server's refusing or forgetting some.
    virtual std::size_t at_once() const = 0;
    // Whether users must have been here once, with a seat of their own, before their coming in can be measured.
    virtual bool has_accounts() const { return false; }
    // Whether the server answers each message, so that who has sent something hears as many acknowledgements.
    virtual bool acknowledges() const { return false; }
};

}  // namespace obrol::bench
