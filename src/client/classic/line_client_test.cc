#include "client/classic/line_client.h"

#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_server.h"

namespace obrol {
namespace {

using std::chrono::seconds;
using Lines = std::vector<std::string>;
using Then = LineClient::Then;

const std::string token = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";
const std::string logged_in = "{\"status\": \"OK\", \"tokenid\": \"" + token + "\"}\r\n\r\n";

struct Paper final : LineClient::Screen {
    void print(std::string_view lines) override { printed.emplace_back(lines); }
    void notice(std::string_view line) override { notices.emplace_back(line); }
    void show_progress(std::string_view) override {}
    bool is_watched() const override { return watched; }

    Lines printed;
    Lines notices;
    bool watched = false;
};

class LineClientTest : public ::testing::Test {
  protected:
    ~LineClientTest() override {
        if (!client) return;
        bool closed = false;
        tasks.spawn(close(*client, closed));
        executor.run_for(seconds(1));
        EXPECT_TRUE(closed);
    }

    void start(std::string_view dialect, bool trace = false) {
        ServerSession::Options session;
        session.server = {"127.0.0.1", 8890};
        const ServerSession::Parts parts{server, executor, random};
        client.emplace(parts, *find_classic_document(dialect), std::move(session), trace, files, paper);
        tasks.spawn(keep_started(*client, started));
        executor.run_until_idle();
    }
    // What was sent because of the line; the client may be waiting for an answer then.
    std::string type(const std::string& line) {
        then.reset();
        paper.printed.clear();
        paper.notices.clear();
        tasks.spawn(keep_then(*client, line, then));
        return server.heard();
    }
    void log_in() {
        type("auth messi surabaya");
        server.say(logged_in);
    }

