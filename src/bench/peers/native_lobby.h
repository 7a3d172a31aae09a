// obrol's own dialect as a chat client speaks it (docs/protocol/native.md): accounts, sessions, groups, pushed events.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bench/messenger.h"

namespace obrol::bench {

class NativeLobby final : public MessengerLobby {
  public:
    // How somebody who has been here before comes in.
    enum class ComingBack { by_token, by_password };

    // What its clients are told of a message: all of it, or `listen on brief`.
    enum class Listening { full, brief };

    explicit NativeLobby(ComingBack coming_back, Listening listening = Listening::full)
        : coming_back_(coming_back), listening_(listening) {}

    // The first time a user registers and logs in; every further time he comes back.
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    // Each first login costs a password hash; many more at once would only wait in the server.
    std::size_t at_once() const override { return 16; }
    bool has_accounts() const override { return true; }
    bool acknowledges() const override { return true; }

  private:
    friend class NativeMessenger;
    std::string& token_of(std::size_t user);

    ComingBack coming_back_;
    Listening listening_;
    std::vector<std::string> tokens_;  // by user; empty: has not been here
    std::string join_code_;            // empty: there is no group yet
};

}  // namespace obrol::bench
