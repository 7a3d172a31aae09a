#include "storage/sqlite/tail.h"

#include <algorithm>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

std::ptrdiff_t offset(const Tail::List& list, Seq seq) {
    return static_cast<std::ptrdiff_t>(seq.value - list.first.value);
}

}  // namespace

void Tail::append(std::span<const Added> added) {
    if (added.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const Added& one : added) {
        List& list = lists_[one.conversation];
        if (list.entries.empty()) {
            list.first = one.seq;
            changed_.push_back(one.conversation);
        }
        list.entries.push_back(one.entry);
        OBROL_CHECK(list.last() == one.seq && one.entry.position > last_position_);
        last_position_ = one.entry.position;
    }
    size_.store(size() + added.size(), std::memory_order_relaxed);
}

void Tail::drop(ConversationId conversation, Seq indexed) {
    const std::lock_guard lock(mutex_);
    const auto found = lists_.find(conversation);
    if (found == lists_.end() || indexed < found->second.first) return;
    List& list = found->second;
    const auto dropped = std::min(offset(list, next(indexed)), std::ssize(list.entries));
    size_.store(size() - static_cast<std::size_t>(dropped), std::memory_order_relaxed);
    if (dropped == std::ssize(list.entries)) {
        lists_.erase(found);
        return;
    }
    list.entries.erase(list.entries.begin(), list.entries.begin() + dropped);
    list.first = Seq(list.first.value + dropped);
    changed_.push_back(conversation);
}

const Tail::List* Tail::find(ConversationId conversation) const {
    const auto found = lists_.find(conversation);
    return found == lists_.end() ? nullptr : &found->second;
}

std::vector<ConversationId> Tail::take_changed() {
    return std::exchange(changed_, {});
}

Seq Tail::last_seq(ConversationId conversation) const {
    const std::lock_guard lock(mutex_);
    const List* list = find(conversation);
    return list ? list->last() : Seq();
}

TailPart Tail::part(const EntryRange& range) const {
    const std::lock_guard lock(mutex_);
    const List* list = find(range.conversation);
    if (!list) return {};
    TailPart part{list->last(), list->first, {}};
    const PageSpan span = page_span(range, part.last);
    part.first = std::max(span.first, list->first);
    for (Seq seq = part.first; seq <= span.last; seq = next(seq))
        part.positions.push_back(list->entries[static_cast<std::size_t>(offset(*list, seq))].position);
    return part;
}

TailUnread Tail::unread(ConversationId conversation, UserId user, const Visible& spans, bool own_count) const {
    const std::lock_guard lock(mutex_);
    const List* list = find(conversation);
    if (!list) return {};
    TailUnread result{list->last(), list->first, std::nullopt, {}};
    const auto counts = [&](const TailEntry& entry) {
        return entry.counted_sender && (own_count || entry.counted_sender != user);
    };
    for (const SeqSpan& span : spans) {
        const Seq last = std::min(span.last, list->last());
        for (Seq seq = std::max(span.first, list->first); seq <= last; seq = next(seq)) {
            const TailEntry& entry = list->entries[static_cast<std::size_t>(offset(*list, seq))];
            if (!counts(entry)) continue;
            result.oldest_unread = entry.position;
            result.oldest_seq = seq;
            return result;
        }
    }
    return result;
}

}  // namespace obrol::sqlite
