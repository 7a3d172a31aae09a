// The rules that decide a change in commit order, the same for every store.
#pragma once

#include "storage/change.h"
#include "storage/tables.h"

namespace obrol {

// Decides `change` against `tables` and carries it out when it passes. All checks precede all writes, so a refused
// change leaves nothing behind. Throws what `tables` throws.
ChangeResult apply_change(Tables& tables, const Change& change);

}  // namespace obrol
