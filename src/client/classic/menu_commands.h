// The menus of document 003 as data: what can be typed in each, and what a line asks for there. Texts, without a
// connection.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client/classic/line_request.h"

namespace obrol {

// The word of --classic.
inline constexpr std::string_view menu_dialect = "py-chat";

enum class Menu { authorisation, main, contacts, groups, chat };

enum class MenuAction {
    log_in,
    register_user,
    log_out,
    go_back,
    open_contacts,
    open_groups,
    list_unread,
    list_contacts,
    add_contacts,
    remove_contacts,
    chat_with_user,
    create_group,
    list_groups,
    join_group,
    invite_to_group,
    leave_group,
    chat_in_group,
    send_text,
    send_file,
    get_file,
};

struct MenuCommand {
    Menu menu;
    std::string_view word;
    std::string_view arguments;  // as the menu shows them
    std::string_view meaning;    // as the menu shows it; may be empty
    MenuAction action;
    std::size_t words_min = 0;  // arguments it cannot do without
};

struct MenuRequest {
    const MenuCommand* command = nullptr;
    std::vector<std::string> words;  // the arguments, word by word
    std::string text;                // what stands behind the command's word and one blank, as typed

    // What stands behind the first `count` arguments, without the blanks around it; an argument of its own that may
    // have blanks.
    std::string rest_after(std::size_t count) const;
};

// `line` has no line end.
std::variant<MenuRequest, LineMistake> read_menu_line(Menu menu, std::string_view line);
std::string_view menu_mistake_text(LineMistake mistake);

// "Menu Kontak".
std::string_view menu_title(Menu menu);
// The title, and a line for each command.
std::string menu_text(Menu menu);

}  // namespace obrol
