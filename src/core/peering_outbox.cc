// What waits for other servers, and how far it has come.
#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "core/remote_users.h"
#include "core/submit_all.h"

namespace obrol {

Task<Result<LinkProgress>> ChatPeering::progress(ServerId server) {
    Result<std::optional<LinkProgress>> found = co_await state_.parts.store.link_progress(server);
    if (!found) co_return Failure<Error>(std::move(found.error()));
    if (!*found) co_return fail("a server that is not known");
    epoch_ = (*found)->last.epoch;
    co_return std::move(**found);
}

Task<Result<std::optional<std::int64_t>>> ChatPeering::oldest(ServerId server) {
    return state_.parts.store.oldest_outbox_item(server);
}

Task<Result<std::vector<Peering::Outgoing>>> ChatPeering::outbox(ServerId server, std::int64_t after,
                                                                 std::size_t items_max, std::size_t bytes_max) {
    Result<std::vector<OutboxItem>> items = co_await state_.parts.store.outbox(server, after, items_max, bytes_max);
    if (!items) co_return Failure<Error>(std::move(items.error()));
    std::vector<Outgoing> outgoing;
    std::size_t bytes = 0;
    for (OutboxItem& item : *items) {
        Outgoing next{item.number, item.id, {}};
        // What was erased since is nothing any more.
        if (item.is_given_up || (item.entry && item.entry->erased)) {
            next.bytes = encode(PeerItem(NoItem{item.id}));
        } else if (item.entry) {
            UserRef from = state_.accounts.cached(item.entry->header.sender);
            if (!from) {
                const auto found = co_await state_.user_of(item.entry->header.sender);
                if (!found) co_return fail("who wrote it is missing");
                from = *found;
            }
            UserRef to = state_.accounts.cached(item.to);
            if (!to) {
                const auto found = co_await state_.user_of(item.to);
                if (!found) co_return fail("whom it is for is missing");
                to = *found;
            }
            next.bytes = encode(PeerItem(post_of(std::move(item), *from, *to)));
        } else {
            next.bytes = ready_to_go(server, std::move(item.payload));
        }
        bytes += next.bytes.size();
        if (bytes > bytes_max && !outgoing.empty()) break;
        verdicts_.handed_out(server, next.id, next.number);
        outgoing.push_back(std::move(next));
    }
    co_return outgoing;
}

// Posts in groups are signed when they go.
std::string ChatPeering::ready_to_go(ServerId server, std::string payload) const {
    std::optional<PeerItem> item = parse_peer_item(payload);
    auto* post = item ? std::get_if<GroupPost>(&*item) : nullptr;
    const std::optional<PublicKey> home = servers_.key_of(server);
    if (!post || !home) return payload;
    const GlobalGroup group{*home, post->group};
    return encode(PeerItem(translation_.sign(group, std::move(*post))));
}

DirectPost ChatPeering::post_of(OutboxItem item, const User& from, const User& to) {
    DirectPost post;
    post.id = item.id;
    post.from = Author{from.card.name, from.card.display_name, from.card.country};
    post.to = name_at_home(to);
    post.kind = item.entry->header.kind;
    post.at = item.entry->header.at;
    post.body = std::move(item.entry->body);
    post.into_folder = item.into_folder;
    return post;
}

void ChatPeering::acknowledged(ServerId server, OutboxPlace upto, std::vector<Verdict> verdicts) {
    for (const Verdict& each : verdicts) {
        if (each.refused)
            verdicts_.settle(server, each.id, std::unexpected(*each.refused));
        else
            verdicts_.settle(server, each.id, Delivery::done);
    }
    if (upto.epoch == epoch_) verdicts_.settle_upto(server, upto.number);
    std::erase_if(verdicts, [](const Verdict& each) { return !each.refused; });
    if (verdicts.empty())
        state_.parts.commits.submit_lazily(AcknowledgeOutbox{server, upto});
    else
        telling_.spawn(note_refusals(server, upto, std::move(verdicts)));
}

// Right away, for whoever asks again under his key: otherwise what is acknowledged would seem to have arrived until the
// refusal comes as an item of its own. That one finds nothing to do then.
Task<void> ChatPeering::note_refusals(ServerId server, OutboxPlace upto, std::vector<Verdict> refusals) {
    std::vector<Change> changes;
    changes.emplace_back(AcknowledgeOutbox{server, upto});
    for (const Verdict& each : refusals) {
        BounceItem bounce;
        bounce.server = server;
        bounce.item = each.id;
        bounce.why = *each.refused;
        state_.stamp(bounce);
        changes.emplace_back(bounce);
    }
    std::vector<ChangeResult> results = co_await submit_all(state_.parts.commits, std::move(changes));
    for (ChangeResult& result : results) {
        if (!result) continue;  // told before, or when it comes again
        if (auto* bounced = std::get_if<Bounced>(&*result)) tell_bounced(std::move(*bounced));
    }
}

Task<Result<void>> ChatPeering::begin_epoch() {
    const BeginEpoch begin;
    const ChangeResult result = co_await state_.parts.commits.submit(begin);
    if (!result) co_return fail("a new epoch could not be begun: " + std::string(to_string(result.error())));
    const Result<std::vector<LinkProgress>> progress = co_await state_.parts.store.link_progress();
    if (!progress) co_return Failure<Error>(progress.error());
    for (const LinkProgress& each : *progress)
        epoch_ = each.last.epoch;
    recovery_awaited_until_ = state_.now() + recovery_patience;
    state_.parts.logger.warning("servers: what waits for others goes out anew, in the epoch {}", epoch_);
    co_return Result<void>();
}

}  // namespace obrol
