#include "client/classic/printable.h"

#include <algorithm>
#include <iterator>

namespace obrol {

std::string printable(std::string_view text) {
    std::string kept;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
                 [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    return kept;
}

std::string error_line(std::string_view why) {
    return "Error, " + printable(why);
}

}  // namespace obrol
