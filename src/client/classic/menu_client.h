// The client of document 003: menus, from the login to a chat. In a chat what the others write is shown whenever
// something was typed and, where somebody watches, from time to time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/classic/classic_client.h"
#include "client/classic/file_transfers.h"
#include "client/classic/menu_commands.h"
#include "client/classic/menu_session.h"
#include "client/session/notification.h"

namespace obrol {

class MenuClient final : public ClassicClient {
  public:
    // How long after the last look for messages the next one is, while a chat is watched.
    static constexpr Duration between_looks = std::chrono::seconds(3);
    // And the next attempt to log in again, where the server refused one for now.
    static constexpr Duration between_logins = std::chrono::seconds(15);

    // All outlive the client.
    MenuClient(ServerSession::Parts parts, ServerSession::Options session, bool trace, LocalFiles& files,
               Screen& screen);

    Task<bool> start() override;
    std::string prompt() const override;
    Task<Then> handle(std::string line) override;
    bool may_be_kept(std::string_view line) const override;
    void stop() override;
    Task<void> close() override;

  private:
    using Answer = MenuSession::Answer;

    struct Chat {
        Place place;
        std::string title;
        Menu from = Menu::contacts;
    };
    struct Question {
        FileTransfers::Download download;
        std::string path;
    };

    static Task<void> keep_up(MenuClient& self);
    void rest();
    bool looks_unasked() const { return chat_ && may_look_ && screen_.is_watched(); }

    Task<void> obey(const MenuRequest& request);
    Task<void> log_in(const MenuRequest& request);
    Task<void> register_user(const MenuRequest& request);
    Task<void> log_out(const MenuRequest& request);
    Task<void> list_unread(const MenuRequest& request);
    Task<void> list_contacts(const MenuRequest& request);
    Task<void> list_groups(const MenuRequest& request);
    Task<void> create_group(const MenuRequest& request);
    Task<void> invite_to_group(const MenuRequest& request);
    Task<void> leave_group(const MenuRequest& request);
    Task<void> chat_in_group(const MenuRequest& request);
    Task<void> open_chat(std::string_view word, Chat chat);
    Task<void> send_text(const MenuRequest& request);
    Task<void> get_file(std::string_view word, FileTransfers::Download download);
    Task<void> answer_question(std::string_view line);
    // Asks, and prints the server's words when it was done.
    Task<void> ask_and_say(std::string_view word, MenuSession::Body body);
    // Shows what the chat has that was not fetched yet; false: there was no answer.
    Task<bool> look(std::string_view word);
    // Keeps the list; false: there was no answer.
    Task<bool> fetch_groups(std::string_view word);
    // The group of that number in the list as it was shown, or of that code; none: there is none, which has been said.
    Task<std::optional<GroupView>> find_group(std::string_view word, std::string_view named);

    void go_back();
    void enter(Menu menu);
    void show(const UnreadPage& page, bool names_groups);

    Screen& screen_;
    MenuSession session_;
    FileTransfers transfers_;
    Menu menu_ = Menu::authorisation;
    std::optional<Chat> chat_;                      // Menu::chat
    std::optional<Question> question_;              // the next line answers it
    std::optional<std::vector<GroupView>> groups_;  // as they were shown
    bool busy_ = false;                             // a line is being handled, or a look taken
    bool may_look_ = true;                          // false: in vain the last time, until something changes
    bool stopping_ = false;
    Notification idle_;  // for handle(): not busy any more
    Notification wake_;  // for keep_up()
    Timer next_look_;
    Gate gate_{"what menus do unasked"};
};

}  // namespace obrol
