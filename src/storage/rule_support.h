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
    const std::optional<Account> account = tables.account(user);
    return account && account->state != AccountState::deleted;
}
// And has his account here.
inline bool is_at_home(Tables& tables, UserId user) {
    const std::optional<Account> account = tables.account(user);
    return account && account->state != AccountState::deleted && !account->server;
}
inline bool is_active(Tables& tables, UserId user) {
    const std::optional<Account> account = tables.account(user);
    return account && account->state == AccountState::active;
}
// None also for nobody.
inline ServerId server_of(Tables& tables, UserId user) {
    const std::optional<Account> account = tables.account(user);
    return account ? account->server : ServerId();
}

// Appends an entry, of which conversation, id, sender, at and kind are given; the header with seq and position.
inline EntryHeader append_entry(Tables& tables, EntryHeader header, std::string_view body, ServerId origin) {
    header.seq = next(tables.last_seq(header.conversation));
    header.position = tables.insert_entry(header, body, origin);
    return header;
}

}  // namespace obrol
