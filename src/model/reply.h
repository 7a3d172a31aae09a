// What core answers; a dialect's encoder words it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/chat_error.h"
#include "model/entry.h"
#include "model/ids.h"
#include "model/user.h"

namespace obrol {

struct Refused {
    ChatError why = ChatError::unknown_command;
    std::string subject;      // whom or what it is about, where the error says so
    bool of_several = false;  // the subject is one of several that the request named
};

struct SessionStarted {
    Token token;
    UserCard user;
};

struct MessageSent {
    struct Copy {
        ConversationId conversation;
        Seq seq;
        MessageId id;
    };
    std::vector<Copy> copies;  // one for each recipient, in the order of the request
    WallTime at{};
};

// Unread messages, grouped by sender; senders by oldest unread, messages oldest first.
struct InboxPage {
    struct Message {
        EntryHeader header;
        std::string to;  // the receiver's full name, or the group's name
        std::string text;
    };
    struct Sender {
        UserCard from;
        std::vector<Message> messages;
    };
    std::vector<Sender> senders;
    // Confirm once the kernel has taken the whole answer, release if the connection dies first (DESIGN section 4).
    // 0: nothing to confirm.
    std::uint64_t reservation = 0;
};

struct OnlineList {
    std::vector<UserCard> users;  // in order of the start of each one's oldest online session
};

struct SessionEnded {
    Token token;
    bool then_close = false;  // as the Logout asked
};

struct HistoryPage {
    struct Item {
        LogEntry entry;
        UserCard from;
    };
    ConversationId conversation;  // none when nobody has written yet
    std::vector<Item> items;      // by seq, ascending
};

using Reply = std::variant<Refused, SessionStarted, MessageSent, InboxPage, OnlineList, SessionEnded, HistoryPage>;

}  // namespace obrol
