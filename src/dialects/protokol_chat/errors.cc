#include "dialects/protokol_chat/errors.h"

#include "dialects/error_texts.h"

namespace obrol::protokol_chat {

std::string_view error_text(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
        case ChatError::bad_json:
            return "request tidak dikenali";
        case ChatError::missing_argument:
            return "parameter tidak lengkap";
        case ChatError::bad_argument:
            return "parameter tidak sah";
        default:  // as documents 000 and 002 have it
            return indonesian_error_text(error);
    }
}

std::string error_text(const Refused& refused) {
    return full_error_text(error_text, refused);
}

}  // namespace obrol::protokol_chat
