// Standard input and output that are no terminal, or not both: the prompts are printed as a transcript shows them, and
// no escape sequences.
#pragma once

#include <string>

#include "apps/obrol/console.h"
#include "apps/obrol/progress_line.h"
#include "apps/terminal/foreground.h"

namespace obrol {

class PlainConsole final : public Console {
  public:
    explicit PlainConsole(Foreground& foreground) : foreground_(foreground) {}

    std::optional<std::string> next_line(const std::string& prompt) override;
    void keep(const std::string&) override {}
    void print(std::string_view lines) override;
    void notice(std::string_view line) override;
    void show_progress(std::string_view line) override { progress_.show(line); }
    bool is_watched() const override { return false; }

  private:
    bool read_more();

    Foreground& foreground_;
    std::string input_;  // read, not yet handed out
    bool ended_ = false;
    ProgressLine progress_;
};

}  // namespace obrol
