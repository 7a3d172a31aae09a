#include "apps/obrol/history_file.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

TEST(HistoryFile, KeepsLinesForItsOwnerOnly) {
    const TemporaryFolder folder;
    const std::string path = folder.file("state/obrol/chat-service.history");
    EXPECT_TRUE(HistoryFile(path).load().empty());
    HistoryFile(path).append("inbox");
    HistoryFile(path).append("send messi halo \xc3\xa9");
    EXPECT_EQ(HistoryFile(path).load(), (std::vector<std::string>{"inbox", "send messi halo \xc3\xa9"}));
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(std::filesystem::status(folder.file("state/obrol")).permissions(), perms::owner_all);
}

TEST(HistoryFile, OldLinesGo) {
    const TemporaryFolder folder;
    const std::string path = folder.file("history");
    const auto lines_in_file = [&] {
        std::ifstream file(path);
        std::size_t count = 0;
        for (std::string line; std::getline(file, line);)
            ++count;
        return count;
    };
    const HistoryFile history(path);
    for (std::size_t i = 1; i < 2 * HistoryFile::lines_max; ++i)
        history.append(std::to_string(i));
    EXPECT_EQ(history.load().size(), HistoryFile::lines_max);
    EXPECT_EQ(lines_in_file(), 2 * HistoryFile::lines_max - 1);
    history.append("last");
    const auto lines = history.load();
    EXPECT_EQ(lines.size(), HistoryFile::lines_max);
    EXPECT_EQ(lines.front(), std::to_string(HistoryFile::lines_max + 1));
    EXPECT_EQ(lines.back(), "last");
    EXPECT_EQ(lines_in_file(), HistoryFile::lines_max);
}

TEST(HistoryFile, WithoutAPlaceNothingIsKept) {
    HistoryFile("").append("inbox");
    EXPECT_TRUE(HistoryFile("").load().empty());
    HistoryFile("/dev/null/history").append("inbox");
    EXPECT_TRUE(HistoryFile("/dev/null/history").load().empty());
}

}  // namespace
}  // namespace obrol
