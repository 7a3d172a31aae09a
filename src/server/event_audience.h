// Live events for the connections of one group whose events are rendered alike (DESIGN section 3, steps 7 and 8).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/audience.h"
#include "dialects/dialect.h"

namespace obrol {

class ConnectionGroup;

class EventAudience final : public Audience {
  public:
    // `group` and `kind` must outlive it.
    EventAudience(ConnectionGroup& group, const DialectKind& kind, EncoderVariant variant, std::uint32_t order)
        : group_(group), kind_(kind), variant_(variant), order_(order) {}

    // Renders once on the group's thread; the listeners share the bytes.
    void deliver(std::shared_ptr<const Event> event, std::span<const ListenerId> listeners) override;
    bool hears_own_messages() const override { return kind_.hears_own_messages(variant_); }
    std::uint32_t order() const override { return order_; }

    void render(const Event& event, std::string& out) const { kind_.encode_event(event, variant_, out); }

  private:
    void deliver_here(const Event& event, std::span<const ListenerId> listeners);

    ConnectionGroup& group_;
    const DialectKind& kind_;
    EncoderVariant variant_;
    std::uint32_t order_;
};

}  // namespace obrol
