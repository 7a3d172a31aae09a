#include "core/retention.h"

#include <utility>
#include <vector>

#include "core/submit_all.h"

namespace obrol {

Retention::Retention(Store& store, GroupCommit& commits, TimerService& timers, Logger& logger, Options options,
                     OnUnusedBlob on_unused_blob)
    : store_(store),
      commits_(commits),
      timers_(timers),
      logger_(logger),
      options_(options),
      on_unused_blob_(std::move(on_unused_blob)),
      timer_(timers) {}

void Retention::start() {
    timer_.start_after(options_.interval, [this] { gate_.spawn(sweep()); });
}

Task<void> Retention::stop() {
    timer_.cancel();
    co_await gate_.close();
}

Task<void> Retention::sweep() {
    const Result<void> swept = co_await sweep_all();
    if (!swept) logger_.warning("old messages of groups are erased later: {}", swept.error().what);
    if (!gate_.is_closed()) start();
}

Task<Result<void>> Retention::sweep_all() {
    Result<std::vector<Group>> groups = co_await store_.groups_with_retention();
    if (!groups) co_return Failure<Error>(std::move(groups.error()));
    std::map<ConversationId, Seq> known = std::exchange(erased_upto_, {});
    for (const Group& group : *groups)
        erased_upto_.emplace(group.conversation, known[group.conversation]);
    for (Group& group : *groups) {
        Result<void> swept = co_await sweep(std::move(group));
        if (!swept) co_return swept;
    }
    co_return Result<void>();
}

Task<Result<void>> Retention::sweep(Group group) {
    if (!group.retention) co_return Result<void>();
    const WallTime before = timers_.clock().wall_now() - *group.retention;
    while (!gate_.is_closed()) {
        const Result<bool> more = co_await erase_slice(group.conversation, before);
        if (!more) co_return fail(more.error().what);
        if (!*more) break;
    }
    co_return Result<void>();
}

Task<Result<bool>> Retention::erase_slice(ConversationId group, WallTime before) {
    Seq& erased_upto = erased_upto_.at(group);
    EntryRange range;
    range.conversation = group;
    range.after = erased_upto;
    range.entries_max = options_.slice_entries_max;
    std::vector<EntryRange> ranges(1, range);
    const Result<std::vector<EntryPage>> pages = co_await store_.read(std::move(ranges), options_.slice_bytes_max);
    if (!pages) co_return fail(pages.error().what);

    const EntryPage& page = pages->front();
    Seq upto = erased_upto;
    bool more = page.more;
    std::vector<Change> erasures;
    for (const LogEntry& entry : page.entries) {
        if (entry.header.at >= before) {
            more = false;
            break;
        }
        upto = entry.header.seq;
        if (!entry.erased && entry.header.kind != EntryKind::member) erasures.emplace_back(EraseBody{group, upto});
    }
    const std::vector<ChangeResult> results = co_await submit_all(commits_, std::move(erasures));
    for (const ChangeResult& result : results) {
        if (!result) co_return fail("entries could not be erased");
        const auto* erased = std::get_if<BodyErased>(&*result);
        if (erased && erased->unused_blob) on_unused_blob_(*erased->unused_blob);
    }
    erased_upto = upto;
    co_return more;
}

}  // namespace obrol
