#include "core/servers.h"

#include <algorithm>
#include <utility>

#include "model/name.h"

namespace obrol {

Task<Result<void>> Servers::load() {
    Result<std::vector<Server>> stored = co_await store_.servers();
    if (!stored) co_return Failure<Error>(std::move(stored.error()));
    const Result<std::vector<FormerKey>> former = co_await store_.former_keys();
    if (!former) co_return Failure<Error>(former.error());
    servers_.clear();
    labels_.clear();
    keys_.clear();
    former_keys_.clear();
    for (const FormerKey& each : *former)
        former_keys_.emplace(each.key, each);
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

const Server* Servers::with_any_key(const PublicKey& key) const {
    if (const Server* server = with_key(key)) return server;
    const auto former = former_keys_.find(key);
    return former == former_keys_.end() ? nullptr : find(former->second.server);
}

std::optional<PublicKey> Servers::key_of(ServerId id) const {
    const Server* server = find(id);
    if (server && server->key) return server->key;
    for (const auto& [key, former] : former_keys_)
        if (former.server == id && !former.statement) return key;
    return std::nullopt;
}

std::optional<PublicKey> Servers::previous_key(const Server& server) const {
    for (const auto& [key, former] : former_keys_)
        if (former.statement && former.server == server.id && server.key == former.statement->new_key) return key;
    return std::nullopt;
}

bool Servers::is_kept(const KeyStatement& statement) const {
    const auto former = former_keys_.find(statement.old_key);
    return former != former_keys_.end() && former->second.statement == statement;
}

std::vector<KeyStatement> Servers::statements_of(ServerId id) const {
    std::vector<KeyStatement> statements;
    const Server* server = find(id);
    std::optional<PublicKey> key = server ? server->key : std::nullopt;
    while (key) {
        const auto before = std::ranges::find_if(former_keys_, [&](const auto& one) {
            return one.second.server == id && one.second.statement && one.second.statement->new_key == *key;
        });
        if (before == former_keys_.end() || statements.size() == former_keys_.size()) break;
        statements.push_back(*before->second.statement);
        key = before->first;
    }
    std::ranges::reverse(statements);
    return statements;
}

std::size_t Servers::met_count() const {
    const auto was_met = [](const auto& one) { return !one.second.named_by && !is_forgotten(one.second); };
    return static_cast<std::size_t>(std::ranges::count_if(servers_, was_met));
}

std::vector<Server> Servers::all() const {
    std::vector<Server> servers;
    for (const auto& [id, server] : servers_)
        servers.push_back(server);
    return servers;
}

}  // namespace obrol
