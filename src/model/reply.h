// What core answers; a dialect's encoder words it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/boxed.h"
#include "base/compiled_once.h"
#include "model/chat_error.h"
#include "model/entry.h"
#include "model/file.h"
#include "model/group.h"
#include "model/ids.h"
#include "model/server.h"
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

// How far something for another server came.
enum class Delivery : std::uint8_t {
    done,    // it is there; also whatever is for this server
    queued,  // it is stored here and goes there as soon as that server can be reached
};

// Each list in the order in which the members came.
struct GroupReach {
    std::vector<std::string> reached;
    std::vector<std::string> queued;
};

// Somebody or something that a request named, for which it could not be done.
struct NameRefused {
    std::string name;  // as the request had it
    ChatError why = ChatError::unknown_recipient;
};

struct MessageSent {
    struct Copy {
        std::string to;  // a user name, or a group's id with '#'
        ConversationId conversation;
        Seq seq;  // none: a post to a group on another server that has not been numbered yet
        MessageId id;
        Delivery delivery = Delivery::done;
    };
    std::vector<Copy> copies;  // one for each recipient, in the order of the request
    // Recipients whose servers refused what was stored here: they have no copy, and a bounce stands in the log.
    std::vector<NameRefused> failed = {};
    WallTime at{};
    std::optional<GroupReach> reach = std::nullopt;  // where SendToGroup asked
};

// Unread messages, grouped by sender; senders by oldest unread, messages oldest first.
struct InboxPage {
    struct Message {
        EntryHeader header;
        std::string to;       // the receiver's full name, or the group's name
        std::string to_name;  // the receiver's user name, or the group's id with '#'
        std::string text;
        std::optional<FileCard> file = std::nullopt;  // an entry of kind `file`; then there is no text
        std::optional<GroupCard> group = std::nullopt;
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

// What FetchUnread and ListUnread give, oldest first.
struct UnreadPage {
    struct Message {
        LogEntry entry;  // kind message or file
        UserCard from;
        UserCard to;  // the receiver
        std::optional<GroupCard> group;
        std::string group_code;  // of the group, where the receiver is a member of it
    };
    std::vector<Message> messages;
    bool more = false;              // there are further ones
    std::uint64_t reservation = 0;  // as in InboxPage; 0 where nothing is fetched
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
    Boxed<UserCard> peer;     // of a direct conversation
    Boxed<GroupCard> group;   // of a group
    bool more = false;        // there are entries before these
    std::vector<Item> items;  // by seq, ascending
};

struct Welcome {
    std::string server;  // its label
    std::size_t recipients_max = 0;
    std::size_t inbox_entries_max = 0;
    std::size_t history_entries_max = 0;
    std::uint64_t file_bytes_max = 0;
    std::size_t group_members_max = 0;
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

// A group as one of its members sees it.
struct GroupView {
    GroupCard card;
    ConversationId conversation;
    std::string code;
    GroupRole role = GroupRole::member;  // the user's own
    std::size_t members = 0;
};

struct GroupCreated {
    GroupView group;
    std::vector<std::string> pending = {};  // until their servers confirm
};

struct GroupList {
    std::vector<GroupView> groups;  // in the order in which the user came to them
};

struct GroupJoined {
    GroupView group;
    bool already = false;  // he was a member
};

struct GroupLeft {
    GroupCard group;
    bool ended = false;  // he was the last one
};

// For InviteToGroup; Refused where it could be done for nobody (with the first one's reason).
struct MembersAdded {
    GroupCard group;
    std::vector<std::string> added;
    std::vector<NameRefused> failed;
    std::vector<std::string> pending = {};  // until their servers confirm
};

// For KickFromGroup and SetGroupRole.
struct MemberChanged {
    GroupCard group;
    UserCard who;
};

struct GroupCodeRenewed {
    GroupView group;
};

struct MemberList {
    struct Item {
        UserCard user;
        GroupRole role = GroupRole::member;
        bool online = false;
    };
    GroupView group;
    std::vector<Item> members;  // by seniority
};

// For AddContacts and RemoveContacts; Refused where it could be done for nobody (with the first one's reason).
struct ContactsChanged {
    std::vector<std::string> done;
    std::vector<NameRefused> failed;
};

struct ContactList {
    struct Item {
        UserCard user;
        bool online = false;
    };
    std::vector<Item> contacts;  // in the order in which they were added
};

// The bytes of a file are awaited: exactly `size`. Names the transfer to whoever carries the bytes.
struct UploadReady {
    std::uint64_t transfer = 0;
    std::uint64_t size = 0;
};

// Comes at once, instead of UploadReady, when the same was sent under the same key before.
struct FileSent {
    FileCard file;
    std::string to;  // a user name, or a group's id with '#'
    ConversationId conversation;
    Seq seq;
    MessageId id;
    WallTime at{};
    Delivery delivery = Delivery::done;
};

// The bytes from `offset` to the end follow. Names the transfer to whoever carries the bytes.
struct FileOffered {
    std::uint64_t transfer = 0;
    FileCard file;
    std::uint64_t offset = 0;
};

struct FileList {
    struct Item {
        FileCard file;
        UserCard from;
        std::string in;  // the other side's name, or the group's id with '#'
        WallTime at{};
    };
    std::vector<Item> files;
    bool more = false;  // there are older ones
};

// In one's own folder now.
struct FileKept {
    std::string name;
    std::uint64_t size = 0;
};

struct FolderList {
    struct Item {
        std::string name;
        std::uint64_t size = 0;
        WallTime at{};
    };
    std::vector<Item> files;  // by name
};

struct ServerConnected {
    std::string label;
    bool already = false;  // the link was up
};

struct ServerList {
    struct Item {
        std::string label;
        std::string host;  // empty: its address is not known
        std::uint16_t port = 0;
        LinkState state = LinkState::idle;
        std::size_t queued = 0;          // what waits for it
        std::optional<PublicKey> key{};  // none: never met
    };
    std::vector<Item> servers;  // by label
};

struct RequestList {
    struct Item {
        UserCard from;
        std::string first;  // the text of the oldest message; empty for a file
        std::size_t messages = 0;
        WallTime at{};  // of the oldest
    };
    std::vector<Item> requests;  // oldest first
};

// A change that the group's home server on another server decides; it could not be reached within the time for an
// answer, and will be asked as soon as it can.
struct Queued {
    std::string server;
};

// Done, and there is nothing to tell.
struct Acknowledged {};

using Reply = CompiledOnce<std::variant<
    Refused, SessionStarted, MessageSent, InboxPage, OnlineList, SessionEnded, HistoryPage, Welcome, Registered, Self,
    ProfileChanged, SessionList, SessionsRevoked, Acknowledged, UnreadPage, GroupCreated, GroupList, GroupJoined,
    GroupLeft, MembersAdded, MemberChanged, GroupCodeRenewed, MemberList, ContactsChanged, ContactList, UploadReady,
    FileSent, FileOffered, FileList, FileKept, FolderList, ServerConnected, ServerList, RequestList, Queued>>;

}  // namespace obrol
