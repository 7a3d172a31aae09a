#include "server/event_batch.h"

#include <utility>

namespace obrol {

void EventBatch::begin(Listeners listeners) {
    OBROL_CHECK(followers_ == 0);
    listeners_ = std::move(listeners);
    apart_ = *listeners_;
    asked_.reserve(apart_.size());
    if (text_ && text_.use_count() == 1) {
        text_->clear();
    } else {
        text_ = std::make_shared<SharedText>(total_);
    }
}

}  // namespace obrol
