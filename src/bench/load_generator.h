// Drives one server with many clients from one thread and measures its acknowledgements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/types.h>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/client.h"
#include "bench/file_descriptor.h"
#include "bench/histogram.h"
#include "bench/stop_signal.h"
#include "bench/usage_meter.h"

namespace obrol::bench {

struct LoadPlan {
    std::uint16_t port = 0;
    pid_t server = 0;  // whose CPU time and memory are read
    std::size_t clients = 1;
    std::size_t depth = 1;  // requests that each client keeps in flight
    std::size_t text_size = 64;
    Duration window{};  // the time that is measured
    // Runs unmeasured before the window: first pages, first log segments, the network's slow start.
    Duration warm_up = std::chrono::milliseconds(250);
    // So long a client says nothing more after a refusal, or as long as the server asks it to where that is longer; 0
    // and not asked to: it tries again at once.
    Duration pause_when_refused{};
    // Without any answer for that long the run has failed.
    Duration silence_limit = std::chrono::seconds(30);
};

struct LoadResult {
    std::uint64_t acknowledged = 0;         // within the window
    std::uint64_t acknowledged_in_all = 0;  // warm-up and the last ones in flight included
    std::uint64_t busy = 0;                 // requests within the window that the server refused because it was busy
    LatencyHistogram latency;               // of the acknowledgements within the window
    Duration longest_stall{};               // the longest part of the window without any acknowledgement
    Usage usage;                            // of the window as it really was
};

// For one run. Blocks; an epoll loop on the calling thread.
class LoadGenerator {
  public:
    // All must outlive it.
    LoadGenerator(const LoadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted);

    // Connects and logs in all clients, keeps `depth` requests of each in flight, and in the end waits until every
    // request is answered. What the server was too busy for is followed by another request, at once or after a pause.
    // Errors: any other answer, a closed connection, silence, interruption.
    Result<LoadResult> run();

  private:
    class Ears;

    // One client and its requests in flight.
    struct Member {
        std::unique_ptr<Client> client;
        std::size_t number = 0;
        std::vector<MonotonicTime> sent_at;  // a ring of the plan's depth
        std::size_t oldest = 0;
        std::size_t in_flight = 0;
        std::uint64_t requests = 0;
        bool watched_to_send = false;
        MonotonicTime pauses_until{};
    };
    struct Paused {
        Member* member;
        MonotonicTime until;  // as one refusal has it; another one counts from then on
    };

    Result<void> log_in_all();
    Result<void> open_next();
    Result<void> drive_until(MonotonicTime end);
    Result<void> turn(Duration at_most);
    Result<void> on_readable(Member& member);
    void take_acknowledgement(Member& member);
    void take_refusal(Member& member, Duration retry_after);
    // How long it has taken.
    Duration take_answer(Member& member);
    Result<void> handle(const epoll_event& event);
    Result<void> end_pauses();
    Result<void> fill_up(Member& member);
    Result<void> flush(Member& member);
    Result<void> watch(Member& member, int operation);

    const LoadPlan& plan_;
    Lobby& lobby_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    FileDescriptor epoll_;
    std::deque<Member> members_;  // epoll holds their addresses
    std::deque<Paused> paused_;   // who goes on first
    std::vector<char> scratch_;
    std::string text_;
    bool sending_ = false;
    bool measuring_ = false;
    std::size_t logged_in_ = 0;
    std::size_t in_flight_ = 0;
    MonotonicTime now_;                   // when the last event arrived
    MonotonicTime last_answer_;           // of any kind
    MonotonicTime last_acknowledgement_;  // or when the window began
    LoadResult result_;
};

}  // namespace obrol::bench
