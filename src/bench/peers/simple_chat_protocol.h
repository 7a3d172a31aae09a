// The dialect simple-chat as its clients speak it (PROTOCOLS.md: simple-chat; document 000).
#pragma once

#include <vector>

#include "bench/protocol.h"

namespace obrol::bench {

class SimpleChatProtocol final : public Protocol {
  public:
    // Client i acts for user i modulo the number of users; its requests go to all users in turn, itself included.
    SimpleChatProtocol(std::vector<std::string> users, std::string password);

    void append_login(std::size_t client, std::string& out) const override;
    Result<AnswerCount> read_login_answer(std::string_view received) const override;
    void append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                        std::string& out) const override;
    Result<AnswerCount> count_acknowledgements(std::string_view received) const override;

  private:
    std::vector<std::string> users_;
    std::string password_;
};

}  // namespace obrol::bench
