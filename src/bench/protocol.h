// What clients say to one kind of server and how they recognise an acknowledgement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace obrol::bench {

// Whole answers at the front of what was received.
struct AnswerCount {
    std::size_t consumed = 0;  // bytes of those answers; the rest is the beginning of the next one
    std::size_t answers = 0;
    bool busy = false;       // all of these answers: the server has too much to do and stored nothing
    Duration retry_after{};  // what it says, where busy: when to try again; the longest of them, 0: nothing
};

// Stateless: one object serves all connections of a run. Requests of a connection are answered in their order, exactly
// one answer each.
class Protocol {
  public:
    virtual ~Protocol() = default;

    // The one request that makes client number `client` ready to send.
    virtual void append_login(std::size_t client, std::string& out) const = 0;
    // As count_acknowledgements(), for the one answer to append_login().
    virtual Result<AnswerCount> read_login_answer(std::string_view received) const = 0;

    // The request number `sequence` (from 0) of client number `client`, to store `text` durably. `text` holds letters
    // and digits only.
    virtual void append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                                std::string& out) const = 0;
    // Counts answers of one kind at the front of `received`: acknowledgements, or refusals because the server is busy.
    // Those of the other kind may follow behind them. Any other answer is an error that quotes it.
    virtual Result<AnswerCount> count_acknowledgements(std::string_view received) const = 0;
};

}  // namespace obrol::bench
