// What the operator may ask of accounts, groups and other servers, without a session: the core side of the control
// socket. Nothing here is limited by rates or by the registration mode; names, passwords and profiles follow the rules
// that hold for everybody.
//
// Names of users are looked up without case. What is said to be done is committed and synced; live connections of a
// user whose sessions end have lost them by then. Reached by Chat::administration(), lives as long as the Chat, belongs
// to core's thread.
//
// Errors of every call: busy, not_stored, unavailable. A Refused's `subject` says whom or what it is about, as named
// below.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/accounts.h"
#include "core/chat.h"
#include "core/groups.h"
#include "core/links.h"
#include "model/entry.h"
#include "model/invitation.h"
#include "model/reply.h"
#include "model/server.h"
#include "model/user.h"
#include "storage/store.h"

namespace obrol {

class Administration {
  public:
    template <class T>
    using Answer = std::expected<T, Refused>;

    struct UserSummary {
        UserCard user;
        Role role = Role::member;
        AccountState state = AccountState::active;
        WallTime created_at{};
        bool online = false;
    };
    struct UserList {
        std::vector<UserSummary> users;  // by name, without case
        bool more = false;               // go on with `after` = the last one's name
    };
    struct UserDetails {
        UserSummary summary;
        std::vector<SessionList::Item> sessions;  // `current` is never set
        std::optional<WallTime> last_used_at;     // of the session that was used last; none: there is no session
    };
    struct NewInvitation {
        Role role = Role::member;
        std::int64_t uses_max = 1;
        std::optional<std::chrono::milliseconds> lifetime;  // none: for ever
        std::string note;
    };
    struct CreatedInvitation {
        std::string code;  // said once: only its digest is stored
        Invitation invitation;
    };
    struct InvitationSummary {
        Invitation invitation;
        std::string created_by;  // user name; empty: the operator
        bool usable = false;     // neither used up nor expired
    };
    struct GroupSummary {
        Group group;
        std::size_t members = 0;
    };
    struct GroupPage {
        std::vector<GroupSummary> groups;  // by id, without case; ended ones too
        bool more = false;                 // go on with `after` = the last one's id
    };
    struct GroupDetails {
        struct Member {
            UserCard user;
            GroupRole role = GroupRole::member;
            bool online = false;
        };
        GroupSummary summary;
        bool is_recovering = false;   // it takes no posts until it has its log back from its members' servers
        std::int64_t entries = 0;     // in its log, erased ones too
        std::vector<Member> members;  // by seniority
        std::vector<UserCard> banned;
    };
    struct GroupLog {
        struct Item {
            LogEntry entry;
            UserCard from;
        };
        std::vector<Item> items;  // ascending, without gaps
        bool more = false;
    };
    struct Identity {
        std::string label;
        PublicKey key{};
    };
    struct ServerSummary {
        Server server;
        LinkState link = LinkState::idle;
        std::size_t queued = 0;  // for it, and neither acknowledged nor given up
        std::optional<WallTime> oldest_queued;
        std::string named_by;  // label of the one by whose word alone it is known; empty: it was added here, or met
    };
    struct ServerDetails {
        ServerSummary summary;
        LinkProgress progress;
        std::optional<LinkTrouble> trouble;
        std::vector<std::string> groups_here;  // ids of groups at home here that its users belong to, or did
        std::vector<std::string> groups_there;
    };
    struct ServerTrial {
        enum class Identity {
            unproven,        // nobody answered
            pinned,          // a server that is known by its key: `label`
            first_contact,   // nobody is known by that key or label
            another_key,     // the server that was meant, or that has this label here (`label`), has `pinned`
            another_server,  // it was added as `label`, was never met, and calls itself otherwise
        };
        std::string host;
        std::uint16_t port = 0;
        LinkTrial trial;
        Identity identity = Identity::unproven;
        std::string label;
        std::optional<PublicKey> pinned;
        bool is_good() const;
    };
    struct QueuedItem {
        enum class Kind { message, file, other, group_post, group_request, group_invitation, refusal };
        std::int64_t number = 0;
        MessageId id;
        Kind kind = Kind::message;
        std::string from;  // user name; empty: nobody waits to hear of it
        std::string to;    // a user as he is called here, or a group's id at its home with '#'; empty: the server
        WallTime at{};
    };
    struct Queue {
        ServerSummary summary;
        std::vector<QueuedItem> items;  // in their order; what was given up is left out
        std::int64_t next = 0;          // go on behind that number; 0: that was all
    };
    struct FileQuota {
        UserCard user;
        std::int64_t files = 0;
        std::uint64_t bytes = 0;
        std::optional<std::uint64_t> bytes_max;  // what holds for him; none: no limit
        bool is_own = false;                     // he has a quota of his own, not the server's
    };
    struct Counts {
        StoreCounts stored;
        std::size_t users_online = 0;
    };

