// Several changes that belong to no one transaction, but to one batch where that is possible: one sync for all.
#pragma once

#include <vector>

#include "io/task.h"
#include "storage/group_commit.h"

namespace obrol {

// Each is decided for itself, in their order; so are the results.
Task<std::vector<ChangeResult>> submit_all(GroupCommit& commits, std::vector<Change> changes);

}  // namespace obrol
