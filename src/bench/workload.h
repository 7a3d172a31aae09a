// What is done to every server of a comparison, and what is measured by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/clock.h"

namespace obrol::bench {

enum class Workload {
    fanout,     // senders write into a room, every receiver gets everything
    pairs,      // every sender has a receiver of his own
    latency,    // as fanout, but so many messages a second instead of as many as possible
    stalled,    // as fanout, but one receiver stops reading
    idle,       // connections that are logged in and do nothing
    login,      // connect, log in, hang up, again and again
    reconnect,  // all connections are cut and come back at once
};

std::string_view to_string(Workload workload);

// One row of a comparison. A workload looks at those members that it has a use for.
struct WorkloadSize {
    std::size_t receivers = 100;  // fanout, latency, stalled
    std::size_t senders = 1;      // fanout, latency, stalled
    std::size_t pairs = 100;
    std::size_t clients = 1000;  // idle, login, reconnect, files
    std::size_t depth = 100;     // messages under way: of all senders together; of each pair
    double rate = 1000;          // latency: messages a second
    std::size_t file_mib = 0;    // files: of each client
    bool downloads = false;      // files: what is measured, downloads or uploads

    friend bool operator==(const WorkloadSize&, const WorkloadSize&) = default;
};

// "1000 receivers, 1 sender, 100 under way"
std::string describe(Workload workload, const WorkloadSize& size);

struct WorkloadPlan {
    Workload workload = Workload::fanout;
    WorkloadSize size;
    std::size_t text_size = 64;
    Duration window{};  // the time that is measured, where it is not the work that ends it
    // Runs unmeasured before the window.
    Duration warm_up = std::chrono::milliseconds(250);
    // Nothing must arrive for so long before anything is measured: joins, greetings.
    Duration settling = std::chrono::milliseconds(300);
    // Without any sign of life for so long the run has failed.
    Duration silence_limit = std::chrono::seconds(30);
    std::uint16_t port = 0;
    pid_t server = 0;  // whose CPU time and memory are read
};

// One measured value, such as {"deliveries/s", 123456}. Every run of a workload gives the same names in the same order.
struct Metric {
    std::string name;
    double value = 0;
};

using Metrics = std::vector<Metric>;

// Names that the report looks for.
inline constexpr std::string_view generator_metric = "generator";  // its CPU time per second
inline constexpr std::string_view others_metric = "others";        // cores kept busy by anything else

}  // namespace obrol::bench
