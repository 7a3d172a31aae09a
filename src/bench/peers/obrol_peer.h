// obrold as users start it, over simple-chat or native.
#pragma once

#include "bench/peer.h"
#include "bench/peers/word_protocol.h"
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
    enum class Words { simple_chat, native };

    explicit ObrolPeer(const Options& options, Words words = Words::simple_chat);

    // "obrol", or "obrol-native".
    std::string name() const override;
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override { return std::make_unique<ProtocolLobby>(*protocol_); }

  private:
    std::string_view dialect() const;

    Options options_;
    Words words_;
    std::unique_ptr<WordProtocol> protocol_;
};

// "PATH 0.1.0"; an error where there is no such program.
Result<std::string> describe_obrold(const std::string& program, const std::string& scratch);

// The port of the listener of that dialect in the line with which obrold says that it is ready; nothing before it has
// printed the whole line.
std::optional<std::uint16_t> obrol_ready_port(std::string_view standard_output, std::string_view dialect);

}  // namespace obrol::bench
