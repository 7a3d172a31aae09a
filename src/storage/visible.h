// Going by what a user may see of a log (Visible).
#pragma once

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/store.h"

namespace obrol {

inline bool holds(const Visible& visible, Seq seq) {
    return std::ranges::any_of(visible, [seq](const SeqSpan& span) { return span.first <= seq && seq <= span.last; });
}

// The newest visible entries of a conversation before `before`, ascending; `more`: there are visible ones before them.
// `read(range, bytes_max)` gives the page of one range; it may give the first entry whatever its size.
template <class Read>
EntryPage newest_visible(ConversationId conversation, Visible visible, std::optional<Seq> before,
                         std::size_t entries_max, std::size_t bytes_max, Read read) {
    EntryPage page;  // newest first until it is complete
    // Few: somebody who came and went often, and asks for all of it.
    for (; !visible.empty(); visible.pop_back()) {
        const SeqSpan span = visible.back();
        EntryRange range{.conversation = conversation, .after = Seq(span.first.value - 1), .newest_first = true};
        if (span.last != open_end) range.before = next(span.last);
        if (before) range.before = std::min(range.before.value_or(*before), *before);
        range.entries_max = entries_max - page.entries.size();
        if (range.before && range.before->value <= span.first.value) continue;
        page.more = true;
        if (range.entries_max == 0 || bytes_max == 0) break;
        EntryPage older = read(range, bytes_max);
        for (const LogEntry& entry : older.entries)
            bytes_max -= std::min(bytes_max, entry.body.size());
        page.more = older.more;
        if (page.entries.empty() && (page.more || visible.size() == 1)) return older;
        page.entries.insert(page.entries.end(), std::make_move_iterator(older.entries.rbegin()),
                            std::make_move_iterator(older.entries.rend()));
        if (page.more) break;
    }
    std::ranges::reverse(page.entries);
    return page;
}

}  // namespace obrol
