#include "client/classic/line_client.h"

#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
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
    bool is_watched() const override { return false; }

    Lines printed;
    Lines notices;
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
        client.emplace(parts, *find_classic_document(dialect), std::move(session), trace, paper);
        tasks.spawn(keep_started(*client, started));
        executor.run_until_idle();
    }
    // What was sent because of the line; the client may be waiting for an answer then.
    std::string type(const std::string& line) {
        then.reset();
        paper = {};
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
