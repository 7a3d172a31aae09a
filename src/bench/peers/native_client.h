// One connection that asks obrol one thing after the other, over native (docs/protocol/native.md), and times the
// answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/connection.h"

namespace obrol::bench {

class NativeClient {
  public:
    // Blocks until the connection stands. `clock` must outlive it.
    static Result<NativeClient> connect(std::uint16_t port, const Clock& clock);

    struct Answer {
        std::string text;  // without its end
        Duration took{};   // from sending the request until the whole answer was there
    };
    // `request` without its line end. The error quotes an answer that is no success.
    Result<Answer> ask(std::string_view request);

  private:
    NativeClient(Connection connection, const Clock& clock)
        : connection_(std::move(connection)), clock_(&clock), scratch_(1 << 20) {}

    Result<std::string> read_answer();

    Connection connection_;
    const Clock* clock_;
    std::vector<char> scratch_;
};

}  // namespace obrol::bench
