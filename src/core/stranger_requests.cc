// Requests about strangers on other servers, whose first messages wait to be accepted.
#include <utility>

#include "core/chat_state.h"

namespace obrol {

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListRequests) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const UserId self = (*session)->user();
    const Result<std::vector<StrangerRequest>> requests = co_await parts.store.stranger_requests(self);
    if (!requests) co_return refused(unavailable(requests.error()));
    RequestList list;
    for (const StrangerRequest& request : *requests) {
        const auto direct = co_await parts.store.find_direct(self, request.stranger);
        if (!direct) co_return refused(unavailable(direct.error()));
        if (*direct && (*direct)->blocked) continue;  // that was the answer
        const auto stranger = co_await user_of(request.stranger);
        if (!stranger) co_return refused(stranger.error());
        const bool is_message = request.first.header.kind == EntryKind::message;
        list.requests.push_back({(*stranger)->card, is_message ? request.first.body : std::string(), request.messages,
                                 request.first.header.at});
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, AcceptRequest request) {
    const auto self = co_await authorize_user(client, token);
    if (!self) co_return refused(self.error());
    const auto stranger = co_await resolve_known(std::move(request.who));
    if (!stranger) co_return Reply(stranger.error());
    const auto held = co_await strangers_for((*self)->id);
    if (!held) co_return refused(held.error());
    const AcceptStranger accept{(*self)->id, (*stranger)->id};
    const ChangeResult result = co_await parts.commits.submit(accept);
    if (!result) co_return refused(result.error(), (*stranger)->card.name);
    stranger_settled(*self, *stranger);
    co_return Acknowledged{};
}

}  // namespace obrol
