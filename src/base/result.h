// Result<T>: a value or a reason. Exceptions are left for what ends the program or a connection.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace obrol {

// What the operating system, a library or a file refused, in words an operator can act on. Chat-level refusals have
// their own closed set of codes: see model/chat_error.h.
struct Error {
    std::string what;
};

template <class T, class E = Error>
using Result = std::expected<T, E>;

template <class E>
using Failure = std::unexpected<E>;

[[nodiscard]] inline Failure<Error> fail(std::string what) {
    return Failure<Error>(Error{std::move(what)});
}

}  // namespace obrol
