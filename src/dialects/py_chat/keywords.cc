#include "dialects/py_chat/keywords.h"

#include <algorithm>
#include <iterator>

namespace obrol::py_chat {
namespace {

struct Words {
    Keyword keyword;
    std::string_view document;
    std::string_view program;  // empty: the same
};

constexpr Words words[] = {
    {Keyword::auth_register, "AUTH-REGISTER", ""},
    {Keyword::auth_login, "AUTH-LOGIN", ""},
    {Keyword::auth_logout, "AUTH-LOGOUT", ""},
    {Keyword::group_create, "GROUP-CREATE", ""},
    {Keyword::group_get, "GROUP-GET", ""},
    {Keyword::group_join, "GROUP-JOIN", ""},
    {Keyword::group_exit, "GROUP-EXIT", ""},
    {Keyword::group_invite, "GROUP-INVITE", ""},
    {Keyword::chat_private_send, "CHAT-PRIVATE-SEND", "MSG-PRIVATE-SEND"},
    {Keyword::chat_group_send, "CHAT-GROUP-SEND", "MSG-GROUP-SEND"},
    {Keyword::chat_private_get, "CHAT-PRIVATE-GET", "MSG-PRIVATE-GET"},
    {Keyword::chat_group_get, "CHAT-GROUP-GET", "MSG-GROUP-GET"},
    {Keyword::file_send_private, "FILE-SEND-PRIVATE", "FILE-PRIVATE-SEND"},
    {Keyword::file_send_group, "FILE-SEND-GROUP", "FILE-GROUP-SEND"},
    {Keyword::file_get_private, "FILE-GET-PRIVATE", "FILE-PRIVATE-GET"},
    {Keyword::file_get_group, "FILE-GET-GROUP", "FILE-GROUP-GET"},
    {Keyword::contact_add, "CONTACT-ADD", ""},
    {Keyword::contact_get, "CONTACT-GET", ""},
    {Keyword::contact_delete, "CONTACT-DELETE", "CONTACT-DEL"},
    {Keyword::notif_get, "NOTIF-GET", ""},
};

}  // namespace

std::string_view to_string(Keyword keyword) {
    const auto found = std::ranges::find(words, keyword, &Words::keyword);
    return found == std::end(words) ? std::string_view() : found->document;
}

std::optional<Keyword> find_keyword(std::string_view word) {
    if (word.empty()) return std::nullopt;
    const auto found = std::ranges::find_if(
        words, [&](const Words& known) { return known.document == word || known.program == word; });
    return found == std::end(words) ? std::nullopt : std::optional(found->keyword);
}

}  // namespace obrol::py_chat
