// The dialect simple-chat as its clients speak it (PROTOCOLS.md: simple-chat; document 000).
#pragma once

#include "bench/peers/word_protocol.h"

namespace obrol::bench {

class SimpleChatProtocol final : public WordProtocol {
  public:
    using WordProtocol::WordProtocol;

  private:
    std::string_view granted() const override;
    std::optional<AnswerCount> read_answer(std::string_view answer) const override;
};

}  // namespace obrol::bench
