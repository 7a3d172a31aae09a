// A server that takes part in a comparison: how it is started and how it is spoken to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <signal.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/client.h"
#include "bench/file_messenger.h"

namespace obrol::bench {

class Peer {
  public:
    virtual ~Peer() = default;

    virtual std::string name() const = 0;

    // One line about what runs and with which settings. The error says why this peer cannot take part and what would
    // help. `scratch` is a directory for files of a short run of the program.
    virtual Result<std::string> describe(const std::string& scratch) const = 0;

    // Puts what the server needs into its fresh, empty `directory`: a configuration file, an empty database.
    virtual Result<void> prepare(const std::string& directory, std::uint16_t free_port) const {
        static_cast<void>(directory);
        static_cast<void>(free_port);
        return {};
    }

    // The command that starts it with its data in `directory`, on loopback only; `free_port` for servers that must be
    // told a port.
    virtual std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const = 0;

    // The port it listens on, once what it has printed so far says that it is ready; nothing while it is not.
    virtual std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                                    std::uint16_t free_port) const = 0;

    // What makes it end in order.
    virtual int stop_signal() const { return SIGTERM; }
};

// Acknowledges what it has stored.
class AckPeer : public Peer {
  public:
    // For one run against one server that was just started. The peer must outlive it.
    virtual std::unique_ptr<Lobby> lobby() const = 0;
};

// Brings messages to others.
class MessagingPeer : public Peer {
  public:
    // For one run against one server that was just started.
    virtual std::unique_ptr<Lobby> lobby() const = 0;
};

// Keeps files and gives them back.
class FilePeer : public Peer {
  public:
    // For one run against one server that was just started.
    virtual std::unique_ptr<FileLobby> lobby() const = 0;
};

}  // namespace obrol::bench
