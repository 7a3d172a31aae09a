// The requests by their words (PROTOCOLS.md: py-chat).
#pragma once

#include <optional>
#include <string_view>

namespace obrol::py_chat {

enum class Keyword {
    auth_register,
    auth_login,
    auth_logout,
    group_create,
    group_get,
    group_join,
    group_exit,
    group_invite,
    chat_private_send,
    chat_group_send,
    chat_private_get,
    chat_group_get,
    file_send_private,
    file_send_group,
    file_get_private,
    file_get_group,
    contact_add,
    contact_get,
    contact_delete,
    notif_get,
};

// The document's word.
std::string_view to_string(Keyword keyword);
// The document's word or the original program's; none: neither.
std::optional<Keyword> find_keyword(std::string_view word);

}  // namespace obrol::py_chat
