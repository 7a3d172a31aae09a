#include "server/event_audience.h"

#include <string>
#include <utility>
#include <vector>

#include "server/connection.h"
#include "server/connection_group.h"

namespace obrol {

void EventAudience::deliver(std::shared_ptr<const Event> event, std::span<const ListenerId> listeners) {
    if (group_.executor().is_current()) return deliver_here(*event, listeners);
    group_.executor().post(
        [this, event = std::move(event), ids = std::vector<ListenerId>(listeners.begin(), listeners.end())] {
            deliver_here(*event, ids);
        });
}

void EventAudience::deliver_here(const Event& event, std::span<const ListenerId> listeners) {
    std::string bytes;
    render(event, bytes);
    if (bytes.empty()) return;
    const auto counted = std::make_shared<const CountedText>(std::move(bytes), group_.buffers_);
    const std::shared_ptr<const std::string> shared(counted, &counted->text);
    for (const ListenerId id : listeners) {
        if (Connection* connection = group_.listener(id)) connection->push(*this, shared, event);
    }
}

}  // namespace obrol
