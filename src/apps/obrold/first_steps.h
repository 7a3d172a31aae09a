// What a newcomer types next, on standard error: where a person looks at it, or with --demo.
#pragma once

#include <string>
#include <vector>

#include "apps/config/config.h"

namespace obrol {

// `listeners` as they are bound; `fingerprint` of the certificate, in hexadecimal.
void show_first_steps(const Config& config, const std::vector<ListenSetting>& listeners, bool has_admins,
                      const std::string& fingerprint);

}  // namespace obrol
