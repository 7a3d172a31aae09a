#include "server/chat_server.h"

#include <chrono>
#include <utility>

#include "base/check.h"
#include "io/timer.h"

namespace obrol {
namespace {

// One line about refused connections in so long: a crowd at the door must not fill the log.
constexpr Duration refused_log_interval = std::chrono::seconds(10);

}  // namespace

struct ChatServer::Entrance {
    const DialectKind& kind;
    std::unique_ptr<Listener> listener;
};

ChatServer::ChatServer(Parts parts, ServerLimits limits)
    : parts_(std::move(parts)), limits_(limits), refused_log_pause_(parts_.core_executor) {
    OBROL_CHECK(!parts_.io_executors.empty());
    for (Executor* executor : parts_.io_executors) {
        groups_.push_back(std::make_unique<ConnectionGroup>(
            ConnectionGroup::Parts{*executor, parts_.core_executor, parts_.chat, parts_.logger},
            static_cast<std::uint32_t>(groups_.size()), limits_, [this] { --connections_; }));
    }
}

ChatServer::~ChatServer() {
    OBROL_CHECK(connections_ == 0);
}

Result<Endpoint> ChatServer::listen(const DialectKind& kind, const Endpoint& at) {
    Result<std::unique_ptr<Listener>> listener = parts_.network.listen(at);
    if (!listener) return Failure<Error>(std::move(listener.error()));
    Endpoint bound = (*listener)->local();
    entrances_.push_back(std::make_unique<Entrance>(Entrance{kind, std::move(*listener)}));
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
    if (connections_ >= limits_.connections_max) {
        ++refused_;
        if (!refused_log_pause_.active()) log_refused();
        // The stream belongs to the group's thread; closing is all that happens to it.
        group.executor().post([refused = std::move(stream)] {});
        return;
    }
    ++connections_;
    auto client = parts_.chat.connect(stream->peer_host());
    group.start(entrance.kind, std::move(stream), std::move(client));
}

void ChatServer::log_refused() {
    parts_.logger.warning("{} connections are open, limits.connections_max: {} refused", connections_,
                          std::exchange(refused_, 0));
    refused_log_pause_.start_after(refused_log_interval, [this] {
        if (refused_ > 0) log_refused();
    });
}

Task<void> ChatServer::stop() {
    for (const std::unique_ptr<Entrance>& entrance : entrances_)
        entrance->listener->close();
    co_await accepting_.close();
    for (const std::unique_ptr<ConnectionGroup>& group : groups_)
        co_await group->stop();
    refused_log_pause_.cancel();
    OBROL_CHECK(connections_ == 0);
}

void ChatServer::set_limits(const ServerLimits& limits) {
    limits_ = limits;
    for (const std::unique_ptr<ConnectionGroup>& group : groups_)
        group->set_limits(limits);
}

}  // namespace obrol
