#include "bench/workload.h"

#include <fmt/core.h>

#include "base/check.h"

namespace obrol::bench {
namespace {

std::string counted(std::size_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

std::string_view to_string(Workload workload) {
    switch (workload) {
        case Workload::fanout:
            return "fanout";
        case Workload::pairs:
            return "pairs";
        case Workload::latency:
            return "latency";
        case Workload::stalled:
            return "stalled";
        case Workload::idle:
            return "idle";
        case Workload::login:
            return "login";
        case Workload::reconnect:
            return "reconnect";
    }
    OBROL_CHECK(false);
}

std::string describe(Workload workload, const WorkloadSize& size) {
    const std::string room = counted(size.receivers, "receiver") + ", " + counted(size.senders, "sender");
    switch (workload) {
        case Workload::fanout:
            return fmt::format("{}, {} under way", room, size.depth);
        case Workload::pairs:
            return fmt::format("{}, {} under way each", counted(size.pairs, "pair"), size.depth);
        case Workload::latency:
            return fmt::format("{}, {:g} messages/s", room, size.rate);
        case Workload::stalled:
            return fmt::format("{}, {} under way, and one receiver that stops reading", room, size.depth);
        case Workload::idle:
            return counted(size.clients, "idle connection");
        case Workload::login:
            return counted(size.clients, "client") + " at a time";
        case Workload::reconnect:
            return counted(size.clients, "client") + " that come back at once";
    }
    OBROL_CHECK(false);
}

}  // namespace obrol::bench
