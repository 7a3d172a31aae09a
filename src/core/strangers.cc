#include "core/strangers.h"

#include <utility>
#include <vector>

namespace obrol {

Task<Result<WaitingStrangers>> Strangers::load(UserId user) {
    const Result<std::vector<StrangerRequest>> requests = co_await store_.stranger_requests(user);
    if (!requests) co_return Failure<Error>(requests.error());
    auto waiting = std::make_shared<std::map<UserId, WaitingStranger>>();
    for (const StrangerRequest& request : *requests) {
        const Result<std::optional<DirectConversation>> direct = co_await store_.find_direct(user, request.stranger);
        if (!direct) co_return Failure<Error>(direct.error());
        EntryHeader last = request.first.header;
        if (*direct) last.seq = (*direct)->last;
        waiting->emplace(request.stranger, WaitingStranger{request.first.header, last});
    }
    co_return waiting;
}

WaitingStrangers Strangers::cached(UserId user) {
    const WaitingStrangers* known = waiting_.find(user);
    return known ? *known : nullptr;
}

Task<Result<WaitingStrangers>> Strangers::waiting_for(UserId user) {
    const auto is_held = [](const WaitingStrangers& waiting) { return waiting.use_count() > 1; };
    for (;;) {
        if (WaitingStrangers known = cached(user)) co_return known;
        const std::uint64_t changes_before = changes_;
        Result<WaitingStrangers> loaded = co_await load(user);
        if (!loaded) co_return loaded;
        if (changes_ == changes_before && !waiting_.find(user)) waiting_.put(user, *loaded, is_held);
    }
}

bool Strangers::arrived(UserId user, const EntryHeader& message) {
    ++changes_;
    const WaitingStrangers* waiting = waiting_.find(user);
    if (!waiting) return true;
    const auto [at, is_first] = (*waiting)->try_emplace(message.sender, WaitingStranger{message, message});
    at->second.last = message;
    return is_first;
}

std::optional<WaitingStranger> Strangers::settled(UserId user, UserId stranger) {
    ++changes_;
    const WaitingStrangers* waiting = waiting_.find(user);
    if (!waiting) return std::nullopt;
    const auto found = (*waiting)->extract(stranger);
    if (found.empty()) return std::nullopt;
    return found.mapped();
}

}  // namespace obrol
