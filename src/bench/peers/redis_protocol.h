// Redis streams as its clients speak them (RESP2: redis.io/docs/reference/protocol-spec).
#pragma once

#include <vector>

#include "bench/protocol.h"

namespace obrol::bench {

class RedisProtocol final : public Protocol {
  public:
    // The clients are laid over `streams` streams as simple-chat's are over its pairs of users: client i owns as many
    // streams as there are recipients, the root of `streams`, and writes to them in turn. `streams` is a square.
    explicit RedisProtocol(std::size_t streams);

    void append_login(std::size_t client, std::string& out) const override;
    Result<AnswerCount> read_login_answer(std::string_view received) const override;
    void append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                        std::string& out) const override;
    Result<AnswerCount> count_acknowledgements(std::string_view received) const override;

  private:
    std::size_t users_;
    std::vector<std::string> names_;  // each as a RESP bulk string
};

}  // namespace obrol::bench
