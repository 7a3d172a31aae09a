// What waits for other servers does not wait for ever: its senders are told that it is late, and in the end that it
// will not arrive; what has arrived is forgotten after a while.
#include "core/chat_peering.h"
#include "core/chat_state.h"

namespace obrol {
namespace {

// Of one look: what is left is seen at the next one.
constexpr std::size_t bounces_max = 1000;
// Of what is read at once.
constexpr std::size_t queue_page_bytes_max = 1024 * 1024;
// Of one transaction.
constexpr std::size_t pruned_max = 1000;

}  // namespace

void ChatPeering::start() {
    look_later();
}

Task<void> ChatPeering::stop() {
    is_stopping_ = true;
    upkeep_timer_.cancel();
    for (auto& [kind, complaints] : complaints_)
        complaints.log.stop();
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
        const auto bounced = co_await bounce(server, item.id, is_final, ChatError::server_unreachable);
        const bool has_arrived = !bounced && bounced.error() == ChatError::not_found;
        if (!bounced && !has_arrived) co_return fail(std::string(to_string(bounced.error())));
    }
    co_return Result<void>();
}

// not_found: there is nothing of that kind to be told about it.
Task<std::expected<void, ChatError>> ChatPeering::bounce(ServerId server, MessageId item, bool is_final,
                                                         ChatError why) {
    BounceItem bounce;
    bounce.server = server;
    bounce.item = item;
    bounce.is_final = is_final;
    bounce.why = why;
    state_.stamp(bounce);
    const ChangeResult result = co_await state_.parts.commits.submit(bounce);
    if (!result) co_return Failure<ChatError>(result.error());
    tell_bounced(std::get<Bounced>(*result));
    co_return std::expected<void, ChatError>();
}

// What is queued meanwhile stays. So does what nobody has sent: refusals, for which the other server waits.
Task<std::expected<std::size_t, ChatError>> ChatPeering::give_up_queue(ServerId server, ChatError why) {
    const Result<LinkProgress> progress = co_await this->progress(server);
    if (!progress) co_return Failure<ChatError>(state_.unavailable(progress.error()));
    std::size_t given_up = 0;
    std::int64_t after = progress->acknowledged.number;
    while (after < progress->last.number && !is_stopping_) {
        const Result<std::vector<OutboxItem>> items =
            co_await state_.parts.store.outbox(server, after, bounces_max, queue_page_bytes_max);
        if (!items) co_return Failure<ChatError>(state_.unavailable(items.error()));
        if (items->empty()) break;
        after = items->back().number;
        for (const OutboxItem& item : *items) {
            if (item.is_given_up || !item.sender || item.number > progress->last.number) continue;
            const auto bounced = co_await bounce(server, item.id, true, why);
            if (bounced) {
                ++given_up;
                verdicts_.settle(server, item.id, std::unexpected(why));
            } else if (bounced.error() != ChatError::not_found) {
                co_return Failure<ChatError>(bounced.error());
            }
        }
    }
    co_return given_up;
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
