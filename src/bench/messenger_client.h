// A Messenger on a connection of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/client.h"
#include "bench/connection.h"
#include "bench/messenger.h"

namespace obrol::bench {

class MessengerClient final : public Client {
  public:
    static Result<std::unique_ptr<MessengerClient>> begin(std::uint16_t port, std::size_t number,
                                                          std::unique_ptr<Messenger> messenger);
    // As begin() has made it.
    MessengerClient(Connection connection, std::unique_ptr<Messenger> messenger)
        : connection_(std::move(connection)), messenger_(std::move(messenger)) {}

    // What is appended there goes out with the next send().
    std::string& words() { return connection_.outgoing(); }

    int descriptor() const override { return connection_.descriptor(); }
    bool waits_to_send() const override { return waits_to_send_; }
    void say(std::string_view text) override { messenger_->append_message(text, words()); }
    bool has_words() const override { return !waits_to_send_ && connection_.has_outgoing(); }
    Result<void> send() override;
    Result<void> receive(std::vector<char>& scratch, Heard& heard) override;

  private:
    Connection connection_;
    std::unique_ptr<Messenger> messenger_;
    bool stands_ = false;        // the TCP connection
    bool waits_to_send_ = true;  // until the connection stands, and later while the kernel does not take everything
};

}  // namespace obrol::bench
