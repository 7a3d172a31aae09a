// What a connection, and all of them together, may cost. Every value is a setting (docs/obrold.example.toml).
#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace obrol {

struct ServerLimits {
    // More are told so and closed. Debian's usual hard limit is 20,000 open files, and the store, the listeners and the
    // log need some of them.
    std::size_t connections_max = 16'000;
    // Of one address (of one /64 in IPv6): room for a school behind one address, and sixty such addresses fill the
    // server. Connections from this machine do not count when they are exempt.
    std::size_t connections_per_address_max = 256;
    bool loopback_exempt = true;
    // Connections beyond those two that are being told so, each for linger_max at most; what comes on top is closed
    // without a word, so that refusing costs a fixed number of open files.
    std::size_t refusals_max = 64;
    // What the buffers of all connections hold together (server/buffer_bytes.h). From three quarters on a connection
    // has one request under way and is not read from while it leaves more than a little output; pushes lag as early.
    // Beyond it connections are closed: first those that have not moved for a second, the largest first.
    std::size_t memory_bytes_max = 256 * 1024 * 1024;
    // Requests of one connection that wait for their answers; decoding pauses there. Enough to fill a commit, and a
    // bound for what one connection can have in core at once.
    std::size_t unanswered_max = 128;
    // Of all connections together. So long as there are so many, each may have an equal part of them, and one from a
    // quarter more on; the rest is left unread, where it takes a twentieth of the memory. Several commits' worth: more
    // under way only leave the processor's caches before their turn comes.
    std::size_t unanswered_together_max = 32'768;
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
    // Of a file that is uploaded or downloaded, held at once: enough that handing it over costs little, and a hundred
    // transfers hold 25 MiB.
    std::size_t transfer_chunk_bytes = 256 * 1024;
    // A client of whose upload not one byte comes for so long, or who does not ask for the bytes that it was offered,
    // is not served any longer.
    Duration transfer_stall_max = std::chrono::seconds(60);
    // After the last answer the client may still be sending; closing at once would make the kernel throw away the
    // answer with it (a reset). So long the server reads on and discards.
    Duration linger_max = std::chrono::seconds(1);
    // At a stop, requests under way may take so long to be answered and read.
    Duration shutdown_grace = std::chrono::seconds(5);
    // From the first byte of an encrypted connection until both sides have agreed on keys. Ten times what a slow line
    // takes.
    Duration handshake_max = std::chrono::seconds(10);
    // Connections of other servers, which do not count as those of chat once their handshake is done.
    std::size_t links_max = 256;
    // Of one address (an IPv6 address counts by its first 64 bits): nobody takes up all of them alone.
    std::size_t links_per_address_max = 16;
    // Pause after an accept failed (too many open files): neither a busy loop nor a noticeable delay.
    Duration accept_pause = std::chrono::milliseconds(100);

    friend bool operator==(const ServerLimits&, const ServerLimits&) = default;
};

}  // namespace obrol
