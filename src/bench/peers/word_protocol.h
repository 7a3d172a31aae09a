// What obrol's dialects of words have in common for a client that logs in and writes to others: the requests, and
// answers that end with an empty line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/protocol.h"

namespace obrol::bench {

class WordProtocol : public Protocol {
  public:
    // Client i acts for user i modulo the number of users; its requests go to all users in turn, itself included.
    WordProtocol(std::vector<std::string> users, std::string password);

    void append_login(std::size_t client, std::string& out) const override;
    Result<AnswerCount> read_login_answer(std::string_view received) const override;
    void append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                        std::string& out) const override;
    Result<AnswerCount> count_acknowledgements(std::string_view received) const override;

  private:
    // What the answer to a login that is granted begins with.
    virtual std::string_view granted() const = 0;
    // What the answer to a message says, its end not included; `consumed` is not looked at. Nothing: any other answer.
    virtual std::optional<AnswerCount> read_answer(std::string_view answer) const = 0;

    std::vector<std::string> users_;
    std::string password_;
};

// Behind every answer.
inline constexpr std::string_view word_answer_end = "\r\n\r\n";

}  // namespace obrol::bench
