// A stream of answers told to a dialect's client half in pieces.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "dialects/client_dialect.h"

namespace obrol {

// Input: one byte that says which of the requests is asked first, one that seeds the segmentation, then the stream.
// Ends the program where the replies depend on the segmentation.
void hear(std::unique_ptr<ClientDialect> (*make_client)(), const std::vector<Command>& requests,
          std::string_view input);

}  // namespace obrol
