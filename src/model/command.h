// What a connection asks for: produced by a dialect's decoder, carried out by core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/compiled_once.h"
#include "model/address.h"
#include "model/chat_error.h"
#include "model/group.h"
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

// A post in a group, by one of its members.
struct SendToGroup {
    Place group;
    std::string text;  // UTF-8, not blank
    std::optional<IdempotencyKey> key;
    bool names_members = false;  // the answer says whom it reached
};

struct FetchInbox {};

// What is not fetched yet of one conversation: of the other side's messages, of the other members' posts.
struct FetchUnread {
    Place with;
};

// Everything that is not fetched yet, oldest first; fetches nothing.
struct ListUnread {};

struct ListOnline {};

struct Logout {
    bool then_close = false;  // and end the connection with the answer
};

// Entries of the conversation with `with`, newest last: the `limit` ones before `before` (none: the newest).
struct FetchHistory {
    Place with;
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
    Place with;
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

// The maker becomes the owner; `members` are in it at once.
struct CreateGroup {
    std::string id;    // empty: one is made up
    std::string name;  // empty: the id
    std::vector<Address> members;
};

// The user's own.
struct ListGroups {};

struct ListMembers {
    Place group;
};

// Joining twice is one membership.
struct JoinGroup {
    std::string code;
    std::string server = {};  // where the group is at home; empty: here
};

// When the owner leaves, the oldest admin, or else the oldest member, is the next one; when the last member leaves, the
// group ends.
struct LeaveGroup {
    Place group;
};

// By an admin; members at once.
struct InviteToGroup {
    Place group;
    std::vector<Address> who;  // at least one
};

// By an admin. Whoever is banned is kicked, too, and cannot come back until he is unbanned.
struct KickFromGroup {
    enum class Action : std::uint8_t { kick, ban, unban };
    Place group;
    Address who;
    Action action = Action::kick;
};

// By the owner. Making somebody else the owner makes the owner an admin.
struct SetGroupRole {
    Place group;
    Address who;
    GroupRole role = GroupRole::admin;
};

// By an admin: the old code is of no use any more.
struct RenewGroupCode {
    Place group;
};

struct AddContacts {
    std::vector<Address> who;  // at least one
};

struct RemoveContacts {
    std::vector<Address> who;  // at least one
};

struct ListContacts {};

// The bytes follow once the answer says so (UploadReady); a second answer follows them (FileSent).
struct SendFile {
    Place to;
    std::string name;  // as the client called it: a path is cut (model/file.h)
    std::uint64_t size = 0;
    std::optional<IdempotencyKey> key;
    // The bytes follow whatever the answer is.
    bool eager = false;
    // The file lies in the receivers' folders then (PROTOCOLS.md: protokol-chat). file_exists or folder_full where that
    // cannot be in a private one; members of a group get it where it can.
    bool into_folder = false;
};

// The bytes follow the answer (FileOffered).
struct GetFile {
    std::string code;
    std::optional<Place> in;   // only if it was sent there; none: wherever the user may see it
    std::uint64_t offset = 0;  // of the first byte wanted
};

// Those that the user may get, newest first.
struct ListFiles {
    std::optional<Place> in;  // sent there; none: anywhere
};

// Into one's own folder (PROTOCOLS.md: protokol-chat), a name for each file. The bytes follow once the answer says so
// (UploadReady); a second answer follows them (FileKept).
struct PutFile {
    std::string name;
    std::uint64_t size = 0;
};

// A file of one's own folder, as by SendFile with into_folder.
struct SendFolderFile {
    Place to;
    std::string name;
};

// The bytes follow the answer (FileOffered).
struct GetFolderFile {
    std::string name;
};

struct ListFolder {};

// Makes another server known, without connecting to it.
struct AddServer {
    std::string label;
    std::string host;
    std::uint16_t port = 0;
};

// Keeps a link to that server up from now on; the answer comes when it is up, or cannot be.
struct ConnectServer {
    std::string label;
};

// Until it is connected again, nothing goes to or comes from that server.
struct DisconnectServer {
    std::string label;
};

struct ListServers {};

// Strangers on other servers whose first messages wait to be accepted.
struct ListRequests {};

// What the stranger wrote is in the inbox from now on; Block is the other answer.
struct AcceptRequest {
    Address who;
};

struct Command {
    std::optional<Token> token;  // explicit in the request; otherwise the connection's own session counts
    CompiledOnce<
        std::variant<Refuse, Authenticate, SendMessage, FetchInbox, ListOnline, Logout, FetchHistory, Hello, Ping,
                     Register, Resume, WhoAmI, ChangePassword, ChangeProfile, ListSessions, RevokeSessions, MarkRead,
                     Listen, Block, SendToGroup, FetchUnread, ListUnread, CreateGroup, ListGroups, ListMembers,
                     JoinGroup, LeaveGroup, InviteToGroup, KickFromGroup, SetGroupRole, RenewGroupCode, AddContacts,
                     RemoveContacts, ListContacts, SendFile, GetFile, ListFiles, PutFile, SendFolderFile, GetFolderFile,
                     ListFolder, AddServer, ConnectServer, DisconnectServer, ListServers, ListRequests, AcceptRequest>>
        body;
};

// Whether decoding goes on before the answer is there. Others wait for all earlier answers of their connection, so that
// a login is in force and a message is stored before the next request is looked at.
inline bool may_be_pipelined(const Command& command) {
    return std::holds_alternative<SendMessage>(command.body) || std::holds_alternative<SendToGroup>(command.body) ||
           std::holds_alternative<Refuse>(command.body);
}

}  // namespace obrol