    static Task<void> close(LineClient& client, bool& closed) {
        co_await client.close();
        closed = true;
    }
    static Task<void> keep_started(LineClient& client, std::optional<bool>& result) {
        result.emplace(co_await client.start());
    }
    static Task<void> keep_then(LineClient& client, std::string line, std::optional<Then>& result) {
        result.emplace(co_await client.handle(std::move(line)));
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    ScriptedServer server{executor};
    Paper paper;
    MemoryFiles files;
    std::optional<LineClient> client;
    std::optional<bool> started;
    std::optional<Then> then;
    Gate tasks{"test"};
};

TEST_F(LineClientTest, SaysSoWhenThereIsNoServer) {
    server.is_away = true;
    start("simple-chat");
    EXPECT_EQ(started, false);
    EXPECT_EQ(paper.notices, Lines{"Server 127.0.0.1:8890 tidak dapat dihubungi (cannot connect to 127.0.0.1:8890: "
                                   "Connection refused)"});
}

TEST_F(LineClientTest, ThePromptFollowsTheLogin) {
    start("chat-service");
    EXPECT_EQ(started, true);
    EXPECT_EQ(client->prompt(), "Command :");
    log_in();
    EXPECT_EQ(then, Then::next_line);
    EXPECT_EQ(paper.printed, Lines{"username messi logged in, token " + token});
    EXPECT_EQ(client->prompt(), "Command " + token + ":");
    EXPECT_EQ(type("logout"), "logout " + token + " \r\n");
    server.say("{\"status\": \"OK\", \"messages\": \"Anda berhasil logout!\"}\r\n\r\n");
    EXPECT_EQ(paper.printed, Lines{"\"Anda berhasil logout!\""});
    EXPECT_EQ(client->prompt(), "Command :");
}

TEST_F(LineClientTest, ATokenThatHasDiedIsNotShownAnyMore) {
    start("chat-service");
    log_in();
    type("inbox");
    server.say("{\"status\": \"ERROR\", \"message\": \"not authorized\"}\r\n\r\n");
    EXPECT_EQ(paper.printed, Lines{"Error, not authorized"});
    EXPECT_EQ(client->prompt(), "Command :");
}

TEST_F(LineClientTest, WithoutALoginNothingIsAsked) {
    start("chat-service");
    for (const char* line : {"send messi hallo", "inbox", "list", "logout"}) {
        EXPECT_EQ(type(line), "") << line;
        EXPECT_EQ(then, Then::next_line);
        EXPECT_EQ(paper.printed, Lines{"Error, not authorized"}) << line;
    }
    EXPECT_EQ(type("send messi"), "");
    EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"});
    EXPECT_EQ(type("hallo"), "");
    EXPECT_EQ(paper.printed, Lines{"*Maaf, command tidak benar"});
}

TEST_F(LineClientTest, Document001ListsWithoutATokenOnItsOwnConnectionOnly) {
    start("multithread-chat");
    EXPECT_EQ(type("list"), "list\r\n");
    server.say("{\"status\": \"ERROR\", \"message\": \"not authorized\"}\r\n\r\n");
    EXPECT_EQ(paper.printed, Lines{"Error, not authorized"});
    log_in();
    EXPECT_EQ(type("list"), "list\r\n");
    server.say("{\"status\": \"OK\", \"messages\": [\"messi\"]}\r\n\r\n");
    EXPECT_EQ(paper.printed, Lines{"[\"messi\"]"});
    server.hang_up();
    executor.run_for(seconds(1));
    EXPECT_EQ(type("list"), "list " + token + " \r\n");
}

TEST_F(LineClientTest, Document001ExitLogsOutAndLeaves) {
    start("multithread-chat");
    log_in();
    EXPECT_EQ(type("exit"), "logout " + token + " \r\n");
    EXPECT_FALSE(then);
    server.say("{\"status\": \"OK\", \"messages\": \"Logged out\"}\r\n\r\n");
    EXPECT_EQ(then, Then::end);
    EXPECT_EQ(paper.printed, Lines{"Exit from program"});
    EXPECT_EQ(type("exit"), "");
    EXPECT_EQ(then, Then::end);
    EXPECT_EQ(paper.printed, Lines{"Exit from program"});
}

TEST_F(LineClientTest, Document001LeavesAlsoWhenItsSessionIsDead) {
    start("multithread-chat");
    log_in();
    type("exit");
    server.say("{\"status\": \"ERROR\", \"message\": \"not authorized\"}\r\n\r\n");
    EXPECT_EQ(then, Then::end);
    EXPECT_EQ(paper.printed, (Lines{"Error, not authorized", "Exit from program"}));
}

TEST_F(LineClientTest, ALostServerIsSaidInTheDocumentsLanguageAndTheLoginLivesOn) {
    start("chat-service");
    log_in();
    EXPECT_EQ(type("send henderson hallo"), "send " + token + " henderson  hallo \r\n");
    server.hang_up();
    EXPECT_EQ(then, Then::next_line);
    EXPECT_TRUE(paper.printed.empty());
    EXPECT_EQ(paper.notices.size(), 2u);
    EXPECT_EQ(paper.notices.back(),
              "'send' tidak terjawab (ditutup oleh server): tidak diketahui apakah sudah dilaksanakan; tidak dikirim "
              "ulang");
    executor.run_for(seconds(1));
    EXPECT_EQ(paper.notices.back(), "Tersambung lagi ke server 127.0.0.1:8890");
    EXPECT_EQ(server.heard(), "");
    EXPECT_EQ(client->prompt(), "Command " + token + ":");
    EXPECT_EQ(type("inbox"), "inbox " + token + " \r\n");
}

TEST_F(LineClientTest, WhatIsNotSentIsSaid) {
    start("multithread-chat");
    log_in();
    server.is_away = true;
    server.hang_up();
    EXPECT_EQ(
        paper.notices,
        Lines{"The connection to the server 127.0.0.1:8890 is lost (closed by the server); trying to connect again"});
    type("inbox");
    executor.run_for(seconds(6));
    EXPECT_EQ(then, Then::next_line);
    EXPECT_EQ(paper.notices, Lines{"The server 127.0.0.1:8890 cannot be reached; 'inbox' was not sent"});
}

TEST_F(LineClientTest, TraceShowsTheRequestOnceItIsSentAndWhatCameOfAnAnswer) {
    start("chat-service", true);
    log_in();
    EXPECT_EQ(paper.printed.front().substr(0, 25), "diterima dari server b'{\"");
    type("send henderson hallo");
    EXPECT_EQ(paper.printed, Lines{"send " + token + " henderson hallo\n"});
    server.say("{\"sta");
    server.hang_up();
    EXPECT_EQ(paper.printed.back(), "diterima dari server b'{\"sta'");
}

// What document 004's server says: the content under both keys, as JSON.
std::string said(const std::string& status, const std::string& content, const std::string& key = "message") {
    return "{\"status\": \"" + status + "\", \"data\": " + content + ", \"" + key + "\": " + content + "}\r\n\r\n";
}

class FolderClientTest : public LineClientTest {
  protected:
    void start_logged_in() {
        start("protokol-chat");
        log_in_there();
    }
    void log_in_there() {
        EXPECT_EQ(type("auth messi surabaya"), "auth messi surabaya \r\n");
        server.say(said("OK", "\"" + token + "\"", "tokenid"));
        EXPECT_EQ(paper.printed, Lines{"username messi logged in, token " + token});
    }
    void offer(const std::string& name, const std::string& bytes) {
        server.say(said("OK", "{\"nama\": \"" + name + "\", \"ukuran\": " + std::to_string(bytes.size()) + "}") +
                   bytes);
    }
};

TEST_F(FolderClientTest, Document004PrintsTheServersWords) {
    start("protokol-chat");
    EXPECT_EQ(type("register budi rahasia123"), "register budi rahasia123\r\n");
    server.say(said("OK", "\"user budi sudah teregistrasi\""));
    EXPECT_EQ(paper.printed, Lines{"user budi sudah teregistrasi"});
    for (const char* line : {"inbox", "files", "send maya halo", "connect B", "getfile a.txt", "sendfile maya a.txt"}) {
        EXPECT_EQ(type(line), "") << line;
        EXPECT_EQ(paper.printed, Lines{"Error, not authorized"}) << line;
    }
    log_in_there();
    const std::string t = token;
    const struct {
        std::string line;
        std::string request;
        std::string data;
        std::string printed;
    } cases[] = {
        {"send maya halo", "send " + t + " maya  halo\r\n", "\"pesan sudah terkirim ke maya\"",
         "pesan sudah terkirim ke maya"},
        {"send maya@B halo", "sendserver " + t + " B maya  halo\r\n", "\"pesan queued untuk maya@B\"",
         "pesan queued untuk maya@B"},
        {"sendgroup lab halo semua", "sendgroup " + t + " lab  halo semua\r\n", "\"a\\u001b[2Jb\"", "a[2Jb"},
        {"creategroup lab maya,izza@B", "creategroup " + t + " lab maya,izza@B\r\n", "\"grup lab sudah dibuat\"",
         "grup lab sudah dibuat"},
        {"addserver B 127.0.0.1 8893", "addserver " + t + " B 127.0.0.1 8893\r\n", "\"server B sudah ditambahkan\"",
         "server B sudah ditambahkan"},
        {"addserver B 127.0.0.1 http", "addserver " + t + " B 127.0.0.1 0\r\n", "\"x\"", "x"},
        {"connect B", "connect " + t + " B \r\n", "\"sudah terkoneksi\"", "sudah terkoneksi"},
        {"disconnect B", "disconnect " + t + " B\r\n", "\"koneksi ke server B sudah diputus\"",
         "koneksi ke server B sudah diputus"},
        {"servers", "servers " + t + "\r\n", "[]", "[]"},
        {"files", "files " + t + "\r\n", "[{\"nama\": \"a.txt\", \"ukuran\": 5}]",
         "[{\"nama\": \"a.txt\", \"ukuran\": 5}]"},
        {"logout", "logout " + t + "\r\n", "\"user sudah logout\"", "user sudah logout"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(type(c.line), c.request);
        server.say(said("OK", c.data));
        EXPECT_EQ(paper.printed, Lines{c.printed});
    }
    EXPECT_EQ(client->prompt(), "Command :");
    for (const char* line : {"send maya", "sendgroup lab", "sendfile maya", "putfile", "getfile", "creategroup lab",
                             "addserver B 127.0.0.1", "connect", "register budi", "auth budi"}) {
        EXPECT_EQ(type(line), "") << line;
        EXPECT_EQ(paper.printed, Lines{"-Maaf, command tidak benar"}) << line;
    }
    EXPECT_FALSE(client->may_be_kept("register budi rahasia123"));
}

TEST_F(FolderClientTest, SendsTheFileThatItsUserNames) {
    start_logged_in();
    files.content["gambar/foto kita.png"] = std::string("a\0b", 3);
    EXPECT_EQ(type("sendfile maya@B gambar/foto kita.png "), "sendfile " + token + " maya@B foto kita.png 3\r\n");
    server.say(said("OK", "\"ready\""));
    EXPECT_EQ(server.heard(), std::string("a\0b", 3));
    server.say(said("OK", "\"file foto kita.png sudah terkirim ke maya@B\""));
    EXPECT_EQ(paper.printed, Lines{"file foto kita.png sudah terkirim ke maya@B"});
    files.content["kosong"] = "";
    EXPECT_EQ(type("putfile kosong"), "putfile " + token + " kosong 0\r\n");
    server.say(said("OK", "\"ready\""));
    server.say(said("OK", "\"file kosong (0 byte) sudah disimpan\""));
    EXPECT_EQ(paper.printed, Lines{"file kosong (0 byte) sudah disimpan"});
    EXPECT_EQ(type("sendfilegroup lab kosong"), "sendfilegroup " + token + " lab kosong 0\r\n");
    server.say(said("ERROR", "\"File dengan nama itu sudah ada\""));
    EXPECT_EQ(paper.printed, Lines{"Error, File dengan nama itu sudah ada"});
    EXPECT_EQ(type("sendfile maya tiada"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, tiada: No such file or directory"});
    EXPECT_EQ(then, Then::next_line);
}

TEST_F(FolderClientTest, FetchesAFileUnderTheNameThatWasTyped) {
    start_logged_in();
    EXPECT_EQ(type("getfile foto kita.png"), "getfile " + token + " foto kita.png\r\n");
    offer("../.bashrc", "abc");
    EXPECT_EQ(paper.printed, Lines{"foto kita.png diunduh"});
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"foto kita.png", "abc"}}));
    type("getfile tiada");
    server.say(said("ERROR", "\"File Tidak Ditemukan\""));
    EXPECT_EQ(paper.printed, Lines{"Error, File Tidak Ditemukan"});
    EXPECT_EQ(files.content.size(), 1u);
    EXPECT_EQ(type("getfile .."), "");
    EXPECT_EQ(paper.printed, Lines{"Error, nama file tidak sah: .."});
}

TEST_F(FolderClientTest, NoFileIsReplacedUnasked) {
    start_logged_in();
    files.content["a.txt"] = "old";
    EXPECT_EQ(type("getfile a.txt"), "");
    EXPECT_EQ(paper.printed, Lines{"Error, a.txt sudah ada"});
    paper.watched = true;
    EXPECT_EQ(type("getfile a.txt"), "");
    EXPECT_EQ(client->prompt(), "a.txt sudah ada; timpa? [ya/tidak]:");
    EXPECT_FALSE(client->may_be_kept("inbox"));
    EXPECT_EQ(type("tidak"), "");
    EXPECT_EQ(paper.printed, Lines{"Dibatalkan"});
    EXPECT_EQ(client->prompt(), "Command " + token + ":");
    type("getfile a.txt");
    EXPECT_EQ(type("ya"), "getfile " + token + " a.txt\r\n");
    offer("a.txt", "new");
    EXPECT_EQ(paper.printed, Lines{"a.txt diunduh"});
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"a.txt", "new"}}));
}

TEST_F(FolderClientTest, ADownloadThatBreaksOffTakesNoFilesPlaceAndBeginsAnew) {
    start_logged_in();
    type("getfile a.txt");
    server.say(said("OK", "{\"nama\": \"a.txt\", \"ukuran\": 6}") + "abc");
    server.hang_up();
    EXPECT_EQ(paper.notices.size(), 2u);
    EXPECT_FALSE(files.content.contains("a.txt"));
    executor.run_for(seconds(1));
    EXPECT_EQ(type("getfile a.txt"), "getfile " + token + " a.txt\r\n");
    offer("a.txt", "abcdef");
    EXPECT_EQ(files.content, (std::map<std::string, std::string>{{"a.txt", "abcdef"}}));
}

TEST_F(LineClientTest, HistoriesKeepNoPasswords) {
    start("chat-service");
    for (const char* line : {"send messi hallo", "inbox", "list", "logout"})
        EXPECT_TRUE(client->may_be_kept(line)) << line;
    for (const char* line : {"auth messi surabaya", " auth messi surabaya", "auth messi", "Auth messi surabaya",
                             "aut messi surabaya", "send messi", ""})
        EXPECT_FALSE(client->may_be_kept(line)) << line;
}

}  // namespace
}  // namespace obrol
