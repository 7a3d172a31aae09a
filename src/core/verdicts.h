// Whoever waits to hear what another server made of what was sent there: it is there, it was refused, or it cannot be
// said yet and stays queued.
//
// On core's thread.
#pragma once

#include <coroutine>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "io/timer.h"
#include "model/chat_error.h"
#include "model/ids.h"
#include "model/reply.h"

namespace obrol {

using Outcome = std::expected<Delivery, ChatError>;

class Verdicts {
  public:
    // Somebody waits for as long as it lives; co_await it once, at any time. Stays where it was made.
    class [[nodiscard]] Wait {
      public:
        // No other one waits for that item.
        Wait(Verdicts& verdicts, ServerId server, MessageId item);
        ~Wait();
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;

        bool await_ready() const { return outcome_.has_value(); }
        void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
        Outcome await_resume() { return *outcome_; }

      private:
        friend Verdicts;
        Verdicts& verdicts_;
        const std::pair<ServerId, MessageId> key_;
        std::int64_t number_ = 0;  // 0: not handed out yet
        std::optional<Outcome> outcome_;
        std::coroutine_handle<> waiting_;
        Timer timer_;
    };

    Verdicts(TimerService& timers, Duration timeout) : timers_(timers), timeout_(timeout) {}

    bool is_awaited(ServerId server, MessageId item) const { return waits_.contains({server, item}); }
    // It goes out under that number of the outbox.
    void handed_out(ServerId server, MessageId item, std::int64_t number);
    void settle(ServerId server, MessageId item, Outcome outcome);
    // Everything up to that number was taken there.
    void settle_upto(ServerId server, std::int64_t number);
    // Nothing is heard of that server for now.
    void settle_all(ServerId server);

  private:
    using Waits = std::map<std::pair<ServerId, MessageId>, Wait*>;
    template <class Wanted>
    void settle_where(ServerId server, Outcome outcome, Wanted wanted);

    TimerService& timers_;
    const Duration timeout_;
    Waits waits_;
};

}  // namespace obrol
