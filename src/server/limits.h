// What a connection, and all of them together, may cost. Every value is a setting (docs/obrold.example.toml).
#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace obrol {

struct ServerLimits {
    // More are closed as soon as they come. Debian's usual hard limit is 20,000 open files, and the store, the
    // listeners and the log need some of them.
    std::size_t connections_max = 16'000;
    // Requests of one connection that wait for their answers; decoding pauses there. Enough to fill a commit, and a
    // bound for what one connection can have in core at once.
    std::size_t unanswered_max = 128;
    // Answers that a client has not taken yet; decoding pauses there, so that a client that never reads costs so much
    // (and one answer more) and stalls only itself. Above the usual socket buffers.
    std::size_t output_pause_bytes = 256 * 1024;
    // Unwritten output from which on pushed events are replaced by one `lagged` for each conversation.
    std::size_t push_pause_bytes = 1024 * 1024;
    // Unwritten output at which a connection is closed. Above the largest single answer: a full inbox page (1 MiB of
    // text) in which every character is escaped.
    std::size_t output_bytes_max = 32 * 1024 * 1024;
    // A client that takes not one byte of waiting output for so long is gone.
    Duration write_stall_max = std::chrono::seconds(60);
    // After the last answer the client may still be sending; closing at once would make the kernel throw away the
    // answer with it (a reset). So long the server reads on and discards.
    Duration linger_max = std::chrono::seconds(1);
    // At a stop, requests under way may take so long to be answered and read.
    Duration shutdown_grace = std::chrono::seconds(5);
    // Pause after an accept failed (too many open files): neither a busy loop nor a noticeable delay.
    Duration accept_pause = std::chrono::milliseconds(100);

    friend bool operator==(const ServerLimits&, const ServerLimits&) = default;
};

}  // namespace obrol
