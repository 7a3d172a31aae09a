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
    std::string subject;                       // whom or what it is about, where the error says so
    bool of_several = false;                   // the subject is one of several that the request named
    std::chrono::milliseconds retry_after{0};  // 0: trying again soon is of no use, or of use at any time
};

struct SessionStarted {
    Token token;
    UserCard user;
    std::string server;  // this one's label
};

struct MessageSent {
    struct Copy {
        std::string to;
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
        std::string to;       // the receiver's full name, or the group's name
        std::string to_name;  // the receiver's user name
        std::string text;
    };
    struct Sender {
        UserCard from;
        std::vector<Message> messages;
    };
    std::vector<Sender> senders;
    bool more = false;  // there are further unread messages
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
    UserCard self;
    UserCard peer;
    bool more = false;        // there are entries before these
    std::vector<Item> items;  // by seq, ascending
};

struct Welcome {
    std::string server;  // its label
    std::size_t recipients_max = 0;
    std::size_t inbox_entries_max = 0;
    std::size_t history_entries_max = 0;
};

struct Registered {
    UserCard user;
};

struct Self {
    UserCard user;
    Role role = Role::member;
    std::string server;
    WallTime session_started_at{};
};

struct ProfileChanged {
    UserCard user;
};

struct SessionList {
    struct Item {
        SessionId id;
        WallTime started_at{};
        WallTime used_at{};    // by a request
        bool online = false;   // PROTOCOLS.md, common rules: Online
        bool held = false;     // by an open connection
        bool current = false;  // the request came by it
    };
    std::vector<Item> sessions;  // in the order in which they started
};

struct SessionsRevoked {
    std::int64_t count = 0;
    bool current_too = false;  // the one by which the request came
};

// Done, and there is nothing to tell.
struct Acknowledged {};

using Reply = std::variant<Refused, SessionStarted, MessageSent, InboxPage, OnlineList, SessionEnded, HistoryPage,
                           Welcome, Registered, Self, ProfileChanged, SessionList, SessionsRevoked, Acknowledged>;

}  // namespace obrol
