#include "client/classic/menu_client.h"

#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "client/classic/menu_texts.h"
#include "client/classic/printable.h"
#include "client/classic/replace_question.h"
#include "dialects/error_texts.h"
#include "model/file.h"
#include "wire/words.h"

namespace obrol {
namespace {

Place user_place(std::string_view name) {
    return Place{Place::Kind::user, parse_address(name)};
}

Place group_place(const std::string& code) {
    return Place{Place::Kind::group_code, Address{code, {}}};
}

std::vector<Address> addresses(const std::vector<std::string>& names, std::size_t first) {
    std::vector<Address> all;
    for (std::size_t i = first; i < names.size(); ++i)
        all.push_back(parse_address(names[i]));
    return all;
}

Task<void> nothing_more() {
    co_return;
}

}  // namespace

MenuClient::MenuClient(ServerSession::Parts parts, ServerSession::Options session, bool trace, LocalFiles& files,
                       Screen& screen)
    : screen_(screen),
      session_(parts, std::move(session), trace, screen,
               [this] {
                   may_look_ = true;
                   wake_.notify();
               }),
      transfers_(session_, files, parts.executor.clock(), screen),
      idle_(parts.executor),
      wake_(parts.executor),
      next_look_(parts.executor) {}

Task<bool> MenuClient::start() {
    const bool connected = co_await session_.start();
    if (!connected) co_return false;
    enter(Menu::authorisation);
    gate_.spawn(keep_up(*this));
    co_return true;
}

std::string MenuClient::prompt() const {
    if (question_) return replace_question(question_->path);
    std::string text(menu_title(menu_));
    if (chat_) text.append(" ").append(chat_->title);
    if (session_.is_logged_in()) text += fmt::format(" ({})", printable(session_.user()));
    return text + ':';
}

bool MenuClient::may_be_kept(std::string_view line) const {
    if (question_) return false;
    const auto read = read_menu_line(menu_, line);
    const auto* request = std::get_if<MenuRequest>(&read);
    return request && request->command->action != MenuAction::log_in &&
           request->command->action != MenuAction::register_user;
}

Task<MenuClient::Then> MenuClient::handle(std::string line) {
    while (busy_)
        co_await idle_;
    busy_ = true;
    may_look_ = true;
    const auto read = read_menu_line(menu_, line);
    if (question_) {
        co_await answer_question(line);
    } else if (const auto* request = std::get_if<MenuRequest>(&read)) {
        co_await obey(*request);
    } else if (menu_ == Menu::chat && blank_only(line)) {
        co_await look("chat");
    } else {
        screen_.print(menu_mistake_text(std::get<LineMistake>(read)));
    }
    if (!session_.is_logged_in() && menu_ != Menu::authorisation) enter(Menu::authorisation);
    rest();
    co_return Then::next_line;
}

void MenuClient::rest() {
    busy_ = false;
    idle_.notify();
    if (session_.must_log_in_again())
        next_look_.start_after(between_logins, [this] { wake_.notify(); });
    else if (looks_unasked())
        next_look_.start_after(between_looks, [this] { wake_.notify(); });
}

Task<void> MenuClient::keep_up(MenuClient& self) {
    for (;;) {
        co_await self.wake_;
        if (self.stopping_) co_return;
        if (self.busy_) continue;  // whoever is busy does this, too
        self.busy_ = true;
        bool is_ready = true;
        if (self.session_.must_log_in_again()) is_ready = co_await self.session_.be_ready("login");
        if (is_ready && self.looks_unasked() && self.session_.is_connected())
            self.may_look_ = co_await self.look("chat");
        if (!self.session_.is_logged_in() && self.menu_ != Menu::authorisation) self.enter(Menu::authorisation);
        self.rest();
    }
}

void MenuClient::stop() {
    stopping_ = true;
    next_look_.cancel();
    session_.stop();
    wake_.notify();
}

Task<void> MenuClient::close() {
    stop();
    co_await gate_.close();
    co_await session_.close();
}

void MenuClient::enter(Menu menu) {
    menu_ = menu;
    if (menu != Menu::chat) chat_.reset();
    if (menu == Menu::authorisation) groups_.reset();
    screen_.print(menu_text(menu));
}

void MenuClient::go_back() {
    switch (menu_) {
        case Menu::authorisation:
            // The menus behind it are for those who are logged in.
            if (session_.is_logged_in())
                enter(Menu::main);
            else
                screen_.print(error_line(indonesian_error_text(ChatError::not_authorized)));
            return;
        case Menu::main:
            return enter(Menu::authorisation);
        case Menu::contacts:
        case Menu::groups:
            return enter(Menu::main);
        case Menu::chat:
            return enter(chat_->from);
    }
    OBROL_CHECK(false);
}

Task<void> MenuClient::obey(const MenuRequest& request) {
    const std::string_view word = request.command->word;
    switch (request.command->action) {
        case MenuAction::log_in:
            return log_in(request);
        case MenuAction::register_user:
            return register_user(request);
        case MenuAction::log_out:
            return log_out(request);
        case MenuAction::go_back:
            go_back();
            return nothing_more();
        case MenuAction::open_contacts:
            enter(Menu::contacts);
            return nothing_more();
        case MenuAction::open_groups:
            enter(Menu::groups);
            return nothing_more();
        case MenuAction::list_unread:
            return list_unread(request);
        case MenuAction::list_contacts:
            return list_contacts(request);
        case MenuAction::add_contacts:
            return ask_and_say(word, AddContacts{addresses(request.words, 0)});
        case MenuAction::remove_contacts:
            return ask_and_say(word, RemoveContacts{addresses(request.words, 0)});
        case MenuAction::chat_with_user:
            return open_chat(word, {user_place(request.words[0]), printable(request.words[0]), Menu::contacts});
        case MenuAction::create_group:
            return create_group(request);
        case MenuAction::list_groups:
            return list_groups(request);
        case MenuAction::join_group:
            return ask_and_say(word, JoinGroup{request.words[0]});
        case MenuAction::invite_to_group:
            return invite_to_group(request);
        case MenuAction::leave_group:
            return leave_group(request);
        case MenuAction::chat_in_group:
            return chat_in_group(request);
        case MenuAction::send_text:
            return send_text(request);
        case MenuAction::send_file:
            return transfers_.send(word, chat_->place, request.rest_after(0));
        case MenuAction::get_file:
            return get_file(word, {chat_->place, request.words[0], request.rest_after(1)});
    }
    OBROL_CHECK(false);
    return nothing_more();
}

Task<void> MenuClient::log_in(const MenuRequest& request) {
    Authenticate login{request.words[0], request.words[1]};
    const std::optional<Answer> answer = co_await session_.log_in(request.command->word, std::move(login));
    if (!answer) co_return;
    groups_.reset();
    screen_.print(printable(answer->message));
    enter(Menu::main);
}

Task<void> MenuClient::register_user(const MenuRequest& request) {
    if (request.words[1] != request.words[2]) {
        screen_.print(error_line(indonesian_error_text(ChatError::passwords_differ)));
        co_return;
    }
    Register account;
    account.user = request.words[0];
    account.password = request.words[1];
    co_await ask_and_say(request.command->word, std::move(account));
}

Task<void> MenuClient::log_out(const MenuRequest& request) {
    const std::optional<Answer> answer = co_await session_.log_out(request.command->word);
    if (answer) screen_.print(printable(answer->message));
}

Task<void> MenuClient::ask_and_say(std::string_view word, MenuSession::Body body) {
    const std::optional<Answer> answer = co_await session_.ask(word, std::move(body));
    if (answer) screen_.print(printable(answer->message));
}

Task<void> MenuClient::list_unread(const MenuRequest& request) {
    MenuSession::Body body = ListUnread();
    const std::optional<Answer> answer = co_await session_.ask(request.command->word, std::move(body));
    if (!answer) co_return;
    const auto& page = std::get<UnreadPage>(answer->reply);
    if (page.messages.empty()) screen_.print("Tidak ada pesan baru");
    show(page, true);
}

void MenuClient::show(const UnreadPage& page, bool names_groups) {
    std::string lines;
    for (const UnreadPage::Message& message : page.messages) {
        if (const auto file = file_of(message)) transfers_.remember(file->code, file->name);
        lines.append(lines.empty() ? "" : "\n").append(message_line(message, names_groups));
    }
    if (!lines.empty()) screen_.print(lines);
}

Task<void> MenuClient::list_contacts(const MenuRequest& request) {
    MenuSession::Body body = ListContacts();
    const std::optional<Answer> answer = co_await session_.ask(request.command->word, std::move(body));
    if (answer) screen_.print(contact_lines(std::get<ContactList>(answer->reply)));
}

Task<bool> MenuClient::fetch_groups(std::string_view word) {
    MenuSession::Body body = ListGroups();
    std::optional<Answer> answer = co_await session_.ask(word, std::move(body));
    if (answer) groups_ = std::move(std::get<GroupList>(answer->reply).groups);
    co_return answer.has_value();
}

Task<void> MenuClient::list_groups(const MenuRequest& request) {
    const bool fetched = co_await fetch_groups(request.command->word);
    if (fetched) screen_.print(group_lines(*groups_));
}

Task<void> MenuClient::create_group(const MenuRequest& request) {
    CreateGroup group;
    group.name = request.rest_after(0);
    MenuSession::Body body = std::move(group);
    const std::optional<Answer> answer = co_await session_.ask(request.command->word, std::move(body));
    if (!answer) co_return;
    const GroupView& made = std::get<GroupCreated>(answer->reply).group;
    screen_.print(fmt::format("{}\nGrup {}, kode {}", printable(answer->message), printable(made.card.name),
                              printable(made.code)));
}

Task<std::optional<GroupView>> MenuClient::find_group(std::string_view word, std::string_view named) {
    if (!groups_) {
        const bool fetched = co_await fetch_groups(word);
        if (!fetched) co_return std::nullopt;
    }
    for (const GroupView& group : *groups_)
        if (group.code == named) co_return group;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(named.data(), named.data() + named.size(), number);
    const bool is_number = error == std::errc() && end == named.data() + named.size();
    if (is_number && number >= 1 && number <= groups_->size()) co_return (*groups_)[number - 1];
    if (is_join_code(named)) {
        GroupView unlisted;
        unlisted.code = named;
        unlisted.card.name = named;
        co_return unlisted;
    }
    screen_.print(error_line(fmt::format("tidak ada grup nomor {}; lihat daftar grup dengan get", named)));
    co_return std::nullopt;
}

Task<void> MenuClient::invite_to_group(const MenuRequest& request) {
    const std::optional<GroupView> group = co_await find_group(request.command->word, request.words[0]);
    if (!group) co_return;
    MenuSession::Body body = InviteToGroup{group_place(group->code), addresses(request.words, 1)};
    co_await ask_and_say(request.command->word, std::move(body));
}

Task<void> MenuClient::leave_group(const MenuRequest& request) {
    const std::optional<GroupView> group = co_await find_group(request.command->word, request.words[0]);
    if (!group) co_return;
    MenuSession::Body body = LeaveGroup{group_place(group->code)};
    co_await ask_and_say(request.command->word, std::move(body));
}

Task<void> MenuClient::chat_in_group(const MenuRequest& request) {
    const std::optional<GroupView> group = co_await find_group(request.command->word, request.words[0]);
    if (!group) co_return;
    Chat chat{group_place(group->code), "grup " + printable(group->card.name), Menu::groups};
    co_await open_chat(request.command->word, std::move(chat));
}

// Only where the server lets him read: whoever is unknown there gets no chat.
Task<void> MenuClient::open_chat(std::string_view word, Chat chat) {
    MenuSession::Body body = FetchUnread{chat.place};
    const std::optional<Answer> answer = co_await session_.ask(word, std::move(body));
    if (!answer) co_return;
    chat_ = std::move(chat);
    enter(Menu::chat);
    const auto& page = std::get<UnreadPage>(answer->reply);
    show(page, false);
    if (!page.messages.empty()) co_await look(word);
}

// One answer does not hold everything: until there is nothing more.
Task<bool> MenuClient::look(std::string_view word) {
    for (;;) {
        MenuSession::Body body = FetchUnread{chat_->place};
        const std::optional<Answer> answer = co_await session_.ask(word, std::move(body));
        if (!answer) co_return false;
        const auto& page = std::get<UnreadPage>(answer->reply);
        show(page, false);
        if (page.messages.empty()) co_return true;
    }
}

Task<void> MenuClient::send_text(const MenuRequest& request) {
    MenuSession::Body body;
    if (chat_->place.kind == Place::Kind::user)
        body = SendMessage{{chat_->place.address}, request.text, std::nullopt};
    else
        body = SendToGroup{chat_->place, request.text, std::nullopt};
    const std::optional<Answer> answer = co_await session_.ask(request.command->word, std::move(body));
    if (!answer) co_return;
    screen_.print(printable(answer->message));
    co_await look(request.command->word);
}

Task<void> MenuClient::get_file(std::string_view word, FileTransfers::Download download) {
    std::optional<std::string> taken = co_await transfers_.fetch(word, download);
    if (taken) question_ = Question{std::move(download), std::move(*taken)};
}

Task<void> MenuClient::answer_question(std::string_view line) {
    Question question = std::move(*question_);
    question_.reset();
    if (!is_yes(line)) {
        screen_.print(not_replaced_text);
        co_return;
    }
    question.download.replace = true;
    co_await get_file("get_file", std::move(question.download));
}

}  // namespace obrol