    explicit Administration(Chat::State& state) : state_(state) {}

    // bad_name, bad_password, bad_profile (subject: what is wrong), name_taken. An empty display name becomes the user
    // name.
    Task<Answer<UserSummary>> add_user(UserCard card, std::string password, Role role);
    // At most `users_max` users after that name (empty: from the first), deleted ones too.
    Task<Answer<UserList>> list_users(std::string after, std::size_t users_max);
    // unknown_user (subject: the name), also of every call below that takes one. Deleted ones are shown, too.
    Task<Answer<UserDetails>> show_user(std::string name);
    // bad_password. Ends every session of the user.
    Task<Answer<UserSummary>> set_password(std::string name, std::string password);
    Task<Answer<UserSummary>> set_role(std::string name, Role role);
    // bad_profile. What is not given stays; an empty display name becomes the user name.
    Task<Answer<UserSummary>> set_profile(std::string name, std::optional<std::string> display_name,
                                          std::optional<std::string> country);
    // Anything but `active` ends every session of the user. `deleted` is final: messages stay, shown by the user name,
    // which nobody gets again; password, display name and country are gone, and he has left his groups.
    Task<Answer<UserSummary>> set_state(std::string name, AccountState state);

    Task<Answer<std::vector<SessionList::Item>>> list_sessions(std::string name);
    // not_found (subject: the id).
    Task<Answer<void>> revoke_session(SessionId session);
    // How many there were.
    Task<Answer<std::int64_t>> revoke_sessions(std::string name);

    // bad_argument (subject: what is wrong): uses_max below 1 or above invitation_uses_max, a lifetime that is not
    // positive, a note that is too long or has control characters.
    Task<Answer<CreatedInvitation>> create_invitation(NewInvitation wanted);
    // In the order of their making; used up and expired ones stay until they are revoked.
    Task<Answer<std::vector<InvitationSummary>>> list_invitations();
    // not_found (subject: the id, "the code"). Accounts that were made with it stay.
    Task<Answer<void>> revoke_invitation(InvitationId invitation);
    Task<Answer<void>> revoke_invitation(std::string code);

    // At most `groups_max` groups after that id (empty: from the first).
    Task<Answer<GroupPage>> list_groups(std::string after, std::size_t groups_max);
    // unknown_group (subject: the id), also of the calls below.
    Task<Answer<GroupDetails>> show_group(std::string id);
    // bad_argument (subject: what is wrong): a retention of fewer than 0 or more than retention_days_max days; 0: kept
    // for ever. What is not given stays.
    Task<Answer<GroupSummary>> set_group_options(std::string id, std::optional<bool> history_open,
                                                 std::optional<std::chrono::days> retention);
    // not_found (subject: the id) when the group has ended. The old code is of no use any more.
    Task<Answer<GroupSummary>> renew_group_code(std::string id);
    // Beyond `after`, at most `entries_max` and about a MiB of texts.
    Task<Answer<GroupLog>> read_group(std::string id, Seq after, std::size_t entries_max);
    // The group takes posts again although its log may not be whole. bad_argument (subject: what is wrong): it is at
    // home elsewhere. Done where it does not recover.
    Task<Answer<GroupSummary>> end_recovery(std::string id);
    // A group whose home is gone for good is at home here from now on, as `new_id` (empty: its id there).
    // bad_argument (subject: what is wrong): it is at home here; bad_group_name, group_taken (subject: the new id),
    // busy.
    Task<Answer<GroupSummary>> adopt_group(std::string id, std::string new_id);
    // Of everybody, or of one user's; newest first. An item's `in` is the receiver, or the group's id with '#'.
    Task<Answer<FileList>> list_files(std::optional<std::string> user, std::size_t files_max);
    // unknown_file (subject: the code). The entry stays, its body and the file are gone.
    Task<Answer<FileCard>> remove_file(std::string code);
    // A user's folder; a file of it is taken out, and stays in the conversation by which it came. unknown_file,
    // bad_argument (subject: what is wrong): it lies in his directory, where the operator deletes it himself.
    Task<Answer<FolderList>> list_folder(std::string user);
    Task<Answer<FolderList::Item>> remove_folder_file(std::string user, std::string name);
    Task<Answer<FileQuota>> file_quota(std::string user);
    // None: the server's setting holds.
    Task<Answer<FileQuota>> set_file_quota(std::string user, std::optional<std::uint64_t> bytes_max);

