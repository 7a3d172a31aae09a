// What links to other servers may take in time and memory. Every value is a setting (docs/obrold.example.toml).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "dialects/peer/frame.h"
#include "io/network.h"

namespace obrol {

// Where others can dial this server, as it tells them. They use it only after that proved the same key.
struct Advertised {
    enum class Kind : std::uint8_t {
        as_seen,  // at the address from which it comes, on the port of a listener
        nowhere,
        at,
    };
    Kind kind = Kind::as_seen;
    Endpoint endpoint;  // of Kind::at

    friend bool operator==(const Advertised&, const Advertised&) = default;
};

struct FederationOptions {
    bool enabled = true;
    Advertised advertise;
    // For everything from the name to the link that is up.
    Duration connect_timeout = std::chrono::seconds(5);
    // For whoever dials this server.
    Duration handshake_timeout = std::chrono::seconds(5);
    Duration ping_interval = std::chrono::seconds(15);
    // A server of which nothing is heard, or that takes nothing, for so long is gone.
    Duration silence_max = std::chrono::seconds(45);
    // The longest pause between two attempts; the first are shorter.
    Duration retry_max = std::chrono::hours(1);
    // Of one frame; no more than the protocol has. Fewer items: whoever chats here waits less while a frame is made.
    std::size_t batch_items_max = 250;
    std::size_t batch_bytes_max = peer_batch_bytes_max;
    // While an earlier frame is under way the next one waits so long for its acknowledgement: then a long queue that
    // goes out takes less of both servers, and a distant one still gets several at once.
    Duration batch_pause{};
    // Groups whose logs are fetched from one server at once.
    std::size_t fetches_max = 4;
    // Groups of one server that wait to be looked at; further ones are not read from the link until then.
    std::size_t groups_waiting_max = 2000;
    // What waits to be written to one server: from the first on nothing is added that can come later, and beyond the
    // second the link ends.
    std::size_t output_pause_bytes = 1024 * 1024;
    std::size_t output_bytes_max = 16 * 1024 * 1024;
    // A server that does not answer a request for so long is gone.
    Duration answer_max = std::chrono::seconds(60);
    // Whoever looks who is online on another server waits no longer; who has not been named by then counts as offline.
    Duration presence_timeout = std::chrono::seconds(1);
    // Between two times that another server may say that this store was put back (docs/protocol/federation.md: epochs):
    // whoever lies about it disturbs others no more often.
    Duration epoch_pause = std::chrono::hours(1);

    friend bool operator==(const FederationOptions&, const FederationOptions&) = default;
};

}  // namespace obrol
