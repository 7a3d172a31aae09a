// Preloads the library into a real program, ends it, and looks at what is left, as a server that comes back would.
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/random.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = (fs::temp_directory_path() / "volatile-disk-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw fs::filesystem_error("mkdtemp", std::error_code());
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

// The child program with the library over `disk`; its standard output comes to us.
class Child {
  public:
    Child(const fs::path& disk, std::vector<std::string> arguments) {
        std::vector<std::string> environment = {"LD_PRELOAD=" VOLATILE_DISK_LIBRARY,
                                                "VOLATILE_DISK_DIR=" + disk.string()};
        arguments.insert(arguments.begin(), VOLATILE_DISK_CHILD);
        std::array<int, 2> pipe;
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) ADD_FAILURE() << "pipe";
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
        EXPECT_EQ(::posix_spawn(&process_, VOLATILE_DISK_CHILD, &actions, nullptr, pointers(arguments).data(),
                                pointers(environment).data()),
                  0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(pipe[1]);
        output_ = pipe[0];
    }
    ~Child() {
        if (process_ > 0) kill();
        ::close(output_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // The next line without its end; empty when the program is gone.
    std::string line() {
        std::string text;
        char c = 0;
        while (::read(output_, &c, 1) == 1 && c != '\n')
            text += c;
        return text;
    }
    void kill() {
        ::kill(process_, SIGKILL);
        wait();
    }
    // The exit status, -1 if a signal ended it.
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> result;
        for (std::string& text : texts)
            result.push_back(text.data());
        result.push_back(nullptr);
        return result;
    }

    pid_t process_ = -1;
    int output_ = -1;
};

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string ask(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) return sqlite3_errmsg(database);
    const std::string answer = sqlite3_step(statement) == SQLITE_ROW
                                   ? reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))
                                   : sqlite3_errmsg(database);
    sqlite3_finalize(statement);
    return answer;
}

// The database as the next start finds it.
struct Remains {
    std::string integrity;
    int rows = 0;  // 0 also without the table
    bool rows_are_right = true;
};

Remains inspect(const fs::path& path) {
    Remains remains;
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    remains.integrity = ask(database, "PRAGMA integrity_check");
    if (ask(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'entry'") == "1") {
        remains.rows = std::stoi(ask(database, "SELECT count(*) FROM entry"));
        remains.rows_are_right =
            ask(database, "SELECT count(*) FROM entry WHERE body <> printf('%0*d', 100 + id % 700, id)") == "0" &&
            ask(database, "SELECT ifnull(max(id), 0) FROM entry") == std::to_string(remains.rows);
    }
    sqlite3_close(database);
    return remains;
}

struct Round {
    int acknowledged = 0;
    Remains remains;
};

// Kills the committing program at a moment of the seed's choosing.
Round kill_while_committing(const std::string& synchronous, int readers, Random& random) {
    const TemporaryDirectory directory;
    const fs::path database = directory.path() / "obrol.db";
    Child child(directory.path(), {"commit", database, synchronous, std::to_string(readers), "0"});
    Round round;
    const int kill_after = static_cast<int>(random.below(400));
    while (round.acknowledged < kill_after) {
        const std::string line = child.line();
        if (line.empty()) break;
        round.acknowledged = std::stoi(line);
    }
    EXPECT_EQ(round.acknowledged, kill_after) << "the program ended by itself";
    child.kill();
    // Acknowledged before it died, read only now.
    for (std::string line = child.line(); !line.empty(); line = child.line())
        round.acknowledged = std::stoi(line);
    round.remains = inspect(database);
    return round;
}

struct Case {
    const char* description;
    const char* synchronous;
    int readers;
};

class KilledProgram : public testing::TestWithParam<Case> {};

TEST_P(KilledProgram, LosesNothingAcknowledgedIfSynced) {
    SeededRandom random(11);
    const bool synced = GetParam().synchronous == std::string("FULL");
    int lost = 0;
    for (int i = 0; i < 20; ++i) {
        const Round round = kill_while_committing(GetParam().synchronous, GetParam().readers, random);
        EXPECT_EQ(round.remains.integrity, "ok");
        EXPECT_TRUE(round.remains.rows_are_right);
        if (round.remains.rows < round.acknowledged) ++lost;
        EXPECT_LE(round.remains.rows, round.acknowledged + 1);
    }
    if (synced) {
        EXPECT_EQ(lost, 0);
    } else {
        EXPECT_GT(lost, 0) << "the disk kept what nobody synced";
    }
}

INSTANTIATE_TEST_SUITE_P(All, KilledProgram,
                         testing::Values(Case{"Full", "FULL", 0}, Case{"FullWithReaders", "FULL", 2},
                                         Case{"Normal", "NORMAL", 0}, Case{"Off", "OFF", 0}),
                         [](const auto& tested) { return std::string(tested.param.description); });

TEST(EndedProgram, AlsoLosesWhatItNeverSynced) {
    for (const auto& [synchronous, rows] : {std::pair{"FULL", 60}, std::pair{"OFF", 0}}) {
        const TemporaryDirectory directory;
        const fs::path database = directory.path() / "obrol.db";
        Child child(directory.path(), {"commit", database, synchronous, "1", "60"});
        while (!child.line().empty())
            continue;
        EXPECT_EQ(child.wait(), 0);
        const Remains remains = inspect(database);
        EXPECT_EQ(remains.integrity, "ok");
        EXPECT_EQ(remains.rows, rows) << synchronous;
    }
}

TEST(Files, AreUsedAsEverAndKeepOnlyWhatWasSynced) {
    const TemporaryDirectory directory;
    const fs::path disk = directory.path() / "disk";
    fs::create_directory(disk);
    const fs::path outside = directory.path() / "outside";
    Child child(disk, {"files", disk, outside, "3"});
    ASSERT_EQ(child.wait(), 0);
    EXPECT_EQ(read_file(disk / "shared"), "");
    EXPECT_EQ(read_file(disk / "cut"), std::string(9000, 'c'));
    EXPECT_EQ(read_file(disk / "opened-empty"), "still there");
    EXPECT_EQ(read_file(disk / "appended"), "one two three");
    EXPECT_EQ(read_file(disk / "moved"), "synced before");
    EXPECT_TRUE(fs::exists(disk / "hollow"));
    EXPECT_EQ(read_file(disk / "hollow"), "") << "renamed without a sync";
    EXPECT_EQ(read_file(disk / "database-shm"), "shared memory");
    EXPECT_EQ(read_file(disk / "many-250"), "250");
    EXPECT_EQ(read_file(disk / "many-150"), "450");
    EXPECT_FALSE(read_file(outside).empty());
    EXPECT_TRUE(read_file(disk / "random") == read_file(outside)) << "not what was synced last";
}

}  // namespace
}  // namespace obrol
