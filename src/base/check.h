// OBROL_CHECK asserts our own mistakes, never somebody's input; it stays on in release builds.
#pragma once

namespace obrol {

// Prints the broken expectation to standard error and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace obrol

#define OBROL_CHECK(expression) \
    ((expression) ? static_cast<void>(0) : ::obrol::check_failed(#expression, __FILE__, __LINE__))
