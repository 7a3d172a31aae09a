#include "client/classic/classic_documents.h"

#include <algorithm>

#include "dialects/chat_service/chat_service.h"
#include "dialects/multithread_chat/multithread_chat.h"
#include "dialects/protokol_chat/protokol_chat.h"
#include "dialects/simple_chat/simple_chat.h"

namespace obrol {
namespace {

constexpr ClassicCommand simple_chat_commands[] = {
    {.word = "auth", .action = ClassicAction::authenticate, .login_first = false},
    {.word = "send", .action = ClassicAction::send},
    {.word = "inbox", .action = ClassicAction::inbox, .shown_member = "messages"},
    {.word = "show", .action = ClassicAction::online, .shown_member = "message"},
    {.word = "logout", .action = ClassicAction::logout, .shown_member = "message"},
};

constexpr ClassicCommand multithread_chat_commands[] = {
    {.word = "auth", .action = ClassicAction::authenticate, .login_first = false},
    {.word = "send", .action = ClassicAction::send},
    {.word = "inbox", .action = ClassicAction::inbox, .shown_member = "messages"},
    {.word = "list",
     .action = ClassicAction::online,
     .shown_member = "messages",
     .login_first = false,
     .names_token = false},
    {.word = "logout", .action = ClassicAction::logout, .shown_member = "messages"},
    {.word = "exit", .action = ClassicAction::exit, .login_first = false},
};

constexpr ClassicCommand chat_service_commands[] = {
    {.word = "auth", .action = ClassicAction::authenticate, .login_first = false},
    {.word = "send", .action = ClassicAction::send},
    {.word = "inbox", .action = ClassicAction::inbox, .shown_member = "messages"},
    {.word = "list", .action = ClassicAction::online, .shown_member = "messages"},
    {.word = "logout", .action = ClassicAction::logout, .shown_member = "messages"},
};

constexpr ClassicCommand protokol_chat_commands[] = {
    {.word = "auth", .action = ClassicAction::authenticate, .login_first = false},
    {.word = "register", .action = ClassicAction::register_user, .spoken_member = "data", .login_first = false},
    {.word = "logout", .action = ClassicAction::logout, .spoken_member = "data"},
    {.word = "send", .action = ClassicAction::send, .spoken_member = "data"},
    {.word = "sendgroup", .action = ClassicAction::send_to_group, .spoken_member = "data"},
    {.word = "sendfile", .action = ClassicAction::send_file, .spoken_member = "data"},
    {.word = "sendfilegroup", .action = ClassicAction::send_file_to_group, .spoken_member = "data"},
    {.word = "inbox", .action = ClassicAction::inbox, .shown_member = "data"},
    {.word = "creategroup", .action = ClassicAction::create_group, .spoken_member = "data"},
    {.word = "addserver", .action = ClassicAction::add_server, .spoken_member = "data"},
    {.word = "connect", .action = ClassicAction::connect_server, .spoken_member = "data"},
    {.word = "disconnect", .action = ClassicAction::disconnect_server, .spoken_member = "data"},
    {.word = "servers", .action = ClassicAction::list_servers, .shown_member = "data"},
    {.word = "putfile", .action = ClassicAction::put_file, .spoken_member = "data"},
    {.word = "getfile", .action = ClassicAction::get_file},
    {.word = "files", .action = ClassicAction::list_folder, .shown_member = "data"},
};

constexpr ClassicDocument documents[] = {
    {
        .dialect = "simple-chat",
        .make_dialect = simple_chat::make_client,
        .commands = simple_chat_commands,
        .missing_argument = "-Maaf, command tidak benar",
        .unknown_command = "*Maaf, command tidak benar",
        .wrong_password = "password salah",
        .read_bytes = 64,
        .notices = indonesian_notices,
    },
    {
        .dialect = "multithread-chat",
        .make_dialect = multithread_chat::make_client,
        .commands = multithread_chat_commands,
        .missing_argument = "-Sorry, command is unknown",
        .unknown_command = "*Sorry, command is unknown",
        .wrong_password = "Wrong password",
        .read_bytes = 1024,
        .notices = english_notices,
    },
    {
        .dialect = "chat-service",
        .make_dialect = chat_service::make_client,
        .commands = chat_service_commands,
        .missing_argument = "-Maaf, command tidak benar",
        .unknown_command = "*Maaf, command tidak benar",
        .wrong_password = "Password Salah",
        .read_bytes = 64,
        .notices = indonesian_notices,
    },
    {
        .dialect = "protokol-chat",
        .make_dialect = protokol_chat::make_client,
        .commands = protokol_chat_commands,
        .missing_argument = "-Maaf, command tidak benar",
        .unknown_command = "*Maaf, command tidak benar",
        .wrong_password = "Password Salah",
        .read_bytes = 64,
        .notices = indonesian_notices,
    },
};

}  // namespace

std::span<const ClassicDocument> classic_documents() {
    return documents;
}

const ClassicDocument* find_classic_document(std::string_view dialect) {
    const auto found = std::find_if(std::begin(documents), std::end(documents),
                                    [&](const ClassicDocument& document) { return document.dialect == dialect; });
    return found == std::end(documents) ? nullptr : &*found;
}

}  // namespace obrol
