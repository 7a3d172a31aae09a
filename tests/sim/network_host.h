// What programs on one host of a SimulatedNetwork see of it: where they listen, and how they reach others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fmt/core.h>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/sim/network.h"

namespace obrol {

class SimulatedNetwork::Host final : public Network {
  public:
    Host(SimulatedNetwork& network, std::string name, std::size_t number)
        : network_(network),
          name_(std::move(name)),
          address_(fmt::format("10.0.{}.{}", number / 250, number % 250 + 1)) {}

    const std::string& address() const { return address_; }

    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) override {
        return connect_from(network_, name_, to, timeout);
    }

    std::shared_ptr<Door> door(std::uint16_t port) const {
        const auto found = doors_.find(port);
        return found == doors_.end() ? nullptr : found->second;
    }
    void crash();

  private:
    class OpenDoor;
    static constexpr std::uint16_t first_free_port = 40'000;
    static Task<Result<std::unique_ptr<Stream>>> connect_from(SimulatedNetwork& network, std::string from, Endpoint to,
                                                              Duration timeout);

    SimulatedNetwork& network_;
    std::string name_;
    std::string address_;
    std::map<std::uint16_t, std::shared_ptr<Door>> doors_;
    std::uint16_t next_port_ = first_free_port;
};

}  // namespace obrol
