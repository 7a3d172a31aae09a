#include "core/verdicts.h"

#include "base/check.h"

namespace obrol {

Verdicts::Wait::Wait(Verdicts& verdicts, ServerId server, MessageId item)
    : verdicts_(verdicts), key_(server, item), timer_(verdicts.timers_) {
    const bool is_only = verdicts_.waits_.emplace(key_, this).second;
    OBROL_CHECK(is_only);
    timer_.start_after(verdicts_.timeout_, [this] { verdicts_.settle(key_.first, key_.second, Delivery::queued); });
}

Verdicts::Wait::~Wait() {
    if (!outcome_) verdicts_.waits_.erase(key_);
}

void Verdicts::handed_out(ServerId server, MessageId item, std::int64_t number) {
    const auto found = waits_.find({server, item});
    if (found != waits_.end()) found->second->number_ = number;
}

void Verdicts::settle(ServerId server, MessageId item, Outcome outcome) {
    const auto found = waits_.find({server, item});
    if (found == waits_.end()) return;
    Wait& wait = *found->second;
    waits_.erase(found);
    wait.timer_.cancel();
    wait.outcome_ = outcome;
    if (wait.waiting_) wait.waiting_.resume();  // `wait` may be gone afterwards
}

// In two steps: whoever is resumed may begin to wait for something else.
template <class Wanted>
void Verdicts::settle_where(ServerId server, Outcome outcome, Wanted wanted) {
    std::vector<MessageId> items;
    for (auto at = waits_.lower_bound({server, MessageId()}); at != waits_.end() && at->first.first == server; ++at)
        if (wanted(*at->second)) items.push_back(at->first.second);
    for (const MessageId& item : items)
        settle(server, item, outcome);
}

// Of those whose verdicts came, nobody waits any more; the others may have been refused, over a link that was lost.
void Verdicts::settle_upto(ServerId server, std::int64_t number) {
    settle_where(server, Delivery::queued,
                 [number](const Wait& wait) { return wait.number_ != 0 && wait.number_ <= number; });
}

void Verdicts::settle_all(ServerId server) {
    settle_where(server, Delivery::queued, [](const Wait&) { return true; });
}

}  // namespace obrol
