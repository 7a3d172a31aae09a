// The other servers, all of them: few, and asked about with every message to and from one.
//
// On core's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/server.h"
#include "storage/store.h"

namespace obrol {

class Servers {
  public:
    // `store` must outlive it.
    explicit Servers(Store& store) : store_(store) {}

    // As they are stored. Before the first question, and after a change of more than one.
    Task<Result<void>> load();
    // Was just committed.
    void put(Server server);

    // Null: there is none. Valid until load() or put() is called. Labels are compared without case.
    const Server* find(ServerId id) const;
    const Server* with_label(std::string_view label) const;
    const Server* with_key(const PublicKey& key) const;
    // Whose key that is, or was.
    const Server* with_any_key(const PublicKey& key) const;
    // By which others know it: also of one that was forgotten. None: it was never met.
    std::optional<PublicKey> key_of(ServerId id) const;
    // That it had right before the present one, as it has stated.
    std::optional<PublicKey> previous_key(const Server& server) const;
    bool is_kept(const KeyStatement& statement) const;
    // Of that server, oldest first.
    std::vector<KeyStatement> statements_of(ServerId id) const;
    // By id.
    std::vector<Server> all() const;
    // How many were added or met, and are neither forgotten nor only named by others.
    std::size_t met_count() const;

  private:
    void forget(ServerId id);

    Store& store_;
    std::map<ServerId, Server> servers_;
    std::map<std::string, ServerId, std::less<>> labels_;  // by name_key
    std::map<PublicKey, ServerId> keys_;
    std::map<PublicKey, FormerKey> former_keys_;
};

}  // namespace obrol
