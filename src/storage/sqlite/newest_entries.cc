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

// The newest of what `known` and `page` hold together, newest first: so many, and so many bytes. `page` is the newer
// one.
std::vector<const LogEntry*> newest(const EntryRun* known, const std::vector<LogEntry>& page, std::size_t bytes_max) {
    std::vector<const LogEntry*> taken;
    std::size_t bytes = run_overhead;
    const auto take = [&](const LogEntry* entry) {
        if (!entry || taken.size() == NewestEntries::run_entries_max) return false;
        bytes += bytes_of(*entry);
        if (bytes > bytes_max) return false;
        taken.push_back(entry);
        return true;
    };
    const Seq first = page.front().header.seq;
    for (Seq seq = page.back().header.seq; seq.value > 0; seq = Seq(seq.value - 1)) {
        const LogEntry* entry = nullptr;
        if (seq >= first)
            entry = &page[static_cast<std::size_t>(seq.value - first.value)];
        else if (known)
            entry = known->find(seq);
        if (!take(entry)) break;
    }
    return taken;
}

bool holds(const EntryRun& run, Seq first, Seq last) {
    return run.first() <= first && last <= run.last();
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
    if (page.size() < page_entries_min) return;
    const auto is_known = [&](const LogEntry& first, const LogEntry& last) {
        return found.run && holds(*found.run, first.header.seq, last.header.seq);
    };
    if (is_known(page.front(), page.back())) return;
    const std::vector<const LogEntry*> taken = newest(found.run.get(), page, bytes_max_ / runs_at_least);
    // The newest of a page that is longer than a run may be.
    if (taken.empty() || is_known(*taken.back(), *taken.front())) return;
    std::vector<LogEntry> entries;
    entries.reserve(taken.size());
    for (auto entry = taken.rbegin(); entry != taken.rend(); ++entry)
        entries.push_back(**entry);
    auto made = std::make_shared<const EntryRun>(std::move(entries));
    std::vector<Run> gone;  // freed behind the lock
    const std::lock_guard lock(mutex_);
    if (changes_ != found.changes) return;
    const Run* known = runs_.find(conversation);
    if (known && ((*known)->last() > made->last() || holds(**known, made->first(), made->last()))) return;
    gone.push_back(take(conversation));
    bytes_ += made->bytes();
    runs_.put(conversation, std::move(made));
    while (bytes_ > bytes_max_) {
        gone.push_back(std::move(runs_.take_oldest()->second));
        bytes_ -= gone.back()->bytes();
    }
}

void NewestEntries::forget(ConversationId conversation) {
    Run gone;  // freed behind the lock
    const std::lock_guard lock(mutex_);
    ++changes_;
    gone = take(conversation);
}

NewestEntries::Run NewestEntries::take(ConversationId conversation) {
    Run* known = runs_.find(conversation);
    if (!known) return nullptr;
    Run taken = std::move(*known);
    bytes_ -= taken->bytes();
    runs_.erase(conversation);
    return taken;
}

std::size_t NewestEntries::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace obrol::sqlite
