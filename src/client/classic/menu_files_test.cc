#include "client/classic/menu_client.h"
#include "client/classic/transfer_progress.h"
#include "tests/support/menu_parts.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string file_message =
    ", \"messages\": [{\"from_user\": \"luka\", \"text\": \"[foto.png], file_code: c0ffee\", \"time\": "
    "\"2026-11-27T20:22:05.123Z\", \"file_name\": \"foto.png\", \"file_code\": \"c0ffee\"}]";

class MenuFilesTest : public MenuClientTest {
  protected:
    // The header, and of the bytes what is given.
    void offer(const std::string& bytes, std::size_t size, const std::string& name = "foto.png") {
        server.say(
            "{\"FOR\": \"FILE-GET-PRIVATE\", \"status\": \"success\", \"message\": \"File siap dikirim\", "
            "\"file_name\": \"" +
            name + "\", \"file_size\": " + std::to_string(size) + "}\r\n\r\n" + bytes);
    }
    void see_file() {
        type("");
        succeed("", file_message);
        nothing_unread();
    }
};

TEST_F(MenuFilesTest, SendsAFileAndSaysItsCode) {
    open_chat();
    files.content["gambar/foto.png"] = std::string("a\0b", 3);
    EXPECT_EQ(type("send_file  gambar/foto.png "), "FILE-SEND-PRIVATE luka foto.png 3\r\n");
    succeed("ready");
    EXPECT_EQ(server.heard(), std::string("a\0b", 3));
    succeed("File terkirim", ", \"file_code\": \"c0ffee\", \"file_name\": \"foto.png\"");
    EXPECT_EQ(paper.printed, Lines{"foto.png terkirim, file_code: c0ffee"});
    EXPECT_TRUE(is_done);
    EXPECT_TRUE(paper.progress.empty());
}

