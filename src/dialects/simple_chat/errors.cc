#include "dialects/simple_chat/errors.h"

namespace obrol::simple_chat {

std::string_view error_text(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
        case ChatError::missing_argument:
            return "Maaf, command tidak benar";
        case ChatError::bad_text:
            return "Maaf, teks bukan UTF-8 yang sah";
        case ChatError::line_too_long:
            return "Maaf, baris terlalu panjang";
        case ChatError::not_authorized:
            return "not authorized";
        case ChatError::unknown_user:
            return "User Tidak Ada";
        case ChatError::wrong_password:
            return "Password Salah";
        case ChatError::account_disabled:
            return "User Dinonaktifkan";
        case ChatError::unknown_recipient:
            return "User Tidak Ditemukan";
        case ChatError::unknown_server:
            return "Server Tidak Ditemukan";
        case ChatError::too_many_recipients:
            return "Maaf, penerima terlalu banyak";
        case ChatError::blocked:
            return "Anda diblokir oleh penerima";
        case ChatError::name_taken:
            return "Nama user sudah dipakai";
        case ChatError::bad_name:
            return "Nama user tidak sah";
        case ChatError::key_conflict:
            return "Kunci sudah dipakai untuk permintaan lain";
        case ChatError::key_expired:
            return "Kunci sudah kedaluwarsa";
        case ChatError::not_found:
            return "Tidak Ditemukan";
        case ChatError::busy:
            return "Maaf, server sedang sibuk, coba lagi";
        case ChatError::not_stored:
            return "Maaf, server tidak dapat menyimpan, coba lagi nanti";
        case ChatError::unavailable:
            return "Maaf, server tidak dapat membaca datanya";
    }
    return "Maaf, command tidak benar";
}

std::string error_text(const Refused& refused) {
    std::string text(error_text(refused.why));
    const bool names_it = refused.of_several || refused.why == ChatError::unknown_server;
    if (names_it && !refused.subject.empty()) text.append(": ").append(refused.subject);
    return text;
}

ChatError error_of_text(std::string_view text) {
    constexpr auto last = static_cast<int>(ChatError::unavailable);
    for (int code = 0; code <= last; ++code) {
        const auto error = static_cast<ChatError>(code);
        const std::string_view known = error_text(error);
        if (text == known || (text.starts_with(known) && text.substr(known.size()).starts_with(": "))) return error;
    }
    return ChatError::unknown_command;
}

}  // namespace obrol::simple_chat
