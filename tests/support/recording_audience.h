// Keeps what core delivers, for tests.
#pragma once

#include <memory>
#include <vector>

#include "core/audience.h"

namespace obrol {

class RecordingAudience final : public Audience {
  public:
    explicit RecordingAudience(std::uint32_t order = 0, bool hears_own = true) : order_(order), hears_own_(hears_own) {}
    void deliver(const std::shared_ptr<const Event>& event, const Listeners& listeners) override {
        events.push_back(event);
        heard.push_back(*listeners);
        lists.push_back(listeners);
    }
    void deliver(const std::shared_ptr<const Event>& event, std::span<const ListenerId> listeners) override {
        deliver(event, std::make_shared<const std::vector<ListenerId>>(listeners.begin(), listeners.end()));
    }
    bool hears_own_messages() const override { return hears_own_; }
    std::uint32_t order() const override { return order_; }

    // Of one kind, in order.
    template <class Kind>
    std::vector<Kind> of_kind() const {
        std::vector<Kind> found;
        for (const std::shared_ptr<const Event>& event : events)
            if (const auto* one = std::get_if<Kind>(event.get())) found.push_back(*one);
        return found;
    }

    std::vector<std::shared_ptr<const Event>> events;
    std::vector<std::vector<ListenerId>> heard;  // by whom each of them was
    std::vector<Listeners> lists;                // the same, as it came

  private:
    std::uint32_t order_;
    bool hears_own_;
};

}  // namespace obrol
