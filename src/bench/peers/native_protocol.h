// The dialect native as a client speaks it that sends messages by word (docs/protocol/native.md).
#pragma once

#include "bench/peers/word_protocol.h"

namespace obrol::bench {

class NativeProtocol final : public WordProtocol {
  public:
    using WordProtocol::WordProtocol;

  private:
    std::string_view granted() const override;
    std::optional<AnswerCount> read_answer(std::string_view answer) const override;
};

}  // namespace obrol::bench