TEST_F(MenuFilesTest, AFileThatCannotBeReadIsNotAskedFor) {
    open_chat();
    EXPECT_EQ(type("send_file tiada.png"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, tiada.png: No such file or directory"});
    EXPECT_EQ(type("send_file"), "");
    EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"});
}

TEST_F(MenuFilesTest, ARefusedFileIsSaid) {
    open_chat();
    files.content["foto.png"] = "abc";
    type("send_file foto.png");
    refuse("File terlalu besar");
    EXPECT_EQ(paper.printed, Lines{"Error, File terlalu besar"});
    EXPECT_EQ(server.heard(), "");
}

TEST_F(MenuFilesTest, SendsIntoAGroup) {
    log_in();
    type("group");
    type("get");
    succeed("", ", \"group_list\": [{\"code\": \"a1b2c3\", \"group_name\": \"lab\"}]");
    type("chat 1");
    nothing_unread();
    files.content["foto.png"] = "";
    EXPECT_EQ(type("send_file foto.png"), "FILE-SEND-GROUP a1b2c3 foto.png 0\r\n");
    succeed("ready");
    EXPECT_EQ(server.heard(), "");
    succeed("File terkirim", ", \"file_code\": \"c0ffee\", \"file_name\": \"foto.png\"");
    EXPECT_EQ(type("get_file c0ffee"), "FILE-GET-GROUP a1b2c3 c0ffee\r\n");
    offer("", 0);
    EXPECT_EQ(files.content.at("foto.png"), "");
}

TEST_F(MenuFilesTest, FetchesAFileUnderItsNameOrAnother) {
    open_chat();
    EXPECT_EQ(type("get_file c0ffee"), "FILE-GET-PRIVATE luka c0ffee\r\n");
    offer("abc", 3);
    EXPECT_EQ(paper.printed, Lines{"foto.png diunduh"});
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto.png", "abc"}}));
    type("get_file c0ffee foto kita.png");
    offer("abc", 3);
    EXPECT_EQ(files.content.at("foto kita.png"), "abc");
    files.folders = {"unduhan"};
    type("get_file c0ffee unduhan");
    offer("abc", 3);
    EXPECT_EQ(files.content.at("unduhan/foto.png"), "abc");
    EXPECT_EQ(type("get_file ../../c0ffee"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, kode file tidak sah: ../../c0ffee"});
}

TEST_F(MenuFilesTest, AnUnknownCodeLeavesNothingBehind) {
    open_chat();
    type("get_file facade");
    refuse("File tidak ditemukan");
    EXPECT_EQ(paper.printed, Lines{"Error, File tidak ditemukan"});
    EXPECT_TRUE(files.content.empty());
}

TEST_F(MenuFilesTest, AHostileNameIsCutToItsLastPart) {
    open_chat();
    type("get_file c0ffee");
    offer("abc", 3, "../../.bashrc");
    EXPECT_TRUE(files.content.contains(".bashrc"));
    type("get_file facade");
    offer("abc", 3, "..");
    EXPECT_EQ(paper.printed, Lines{"Error, nama file tidak sah: .."});
}

TEST_F(MenuFilesTest, NoFileIsReplacedAtAPipe) {
    open_chat();
    files.content["foto.png"] = "old";
    see_file();
    EXPECT_EQ(type("get_file c0ffee"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, foto.png sudah ada; gunakan get_file c0ffee [nama file baru]"});
    EXPECT_EQ(client->prompt(), "Chat luka (modis):");
    // Of a file that nobody has seen offered only the answer says the name.
    type("get_file facade");
    offer("new", 3);
    EXPECT_EQ(paper.printed, Lines{"Error, foto.png sudah ada; gunakan get_file facade [nama file baru]"});
    EXPECT_EQ(files.content.at("foto.png"), "old");
    EXPECT_EQ(files.content.at("facade.part"), "new");
    // Nothing has to come twice.
    EXPECT_EQ(type("get_file facade baru.png"), "FILE-GET-PRIVATE luka facade 3\r\n");
    offer("", 3);
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto.png", "old"}, {"baru.png", "new"}}));
}

TEST_F(MenuFilesTest, WhoeverWatchesIsAskedBeforeAFileIsReplaced) {
    paper.watched = true;
    open_chat();
    files.content["foto.png"] = "old";
    see_file();
    EXPECT_EQ(type("get_file c0ffee"), "");
    EXPECT_EQ(client->prompt(), "foto.png sudah ada; timpa? [ya/tidak]:");
    EXPECT_FALSE(client->may_be_kept("back"));
    EXPECT_EQ(type("tidak"), "");
    EXPECT_EQ(paper.printed, Lines{"Dibatalkan"});
    EXPECT_EQ(files.content.at("foto.png"), "old");
    EXPECT_EQ(client->prompt(), "Chat luka (modis):");
    type("get_file c0ffee");
    EXPECT_EQ(type("ya"), "FILE-GET-PRIVATE luka c0ffee\r\n");
    offer("new", 3);
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto.png", "new"}}));
}

TEST_F(MenuFilesTest, ABrokenDownloadGoesOnWhereItStopped) {
    open_chat();
    type("get_file c0ffee");
    offer("abc", 6);
    server.hang_up();
    executor.run_for(seconds(1));
    EXPECT_EQ(std::ranges::count(paper.notices, "Unduhan terputus setelah 3 byte; dilanjutkan"), 1);
    EXPECT_EQ(server.heard(), "AUTH-LOGIN modis rahasia\r\n");
    succeed("Berhasil masuk");
    EXPECT_EQ(server.heard(), "FILE-GET-PRIVATE luka c0ffee 3\r\n");
    offer("def", 6);
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto.png", "abcdef"}}));
}

TEST_F(MenuFilesTest, ADownloadThatComesNoFurtherGoesOnWhenAskedForAgain) {
    open_chat();
    type("get_file c0ffee");
    offer("abc", 6);
    server.is_away = true;
    server.hang_up();
    executor.run_for(seconds(10));
    EXPECT_TRUE(is_done);
    EXPECT_EQ(files.content.at("c0ffee.part"), "abc");
    server.is_away = false;
    executor.run_for(seconds(15));
    succeed("Berhasil masuk");
    server.heard();
    EXPECT_EQ(type("get_file c0ffee"), "FILE-GET-PRIVATE luka c0ffee 3\r\n");
    offer("def", 6);
    EXPECT_EQ(files.content.at("foto.png"), "abcdef");
}

TEST_F(MenuFilesTest, APartThatIsTooLongIsBegunAnew) {
    open_chat();
    files.content["c0ffee.part"] = "something else";
    EXPECT_EQ(type("get_file c0ffee"), "FILE-GET-PRIVATE luka c0ffee 14\r\n");
    refuse("Ukuran file tidak sah");
    EXPECT_EQ(server.heard(), "FILE-GET-PRIVATE luka c0ffee\r\n");
    offer("abc", 3);
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto.png", "abc"}}));
}

TEST_F(MenuFilesTest, AFullDiskIsSaid) {
    open_chat();
    files.is_full = true;
    type("get_file c0ffee");
    offer("abc", 3);
    EXPECT_EQ(paper.printed, Lines{"Error, No space left on device"});
    EXPECT_TRUE(is_done);
}

TEST_F(MenuFilesTest, ProgressIsShownWhenItTakesLongerThanAMoment) {
    open_chat();
    type("get_file c0ffee");
    offer("", 4096);
    server.say(std::string(1024, 'x'));
    EXPECT_TRUE(paper.progress.empty());
    executor.run_for(seconds(1));
    server.say(std::string(1024, 'x'));
    EXPECT_EQ(paper.progress, Lines{"foto.png: 50 %, 2.0 KiB/s"});
    server.say(std::string(1024, 'x'));
    EXPECT_EQ(paper.progress.size(), 1u);
    executor.run_for(seconds(1));
    server.say(std::string(1024, 'x'));
    EXPECT_EQ(paper.progress, (Lines{"foto.png: 50 %, 2.0 KiB/s", "foto.png: 100 %, 2.0 KiB/s", ""}));
}

TEST(TransferRate, ReadsWell) {
    EXPECT_EQ(rate_text(0, seconds(1)), "0 B/s");
    EXPECT_EQ(rate_text(1023, seconds(1)), "1023 B/s");
    EXPECT_EQ(rate_text(1024, seconds(1)), "1.0 KiB/s");
    EXPECT_EQ(rate_text(17 * 1024 * 1024, milliseconds(500)), "34.0 MiB/s");
    EXPECT_EQ(rate_text(5, seconds(0)), "0 B/s");
}

TEST(FileCodes, AreHexadecimalDigits) {
    for (const char* code : {"c0ffee", "012345", "0123456789ab"})
        EXPECT_TRUE(is_file_code(code)) << code;
    for (const char* code : {"", "c0ffe", "c0ffee0", "C0FFEE", "c0ff/e", "../../"})
        EXPECT_FALSE(is_file_code(code)) << code;
}

}  // namespace
}  // namespace obrol
