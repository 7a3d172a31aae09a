#include "storage/sqlite/newest_entries.h"

#include <utility>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

constexpr std::size_t runs_at_least = 8;  // in a cache that is full
// A run beside its entries: its place in the cache and its allocations.
constexpr std::size_t run_overhead = 256;

std::size_t bytes_of(const LogEntry& entry) {
    const bool is_inline = entry.body.capacity() <= std::string().capacity();
    return sizeof entry + (is_inline ? 0 : entry.body.capacity() + 1);
}

// The newest of what `known` and `page` hold together: so many, and so many bytes. `page` is the newer one.
std::vector<LogEntry> newest(const EntryRun* known, const std::vector<LogEntry>& page, std::size_t bytes_max) {
    std::vector<const LogEntry*> taken;
    std::size_t bytes = run_overhead;
    const auto take = [&](const LogEntry& entry) {
        bytes += bytes_of(entry);
        if (taken.size() == NewestEntries::run_entries_max || bytes > bytes_max) return false;
        taken.push_back(&entry);
        return true;
    };
    std::size_t from_page = 0;
    while (from_page < page.size() && take(page[page.size() - 1 - from_page]))
        ++from_page;
    if (known && from_page == page.size()) {
        for (Seq seq(page.front().header.seq.value - 1); seq >= known->first(); seq = Seq(seq.value - 1)) {
            const LogEntry* entry = known->find(seq);
            if (!entry || !take(*entry)) break;
        }
    }
    std::vector<LogEntry> entries;
    entries.reserve(taken.size());
    for (auto entry = taken.rbegin(); entry != taken.rend(); ++entry)
        entries.push_back(**entry);
    return entries;
}

}  // namespace

EntryRun::EntryRun(std::vector<LogEntry> entries) : entries_(std::move(entries)), bytes_(run_overhead) {
    OBROL_CHECK(!entries_.empty());
    for (const LogEntry& entry : entries_)
        bytes_ += bytes_of(entry);
}

const LogEntry* EntryRun::find(Seq seq) const {
    if (seq < first() || seq > last()) return nullptr;
    return &entries_[static_cast<std::size_t>(seq.value - first().value)];
}

NewestEntries::Found NewestEntries::find(ConversationId conversation) {
    const std::lock_guard lock(mutex_);
    const Run* run = runs_.find(conversation);
    return Found{run ? *run : nullptr, changes_};
}

void NewestEntries::keep(ConversationId conversation, const std::vector<LogEntry>& page, const Found& found) {
    if (page.empty() || (!found.run && page.size() < page_entries_min)) return;
    std::vector<LogEntry> entries = newest(found.run.get(), page, bytes_max_ / runs_at_least);
    if (entries.empty()) return;
    auto made = std::make_shared<const EntryRun>(std::move(entries));
    const std::lock_guard lock(mutex_);
    if (changes_ != found.changes) return;
    if (const Run* known = runs_.find(conversation); known && (*known)->last() > made->last()) return;
    drop(conversation);
    bytes_ += made->bytes();
    runs_.put(conversation, std::move(made));
    while (bytes_ > bytes_max_)
        bytes_ -= runs_.take_oldest()->second->bytes();
}

void NewestEntries::forget(ConversationId conversation) {
    const std::lock_guard lock(mutex_);
    ++changes_;
    drop(conversation);
}

void NewestEntries::drop(ConversationId conversation) {
    const Run* known = runs_.find(conversation);
    if (!known) return;
    bytes_ -= (*known)->bytes();
    runs_.erase(conversation);
}

std::size_t NewestEntries::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace obrol::sqlite
