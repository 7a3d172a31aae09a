// Users of other servers: finding them, meeting them, and what is special about writing to them.
#include "core/remote_users.h"

#include <utility>

#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {

Task<std::expected<UserRef, Refused>> Chat::State::resolve_remote(Address address, bool may_be_new) {
    const Server* server = peering.known(address.server);
    if (!server) co_return Failure<Refused>(Refused{ChatError::unknown_server, address.server, false});
    const ServerId home = server->id;
    const Refused unknown{ChatError::unknown_recipient, to_string(address), false};
    if (check_user_name(address.name) != NameProblem::none) co_return Failure<Refused>(unknown);
    const Result<UserRef> found = co_await accounts.find(home, address.name);
    if (!found) co_return Failure<Refused>(Refused{unavailable(found.error()), {}, false});
    if (*found) co_return *found;
    if (!may_be_new) co_return Failure<Refused>(unknown);
    // Whether he is there is for his server to say.
    if (std::optional<Refused> refused = peering.refusal_to_reach(home))
        co_return Failure<Refused>(std::move(*refused));
    Author author{std::move(address.name), {}, {}};
    const auto met = co_await meet(home, std::move(author), ServerId(), options.peers.users_max);
    if (!met) co_return Failure<Refused>(Refused{met.error(), address.server, false});
    co_return *met;
}

Task<std::expected<UserRef, ChatError>> Chat::State::meet(ServerId server, Author author, ServerId by,
                                                          std::size_t users_max) {
    MeetUser meet{server,
                  std::move(author.name),
                  std::move(author.display_name),
                  std::move(author.country),
                  parts.timers.clock().wall_now(),
                  users_max,
                  by};
    const ChangeResult result = co_await parts.commits.submit(std::move(meet));
    if (!result) co_return Failure<ChatError>(result.error());
    const UserId id = std::get<UserCreated>(*result).user;
    accounts.forget(id);
    co_return co_await user_of(id);
}

bool Chat::State::has_remote(const std::vector<UserRef>& users) {
    for (const UserRef& user : users)
        if (user->server) return true;
    return false;
}

Task<std::expected<WaitingStrangers, ChatError>> Chat::State::strangers_for(UserId user) {
    Result<WaitingStrangers> waiting = co_await strangers.waiting_for(user);
    if (!waiting) co_return Failure<ChatError>(unavailable(waiting.error()));
    co_return std::move(*waiting);
}

void Chat::State::stranger_settled(const UserRef& user, const UserRef& stranger) {
    const std::optional<WaitingStranger> waited = strangers.settled(user->id, stranger->id);
    if (!waited) return;
    inbox.accepted(user->id, waited->first, waited->last.seq);
    if (fanout.is_listening(user->id)) telling.spawn(tell_accepted(user, stranger, *waited));
}

// What he wrote while he waited, to connections that were only told of the request.
Task<void> Chat::State::tell_accepted(UserRef user, UserRef stranger, WaitingStranger waited) {
    EntryRange range;
    range.conversation = waited.first.conversation;
    range.after = Seq(waited.first.seq.value - 1);
    range.before = next(waited.last.seq);
    range.entries_max = options.history_entries_max;
    std::vector<EntryRange> ranges(1, range);
    Result<std::vector<EntryPage>> pages = co_await parts.store.read(std::move(ranges), options.inbox_bytes_max);
    if (!pages) {
        parts.logger.warning("a stranger's messages are not told: {}", pages.error().what);
        co_return;
    }
    for (LogEntry& entry : pages->front().entries) {
        if (entry.header.sender != stranger->id || !counts_as_unread(entry.header.kind) || entry.erased) continue;
        const MessageEvent event{std::move(entry), stranger->card, user->card};
        fanout.deliver(std::make_shared<const Event>(event), std::span(&user->id, 1), nullptr);
    }
}

Refused refusal_of_post(const Peering& peering, ChatError why, const std::vector<UserRef>& to) {
    Refused refused{why, {}, false};
    if (why != ChatError::queue_full && why != ChatError::server_not_connected) return refused;
    for (const UserRef& user : to) {
        const std::optional<Server> server = user->server ? peering.server(user->server) : std::nullopt;
        if (!server) continue;
        refused.subject = server->label;
        refused.of_several = to.size() > 1;
        break;
    }
    return refused;
}

// What became of messages to other servers goes into the answer.
Task<std::optional<Refused>> Chat::State::add_outcomes(MessageSent& sent, const std::vector<UserRef>& to,
                                                       bool is_repeated) {
    std::vector<ChatPeering::Sent> items;
    for (std::size_t i = 0; i < to.size(); ++i)
        if (to[i]->server) items.push_back({to[i]->server, sent.copies[i].id});
    std::vector<Outcome> outcomes;
    if (is_repeated) {
        auto before = co_await peering.delivered_before(std::move(items));
        if (!before) co_return refusal(before.error());
        outcomes = std::move(*before);
    } else {
        outcomes = co_await peering.deliver(std::move(items));
    }
    std::vector<MessageSent::Copy> copies;
    auto outcome = outcomes.begin();
    for (std::size_t i = 0; i < to.size(); ++i) {
        MessageSent::Copy& copy = sent.copies[i];
        if (to[i]->server) {
            const Outcome& its = *outcome++;
            if (!its) {
                sent.failed.push_back({copy.to, its.error()});
                continue;
            }
            copy.delivery = *its;
        }
        copies.push_back(std::move(copy));
    }
    sent.copies = std::move(copies);
    if (sent.copies.empty()) co_return refusal_of_all(sent.failed);
    co_return std::nullopt;
}

}  // namespace obrol
