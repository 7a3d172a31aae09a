#include "client/classic/replace_question.h"

#include <fmt/format.h>

#include "client/classic/printable.h"

namespace obrol {

std::string replace_question(std::string_view path) {
    return fmt::format("{} sudah ada; timpa? [ya/tidak]:", printable(path));
}

bool is_yes(std::string_view line) {
    return line == "ya" || line == "y";
}

}  // namespace obrol
