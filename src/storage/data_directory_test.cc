#include "storage/data_directory.h"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

class DataDirectoryTest : public testing::Test {
  protected:
    TemporaryFolder temporary;
    const std::filesystem::path& folder = temporary.path();
};

TEST_F(DataDirectoryTest, IsMadeForItsOwnerOnly) {
    const auto path = folder / "a" / "b" / "data";
    const Result<DataDirectory> opened = DataDirectory::open(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    EXPECT_EQ(opened->path(), path);
    EXPECT_EQ(opened->file("obrol.db"), path / "obrol.db");
    struct stat found {};
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST_F(DataDirectoryTest, TakesARelativePathAndATrailingSlash) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    const Result<DataDirectory> opened = DataDirectory::open("./data/");
    std::filesystem::current_path(before);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    EXPECT_EQ(opened->path(), std::filesystem::canonical(folder) / "data");
}

TEST_F(DataDirectoryTest, ASecondServerIsToldWhoHasIt) {
    std::optional<Result<DataDirectory>> first = DataDirectory::open(folder);
    ASSERT_TRUE(first->has_value());
    const Result<DataDirectory> second = DataDirectory::open(folder);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().what,
              folder.string() + " is in use by another obrold (pid " + std::to_string(getpid()) + ")");
    first.reset();
    EXPECT_TRUE(DataDirectory::open(folder).has_value());
}

TEST_F(DataDirectoryTest, AMovedOneKeepsTheLock) {
    Result<DataDirectory> first = DataDirectory::open(folder);
    ASSERT_TRUE(first.has_value());
    const DataDirectory moved = std::move(*first);
    first = fail("gone");
    EXPECT_FALSE(DataDirectory::open(folder).has_value());
}

TEST_F(DataDirectoryTest, AKilledServerLeavesNoLock) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const Result<DataDirectory> held = DataDirectory::open(folder);
        const char answer = held ? 'y' : 'n';
        if (write(ready[1], &answer, 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char answer = 0;
    ASSERT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    const Result<DataDirectory> while_alive = DataDirectory::open(folder);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ready[0]);
    close(ready[1]);
    ASSERT_FALSE(while_alive.has_value());
    EXPECT_NE(while_alive.error().what.find("(pid " + std::to_string(child) + ")"), std::string::npos);
    EXPECT_TRUE(DataDirectory::open(folder).has_value());
}

TEST_F(DataDirectoryTest, SaysWhyItCannotBeMade) {
    std::ofstream(folder / "file") << "x";
    const Result<DataDirectory> below_a_file = DataDirectory::open(folder / "file" / "data");
    ASSERT_FALSE(below_a_file.has_value());
    EXPECT_EQ(below_a_file.error().what,
              "cannot make the directory " + (folder / "file" / "data").string() + ": Not a directory");
    const Result<DataDirectory> is_a_file = DataDirectory::open(folder / "file");
    ASSERT_FALSE(is_a_file.has_value());
    EXPECT_EQ(is_a_file.error().what,
              "cannot open " + (folder / "file" / "obrold.lock").string() + ": Not a directory");
}

}  // namespace
}  // namespace obrol
