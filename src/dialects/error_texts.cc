#include "dialects/error_texts.h"

namespace obrol {
namespace {

// Whether the subject is what is wrong, and not whom or what it is about.
bool subject_says_why(ChatError error) {
    switch (error) {
        case ChatError::bad_name:
        case ChatError::bad_password:
        case ChatError::bad_profile:
        case ChatError::bad_group_name:
        case ChatError::bad_server:
        case ChatError::server_unreachable:
        case ChatError::server_differs:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string_view indonesian_error_text(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
        case ChatError::missing_argument:
        case ChatError::bad_argument:
        case ChatError::bad_json:
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
        case ChatError::bad_password:
            return "Password tidak memenuhi syarat";
        case ChatError::bad_profile:
            return "Profil tidak sah";
        case ChatError::registration_closed:
            return "Pendaftaran ditutup";
        case ChatError::invitation_needed:
            return "Pendaftaran memerlukan undangan";
        case ChatError::bad_invitation:
            return "Undangan tidak berlaku";
        case ChatError::too_many_sessions:
            return "Maaf, terlalu banyak sesi yang terbuka";
        case ChatError::too_many_requests:
            return "Maaf, terlalu banyak permintaan, coba lagi nanti";
        case ChatError::too_many_messages:
            return "Maaf, terlalu banyak pesan, coba lagi nanti";
        case ChatError::too_many_accounts:
            return "Maaf, terlalu banyak pendaftaran, coba lagi nanti";
        case ChatError::too_many_connections:
            return "Maaf, terlalu banyak koneksi dari alamat Anda";
        case ChatError::server_full:
            return "Maaf, server penuh, coba lagi nanti";
        case ChatError::out_of_memory:
            return "Maaf, memori server penuh, coba lagi nanti";
        case ChatError::tls_needed:
            return "Maaf, server ini hanya menerima koneksi terenkripsi (TLS)";
        case ChatError::key_conflict:
            return "Kunci sudah dipakai untuk permintaan lain";
        case ChatError::key_expired:
            return "Kunci sudah kedaluwarsa";
        case ChatError::unknown_group:
            return "Grup Tidak Ditemukan";
        case ChatError::not_a_member:
            return "Bukan anggota grup";
        case ChatError::not_allowed:
            return "Hanya admin grup yang boleh";
        case ChatError::banned:
            return "Diblokir dari grup";
        case ChatError::already_member:
            return "Sudah menjadi anggota grup";
        case ChatError::group_taken:
            return "ID grup sudah dipakai";
        case ChatError::bad_group_name:
            return "Nama grup tidak sah";
        case ChatError::group_full:
            return "Grup sudah penuh";
        case ChatError::too_many_groups:
            return "Maaf, terlalu banyak grup";
        case ChatError::too_many_contacts:
            return "Maaf, terlalu banyak kontak";
        case ChatError::oneself:
            return "Itu Anda sendiri";
        case ChatError::not_a_contact:
            return "Bukan kontak Anda";
        case ChatError::unknown_file:
            return "File Tidak Ditemukan";
        case ChatError::bad_file_name:
            return "Nama file tidak sah";
        case ChatError::bad_file_size:
            return "Ukuran file tidak sah";
        case ChatError::file_too_large:
            return "File terlalu besar";
        case ChatError::quota_exceeded:
            return "Kuota file Anda habis";
        case ChatError::storage_full:
            return "Maaf, penyimpanan file penuh";
        case ChatError::too_many_uploads:
            return "Maaf, terlalu banyak unggahan, coba lagi nanti";
        case ChatError::file_exists:
            return "File dengan nama itu sudah ada";
        case ChatError::folder_full:
            return "Folder sudah penuh";
        case ChatError::server_taken:
            return "ID server sudah dipakai";
        case ChatError::own_server:
            return "Itu server ini sendiri";
        case ChatError::bad_server:
            return "Data server tidak sah";
        case ChatError::server_not_connected:
            return "server belum terkoneksi";
        case ChatError::server_unreachable:
            return "server tidak dapat dihubungi";
        case ChatError::server_differs:
            return "server lain yang menjawab di alamat itu";
        case ChatError::server_blocked:
            return "server diblokir";
        case ChatError::too_many_servers:
            return "Maaf, terlalu banyak server";
        case ChatError::admins_only:
            return "Hanya admin server yang boleh";
        case ChatError::queue_full:
            return "Maaf, antrean ke server itu penuh";
        case ChatError::request_pending:
            return "Penerima belum menerima permintaan Anda";
        case ChatError::home_recovering:
            return "Grup sedang dipulihkan, coba lagi nanti";
        case ChatError::argument_too_long:
            return "Argumen terlalu panjang";
        case ChatError::passwords_differ:
            return "Password tidak sama";
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

std::string_view english_error_text(ChatError error) {
    switch (error) {
        case ChatError::unknown_command:
        case ChatError::missing_argument:
        case ChatError::bad_argument:
        case ChatError::bad_json:
            return "Sorry, command is unknown";
        case ChatError::bad_text:
            return "Sorry, the text is not valid UTF-8";
        case ChatError::line_too_long:
            return "Sorry, the line is too long";
        case ChatError::not_authorized:
            return "not authorized";
        case ChatError::unknown_user:
        case ChatError::unknown_recipient:
            return "User is not found";
        case ChatError::wrong_password:
            return "Wrong password";
        case ChatError::account_disabled:
            return "User is disabled";
        case ChatError::unknown_server:
            return "Server is not found";
        case ChatError::too_many_recipients:
            return "Sorry, there are too many recipients";
        case ChatError::blocked:
            return "The recipient has blocked you";
        case ChatError::name_taken:
            return "User name is already taken";
        case ChatError::bad_name:
            return "User name is not valid";
        case ChatError::bad_password:
            return "The password does not meet the rules";
        case ChatError::bad_profile:
            return "The profile is not valid";
        case ChatError::registration_closed:
            return "Registration is closed";
        case ChatError::invitation_needed:
            return "Registration needs an invitation";
        case ChatError::bad_invitation:
            return "The invitation is not valid";
        case ChatError::too_many_sessions:
            return "Sorry, too many sessions are open";
        case ChatError::too_many_requests:
            return "Sorry, too many requests, try again later";
        case ChatError::too_many_messages:
            return "Sorry, too many messages, try again later";
        case ChatError::too_many_accounts:
            return "Sorry, too many registrations, try again later";
        case ChatError::too_many_connections:
            return "Sorry, too many connections from your address";
        case ChatError::server_full:
            return "Sorry, the server is full, try again later";
        case ChatError::out_of_memory:
            return "Sorry, the server is out of memory, try again later";
        case ChatError::tls_needed:
            return "Sorry, this server takes encrypted connections (TLS) only";
        case ChatError::key_conflict:
            return "The key was used for another request";
        case ChatError::key_expired:
            return "The key has expired";
        case ChatError::unknown_group:
            return "Group is not found";
        case ChatError::not_a_member:
            return "Not a member of the group";
        case ChatError::not_allowed:
            return "Only the group's admins may do that";
        case ChatError::banned:
            return "Banned from the group";
        case ChatError::already_member:
            return "Already a member of the group";
        case ChatError::group_taken:
            return "Group id is already taken";
        case ChatError::bad_group_name:
            return "Group name is not valid";
        case ChatError::group_full:
            return "The group is full";
        case ChatError::too_many_groups:
            return "Sorry, too many groups";
        case ChatError::too_many_contacts:
            return "Sorry, too many contacts";
        case ChatError::oneself:
            return "That is yourself";
        case ChatError::not_a_contact:
            return "Not a contact of yours";
        case ChatError::unknown_file:
            return "File is not found";
        case ChatError::bad_file_name:
            return "File name is not valid";
        case ChatError::bad_file_size:
            return "File size is not valid";
        case ChatError::file_too_large:
            return "The file is too large";
        case ChatError::quota_exceeded:
            return "Your quota for files is used up";
        case ChatError::storage_full:
            return "Sorry, the storage for files is full";
        case ChatError::too_many_uploads:
            return "Sorry, too many uploads, try again later";
        case ChatError::file_exists:
            return "A file of that name exists already";
        case ChatError::folder_full:
            return "The folder is full";
        case ChatError::server_taken:
            return "The server id is taken";
        case ChatError::own_server:
            return "That is this server";
        case ChatError::bad_server:
            return "The server's id, address or port is not valid";
        case ChatError::server_not_connected:
            return "server is not connected";
        case ChatError::server_unreachable:
            return "server cannot be reached";
        case ChatError::server_differs:
            return "another server answers at that address";
        case ChatError::server_blocked:
            return "server is blocked";
        case ChatError::too_many_servers:
            return "Sorry, too many servers";
        case ChatError::admins_only:
            return "Only admins of the server may do that";
        case ChatError::queue_full:
            return "Sorry, the queue for that server is full";
        case ChatError::request_pending:
            return "The recipient has not accepted your request yet";
        case ChatError::home_recovering:
            return "The group is being recovered, try again later";
        case ChatError::argument_too_long:
            return "An argument is too long";
        case ChatError::passwords_differ:
            return "The passwords are not the same";
        case ChatError::not_found:
            return "Not found";
        case ChatError::busy:
            return "Sorry, the server is busy, try again";
        case ChatError::not_stored:
            return "Sorry, the server cannot store it, try again later";
        case ChatError::unavailable:
            return "Sorry, the server cannot read its data";
    }
    return "Sorry, command is unknown";
}

std::string error_text(ErrorText language, const Refused& refused) {
    std::string text(language(refused.why));
    const bool names_it = refused.of_several || refused.why == ChatError::unknown_server;
    if (names_it && !refused.subject.empty()) text.append(": ").append(refused.subject);
    return text;
}

std::string full_error_text(ErrorText language, const Refused& refused) {
    if (subject_says_why(refused.why) && !refused.subject.empty())
        return std::string(language(refused.why)).append(": ").append(refused.subject);
    return error_text(language, refused);
}

ChatError error_of_text(ErrorText language, std::string_view text) {
    for (int code = 0; code < chat_error_count; ++code) {
        const auto error = static_cast<ChatError>(code);
        const std::string_view known = language(error);
        if (text == known || (text.starts_with(known) && text.substr(known.size()).starts_with(": "))) return error;
    }
    return ChatError::unknown_command;
}

}  // namespace obrol
