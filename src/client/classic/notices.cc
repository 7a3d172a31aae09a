#include "client/classic/notices.h"

namespace obrol {

const Notices indonesian_notices = {
    .no_server = "Server {server} tidak dapat dihubungi ({reason})",
    .lost = "Sambungan ke server {server} putus ({cause}); mencoba menyambung lagi",
    .connected_again = "Tersambung lagi ke server {server}",
    .not_sent = "Server {server} tidak dapat dihubungi; '{command}' tidak dikirim",
    .fate_unknown =
        "'{command}' tidak terjawab ({cause}): tidak diketahui apakah sudah dilaksanakan; tidak dikirim ulang",
    .closed_by_server = "ditutup oleh server",
    .broken = "jaringan terganggu",
    .no_answer = "server tidak menjawab",
    .unreadable_answer = "jawaban server tidak dapat dibaca",
    .stopped = "dihentikan",
    .abandoned = "berkas tidak selesai",
};

const Notices english_notices = {
    .no_server = "The server {server} cannot be reached ({reason})",
    .lost = "The connection to the server {server} is lost ({cause}); trying to connect again",
    .connected_again = "Connected again to the server {server}",
    .not_sent = "The server {server} cannot be reached; '{command}' was not sent",
    .fate_unknown =
        "'{command}' was not answered ({cause}): whether it was carried out is unknown; it was not sent again",
    .closed_by_server = "closed by the server",
    .broken = "the network failed",
    .no_answer = "the server does not answer",
    .unreadable_answer = "the server's answer cannot be read",
    .stopped = "stopped",
    .abandoned = "a file was not completed",
};

}  // namespace obrol
