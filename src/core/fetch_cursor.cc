#include "core/fetch_cursor.h"

#include <algorithm>

#include "base/check.h"

namespace obrol {

std::optional<FetchCursor::Range> FetchCursor::available(Seq last, std::int64_t count_max) const {
    Seq after = fetched_;
    Seq end = last;
    for (const Reserved& reserved : reserved_) {
        if (reserved.range.after > after) {
            end = std::min(end, reserved.range.after);
            break;
        }
        after = reserved.range.upto;
    }
    if (count_max <= 0 || end <= after) return std::nullopt;
    return Range{after, std::min(end, Seq(after.value + count_max))};
}

void FetchCursor::reserve(Range range) {
    OBROL_CHECK(range.after >= fetched_ && range.after < range.upto);
    const auto at = std::find_if(reserved_.begin(), reserved_.end(),
                                 [&](const Reserved& reserved) { return reserved.range.after >= range.upto; });
    reserved_.insert(at, Reserved{range});
}

std::vector<FetchCursor::Reserved>::iterator FetchCursor::find(Range range) {
    const auto found = std::find_if(reserved_.begin(), reserved_.end(),
                                    [&](const Reserved& reserved) { return reserved.range == range; });
    OBROL_CHECK(found != reserved_.end());
    return found;
}

void FetchCursor::confirm(Range range) {
    find(range)->confirmed = true;
    auto first = reserved_.begin();
    for (; first != reserved_.end() && first->confirmed && first->range.after == fetched_; ++first)
        fetched_ = first->range.upto;
    reserved_.erase(reserved_.begin(), first);
}

void FetchCursor::release(Range range) {
    reserved_.erase(find(range));
}

FetchCursor::Range FetchCursor::shorten(Range range, Seq upto) {
    const auto found = find(range);
    if (upto <= range.after) {
        reserved_.erase(found);
        return Range{range.after, range.after};
    }
    found->range.upto = std::min(range.upto, upto);
    return found->range;
}

}  // namespace obrol
