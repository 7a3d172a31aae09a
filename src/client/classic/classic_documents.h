// The line clients of documents 000, 001, 002 and 004 as data (PROTOCOLS.md: The clients; What the original clients
// send and read).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "client/classic/notices.h"
#include "dialects/client_dialect.h"

namespace obrol {

enum class ClassicAction {
    authenticate,
    register_user,
    send,
    send_to_group,
    send_file,
    send_file_to_group,
    put_file,
    get_file,
    list_folder,
    inbox,
    online,
    create_group,
    add_server,
    connect_server,
    disconnect_server,
    list_servers,
    logout,
    exit,
};

struct ClassicCommand {
    std::string_view word;
    ClassicAction action;
    // The member of the answer that is printed, as Python's json.dumps writes it; none where a sentence is printed.
    std::string_view shown_member = {};
    // The member of the answer that is the sentence: the server's own words. None: the client has words of its own.
    std::string_view spoken_member = {};
    // Without a token: "Error, not authorized" without a request.
    bool login_first = true;
    // COMPAT: document 001 asks for `list` without a token, so the connection that logged in has to be the same.
    bool names_token = true;
};

// Lives as long as the program.
struct ClassicDocument {
    std::string_view dialect;  // "simple-chat"
    std::unique_ptr<ClientDialect> (*make_dialect)();
    std::span<const ClassicCommand> commands;
    std::string_view missing_argument;  // printed without a request
    std::string_view unknown_command;   // printed without a request
    std::string_view wrong_password;    // after "Error, "
    std::size_t read_bytes;             // what the original reads at a time, which --trace shows
    const Notices& notices;
};

// In the order of their numbers.
std::span<const ClassicDocument> classic_documents();
// None: there is no line client of that name.
const ClassicDocument* find_classic_document(std::string_view dialect);

}  // namespace obrol
