#include "core/servers.h"

#include <utility>

#include "model/name.h"

namespace obrol {

Task<Result<void>> Servers::load() {
    Result<std::vector<Server>> stored = co_await store_.servers();
    if (!stored) co_return Failure<Error>(std::move(stored.error()));
    servers_.clear();
    labels_.clear();
    keys_.clear();
    for (Server& server : *stored)
        put(std::move(server));
    co_return Result<void>();
}

void Servers::forget(ServerId id) {
    const auto known = servers_.find(id);
    if (known == servers_.end()) return;
    labels_.erase(name_key(known->second.label));
    if (known->second.key) keys_.erase(*known->second.key);
    servers_.erase(known);
}

void Servers::put(Server server) {
    const ServerId id = server.id;
    forget(id);
    labels_[name_key(server.label)] = id;
    if (server.key) keys_[*server.key] = id;
    servers_.emplace(id, std::move(server));
}

const Server* Servers::find(ServerId id) const {
    const auto found = servers_.find(id);
    return found == servers_.end() ? nullptr : &found->second;
}

const Server* Servers::with_label(std::string_view label) const {
    const auto found = labels_.find(name_key(label));
    return found == labels_.end() ? nullptr : find(found->second);
}

const Server* Servers::with_key(const PublicKey& key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : find(found->second);
}

std::vector<Server> Servers::all() const {
    std::vector<Server> servers;
    for (const auto& [id, server] : servers_)
        servers.push_back(server);
    return servers;
}

}  // namespace obrol
