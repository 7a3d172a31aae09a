#include "core/links.h"

namespace obrol {

std::string_view to_string(LinkTrial::Step step) {
    switch (step) {
        case LinkTrial::Step::resolve:
            return "name";
        case LinkTrial::Step::connect:
            return "connect";
        case LinkTrial::Step::secure:
            return "TLS";
        case LinkTrial::Step::identity:
            return "identity";
        case LinkTrial::Step::version:
            return "version";
        case LinkTrial::Step::echo:
            return "echo";
        case LinkTrial::Step::done:
            return "done";
    }
    return "unknown";
}

}  // namespace obrol
