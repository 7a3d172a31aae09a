// Exit codes of obrolctl, beside 0.
#pragma once

namespace obrol {

inline constexpr int exit_refused = 1;        // by the server, or a file with mistakes
inline constexpr int exit_usage = 2;          // the command line
inline constexpr int exit_no_server = 3;      // none runs there, or it cannot be reached
inline constexpr int exit_interrupted = 130;  // as shells report SIGINT

}  // namespace obrol
