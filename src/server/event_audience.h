// Live events for the connections of one group whose events are rendered alike (DESIGN section 3, steps 7 and 8).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/audience.h"
#include "dialects/dialect.h"
#include "server/event_batch.h"

namespace obrol {

class ConnectionGroup;

// One event on its way to a connection.
struct RenderedEvent {
    const Event& event;
    std::string_view bytes;  // valid during the call
    // Where they stand, if they are gathered and shared, and from where on; null otherwise.
    EventBatch* batch = nullptr;
    std::size_t begin = 0;
};

class EventAudience final : public Audience {
  public:
    // `group` and `kind` must outlive it.
    EventAudience(ConnectionGroup& group, const DialectKind& kind, EncoderVariant variant, std::uint32_t order)
        : group_(group), kind_(kind), variant_(variant), order_(order) {}

    // Renders once on the group's thread; the listeners share the bytes.
    void deliver(const std::shared_ptr<const Event>& event, const Listeners& listeners) override;
    void deliver(const std::shared_ptr<const Event>& event, std::span<const ListenerId> listeners) override;
    bool hears_own_messages() const override { return kind_.hears_own_messages(variant_); }
    std::uint32_t order() const override { return order_; }

    void render(const Event& event, std::string& out) const { kind_.encode_event(event, variant_, out); }

    // Output was written: batches that nobody follows any longer may be used for other events.
    void end_turn();

  private:
    void deliver_here(const Event& event, const Listeners& listeners);
    void deliver_to_few(const Event& event, std::span<const ListenerId> listeners);
    EventBatch& batch_for(const Listeners& listeners);
    // Of a batch that is continued.
    std::size_t most_bytes() const;

    ConnectionGroup& group_;
    const DialectKind& kind_;
    EncoderVariant variant_;
    std::uint32_t order_;
    std::string scratch_;
    // Those before used_ are in use; one more may be kept for later.
    std::vector<std::unique_ptr<EventBatch>> batches_;
    std::size_t used_ = 0;
};

}  // namespace obrol
