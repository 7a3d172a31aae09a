// One line on standard error that is written over again and again; nothing where that is no terminal.
#pragma once

#include <string_view>

namespace obrol {

class ProgressLine {
  public:
    // Replaces the line; an empty one takes it away.
    void show(std::string_view line);
    // Before anything else is written.
    void take_away() { show({}); }

  private:
    bool is_shown_ = false;
};

}  // namespace obrol
