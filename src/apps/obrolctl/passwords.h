// Where a password for an account comes from.
#pragma once

#include <optional>
#include <string>

#include "apps/obrolctl/command_line.h"
#include "apps/terminal/foreground.h"
#include "base/random.h"
#include "base/result.h"

namespace obrol {

// Twenty letters and digits in groups of five, 100 bits: without those that look alike.
std::string generate_password(SecureRandom& random);

// As `source` says. The error says what to do instead; an empty one: interrupted, nothing is left to say.
Result<std::string> obtain_password(AskServer::Password source, Foreground& foreground, SecureRandom& random);

}  // namespace obrol
