// A Protocol on a connection of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/client.h"
#include "bench/connection.h"
#include "bench/protocol.h"

namespace obrol::bench {

class ProtocolClient final : public Client {
  public:
    // `protocol` must outlive it.
    ProtocolClient(Connection connection, const Protocol& protocol);

    int descriptor() const override { return connection_.descriptor(); }
    bool waits_to_send() const override { return waits_to_send_; }
    void say(std::string_view text) override;
    bool has_words() const override { return !waits_to_send_ && connection_.has_outgoing(); }
    Result<void> send() override;
    Result<void> receive(std::vector<char>& scratch, Heard& heard) override;

  private:
    Result<std::size_t> read_login_answer(std::string_view received, Heard& heard);
    Result<std::size_t> read_answers(std::string_view received, Heard& heard);

    Connection connection_;
    const Protocol& protocol_;
    std::uint64_t said_ = 0;
    bool logged_in_ = false;
    bool waits_to_send_ = false;
};

// A lobby whose clients speak a Protocol, which must outlive it; they are numbered as its clients are.
class ProtocolLobby final : public Lobby {
  public:
    explicit ProtocolLobby(const Protocol& protocol) : protocol_(protocol) {}
    Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) override;
    // A login costs a password hash; many more at once would only wait in the server and fill the listen queue.
    std::size_t at_once() const override { return 16; }

  private:
    const Protocol& protocol_;
};

}  // namespace obrol::bench
