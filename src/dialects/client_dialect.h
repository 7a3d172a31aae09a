// The client half of a dialect: requests in, bytes out; bytes in, replies out. For the line clients, scripts, the load
// generator and simulated clients.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/command.h"
#include "model/reply.h"

namespace obrol {

struct DecodedAnswer {
    std::size_t consumed = 0;
    std::optional<Reply> reply;  // none: more bytes are needed
};

// One for each connection.
class ClientDialect {
  public:
    virtual ~ClientDialect() = default;

    // Appends the request, and remembers what was asked: answers come in the order of the requests. Commands that the
    // dialect has no words for are a mistake of the caller.
    virtual void encode_request(const Command& command, std::string& out) = 0;

    // The answer to the oldest unanswered request. What the wire does not carry stays empty in the reply. An error says
    // what is wrong with the bytes; the connection is of no use then.
    virtual Result<DecodedAnswer> decode_answer(std::string_view input) = 0;
};

}  // namespace obrol
