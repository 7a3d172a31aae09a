// What an entry of kind `bounce` says: a message to another server is late, or will not arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/chat_error.h"
#include "model/ids.h"

namespace obrol {

struct BounceNote {
    MessageId id;          // of the message
    bool is_final = true;  // false: it is late, and still on its way
    ChatError why = ChatError::unknown_recipient;
    std::string group = {};  // of a post: "#id@server"; then the entry stands in the sender's notes to himself

    friend bool operator==(const BounceNote&, const BounceNote&) = default;
};

// The entry's body: words with blanks between them, "failed 0193… user-not-found" or "delayed 0193… server-unreachable
// #lab@B".
std::string encode(const BounceNote& note);
// None: no such body.
std::optional<BounceNote> parse_bounce_note(std::string_view body);

}  // namespace obrol
