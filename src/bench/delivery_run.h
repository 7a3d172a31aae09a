// Messages from senders to receivers: everything must arrive once and in order, and be acknowledged once where the
// server does so; how fast, how late, at what price.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/crowd.h"
#include "bench/histogram.h"
#include "bench/messenger.h"
#include "bench/stop_signal.h"
#include "bench/usage_meter.h"
#include "bench/workload.h"

namespace obrol::bench {

struct DeliveryResult {
    std::uint64_t sent = 0;              // within the window
    std::uint64_t delivered = 0;         // within the window
    std::uint64_t delivered_in_all = 0;  // warm-up and the last ones included
    std::uint64_t acknowledged_in_all = 0;
    // Of the deliveries within the window, from sending on; without those that were so late that the time of their
    // sending was no longer known (a million messages of their sender).
    LatencyHistogram latency;
    Duration longest_stall{};            // the longest part of the window without any delivery
    Usage usage;                         // of the window
    std::uint64_t rss_before_bytes = 0;  // before the first message
    std::uint64_t stalled_missed = 0;    // stalled: what the one that stopped reading has not seen in the end
};

// The fanout, pairs, latency and stalled workloads. For one run.
class DeliveryRun final : private Crowd::Watcher {
  public:
    // All must outlive it.
    DeliveryRun(const WorkloadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted);

    // Brings everybody in, sends for the window, and waits until everything has arrived. Errors: a message that is
    // lost, doubled, out of order or somebody else's; an acknowledgement too many or too few; whatever Crowd refuses.
    Result<DeliveryResult> run();

  private:
    struct Sender {
        Crowd::Member* member = nullptr;
        std::uint32_t sent = 0;
        std::uint64_t delivered = 0;         // pairs: of his messages
        std::vector<MonotonicTime> sent_at;  // a ring: of message n at n modulo its size, a power of two
    };

    Result<void> bring_in();
    std::size_t remembered() const;
    std::vector<Seat> sender_seats() const;
    std::vector<Seat> receiver_seats() const;
    Result<void> on_delivery(Crowd::Member& member, std::string_view text) override;
    void on_acknowledgement(Crowd::Member& member) override;
    Result<void> drive_until(MonotonicTime end);
    Result<void> finish();
    Result<void> check_acknowledgements() const;
    Duration send_what_is_due();
    void send_by_rate();
    void send_to_room();
    void send_to_partners();
    void send(Sender& sender);
    bool is_room() const { return plan_.workload != Workload::pairs; }
    std::size_t receivers_of_each() const { return is_room() ? readers_ : 1; }
    std::uint64_t missing() const { return sent_in_all_ * receivers_of_each() - result_.delivered_in_all; }
    bool waits_for_acknowledgements() const {
        return lobby_.acknowledges() && result_.acknowledged_in_all < sent_in_all_;
    }

    const WorkloadPlan& plan_;
    const Lobby& lobby_;
    const Clock& clock_;
    Crowd crowd_;
    std::vector<Sender> senders_;
    std::vector<Crowd::Member*> receivers_;
    std::size_t readers_ = 0;                      // receivers that read
    std::vector<std::vector<std::uint32_t>> due_;  // of each receiver: the number that comes next from each sender
    std::vector<std::uint32_t> acknowledged_;      // by user: what the server has told him that it has taken
    std::string text_;
    std::size_t next_sender_ = 0;
    std::uint64_t sent_in_all_ = 0;
    MonotonicTime rate_began_{};
    bool may_send_ = false;
    bool measuring_ = false;
    MonotonicTime last_delivery_{};
    DeliveryResult result_;
};

Metrics metrics_of(Workload workload, const DeliveryResult& result);

}  // namespace obrol::bench
