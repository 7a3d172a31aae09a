// Groups by conversation, id and join code, with all their members, cached. What is cached is for finding, showing and
// telling; rights are decided by the store in commit order.
//
// A cached group follows the commits: whoever submits a change of a group, or a post in it, holds its GroupRef from
// before the submission until the answer is handled. Answers come in commit order, and what each of them changes is
// applied without a suspension in between, so the members whom a post finds here are exactly those at its entry.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/lru_cache.h"
#include "base/result.h"
#include "io/task.h"
#include "model/group.h"
#include "storage/group_changes.h"
#include "storage/store.h"

namespace obrol {

// Shared and never changed: whoever holds it keeps the members of that moment. Never null.
using Readers = std::shared_ptr<const std::vector<UserId>>;

// Changes with every commit that concerns it.
struct CachedGroup {
    Group group;
    Readers readers;                              // its members, by seniority
    std::unordered_map<UserId, GroupRole> roles;  // of the same
    Seq last;                                     // holds as of that entry, or a later one of another kind

    // Null: no member.
    const GroupRole* role_of(UserId user) const {
        const auto found = roles.find(user);
        return found == roles.end() ? nullptr : &found->second;
    }
};
using GroupRef = std::shared_ptr<const CachedGroup>;

class Groups {
  public:
    // `store` must outlive it.
    Groups(Store& store, std::size_t cached_max)
        : store_(store), groups_(cached_max), ids_(cached_max), codes_(cached_max) {}

    // Null when it is not cached. Ids are compared without case.
    GroupRef cached(ConversationId conversation);
    GroupRef cached_by_id(const std::string& id);
    GroupRef cached_by_code(const std::string& code);
    // Null when there is no such group.
    Task<Result<GroupRef>> find(ConversationId conversation);
    Task<Result<GroupRef>> find_by_id(std::string id);
    Task<Result<GroupRef>> find_by_code(std::string code);

    // Servers are called otherwise from now on, and with them the groups that are at home there; those that are cached
    // with another name than they have are looked up.
    Task<Result<void>> reload_names(std::function<bool(const Group&)> is_called_otherwise);

    // Was just committed. For each of its entries who is to hear of it: the members after it, and with the first one
    // those who left by it; null for all when the group is not cached.
    std::vector<Readers> apply(const GroupChanged& changed);

  private:
    using Loaded = Result<std::optional<StoredGroup>>;
    Task<Result<GroupRef>> load(Task<Loaded> reading);
    GroupRef keep(StoredGroup stored);
    void put(std::shared_ptr<CachedGroup> group);
    void change(CachedGroup& group, const GroupChanged& changed);

    Store& store_;
    LruCache<ConversationId, std::shared_ptr<CachedGroup>> groups_;
    LruCache<std::string, ConversationId> ids_;    // by name_key
    LruCache<std::string, ConversationId> codes_;  // a code that the group has no more may still be there
    // What was committed to groups that are not cached while the store is read: what is read may lie before it.
    std::size_t loads_ = 0;
    std::vector<GroupChanged> missed_;
};

}  // namespace obrol
