// From what a request calls a group to the group.
#include <fmt/core.h>
#include <utility>

#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {

GroupRef Chat::State::resolve_group_now(UserId user, const Place& place) {
    if (place.kind == Place::Kind::group && place.address.server.empty())
        return groups.cached_by_id(place.address.name);
    if (place.kind != Place::Kind::group_code) return nullptr;
    // Whoever is a member knows the code; to everybody else a right one may be a good guess.
    GroupRef group = groups.cached_by_code(name_key(place.address.name));
    return group && group->role_of(user) ? group : nullptr;
}

Task<std::expected<GroupRef, Refused>> Chat::State::resolve_group(const Client& client, UserId user, Place place) {
    if (GroupRef known = resolve_group_now(user, place)) co_return known;
    const Address& address = place.address;
    const bool is_foreign = !address.server.empty() && !peering.is_own_label(address.server);
    const Server* home = is_foreign ? peering.known(address.server) : nullptr;
    if (place.kind == Place::Kind::group && is_foreign && !home)
        co_return Failure<Refused>(Refused{ChatError::unknown_server, address.server, false});
    const Refused unknown{ChatError::unknown_group, to_string(place), false};
    if (place.kind == Place::Kind::user) co_return Failure<Refused>(unknown);
    if (place.kind == Place::Kind::group) {
        // One of another server is kept here under its whole address.
        std::string id = home ? address.name + '@' + home->label : address.name;
        const Result<GroupRef> found = co_await groups.find_by_id(std::move(id));
        if (!found) co_return Failure<Refused>(Refused{unavailable(found.error()), {}, false});
        if (!*found) co_return Failure<Refused>(unknown);
        co_return *found;
    }
    const std::string code = name_key(address.name);
    if (!is_join_code(code)) co_return Failure<Refused>(unknown);
    if (const auto wait = begin_code(client, user))
        co_return Failure<Refused>(refusal(ChatError::too_many_requests, *wait));
    const Result<GroupRef> found = co_await groups.find_by_code(code);
    if (!found || *found) forgive_code(client, user);
    if (!found) co_return Failure<Refused>(Refused{unavailable(found.error()), {}, false});
    if (!*found) co_return Failure<Refused>(unknown);
    co_return *found;
}

Task<std::expected<GroupRef, ChatError>> Chat::State::group_of(ConversationId conversation) {
    const Result<GroupRef> found = co_await groups.find(conversation);
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    if (!*found)
        co_return Failure<ChatError>(unavailable(Error{fmt::format("group {} is missing", conversation.value)}));
    co_return *found;
}

std::optional<Duration> Chat::State::begin_code(const Client& client, UserId user) {
    if (!is_limited(client)) return std::nullopt;
    if (const auto wait = failed_codes_per_source.take(client.source_, now())) return wait;
    const auto wait = failed_codes_per_user.take(std::to_string(user.value), now());
    if (wait) failed_codes_per_source.give_back(client.source_, now());
    return wait;
}

void Chat::State::forgive_code(const Client& client, UserId user) {
    if (!is_limited(client)) return;
    failed_codes_per_source.give_back(client.source_, now());
    failed_codes_per_user.give_back(std::to_string(user.value), now());
}

}  // namespace obrol
