#include "dialects/native/error_words.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>

namespace obrol::native {
namespace {

std::string_view words(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
            return "there is no such request; 'help' lists them";
        case ChatError::missing_argument:
            return "an argument is missing; 'help' shows how to write it";
        case ChatError::bad_argument:
            return "an argument is of the wrong kind or out of range";
        case ChatError::bad_json:
            return "this is not one JSON object on one line";
        case ChatError::bad_text:
            return "the line is not valid UTF-8, or has a NUL in it";
        case ChatError::line_too_long:
            return "the line is too long and was skipped; 'hello' tells the limit";
        case ChatError::not_authorized:
            return "log in first: auth USER PASSWORD";
        case ChatError::unknown_user:
        case ChatError::wrong_password:
            return "user name or password is wrong";
        case ChatError::account_disabled:
            return "this account is disabled; ask the operator";
        case ChatError::unknown_recipient:
            return "there is no such user";
        case ChatError::unknown_server:
            return "this server does not know that server";
        case ChatError::too_many_recipients:
            return "too many recipients; 'hello' tells the limit";
        case ChatError::blocked:
            return "the recipient does not accept messages from you";
        case ChatError::name_taken:
            return "that name is taken; choose another";
        case ChatError::bad_name:
            return "that name cannot be used";
        case ChatError::bad_password:
            return "that password cannot be used";
        case ChatError::bad_profile:
            return "that cannot stand in a profile";
        case ChatError::registration_closed:
            return "new accounts are made by the operator here";
        case ChatError::invitation_needed:
            return "a new account needs an invitation here; ask the operator for one";
        case ChatError::bad_invitation:
            return "this invitation is unknown, expired or used up; ask for a new one";
        case ChatError::too_many_sessions:
            return "too many connections are logged in to this account; log one of them out";
        case ChatError::too_many_requests:
            return "too many requests; wait and try again";
        case ChatError::too_many_messages:
            return "too many messages; wait and try again";
        case ChatError::too_many_accounts:
            return "too many new accounts; wait and try again";
        case ChatError::too_many_connections:
            return "too many connections from your address; close some and connect again";
        case ChatError::server_full:
            return "the server takes no more connections now; try again later";
        case ChatError::out_of_memory:
            return "the server's memory for connections is full; connect again later and read what you are sent";
        case ChatError::tls_needed:
            return "this server takes encrypted connections only here; connect with TLS";
        case ChatError::key_conflict:
            return "this key was used for another request";
        case ChatError::key_expired:
            return "this key is older than the server remembers; use a higher number";
        case ChatError::unknown_group:
            return "there is no such group; 'groups' lists yours, 'joingroup' takes a code";
        case ChatError::not_a_member:
            return "you are not a member of that group; ask for its code, or for an invitation";
        case ChatError::not_allowed:
            return "your role in that group does not allow it; 'members' shows who may";
        case ChatError::banned:
            return "you are banned from that group; ask one of its admins";
        case ChatError::already_member:
            return "you are a member of that group already";
        case ChatError::group_taken:
            return "that group id was given before; choose another";
        case ChatError::bad_group_name:
            return "that cannot be a group's id or name";
        case ChatError::group_full:
            return "that group takes no more members; 'hello' tells the limit";
        case ChatError::too_many_groups:
            return "you are in as many groups as one may be in; leave one first";
        case ChatError::too_many_contacts:
            return "your list of contacts is full; 'delcontact' makes room";
        case ChatError::oneself:
            return "that is yourself; name somebody else";
        case ChatError::not_a_contact:
            return "that is none of your contacts; 'contacts' lists them";
        case ChatError::unknown_file:
            return "there is no such file, or it is not for you; 'files' lists what you can fetch";
        case ChatError::bad_file_name:
            return "a file cannot have that name; send it under another";
        case ChatError::bad_file_size:
            return "that is no number of bytes, or lies beyond the end of the file";
        case ChatError::file_too_large:
            return "the file is too large; 'hello' tells the limit";
        case ChatError::quota_exceeded:
            return "your files would take more room than you have; ask the operator";
        case ChatError::storage_full:
            return "the server has no more room for files; ask the operator";
        case ChatError::too_many_uploads:
            return "too many uploads at once; wait for one to end";
        case ChatError::file_exists:
            return "there is a file of that name in the folder already; choose another name";
        case ChatError::folder_full:
            return "the folder holds as many files as it may";
        case ChatError::server_taken:
            return "there is a server of that id already; 'servers' lists them";
        case ChatError::own_server:
            return "that is this server itself";
        case ChatError::bad_server:
            return "that is no id, address or port of a server";
        case ChatError::server_not_connected:
            return "that server was not connected to yet; 'connect' comes first";
        case ChatError::server_unreachable:
            return "that server cannot be reached";
        case ChatError::server_differs:
            return "another server than that answers at its address";
        case ChatError::server_blocked:
            return "the operator has blocked that server";
        case ChatError::too_many_servers:
            return "this server knows as many others as it may; ask the operator";
        case ChatError::admins_only:
            return "only admins of this server may do that";
        case ChatError::queue_full:
            return "as many messages wait for that server as may; try again when it is back";
        case ChatError::request_pending:
            return "the recipient has to accept your first messages before you can write more";
        case ChatError::home_recovering:
            return "the group's home server is being recovered from a backup; try again later";
        case ChatError::argument_too_long:
            return "an argument is too long";
        case ChatError::passwords_differ:
            return "the two passwords are not the same";
        case ChatError::not_found:
            return "there is no such thing";
        case ChatError::busy:
            return "the server is busy; try again";
        case ChatError::not_stored:
            return "the server cannot store it now; nothing happened, try again later";
        case ChatError::unavailable:
            return "the server cannot read its data; the operator's log says why";
    }
    return "refused";
}

// What stands around the name of somebody else than the one who asks.
struct WordsAbout {
    ChatError error;
    std::string_view before;
    std::string_view after;
};

// Of other errors words() and the name are enough.
constexpr WordsAbout words_about[] = {
    {ChatError::not_a_member, "", " is not a member of that group; 'members' lists them"},
    {ChatError::not_allowed, "your role in that group does not let you do that to ", "; 'members' shows who may"},
    {ChatError::banned, "", " is banned from that group; 'unban' comes first"},
    {ChatError::already_member, "", " is a member of that group already"},
    {ChatError::too_many_groups, "", " is in as many groups as one may be in"},
    {ChatError::file_exists, "the folder of ", " has a file of that name already; choose another name"},
    {ChatError::folder_full, "the folder of ", " holds as many files as it may"},
    {ChatError::blocked, "", " does not accept messages and invitations from you"},
};

}  // namespace

std::string_view error_code(ChatError error) {
    if (error == ChatError::unknown_user || error == ChatError::wrong_password) return "bad-credentials";
    return to_string(error);
}

std::string error_words(const Refused& refused) {
    std::string text(words(refused.why));
    if (refused.subject.empty()) return text;
    const auto about = std::ranges::find(words_about, refused.why, &WordsAbout::error);
    if (about != std::end(words_about)) return fmt::format("{}{}{}", about->before, refused.subject, about->after);
    // What to do next comes last.
    return text.insert(std::min(text.find(';'), text.size()), ": " + refused.subject);
}

}  // namespace obrol::native
