#include "model/entry.h"

namespace obrol {

std::string_view to_string(EntryKind kind) {
    switch (kind) {
        case EntryKind::message:
            return "message";
        case EntryKind::file:
            return "file";
        case EntryKind::edit:
            return "edit";
        case EntryKind::remove:
            return "delete";
        case EntryKind::reaction:
            return "reaction";
        case EntryKind::member:
            return "member";
        case EntryKind::bounce:
            return "bounce";
        case EntryKind::notice:
            return "notice";
    }
    return "unknown";
}

}  // namespace obrol
