// What the operating system refused, in one line.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "base/result.h"

namespace obrol::bench {

// `what` and the text of `number`, an errno value that the caller saved.
[[nodiscard]] inline Failure<Error> system_failure(std::string_view what, int number) {
    return fail(std::string(what) + ": " + std::generic_category().message(number));
}

}  // namespace obrol::bench
