// What reads as an item, an entry or a note of another server is written again to the same bytes.
#include <string_view>

#include "base/check.h"
#include "model/peer_item.h"

namespace obrol {

void fuzz_peer_item(std::string_view input) {
    if (const auto item = parse_peer_item(input)) {
        OBROL_CHECK(encode(*item) == input);
        OBROL_CHECK(peer_item_id(input) == id_of(*item));
    }
    if (const auto entry = parse_group_entry(input)) {
        OBROL_CHECK(encode(*entry) == input);
        OBROL_CHECK(!signed_text(GlobalGroup{}, *entry).empty());
    }
    if (const auto note = parse_global_member_note(input)) OBROL_CHECK(encode(*note) == input);
}

}  // namespace obrol
