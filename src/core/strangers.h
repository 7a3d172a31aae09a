// Strangers on other servers whose first messages wait to be accepted, by the user whom they wrote to; cached.
//
// Follows the commits: whoever submits a change that may make or end a request holds what waiting_for() gave from
// before the submission until its answer is handled.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/lru_cache.h"
#include "base/result.h"
#include "io/task.h"
#include "model/entry.h"
#include "storage/store.h"

namespace obrol {

struct WaitingStranger {
    EntryHeader first;  // of his messages
    EntryHeader last;
};
using WaitingStrangers = std::shared_ptr<std::map<UserId, WaitingStranger>>;

class Strangers {
  public:
    // `store` must outlive it.
    Strangers(Store& store, std::size_t users_max) : store_(store), waiting_(users_max) {}

    Task<Result<WaitingStrangers>> waiting_for(UserId user);
    // Null when the store must be asked.
    WaitingStrangers cached(UserId user);
    // A message that waits was just committed. Whether it is the stranger's first.
    bool arrived(UserId user, const EntryHeader& message);
    // Whatever he wrote is for the user's inbox from now on; what that is, or none.
    std::optional<WaitingStranger> settled(UserId user, UserId stranger);

  private:
    Task<Result<WaitingStrangers>> load(UserId user);

    Store& store_;
    LruCache<UserId, WaitingStrangers> waiting_;
    std::uint64_t changes_ = 0;  // so that a look into the store that was overtaken by one is noticed
};

}  // namespace obrol
