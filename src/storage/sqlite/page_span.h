// Which seqs a page takes of a range.
#pragma once

#include <algorithm>

#include "storage/store.h"

namespace obrol::sqlite {

// From `first` to `last`, both included; empty when last < first.
struct PageSpan {
    Seq first;
    Seq last;
    bool more = false;  // the range holds further ones

    bool is_empty() const { return last < first; }
};

// `log_last` is the conversation's last seq.
inline PageSpan page_span(const EntryRange& range, Seq log_last) {
    const Seq after = std::max(range.after, Seq(0));
    Seq last = log_last;
    if (range.before) last = range.before->value > 1 ? std::min(last, Seq(range.before->value - 1)) : Seq(0);
    if (after >= last) return PageSpan{Seq(1), Seq(0)};
    PageSpan span{next(after), last};
    const auto size = static_cast<std::uint64_t>(span.last.value - span.first.value) + 1;
    if (size <= range.entries_max) return span;
    span.more = true;
    const auto taken = static_cast<std::int64_t>(range.entries_max);
    if (range.newest_first) {
        span.first = Seq(span.last.value - taken + 1);
    } else {
        span.last = Seq(span.first.value + taken - 1);
    }
    return span;
}

}  // namespace obrol::sqlite
