// Requests for what is not fetched yet.
#include <unordered_map>
#include <utility>

#include "core/chat_state.h"

namespace obrol {

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchInbox) {
    const auto receiver = co_await authorize_user(client, token);
    if (!receiver) co_return refused(receiver.error());
    Result<Inbox::Taken> taken = co_await inbox.take((*receiver)->id, std::nullopt);
    if (!taken) co_return refused(unavailable(taken.error()));
    const std::uint64_t reservation = taken->reservation;
    auto page = co_await inbox_page(*receiver, std::move(*taken));
    if (page) co_return std::move(*page);
    inbox.release(reservation);
    co_return refused(page.error());
}

Task<std::expected<InboxPage, ChatError>> Chat::State::inbox_page(UserRef receiver, Inbox::Taken taken) {
    const auto senders = co_await users_of(taken.senders());
    if (!senders) co_return Failure<ChatError>(senders.error());
    InboxPage page;
    page.reservation = taken.reservation;
    page.more = taken.more;
    std::unordered_map<UserId, std::size_t> places;
    for (std::size_t i = 0; i < senders->size(); ++i) {
        auto& [entry, in_group] = taken.entries[i];
        const auto [place, is_new] = places.try_emplace(entry.header.sender, page.senders.size());
        if (is_new) page.senders.push_back({(*senders)[i]->card, {}});
        InboxPage::Message message{entry.header, receiver->card.display_name, receiver->card.name, {}};
        if (in_group) {
            const auto group = co_await group_of(entry.header.conversation);
            if (!group) co_return Failure<ChatError>(group.error());
            message.group = (*group)->group.card;
            message.to = message.group->name;
            message.to_name = '#' + message.group->id;
        }
        if (entry.header.kind == EntryKind::file)
            message.file = parse_file_card(entry.body);
        else
            message.text = std::move(entry.body);
        page.senders[place->second].messages.push_back(std::move(message));
    }
    co_return page;
}

// The conversation whose unread entries somebody may take; none: nobody has written yet.
Task<std::expected<ConversationId, Refused>> Chat::State::unread_conversation(const Client& client, UserId self,
                                                                              Place with) {
    if (with.kind != Place::Kind::user) {
        auto group = co_await resolve_group(client, self, std::move(with));
        if (!group) co_return Failure<Refused>(std::move(group.error()));
        if (!(*group)->role_of(self)) co_return Failure<Refused>(Refused{ChatError::not_a_member, {}, false});
        co_return (*group)->group.conversation;
    }
    auto peer = co_await resolve_known(std::move(with.address));
    if (!peer) co_return Failure<Refused>(std::move(peer.error()));
    const auto direct = co_await parts.store.find_direct(self, (*peer)->id);
    if (!direct) co_return Failure<Refused>(Refused{unavailable(direct.error()), {}, false});
    co_return *direct ? (*direct)->conversation : ConversationId();
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchUnread request) {
    const auto receiver = co_await authorize_user(client, token);
    if (!receiver) co_return refused(receiver.error());
    auto conversation = co_await unread_conversation(client, (*receiver)->id, std::move(request.with));
    if (!conversation) co_return Reply(std::move(conversation.error()));
    if (!*conversation) co_return UnreadPage{};
    Result<Inbox::Taken> taken = co_await inbox.take((*receiver)->id, *conversation);
    if (!taken) co_return refused(unavailable(taken.error()));
    const std::uint64_t reservation = taken->reservation;
    auto page = co_await unread_page(*receiver, std::move(*taken));
    if (page) co_return std::move(*page);
    inbox.release(reservation);
    co_return refused(page.error());
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListUnread) {
    const auto receiver = co_await authorize_user(client, token);
    if (!receiver) co_return refused(receiver.error());
    Result<Inbox::Taken> seen = co_await inbox.peek((*receiver)->id);
    if (!seen) co_return refused(unavailable(seen.error()));
    auto page = co_await unread_page(*receiver, std::move(*seen));
    if (!page) co_return refused(page.error());
    co_return std::move(*page);
}

Task<std::expected<UnreadPage, ChatError>> Chat::State::unread_page(UserRef receiver, Inbox::Taken taken) {
    const auto senders = co_await users_of(taken.senders());
    if (!senders) co_return Failure<ChatError>(senders.error());
    UnreadPage page;
    page.reservation = taken.reservation;
    page.more = taken.more;
    for (std::size_t i = 0; i < senders->size(); ++i) {
        auto& [entry, in_group] = taken.entries[i];
        UnreadPage::Message message;
        message.from = (*senders)[i]->card;
        message.to = receiver->card;
        if (in_group) {
            const auto group = co_await group_of(entry.header.conversation);
            if (!group) co_return Failure<ChatError>(group.error());
            message.group = (*group)->group.card;
            if ((*group)->role_of(receiver->id)) message.group_code = (*group)->group.code;
        }
        message.entry = std::move(entry);
        page.messages.push_back(std::move(message));
    }
    co_return page;
}

}  // namespace obrol
