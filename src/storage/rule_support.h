// What the rules of all changes share. Internal to storage.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "storage/change.h"
#include "storage/tables.h"

namespace obrol {

using Refusal = std::optional<ChatError>;

inline ChangeResult refuse(ChatError why) {
    return std::unexpected(why);
}
inline ChangeResult done_if(bool found) {
    return found ? ChangeResult(Done{}) : refuse(ChatError::not_found);
}

// A deleted account keeps its entries and its name, and is unknown to every change.
inline bool is_known(Tables& tables, UserId user) {
    const std::optional<AccountState> state = tables.account_state(user);
    return state && *state != AccountState::deleted;
}
inline bool is_active(Tables& tables, UserId user) {
    return tables.account_state(user) == AccountState::active;
}

// Appends an entry, of which conversation, id, sender, at and kind are given; the header with seq and position.
inline EntryHeader append_entry(Tables& tables, EntryHeader header, std::string_view body) {
    header.seq = next(tables.last_seq(header.conversation));
    header.position = tables.insert_entry(header, body);
    return header;
}

}  // namespace obrol
