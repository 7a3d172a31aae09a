// For tests: a menu client, and a server whose part the test plays.
#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "client/classic/menu_client.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_server.h"

namespace obrol {

class MenuClientTest : public ::testing::Test {
  protected:
    using Lines = std::vector<std::string>;

    struct Paper final : ClassicClient::Screen {
        void print(std::string_view lines) override { printed.emplace_back(lines); }
        void notice(std::string_view line) override { notices.emplace_back(line); }
        void show_progress(std::string_view line) override { progress.emplace_back(line); }
        bool is_watched() const override { return watched; }

        Lines printed;
        Lines notices;
        Lines progress;
        bool watched = false;
    };

    ~MenuClientTest() override {
        if (!client) return;
        tasks.spawn(close(*client));
        executor.run_for(std::chrono::seconds(1));
        EXPECT_EQ(tasks.running(), 0u);
    }

    void start(bool trace = false) {
        ServerSession::Options session;
        session.server = {"127.0.0.1", 8000};
        const ServerSession::Parts parts{server, executor, random};
        client.emplace(parts, std::move(session), trace, files, paper);
        tasks.spawn(keep_started(*client, started));
        executor.run_until_idle();
    }
    // What was sent because of the line; the client may be waiting for an answer then.
    std::string type(const std::string& line) {
        server.heard();
        forget();
        is_done = false;
        tasks.spawn(keep_done(*client, line, is_done));
        return server.heard();
    }
    void forget() {
        paper.printed.clear();
        paper.notices.clear();
        paper.progress.clear();
    }
    // Further members after "status", as JSON.
    void succeed(const std::string& message, const std::string& members = "") {
        server.say("{\"FOR\": \"\", \"status\": \"success\", \"message\": \"" + message + "\"" + members + "}\r\n\r\n");
    }
    void refuse(const std::string& message) {
        server.say("{\"FOR\": \"\", \"status\": \"failed\", \"message\": \"" + message + "\"}\r\n\r\n");
    }
    void nothing_unread() { succeed("", ", \"messages\": []"); }
    void log_in() {
        start();
        type("login modis rahasia");
        succeed("Berhasil masuk");
    }
    void open_chat() {
        log_in();
        type("contact");
        type("chat luka");
        nothing_unread();
    }

    static Task<void> close(ClassicClient& client) { co_await client.close(); }
    static Task<void> keep_started(ClassicClient& client, std::optional<bool>& result) {
        const bool connected = co_await client.start();
        result = connected;
    }
    static Task<void> keep_done(ClassicClient& client, std::string line, bool& is_done) {
        const ClassicClient::Then then = co_await client.handle(std::move(line));
        EXPECT_EQ(then, ClassicClient::Then::next_line);
        is_done = true;
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    ScriptedServer server{executor};
    Paper paper;
    MemoryFiles files;
    std::optional<MenuClient> client;
    std::optional<bool> started;
    bool is_done = false;
    Gate tasks{"test"};
};

}  // namespace obrol
