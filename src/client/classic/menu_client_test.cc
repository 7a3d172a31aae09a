#include "client/classic/menu_client.h"

#include "tests/support/menu_parts.h"

namespace obrol {
namespace {

using std::chrono::seconds;

const std::string halo =
    ", \"messages\": [{\"from_user\": \"luka\", \"text\": \"halo\\u001b[2J\", \"time\": \"2026-11-27T20:22:05.123Z\"}]";

TEST_F(MenuClientTest, SaysSoWhenThereIsNoServer) {
    server.is_away = true;
    start();
    EXPECT_EQ(started, false);
    EXPECT_EQ(paper.notices, Lines{"Server 127.0.0.1:8000 tidak dapat dihubungi (cannot connect to 127.0.0.1:8000: "
                                   "Connection refused)"});
}

TEST_F(MenuClientTest, BeginsWithTheMenuOfTheLogin) {
    start();
    EXPECT_EQ(started, true);
    EXPECT_EQ(paper.printed, Lines{menu_text(Menu::authorisation)});
    EXPECT_EQ(client->prompt(), "Menu Autorisasi:");
    server.say("Selamat datang\r\n\r\n");
    EXPECT_TRUE(paper.notices.empty());
}

TEST_F(MenuClientTest, WhatIsNoCommandOfTheMenuIsSaidWithoutARequest) {
    start();
    for (const char* line : {"", "contact", "LOGIN modis rahasia", "AUTH-LOGIN modis rahasia", "send halo"}) {
        EXPECT_EQ(type(line), "") << line;
        EXPECT_EQ(paper.printed, Lines{"*Maaf, command tidak benar"}) << line;
        EXPECT_TRUE(is_done);
    }
    for (const char* line : {"login", "login modis", "register modis rahasia"}) {
        EXPECT_EQ(type(line), "") << line;
        EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"}) << line;
    }
    EXPECT_EQ(type("back"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, not authorized"});
}

TEST_F(MenuClientTest, RegistersAndLogsInAndOut) {
    start();
    EXPECT_EQ(type("register modis rahasia rahasiaa"), "");
    EXPECT_EQ(paper.printed.size(), 1u);
    EXPECT_EQ(type("register modis rahasia rahasia"), "AUTH-REGISTER modis rahasia rahasia\r\n");
    succeed("Berhasil daftar");
    EXPECT_EQ(paper.printed, Lines{"Berhasil daftar"});
    EXPECT_EQ(type("login modis salah"), "AUTH-LOGIN modis salah\r\n");
    refuse("Password Salah");
    EXPECT_EQ(paper.printed, Lines{"Error, Password Salah"});
    EXPECT_EQ(client->prompt(), "Menu Autorisasi:");
    EXPECT_EQ(type("login modis rahasia"), "AUTH-LOGIN modis rahasia\r\n");
    succeed("Berhasil masuk");
    EXPECT_EQ(paper.printed, (Lines{"Berhasil masuk", menu_text(Menu::main)}));
    EXPECT_EQ(client->prompt(), "Menu Utama (modis):");
    EXPECT_EQ(type("back"), "");
    EXPECT_EQ(client->prompt(), "Menu Autorisasi (modis):");
    type("back");
    EXPECT_EQ(client->prompt(), "Menu Utama (modis):");
    type("back");
    EXPECT_EQ(type("logout"), "AUTH-LOGOUT\r\n");
    succeed("Berhasil keluar");
    EXPECT_EQ(paper.printed, Lines{"Berhasil keluar"});
    EXPECT_EQ(client->prompt(), "Menu Autorisasi:");
}

TEST_F(MenuClientTest, ListsWhatIsUnread) {
    log_in();
    EXPECT_EQ(type("list"), "NOTIF-GET\r\n");
    succeed("", ", \"notifications\": []");
    EXPECT_EQ(paper.printed, Lines{"Tidak ada pesan baru"});
    type("list");
    succeed(
        "",
        ", \"notifications\": [{\"from_user\": \"luka\", \"from_group\": null, \"code\": null, \"text\": \"halo\"}, "
        "{\"from_user\": \"luka\", \"from_group\": \"lab kita\", \"code\": \"a1b2c3\", \"text\": \"hai\"}]");
    EXPECT_EQ(paper.printed, Lines{"luka: halo\nluka @ lab kita (a1b2c3): hai"});
}

TEST_F(MenuClientTest, KeepsContacts) {
    log_in();
    type("contact");
    EXPECT_EQ(paper.printed, Lines{menu_text(Menu::contacts)});
    EXPECT_EQ(client->prompt(), "Menu Kontak (modis):");
    EXPECT_EQ(type("get"), "CONTACT-GET\r\n");
    succeed("", ", \"contact_list\": []");
    EXPECT_EQ(paper.printed, Lines{"Daftar kontak kosong"});
    EXPECT_EQ(type("add luka tom"), "CONTACT-ADD luka tom\r\n");
    succeed("Kontak ditambahkan");
    EXPECT_EQ(paper.printed, Lines{"Kontak ditambahkan"});
    type("get");
    succeed("", ", \"contact_list\": [\"luka\", \"tom\"]");
    EXPECT_EQ(paper.printed, Lines{"1. luka\n2. tom"});
    EXPECT_EQ(type("del tom"), "CONTACT-DELETE tom\r\n");
    refuse("Bukan kontak Anda");
    EXPECT_EQ(paper.printed, Lines{"Error, Bukan kontak Anda"});
    EXPECT_EQ(type("add"), "");
    EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"});
    type("back");
    EXPECT_EQ(client->prompt(), "Menu Utama (modis):");
}

TEST_F(MenuClientTest, ChatsWithAUserAndShowsWhatIsUnread) {
    log_in();
    type("contact");
    EXPECT_EQ(type("chat siapa"), "CHAT-PRIVATE-GET siapa\r\n");
    refuse("User Tidak Ditemukan");
    EXPECT_EQ(client->prompt(), "Menu Kontak (modis):");
    EXPECT_EQ(type("chat luka"), "CHAT-PRIVATE-GET luka\r\n");
    succeed("", halo);
    EXPECT_EQ(paper.printed, (Lines{menu_text(Menu::chat), "[2026-11-27 20:22 UTC] luka: halo[2J"}));
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");  // one answer may not hold everything
    EXPECT_FALSE(is_done);
    nothing_unread();
    EXPECT_TRUE(is_done);
    EXPECT_EQ(client->prompt(), "Chat luka (modis):");
    EXPECT_EQ(type("send  apa kabar? "), "CHAT-PRIVATE-SEND luka  apa kabar? \r\n");
    succeed("Pesan terkirim");
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");
    succeed("", halo);
    nothing_unread();
    EXPECT_EQ(paper.printed, (Lines{"Pesan terkirim", "[2026-11-27 20:22 UTC] luka: halo[2J"}));
    EXPECT_EQ(type("send"), "");
    EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"});
    EXPECT_EQ(type("halo"), "");
    EXPECT_EQ(paper.printed, Lines{"*Maaf, command tidak benar"});
    EXPECT_EQ(type(""), "CHAT-PRIVATE-GET luka\r\n");
    nothing_unread();
    EXPECT_TRUE(paper.printed.empty());
    type("back");
    EXPECT_EQ(client->prompt(), "Menu Kontak (modis):");
}

TEST_F(MenuClientTest, GroupsGoByTheirNumbersAsShown) {
    log_in();
    type("group");
    EXPECT_EQ(type("create lab kita"), "GROUP-CREATE lab kita\r\n");
    succeed("Grup dibuat", ", \"code\": \"a1b2c3\", \"group_name\": \"lab kita\"");
    EXPECT_EQ(paper.printed, Lines{"Grup dibuat\nGrup lab kita, kode a1b2c3"});
    EXPECT_EQ(type("join 000000"), "GROUP-JOIN 000000\r\n");
    refuse("Grup tidak ditemukan");
    EXPECT_EQ(paper.printed, Lines{"Error, Grup tidak ditemukan"});
    EXPECT_EQ(type("get"), "GROUP-GET\r\n");
    succeed("",
            ", \"group_list\": [{\"code\": \"a1b2c3\", \"group_name\": \"lab kita\"}, {\"code\": \"d4e5f6\", "
            "\"group_name\": \"bola\"}]");
    EXPECT_EQ(paper.printed, Lines{"1. lab kita (kode a1b2c3)\n2. bola (kode d4e5f6)"});
    EXPECT_EQ(type("invite 1 luka tom"), "GROUP-INVITE a1b2c3 luka tom\r\n");
    succeed("tom: User Tidak Ditemukan", ", \"added\": [\"luka\"], \"failed\": [\"tom\"]");
    EXPECT_EQ(paper.printed, Lines{"tom: User Tidak Ditemukan"});
    for (const char* number : {"0", "3", "-1", "1x", "99999999999999999999999"}) {
        EXPECT_EQ(type(std::string("chat ") + number), "") << number;
        EXPECT_EQ(paper.printed,
                  Lines{std::string("Error, tidak ada grup nomor ") + number + "; lihat daftar grup dengan get"});
    }
    EXPECT_EQ(type("chat 2"), "CHAT-GROUP-GET d4e5f6\r\n");
    nothing_unread();
    EXPECT_EQ(client->prompt(), "Chat grup bola (modis):");
    EXPECT_EQ(type("send gol!"), "CHAT-GROUP-SEND d4e5f6 gol!\r\n");
    succeed("Pesan terkirim");
    nothing_unread();
    type("back");
    EXPECT_EQ(client->prompt(), "Menu Grup (modis):");
    EXPECT_EQ(type("exit d4e5f6"), "GROUP-EXIT d4e5f6\r\n");
    succeed("Anda keluar dari grup");
    EXPECT_EQ(type("chat 0abc12"), "CHAT-GROUP-GET 0abc12\r\n");
    refuse("Bukan anggota grup");
    EXPECT_EQ(client->prompt(), "Menu Grup (modis):");
}

TEST_F(MenuClientTest, ANumberBeforeTheListWasShownIsOfTheListThatWouldBe) {
    log_in();
    type("group");
    EXPECT_EQ(type("chat 1"), "GROUP-GET\r\n");
    succeed("", ", \"group_list\": [{\"code\": \"a1b2c3\", \"group_name\": \"lab\"}]");
    EXPECT_EQ(server.heard(), "CHAT-GROUP-GET a1b2c3\r\n");
    nothing_unread();
    EXPECT_EQ(client->prompt(), "Chat grup lab (modis):");
}

TEST_F(MenuClientTest, WhoeverWatchesAChatSeesWhatComes) {
    paper.watched = true;
    open_chat();
    EXPECT_EQ(server.heard(), "");
    executor.run_for(MenuClient::between_looks);
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");
    forget();
    // What is typed meanwhile waits for the answer.
    EXPECT_EQ(type("send hai"), "");
    succeed("", halo);
    EXPECT_EQ(paper.printed, Lines{"[2026-11-27 20:22 UTC] luka: halo[2J"});
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");
    nothing_unread();
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-SEND luka hai\r\n");
    succeed("Pesan terkirim");
    nothing_unread();
    type("back");
    executor.run_for(seconds(60));
    EXPECT_EQ(server.heard(), "");
}

TEST_F(MenuClientTest, ALookInVainIsNotRepeatedUnasked) {
    paper.watched = true;
    open_chat();
    executor.run_for(MenuClient::between_looks);
    server.heard();
    forget();
    refuse("Bukan anggota grup");
    executor.run_for(seconds(60));
    EXPECT_EQ(paper.printed, Lines{"Error, Bukan anggota grup"});
    EXPECT_EQ(server.heard(), "");
    type("");
    nothing_unread();
    executor.run_for(MenuClient::between_looks);
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");
}

TEST_F(MenuClientTest, WhileTheServerIsAwayNobodyLooks) {
    paper.watched = true;
    open_chat();
    forget();
    server.is_away = true;
    server.hang_up();
    executor.run_for(seconds(60));
    EXPECT_EQ(paper.notices.size(), 1u);
    server.is_away = false;
    executor.run_for(seconds(15));
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    succeed("Berhasil masuk");
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-GET luka\r\n");
}

TEST_F(MenuClientTest, ALoginThatIsRefusedForNowIsTriedAgainLater) {
    open_chat();
    server.hang_up();
    executor.run_for(seconds(1));
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    refuse("Maaf, server sedang sibuk");
    executor.run_for(seconds(14));
    EXPECT_EQ(server.heard(), "");
    executor.run_for(seconds(1));
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    EXPECT_EQ(client->prompt(), "Chat luka (modis):");
    succeed("Berhasil masuk");
}

TEST_F(MenuClientTest, NobodyLooksWhereNobodyWatches) {
    open_chat();
    executor.run_for(seconds(60));
    EXPECT_EQ(server.heard(), "");
}

TEST_F(MenuClientTest, LogsInAgainAfterTheConnectionWasLost) {
    open_chat();
    forget();
    server.hang_up();
    executor.run_for(seconds(1));
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    succeed("Berhasil masuk");
    EXPECT_EQ(paper.notices,
              (Lines{"Sambungan ke server 127.0.0.1:8000 putus (ditutup oleh server); mencoba menyambung lagi",
                     "Tersambung lagi ke server 127.0.0.1:8000", "Masuk lagi sebagai modis"}));
    EXPECT_TRUE(paper.printed.empty());
    EXPECT_EQ(client->prompt(), "Chat luka (modis):");
    EXPECT_EQ(type("send hai"), "CHAT-PRIVATE-SEND luka hai\r\n");
}

TEST_F(MenuClientTest, ARequestWaitsForTheLoginThatComesBefore) {
    open_chat();
    server.is_away = true;
    server.hang_up();
    EXPECT_EQ(type("send hai"), "");
    server.is_away = false;
    executor.run_for(seconds(4));
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    succeed("Berhasil masuk");
    EXPECT_EQ(server.heard(), "CHAT-PRIVATE-SEND luka hai\r\n");
}

TEST_F(MenuClientTest, ALoginThatIsOfNoUseAnyMoreEndsInTheFirstMenu) {
    open_chat();
    forget();
    server.hang_up();
    executor.run_for(seconds(1));
    refuse("Password Salah");
    EXPECT_EQ(paper.notices.back(), "Tidak dapat masuk lagi sebagai modis: Password Salah");
    EXPECT_EQ(paper.printed, Lines{menu_text(Menu::authorisation)});
    EXPECT_EQ(client->prompt(), "Menu Autorisasi:");
}

TEST_F(MenuClientTest, ASessionThatEndedElsewhereEndsInTheFirstMenu) {
    open_chat();
    type("send hai");
    refuse("Silakan masuk dengan AUTH-LOGIN, atau daftar dengan AUTH-REGISTER");
    EXPECT_EQ(paper.printed, (Lines{"Error, Silakan masuk dengan AUTH-LOGIN, atau daftar dengan AUTH-REGISTER",
                                    menu_text(Menu::authorisation)}));
    EXPECT_EQ(client->prompt(), "Menu Autorisasi:");
}

TEST_F(MenuClientTest, WhatIsNotSentOrNotAnsweredIsSaid) {
    open_chat();
    type("send hai");
    server.is_away = true;
    server.hang_up();
    EXPECT_TRUE(is_done);
    EXPECT_EQ(paper.notices.back(),
              "'send' tidak terjawab (ditutup oleh server): tidak diketahui apakah sudah dilaksanakan; tidak dikirim "
              "ulang");
    type("send hai");
    executor.run_for(seconds(6));
    EXPECT_TRUE(is_done);
    EXPECT_EQ(paper.notices.back(), "Server 127.0.0.1:8000 tidak dapat dihubungi; 'send' tidak dikirim");
}

TEST_F(MenuClientTest, StoppingEndsWhateverGoesOn) {
    open_chat();
    type("send hai");
    client->stop();
    executor.run_until_idle();
    EXPECT_TRUE(is_done);
}

TEST_F(MenuClientTest, TraceShowsRequestsWithoutPasswordsAndAnswersInBlocksOf1024) {
    start(true);
    forget();
    type("login modis rahasia");
    EXPECT_TRUE(paper.printed.empty());
    server.say("Selamat\r\n\r\n");
    succeed(std::string(1100, 'x'));
    ASSERT_FALSE(paper.printed.empty());
    EXPECT_TRUE(paper.printed.front().starts_with("diterima dari server b'{\"FOR\": \"\", \"status\": \"success\""));
    EXPECT_EQ(std::ranges::count(paper.printed.front(), '\n'), 2);
    type("contact");
    type("get");
    EXPECT_EQ(paper.printed, Lines{"CONTACT-GET\n"});
}

TEST_F(MenuClientTest, HistoriesKeepNoPasswords) {
    start();
    for (const char* line : {"logout", "back"})
        EXPECT_TRUE(client->may_be_kept(line)) << line;
    for (const char* line :
         {"login modis rahasia", "register modis rahasia rahasia", "lgin modis rahasia", "login", ""})
        EXPECT_FALSE(client->may_be_kept(line)) << line;
}

}  // namespace
}  // namespace obrol
