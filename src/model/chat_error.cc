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
        case ChatError::key_conflict:
            return "key-conflict";
        case ChatError::key_expired:
            return "key-expired";
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

}  // namespace obrol