    // Other servers. server_administration.cc
    Identity identity() const;
    // By label. Forgotten ones are left out.
    Task<Answer<std::vector<ServerSummary>>> list_servers();
    // unknown_server (subject: the label), also of the calls below.
    Task<Answer<ServerDetails>> show_server(std::string label);
    // bad_server (subject: what is wrong), own_server, server_taken, too_many_servers.
    Task<Answer<ServerSummary>> add_server(std::string label, std::string host, std::uint16_t port);
    // bad_server, server_taken (another one has that address). Holds from the next dialling on.
    Task<Answer<ServerSummary>> set_server_address(std::string label, std::string host, std::uint16_t port);
    // Whether it was connected before. server_blocked, server_unreachable and server_differs (subject: why).
    Task<Answer<bool>> connect_server(std::string label);
    // server_blocked, server_not_connected.
    Task<Answer<ServerSummary>> disconnect_server(std::string label);
    // No link to it and from it; what waits for it goes on waiting.
    Task<Answer<ServerSummary>> block_server(std::string label);
    // As if it had never been connected. Done where it is not blocked.
    Task<Answer<ServerSummary>> unblock_server(std::string label);
    // Its key, its address and what waits for it are forgotten; the senders are told. How many items there were.
    Task<Answer<std::size_t>> remove_server(std::string label);
    // Its link at the address that is known. bad_server: none is.
    Task<Answer<ServerTrial>> test_server(std::string label);
    // bad_server (subject: what is wrong).
    Task<Answer<ServerTrial>> test_address(std::string host, std::uint16_t port);
    // Those behind the number `after` (0: from the first).
    Task<Answer<Queue>> list_queue(std::string label, std::int64_t after, std::size_t items_max);
    // What waits goes now, or the server is dialled now. server_not_connected, server_blocked, server_unreachable,
    // server_differs.
    Task<Answer<ServerSummary>> flush_queue(std::string label);
    // Gives up what waits for it; the senders are told. How many items.
    Task<Answer<std::size_t>> drop_queue(std::string label);

    // Takes longer the more there is; it looks at every account.
    Task<Answer<Counts>> counts();
    // Whether there is an administrator whose account is active.
    Task<Answer<bool>> has_admin();

  private:
    Refused unavailable(const Error& error);
    UserSummary summary_of(const User& user) const;
    Task<Answer<UserRef>> find(std::string name);
    // Not deleted.
    Task<Answer<UserRef>> find_known(std::string name);
    // Submits, forgets what is cached of the user, and gives how he is now.
    Task<Answer<UserSummary>> change(UserId user, Change change);
    Task<Answer<UserSummary>> change_state(UserRef user, AccountState state);
    Task<Answer<UserSummary>> delete_user(UserRef user);
    // group_administration.cc
    Task<Answer<GroupRef>> find_group(std::string id);
    Task<Answer<GroupSummary>> change_group(GroupRef group, Change change);
    // server_administration.cc
    std::expected<Server, Refused> find_server(const std::string& label) const;
    Task<Answer<ServerSummary>> summary_of(Server server);
    ServerSummary summary(Server server, const LinkProgress& progress) const;
    Task<Answer<ServerSummary>> change_server_state(Server server, ServerState state);
    Task<ServerTrial> try_at(std::optional<Server> meant, std::string host, std::uint16_t port);
    Task<Answer<QueuedItem>> describe(Server server, OutboxItem item);

    Chat::State& state_;
};

// The highest uses_max of one invitation.
inline constexpr std::int64_t invitation_uses_max = 1'000'000;
// Of a group: a hundred years.
inline constexpr std::chrono::days retention_days_max{36'500};

// The form in which a code is compared: lower case, without '-' and blanks, so that it can be read out.
std::string invitation_key(std::string_view code);

}  // namespace obrol
