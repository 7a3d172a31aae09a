// Standard input and output that are no terminal, or not both: the prompts are printed as a transcript shows them, and
// no escape sequences.
#pragma once

#include <string>

#include "apps/obrol/console.h"
#include "apps/terminal/foreground.h"

namespace obrol {

class PlainConsole final : public Console {
  public:
    explicit PlainConsole(Foreground& foreground) : foreground_(foreground) {}

    std::optional<std::string> next_line(const std::string& prompt) override;
    void keep(const std::string&) override {}
    void print(std::string_view lines) override;
    void notice(std::string_view line) override;

  private:
    bool read_more();

    Foreground& foreground_;
    std::string input_;  // read, not yet handed out
    bool ended_ = false;
};

}  // namespace obrol
