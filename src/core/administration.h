// What the operator may ask of accounts and groups, without a session: the core side of the control socket. Nothing
// here is limited by rates or by the registration mode; names, passwords and profiles follow the rules that hold for
// everybody.
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
#include "model/invitation.h"
#include "model/reply.h"
#include "model/user.h"

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
        std::int64_t entries = 0;     // in its log, erased ones too
        std::vector<Member> members;  // by seniority
        std::vector<UserCard> banned;
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
    // Of everybody, or of one user's; newest first. An item's `in` is the receiver, or the group's id with '#'.
    Task<Answer<FileList>> list_files(std::optional<std::string> user, std::size_t files_max);
    // unknown_file (subject: the code). The entry stays, its body and the file are gone.
    Task<Answer<FileCard>> remove_file(std::string code);
    Task<Answer<FileQuota>> file_quota(std::string user);
    // None: the server's setting holds.
    Task<Answer<FileQuota>> set_file_quota(std::string user, std::optional<std::uint64_t> bytes_max);

    // Takes longer the more there is: a few milliseconds for 100,000 users.
    Task<Answer<Counts>> counts();

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

    Chat::State& state_;
};

// The highest uses_max of one invitation.
inline constexpr std::int64_t invitation_uses_max = 1'000'000;
// Of a group: a hundred years.
inline constexpr std::chrono::days retention_days_max{36'500};

// The form in which a code is compared: lower case, without '-' and blanks, so that it can be read out.
std::string invitation_key(std::string_view code);

}  // namespace obrol
