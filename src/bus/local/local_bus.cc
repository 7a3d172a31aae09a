#include "bus/local/local_bus.h"

#include <utility>

namespace obrol {

void LocalBus::publish(ConversationAdvanced advanced) {
    for (const Subscriber& subscriber : subscribers_)
        subscriber(advanced);
}

void LocalBus::subscribe(Subscriber subscriber) {
    subscribers_.push_back(std::move(subscriber));
}

}  // namespace obrol
