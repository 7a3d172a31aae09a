// Groups over several servers.
#include "core/chat_peering.h"
#include "core/chat_state.h"

namespace obrol {
namespace {

// TEMPORARY: groups stay on their own server.
constexpr const char* not_yet = "groups are not shared yet";

}  // namespace

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId, GroupPost) {
    Arrival arrival;
    arrival.why = ChatError::unavailable;
    co_return arrival;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId, GroupRequest) {
    Arrival arrival;
    arrival.why = ChatError::unavailable;
    co_return arrival;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId, GroupInvitation) {
    Arrival arrival;
    arrival.why = ChatError::unavailable;
    co_return arrival;
}

Task<Result<std::vector<Peering::GroupHead>>> ChatPeering::heads_for(ServerId) {
    co_return std::vector<GroupHead>();
}

Task<Result<std::vector<Peering::GroupHead>>> ChatPeering::heads_of_replicas(ServerId) {
    co_return std::vector<GroupHead>();
}

Task<Result<std::vector<ServerId>>> ChatPeering::servers_of(ConversationId) {
    co_return std::vector<ServerId>();
}

Task<Result<Peering::GroupHead>> ChatPeering::head(ConversationId) {
    co_return fail(not_yet);
}

Task<std::expected<std::optional<Seq>, ChatError>> ChatPeering::wanted(ServerId, bool, GroupHead) {
    co_return Failure<ChatError>(ChatError::unavailable);
}

Task<std::expected<Peering::Entries, ChatError>> ChatPeering::entries(ServerId, GlobalGroup, Seq, std::size_t,
                                                                      std::size_t) {
    co_return Failure<ChatError>(ChatError::unavailable);
}

Task<std::expected<Seq, ChatError>> ChatPeering::apply(ServerId, GlobalGroup, std::vector<std::string>) {
    co_return Failure<ChatError>(ChatError::unavailable);
}

Task<void> ChatPeering::recovered(GlobalGroup, ServerId) {
    co_return;
}

}  // namespace obrol
