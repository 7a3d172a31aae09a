#include "client/classic/menu_commands.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "wire/words.h"

namespace obrol {
namespace {

// Document 003: Sisi Activity Client. What it does not have is worded like it.
constexpr MenuCommand commands[] = {
    {Menu::authorisation, "login", "[username] [password]", "", MenuAction::log_in, 2},
    {Menu::authorisation, "register", "[username] [password] [retyped-password]", "", MenuAction::register_user, 3},
    {Menu::authorisation, "logout", "", "", MenuAction::log_out},
    {Menu::authorisation, "back", "", "kembali ke menu utama", MenuAction::go_back},

    {Menu::main, "contact", "", "menuju menu kontak", MenuAction::open_contacts},
    {Menu::main, "group", "", "menuju menu grup", MenuAction::open_groups},
    {Menu::main, "list", "", "menuju inbox", MenuAction::list_unread},
    {Menu::main, "back", "", "kembali ke menu autorisasi", MenuAction::go_back},

    {Menu::contacts, "get", "", "menampilkan daftar kontak teman", MenuAction::list_contacts},
    {Menu::contacts, "add", "[username]", "menambahkan teman ke kontak", MenuAction::add_contacts, 1},
    {Menu::contacts, "del", "[username]", "menghapus teman dari kontak", MenuAction::remove_contacts, 1},
    {Menu::contacts, "chat", "[username]", "membuka personal chat dengan teman", MenuAction::chat_with_user, 1},
    {Menu::contacts, "back", "", "kembali ke menu utama", MenuAction::go_back},

    {Menu::groups, "create", "[nama grup]", "membuat grup baru", MenuAction::create_group, 1},
    {Menu::groups, "get", "", "mendapatkan daftar grup yang telah tergabung", MenuAction::list_groups},
    {Menu::groups, "join", "[kode grup]", "bergabung ke dalam grup", MenuAction::join_group, 1},
    {Menu::groups, "invite", "[nomor-group dalam daftar] [username]", "mengundang pengguna lain ke dalam grup",
     MenuAction::invite_to_group, 2},
    {Menu::groups, "exit", "[nomor-group dalam daftar]", "keluar dari grup", MenuAction::leave_group, 1},
    {Menu::groups, "chat", "[nomor-group dalam daftar]", "masuk ke group chat", MenuAction::chat_in_group, 1},
    {Menu::groups, "back", "", "kembali ke menu utama", MenuAction::go_back},

    {Menu::chat, "send", "[pesan]", "mengirim pesan", MenuAction::send_text, 1},
    {Menu::chat, "send_file", "[path_file]", "mengirim file", MenuAction::send_file, 1},
    {Menu::chat, "get_file", "[kode_file] [nama file baru]", "mengambil file, jika perlu dengan nama baru",
     MenuAction::get_file, 1},
    {Menu::chat, "back", "", "kembali ke menu sebelumnya", MenuAction::go_back},
};

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string MenuRequest::rest_after(std::size_t count) const {
    std::string_view rest = trimmed(text);
    for (; count > 0; --count)
        rest = trimmed(rest.substr(std::min(rest.find_first_of(blanks), rest.size())));
    return std::string(rest);
}

std::variant<MenuRequest, LineMistake> read_menu_line(Menu menu, std::string_view line) {
    WordReader reader(line);
    const auto word = reader.next_word();
    const auto command = std::ranges::find_if(
        commands, [&](const MenuCommand& candidate) { return candidate.menu == menu && candidate.word == word; });
    if (command == std::end(commands)) return LineMistake::unknown_command;
    MenuRequest request{&*command, {}, std::string(reader.rest_text())};
    while (const auto argument = reader.next_word())
        request.words.emplace_back(*argument);
    if (request.words.size() < command->words_min) return LineMistake::missing_argument;
    return request;
}

std::string_view menu_mistake_text(LineMistake mistake) {
    return mistake == LineMistake::missing_argument ? "-Maaf, command tidak benar" : "*Maaf, command tidak benar";
}

std::string_view menu_title(Menu menu) {
    switch (menu) {
        case Menu::authorisation:
            return "Menu Autorisasi";
        case Menu::main:
            return "Menu Utama";
        case Menu::contacts:
            return "Menu Kontak";
        case Menu::groups:
            return "Menu Grup";
        case Menu::chat:
            return "Chat";
    }
    OBROL_CHECK(false);
    return {};
}

std::string menu_text(Menu menu) {
    std::string text(menu_title(menu));
    for (const MenuCommand& command : commands) {
        if (command.menu != menu) continue;
        text.append("\n- ").append(command.word);
        if (!command.arguments.empty()) text.append(" ").append(command.arguments);
        if (!command.meaning.empty()) text.append(" -> ").append(command.meaning);
    }
    return text;
}

}  // namespace obrol
