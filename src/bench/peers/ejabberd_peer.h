// ejabberd: how it is started, and what its configuration says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peer.h"

namespace obrol::bench {

// Debian's, in an Erlang machine of its own: without a node name, and so without the port mapper that would outlive it.
class EjabberdPeer final : public MessagingPeer {
  public:
    std::string name() const override { return "ejabberd"; }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t free_port) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;
};

// Of the text of ejabberdctl: the directory that holds ejabberd's Erlang libraries.
std::optional<std::string> erlang_libraries_of(std::string_view ejabberdctl);

}  // namespace obrol::bench
