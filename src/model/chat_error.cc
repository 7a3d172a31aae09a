#include "model/chat_error.h"

namespace obrol {

std::string_view to_string(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
            return "unknown-command";
        case ChatError::missing_argument:
            return "missing-argument";
        case ChatError::bad_argument:
            return "bad-argument";
        case ChatError::bad_json:
            return "bad-json";
        case ChatError::bad_text:
            return "bad-text";
        case ChatError::line_too_long:
            return "line-too-long";
        case ChatError::not_authorized:
            return "not-authorized";
        case ChatError::unknown_user:
            return "unknown-user";
        case ChatError::wrong_password:
            return "wrong-password";
        case ChatError::account_disabled:
            return "account-disabled";
        case ChatError::unknown_recipient:
            return "user-not-found";
        case ChatError::unknown_server:
            return "server-not-found";
        case ChatError::too_many_recipients:
            return "too-many-recipients";
        case ChatError::blocked:
            return "blocked";
        case ChatError::name_taken:
            return "name-taken";
        case ChatError::bad_name:
            return "bad-name";
        case ChatError::bad_password:
            return "bad-password";
        case ChatError::bad_profile:
            return "bad-profile";
        case ChatError::registration_closed:
            return "registration-closed";
        case ChatError::invitation_needed:
            return "invitation-needed";
        case ChatError::bad_invitation:
            return "bad-invitation";
        case ChatError::too_many_sessions:
            return "too-many-sessions";
        case ChatError::too_many_requests:
            return "too-many-requests";
        case ChatError::too_many_messages:
            return "too-many-messages";
        case ChatError::too_many_accounts:
            return "too-many-accounts";
        case ChatError::too_many_connections:
            return "too-many-connections";
        case ChatError::server_full:
            return "server-full";
        case ChatError::out_of_memory:
            return "out-of-memory";
        case ChatError::tls_needed:
            return "tls-needed";
        case ChatError::key_conflict:
            return "key-conflict";
        case ChatError::key_expired:
            return "key-expired";
        case ChatError::unknown_group:
            return "group-not-found";
        case ChatError::not_a_member:
            return "not-a-member";
        case ChatError::not_allowed:
            return "not-allowed";
        case ChatError::banned:
            return "banned";
        case ChatError::already_member:
            return "already-a-member";
        case ChatError::group_taken:
            return "group-taken";
        case ChatError::bad_group_name:
            return "bad-group-name";
        case ChatError::group_full:
            return "group-full";
        case ChatError::too_many_groups:
            return "too-many-groups";
        case ChatError::too_many_contacts:
            return "too-many-contacts";
        case ChatError::oneself:
            return "oneself";
        case ChatError::not_a_contact:
            return "not-a-contact";
        case ChatError::unknown_file:
            return "file-not-found";
        case ChatError::bad_file_name:
            return "bad-file-name";
        case ChatError::bad_file_size:
            return "bad-file-size";
        case ChatError::file_too_large:
            return "file-too-large";
        case ChatError::quota_exceeded:
            return "quota-exceeded";
        case ChatError::storage_full:
            return "storage-full";
        case ChatError::too_many_uploads:
            return "too-many-uploads";
        case ChatError::file_exists:
            return "file-exists";
        case ChatError::folder_full:
            return "folder-full";
        case ChatError::server_taken:
            return "server-taken";
        case ChatError::own_server:
            return "own-server";
        case ChatError::bad_server:
            return "bad-server";
        case ChatError::server_not_connected:
            return "server-not-connected";
        case ChatError::server_unreachable:
            return "server-unreachable";
        case ChatError::server_differs:
            return "server-differs";
        case ChatError::server_blocked:
            return "server-blocked";
        case ChatError::too_many_servers:
            return "too-many-servers";
        case ChatError::admins_only:
            return "admins-only";
        case ChatError::queue_full:
            return "queue-full";
        case ChatError::request_pending:
            return "request-pending";
        case ChatError::home_recovering:
            return "home-recovering";
        case ChatError::argument_too_long:
            return "argument-too-long";
        case ChatError::passwords_differ:
            return "passwords-differ";
        case ChatError::not_found:
            return "not-found";
        case ChatError::busy:
            return "busy";
        case ChatError::not_stored:
            return "not-stored";
        case ChatError::unavailable:
            return "unavailable";
    }
    return "unknown-error";
}

std::optional<ChatError> parse_chat_error(std::string_view code) {
    for (int i = 0; i < chat_error_count; ++i) {
        const auto error = static_cast<ChatError>(i);
        if (to_string(error) == code) return error;
    }
    return std::nullopt;
}

}  // namespace obrol
