// What a connection asks for: produced by a dialect's decoder, carried out by core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/address.h"
#include "model/chat_error.h"
#include "model/ids.h"

namespace obrol {

// A retry under the same key takes effect once (DESIGN section 4): per user and client id, numbers increase.
struct IdempotencyKey {
    std::string client;
    std::int64_t number = 0;

    friend bool operator==(const IdempotencyKey&, const IdempotencyKey&) = default;
};

struct Authenticate {
    std::string user;
    std::string password;
    // The answer tells an unknown user from a wrong password, and sooner; false: both take the same time, so that
    // nobody learns which names exist.
    bool tells_which = true;
};

struct SendMessage {
    std::vector<Address> to;  // at least one
    std::string text;         // UTF-8, not blank
    std::optional<IdempotencyKey> key;
};

struct FetchInbox {};

struct ListOnline {};

struct Logout {
    bool then_close = false;  // and end the connection with the answer
};

// Entries of the conversation with `with`, newest last: the `limit` ones before `before` (none: the newest).
struct FetchHistory {
    Address with;
    std::optional<Seq> before;
    std::uint32_t limit = 100;
};

// The decoder could not make a request of it. Goes through core like any other, so that answers keep their order and
// "not authorized" is checked before other arguments where the dialect wants that.
struct Refuse {
    ChatError why = ChatError::unknown_command;
    bool login_first = false;
};

// What the server is and allows; needs no login.
struct Hello {};

// Nothing but a sign of life; needs no login.
struct Ping {};

// A new account. Whether one is let in is decided by the server's registration mode.
struct Register {
    std::string user;
    std::string password;
    std::string display_name;  // empty: the user name
    std::string country;
    std::optional<std::string> invitation = std::nullopt;  // the code
};

// Binds the connection to the session of the request's token, as a login would.
struct Resume {};

struct WhoAmI {};

// Ends every other session of the user.
struct ChangePassword {
    std::string old_password;
    std::string new_password;
};

// What is not given stays; an empty display name becomes the user name.
struct ChangeProfile {
    std::optional<std::string> display_name;
    std::optional<std::string> country;
};

// The user's own.
struct ListSessions {};

// Ends sessions of the user; ending the current one is a logout.
struct RevokeSessions {
    enum class Which : std::uint8_t { one, others, all };
    Which which = Which::one;
    SessionId session;  // which == one
};

// Moves the read cursor of the conversation with `with`, never back.
struct MarkRead {
    Address with;
    Seq seq;
};

// Whether the connection hears of what happens without asking; the dialect keeps the answer.
struct Listen {
    bool on = true;
};

struct Block {
    Address who;
    bool blocked = true;
};

struct Command {
    std::optional<Token> token;  // explicit in the request; otherwise the connection's own session counts
    std::variant<Refuse, Authenticate, SendMessage, FetchInbox, ListOnline, Logout, FetchHistory, Hello, Ping, Register,
                 Resume, WhoAmI, ChangePassword, ChangeProfile, ListSessions, RevokeSessions, MarkRead, Listen, Block>
        body;
};

// Whether decoding goes on before the answer is there. Others wait for all earlier answers of their connection, so that
// a login is in force and a message is stored before the next request is looked at.
inline bool may_be_pipelined(const Command& command) {
    return std::holds_alternative<SendMessage>(command.body) || std::holds_alternative<Refuse>(command.body);
}

}  // namespace obrol
