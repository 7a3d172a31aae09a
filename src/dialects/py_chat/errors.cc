#include "dialects/py_chat/errors.h"

#include "dialects/error_texts.h"

namespace obrol::py_chat {

std::string_view error_text(ChatError error) {
    switch (error) {
        case ChatError::missing_argument:
            return "Maaf, argumen kurang";
        case ChatError::bad_argument:
            return "Maaf, argumen tidak sah";
        case ChatError::bad_json:
            return "Maaf, JSON tidak sah";
        case ChatError::line_too_long:
            return "Maaf, permintaan terlalu panjang";
        case ChatError::not_authorized:
            return "Silakan masuk dengan AUTH-LOGIN, atau daftar dengan AUTH-REGISTER";
        case ChatError::unknown_user:
            return "User Tidak Ada, silakan daftar dengan AUTH-REGISTER";
        default:  // as documents 000 and 002 have it
            return indonesian_error_text(error);
    }
}

std::string error_text(const Refused& refused) {
    return full_error_text(error_text, refused);
}

std::string failures_text(const std::vector<NameRefused>& failures) {
    std::string text;
    for (const NameRefused& failure : failures)
        text.append(text.empty() ? "" : ", ").append(failure.name).append(": ").append(error_text(failure.why));
    return text;
}

}  // namespace obrol::py_chat
