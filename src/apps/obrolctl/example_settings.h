// docs/obrold.example.toml as it was when this was built.
#pragma once

#include <string_view>

namespace obrol {

std::string_view example_settings();

}  // namespace obrol
