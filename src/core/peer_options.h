// What core allows other servers and their users, and does for them. Every value is a setting
// (docs/obrold.example.toml).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "core/rate_limiter.h"

namespace obrol {

struct PeerOptions {
    // First messages of a stranger on another server wait until they are accepted, or are messages like any other.
    enum class Strangers : std::uint8_t { request, allow };
    Strangers strangers = Strangers::request;
    std::size_t stranger_messages_max = 10;  // that wait so, of one stranger for one user
    // Whose links are taken: of every server that proves its key, or of those that were added here.
    enum class Accept : std::uint8_t { open, listed };
    Accept accept = Accept::open;
    enum class Manage : std::uint8_t { admin, any };
    Manage manage = Manage::admin;   // who may add, connect and disconnect servers
    std::size_t servers_max = 1000;  // 0: any number
    // That one server names, in the logs of its groups for instance, and that nobody here has added or met; 0: any
    // number.
    std::size_t named_servers_max = 2000;
    std::size_t groups_max = 10'000;  // at home on one server, that are kept here as well; 0: any number
    // Whether servers on this machine and in private networks may be dialled.
    bool private_addresses = true;

    // Whoever sends waits so long to hear what became of it at the other server.
    Duration verdict_timeout = std::chrono::seconds(5);
    std::size_t queue_items_max = 1'000'000;  // that wait for one server; 0: any number
    // What has not arrived after so long is reported to its sender as late, or is given up.
    Duration late_after = std::chrono::hours(1);
    Duration expire_after = std::chrono::days(7);
    // What has arrived is kept so long, for a server whose store is put back to an earlier state.
    Duration keep_after = std::chrono::days(30);
    Duration upkeep_interval = std::chrono::minutes(1);  // how often all of that is looked after

    // What is taken; more waits. Wide: 100,000 messages that have gathered for hours come at once.
    RateLimit items_per_server{1'000'000, 30'000};
    RateLimit kib_per_server{1'048'576, 16'384};    // of those items, and of entries of its groups
    RateLimit refusals_per_server{100'000, 1'000};  // of items: who sends more of what cannot be done waits
    RateLimit items_per_user{200'000, 60'000};      // of one user there
    std::size_t text_bytes_max = 65'536;            // of one message
    // A message keeps the time that its sender gave it, unless that lies further ahead.
    Duration clock_ahead_max = std::chrono::minutes(5);
    // That are known here by the word of one server: its own and, until their servers say something of them, those of
    // others whom it names. As many of each whom people here have written to. 0: any number.
    std::size_t users_max = 100'000;
    // Names that one server may ask after for whether they are online; further ones count as offline.
    RateLimit presence_per_server{100'000, 100'000};
    // What another server has said of its users is shown again for so long, of so many of them (for each who looks).
    Duration presence_kept = std::chrono::seconds(15);
    std::size_t presence_kept_max = 100'000;
    // Key changes of servers that are not known, but may be named soon: kept so many; when there are more, those told
    // of before are forgotten.
    std::size_t told_keys_max = 10'000;
    std::size_t pulls_max = 16;  // files that are fetched from other servers at once
};

}  // namespace obrol
