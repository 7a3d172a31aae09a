// Why a request was refused: the closed set that core and store answer and every dialect words in its own language,
// in one switch without default.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace obrol {

enum class ChatError {
    unknown_command,
    missing_argument,
    bad_argument,  // of the wrong kind, or out of range
    bad_json,
    bad_text,       // invalid UTF-8 or NUL
    line_too_long,  // the line was skipped
    not_authorized,
    unknown_user,       // authentication: no such account
    wrong_password,     // authentication
    account_disabled,   // authentication, or the account was disabled meanwhile
    unknown_recipient,  // `subject` names it
    unknown_server,     // `subject` names it
    too_many_recipients,
    blocked,       // the recipient blocked the sender; for invitations as for messages
    name_taken,    // creating an account
    bad_name,      // `subject` says what is wrong
    bad_password,  // a new password that breaks the rules; `subject` says which
    bad_profile,   // `subject` says what is wrong
    registration_closed,
    invitation_needed,
    bad_invitation,        // unknown, expired or used up: a stranger is not told which
    too_many_sessions,     // of this user, all held by open connections
    too_many_requests,     // from this address: try again later
    too_many_messages,     // by this user or from this address: try again later
    too_many_accounts,     // made from this address: try again later
    too_many_connections,  // from this address: the connection ends
    server_full,           // as many connections as it takes: the connection ends
    out_of_memory,         // all connections together hold too much: the connection ends
    tls_needed,            // this listener takes encrypted connections only: the connection ends
    key_conflict,          // the idempotency key was used for another request
    key_expired,           // the idempotency key is older than the window
    unknown_group,         // `subject` names it; also for a join code that nobody has
    not_a_member,          // of the group; `subject` names who is not, where it is not oneself
    not_allowed,           // one's role in the group is too low
    banned,                // from the group
    already_member,        // of the group
    group_taken,           // creating a group: the id was given before, perhaps to a group that has ended
    bad_group_name,        // id or name; `subject` says what is wrong
    group_full,            // no more members
    too_many_groups,       // of this user
    too_many_contacts,     // of this user
    oneself,               // where only others make sense
    not_a_contact,         // `subject` names him
    unknown_file,          // or not for this user to see
    bad_file_name,         // empty, "..", too long, control characters
    bad_file_size,         // no number, negative, or an offset beyond the end
    file_too_large,        // for one file
    quota_exceeded,        // of this user's files
    storage_full,          // the files of all users together
    too_many_uploads,      // of this user, or of all together, at once
    file_exists,   // a file of that name is in the folder already; `subject` names whose, where it is not one's own
    folder_full,   // as many files as it takes; `subject` likewise
    server_taken,  // adding a server: there is one of that id already
    own_server,    // where only other servers make sense
    bad_server,    // an id, address or port; `subject` says what is wrong
    server_not_connected,  // `subject` names it: it was never connected to, or was disconnected
    server_unreachable,    // connecting to it failed; `subject` says at which step
    server_differs,        // at that address answers a server with another id or key; `subject` says which
    server_blocked,        // by the operator
    too_many_servers,      // that this server knows
    admins_only,           // adding servers and the like
    queue_full,            // as much as may wait for that server does
    request_pending,       // no more may be written to a stranger before he accepts
    home_recovering,       // the group's home server takes up its log again after a restore
    argument_too_long,     // py-chat: more than 100 characters
    passwords_differ,      // py-chat: the repeated password is another one
    not_found,             // an entry, session or conversation that is not there (any more)
    busy,                  // a queue is full: try again
    not_stored,            // the store could not save it (disk full …): nothing happened
    unavailable,           // the store could not be read; the log says why
};

inline constexpr int chat_error_count = static_cast<int>(ChatError::unavailable) + 1;

// The code of the native dialect, e.g. "not-authorized"; also what logs say.
std::string_view to_string(ChatError error);
// None: no such code.
std::optional<ChatError> parse_chat_error(std::string_view code);

}  // namespace obrol
