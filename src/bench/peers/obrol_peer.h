// obrold as users start it, over simple-chat.
#pragma once

#include "bench/peer.h"
#include "bench/peers/simple_chat_protocol.h"
#include "bench/protocol_client.h"

namespace obrol::bench {

class ObrolPeer final : public AckPeer {
  public:
    struct Options {
        std::string program;  // the path of obrold
        // Accounts that --demo adds (PROTOCOLS.md: simple-chat), all with `password`.
        std::vector<std::string> users = {"messi", "henderson", "lineker", "izza", "maya", "nania"};
        std::string password = "surabaya";
    };

    explicit ObrolPeer(const Options& options);

    std::string name() const override { return "obrol"; }
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override { return std::make_unique<ProtocolLobby>(protocol_); }

  private:
    Options options_;
    SimpleChatProtocol protocol_;
};

// The port of the listener of that dialect in the line with which obrold says that it is ready; nothing before it has
// printed the whole line.
std::optional<std::uint16_t> obrol_ready_port(std::string_view standard_output, std::string_view dialect);

}  // namespace obrol::bench
