#include "server/chat_server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/host.h"
#include "io/timer.h"

namespace obrol {
struct ChatServer::Entrance {
    const DialectKind& kind;
    std::unique_ptr<Listener> listener;
    Plaintext plaintext;
};

ChatServer::ChatServer(Parts parts, ServerLimits limits)
    : parts_(std::move(parts)),
      limits_(limits),
      refused_log_(parts_.core_executor,
                   [this](std::size_t) {
                       const Refused refused = std::exchange(refused_, {});
                       parts_.logger.warning(
                           "{} connections are open; refused: {} by limits.connections_max, {} by "
                           "limits.connections_per_address_max",
                           connections_, refused.as_server_is_full, refused.for_their_address);
                   }),
      refused_links_log_(parts_.core_executor, [this](std::size_t) {
          const Refused refused = std::exchange(refused_links_, {});
          parts_.logger.warning(
              "{} other servers are connected; refused: {} by limits.links_max, {} by limits.links_per_address_max",
              links(), refused.as_server_is_full, refused.for_their_address);
      }) {
    OBROL_CHECK(!parts_.io_executors.empty());
    for (Executor* executor : parts_.io_executors) {
        ConnectionGroup::Parts of_group{*executor, parts_.core_executor, parts_.chat, parts_.logger, parts_.secure};
        if (parts_.links) of_group.on_link = [this](std::unique_ptr<SecureStream> link) { take_link(std::move(link)); };
        groups_.push_back(std::make_unique<ConnectionGroup>(
            std::move(of_group), static_cast<std::uint32_t>(groups_.size()), limits_of_group(),
            [this](const std::string& host, bool was_served) { connection_ended(host, was_served); }));
    }
}

ChatServer::~ChatServer() {
    OBROL_CHECK(connections_ == 0);
}

Result<Endpoint> ChatServer::listen(const DialectKind& kind, const Endpoint& at, Plaintext plaintext) {
    Result<std::unique_ptr<Listener>> listener = parts_.network.listen(at);
    if (!listener) return Failure<Error>(std::move(listener.error()));
    Endpoint bound = (*listener)->local();
    entrances_.push_back(std::make_unique<Entrance>(Entrance{kind, std::move(*listener), plaintext}));
    accepting_.spawn(take_connections(*this, *entrances_.back()));
    return bound;
}

Task<void> ChatServer::take_connections(ChatServer& self, Entrance& entrance) {
    bool in_trouble = false;
    while (!entrance.listener->is_closed()) {
        ConnectionGroup& group = *self.groups_[self.next_group_++ % self.groups_.size()];
        Result<std::unique_ptr<Stream>> stream = co_await entrance.listener->accept(group.executor());
        if (stream) {
            in_trouble = false;
            self.admit(entrance, std::move(*stream), group);
            continue;
        }
        if (entrance.listener->is_closed()) break;
        if (!std::exchange(in_trouble, true))
            self.parts_.logger.error("{}: {}; trying again", to_string(entrance.listener->local()),
                                     stream.error().what);
        co_await sleep_for(self.parts_.core_executor, self.limits_.accept_pause);
    }
}

void ChatServer::admit(const Entrance& entrance, std::unique_ptr<Stream> stream, ConnectionGroup& group) {
    std::string host = stream->peer_host();
    if (connections_ >= limits_.connections_max)
        return refuse(entrance, std::move(stream), group, ChatError::server_full);
    std::size_t& of_address = connections_of_[address_block(host)];
    const bool is_exempt = limits_.loopback_exempt && is_loopback(host);
    if (!is_exempt && of_address >= limits_.connections_per_address_max)
        return refuse(entrance, std::move(stream), group, ChatError::too_many_connections);
    ++of_address;
    ++connections_;
    auto client = parts_.chat.connect(std::move(host));
    group.start(entrance.kind, std::move(stream), std::move(client), entrance.plaintext);
}

void ChatServer::refuse(const Entrance& entrance, std::unique_ptr<Stream> stream, ConnectionGroup& group,
                        ChatError why) {
    ++(why == ChatError::server_full ? refused_.as_server_is_full : refused_.for_their_address);
    refused_log_.note();
    if (being_refused_ < limits_.refusals_max) {
        ++being_refused_;
        group.refuse(entrance.kind, std::move(stream), why);
    } else {
        // The stream belongs to the group's thread; closing is all that happens to it.
        group.executor().post([refused = std::move(stream)] {});
    }
}

void ChatServer::connection_ended(const std::string& host, bool was_served) {
    if (!was_served) {
        --being_refused_;
        return;
    }
    --connections_;
    const auto of_address = connections_of_.find(address_block(host));
    if (--of_address->second == 0) connections_of_.erase(of_address);
}

void ChatServer::take_link(std::unique_ptr<SecureStream> link) {
    if (links() >= limits_.links_max) {
        ++refused_links_.as_server_is_full;
        return refused_links_log_.note();
    }
    const std::string host = link->peer_host();
    std::erase_if(links_of_, [](const auto& one) { return one.second.use_count() == 1; });
    std::shared_ptr<const char>& of_address = links_of_[address_block(host)];
    if (!of_address) of_address = std::make_shared<const char>();
    const bool is_exempt = limits_.loopback_exempt && is_loopback(host);
    if (!is_exempt && static_cast<std::size_t>(of_address.use_count()) > limits_.links_per_address_max) {
        ++refused_links_.for_their_address;
        return refused_links_log_.note();
    }
    link->hold(std::make_shared<const LinkPlace>(link_places_, of_address));
    parts_.links->accept(std::move(link));
}

// Groups get connections in turn, so each gets the same part of what all share: no thread needs to know of another's.
ServerLimits ChatServer::limits_of_group() const {
    ServerLimits limits = limits_;
    const std::size_t groups = parts_.io_executors.size();
    limits.memory_bytes_max /= groups;
    limits.unanswered_together_max = std::max<std::size_t>(1, limits.unanswered_together_max / groups);
    return limits;
}

Task<void> ChatServer::stop() {
    for (const std::unique_ptr<Entrance>& entrance : entrances_)
        entrance->listener->close();
    co_await accepting_.close();
    // All at once: none takes requests while another one waits for its slowest client.
    Gate stopping("connections that stop");
    for (const std::unique_ptr<ConnectionGroup>& group : groups_)
        stopping.spawn(group->stop());
    co_await stopping.close();
    refused_log_.stop();
    refused_links_log_.stop();
    OBROL_CHECK(connections_ == 0 && being_refused_ == 0);
}

void ChatServer::set_limits(const ServerLimits& limits) {
    limits_ = limits;
    for (const std::unique_ptr<ConnectionGroup>& group : groups_)
        group->set_limits(limits_of_group());
}

}  // namespace obrol
