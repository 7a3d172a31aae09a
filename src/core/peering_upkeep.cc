// What waits for other servers does not wait for ever: its senders are told that it is late, and in the end that it
// will not arrive; what has arrived is forgotten after a while.
#include "core/chat_peering.h"
#include "core/chat_state.h"

namespace obrol {
namespace {

// Of one look: what is left is seen at the next one.
constexpr std::size_t bounces_max = 1000;
// Of one transaction.
constexpr std::size_t pruned_max = 1000;

}  // namespace

void ChatPeering::start() {
    look_later();
}

Task<void> ChatPeering::stop() {
    is_stopping_ = true;
    upkeep_timer_.cancel();
    co_await upkeep_.close();
}

void ChatPeering::look_later() {
    upkeep_timer_.start_after(state_.options.peers.upkeep_interval, [this] { upkeep_.spawn(look_after()); });
}

Task<void> ChatPeering::look_after() {
    const PeerOptions& options = state_.options.peers;
    const WallTime now = state_.parts.timers.clock().wall_now();
    const auto before = [now](Duration age) { return now - std::chrono::floor<std::chrono::milliseconds>(age); };
    Result<void> looked;
    for (const Server& server : servers_.all()) {
        if (looked) looked = co_await bounce_old(server.id, before(options.expire_after), true);
        if (looked) looked = co_await bounce_old(server.id, before(options.late_after), false);
    }
    if (looked) looked = co_await prune(before(options.keep_after));
    if (!looked)
        state_.parts.logger.warning("servers: what waits for them is looked after later: {}", looked.error().what);
    if (!is_stopping_) look_later();
}

Task<Result<void>> ChatPeering::bounce_old(ServerId server, WallTime before, bool is_final) {
    const Result<std::vector<OutboxItem>> items =
        co_await state_.parts.store.late_items(server, before, is_final, bounces_max);
    if (!items) co_return Failure<Error>(items.error());
    for (const OutboxItem& item : *items) {
        if (is_stopping_) break;
        BounceItem bounce;
        bounce.server = server;
        bounce.item = item.id;
        bounce.is_final = is_final;
        bounce.why = ChatError::server_unreachable;
        state_.stamp(bounce);
        const ChangeResult result = co_await state_.parts.commits.submit(bounce);
        if (!result && result.error() == ChatError::not_found) continue;  // it has arrived meanwhile
        if (!result) co_return fail(std::string(to_string(result.error())));
        tell_bounced(std::get<Bounced>(*result));
    }
    co_return Result<void>();
}

Task<Result<void>> ChatPeering::prune(WallTime before) {
    const PruneOutbox prune{before, pruned_max};
    while (!is_stopping_) {
        const ChangeResult result = co_await state_.parts.commits.submit(prune);
        if (!result) co_return fail(std::string(to_string(result.error())));
        if (std::get<Pruned>(*result).items < pruned_max) break;
    }
    co_return Result<void>();
}

}  // namespace obrol
