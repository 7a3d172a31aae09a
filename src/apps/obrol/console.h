// Where a line client's lines come from and where its texts go.
#pragma once

#include <optional>
#include <string>

#include "client/classic/classic_client.h"

namespace obrol {

class Console : public ClassicClient::Screen {
  public:
    virtual ~Console() = default;
    // Prints the prompt; the next line without its end. None: there are no more, or the program was interrupted.
    virtual std::optional<std::string> next_line(const std::string& prompt) = 0;
    // A line that may be offered again later.
    virtual void keep(const std::string& line) = 0;
};

}  // namespace obrol
