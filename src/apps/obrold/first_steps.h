// What a newcomer types next, on standard error: where a person looks at it, or with --demo.
#pragma once

#include <vector>

#include "apps/config/config.h"

namespace obrol {

// `listeners` as they are bound.
void show_first_steps(const Config& config, const std::vector<ListenSetting>& listeners, bool has_admins);

}  // namespace obrol
