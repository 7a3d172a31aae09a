#include "apps/obrol/disk_files.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DiskFiles, ReadsRegularFilesOnly) {
    const TemporaryFolder folder;
    DiskFiles files;
    write(folder.file("a"), std::string("a\0b", 3));
    auto opened = files.open(folder.file("a"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->size, 3u);
    char buffer[16];
    ASSERT_EQ(opened->bytes->read(buffer), 3u);
    EXPECT_EQ(std::string(buffer, 3), std::string("a\0b", 3));
    EXPECT_EQ(opened->bytes->read(buffer), 0u);
    EXPECT_EQ(files.open(folder.file("b")).error().what, "No such file or directory");
    EXPECT_EQ(files.open(folder.path()).error().what, "bukan file biasa");
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    EXPECT_EQ(files.open(folder.file("pipe")).error().what, "bukan file biasa");
}

TEST(DiskFiles, KnowsWhatIsThere) {
    const TemporaryFolder folder;
    const DiskFiles files;
    write(folder.file("a"), "");
    std::filesystem::create_symlink("nowhere", folder.file("link"));
    EXPECT_TRUE(files.exists(folder.file("a")));
    EXPECT_TRUE(files.exists(folder.file("link")));
    EXPECT_FALSE(files.exists(folder.file("b")));
    EXPECT_TRUE(files.is_folder(folder.path()));
    EXPECT_FALSE(files.is_folder(folder.file("a")));
    EXPECT_FALSE(files.is_folder(folder.file("b")));
}

TEST(DiskFiles, APartGrowsIsCutAndBecomesTheFile) {
    const TemporaryFolder folder;
    DiskFiles files;
    {
        const auto part = files.part(folder.file("c0ffee.part"));
        EXPECT_EQ(part->size(), 0u);
        EXPECT_FALSE(files.exists(folder.file("c0ffee.part")));
        ASSERT_TRUE(part->cut(0));
        ASSERT_TRUE(part->append("abcdef"));
        EXPECT_EQ(part->size(), 6u);
    }
    const auto part = files.part(folder.file("c0ffee.part"));
    EXPECT_EQ(part->size(), 6u);
    ASSERT_TRUE(part->cut(3));
    ASSERT_TRUE(part->append("xyz"));
    ASSERT_TRUE(part->finish(folder.file("a.png"), false));
    EXPECT_EQ(content(folder.file("a.png")), "abcxyz");
    EXPECT_FALSE(files.exists(folder.file("c0ffee.part")));
}

TEST(DiskFiles, NoOtherFileIsReplacedUnlessToldSo) {
    const TemporaryFolder folder;
    DiskFiles files;
    write(folder.file("a.png"), "old");
    const auto part = files.part(folder.file("c0ffee.part"));
    ASSERT_TRUE(part->cut(0));
    ASSERT_TRUE(part->append("new"));
    const auto refused = part->finish(folder.file("a.png"), false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "File exists");
    EXPECT_EQ(content(folder.file("a.png")), "old");
    ASSERT_TRUE(part->finish(folder.file("a.png"), true));
    EXPECT_EQ(content(folder.file("a.png")), "new");
}

TEST(DiskFiles, APartIsWrittenByOneAtATimeAndIsNoLink) {
    const TemporaryFolder folder;
    DiskFiles files;
    const auto first = files.part(folder.file("c0ffee.part"));
    ASSERT_TRUE(first->cut(0));
    const auto second = files.part(folder.file("c0ffee.part"));
    EXPECT_FALSE(second->cut(0));
    write(folder.file("precious"), "precious");
    std::filesystem::create_symlink("precious", folder.file("facade.part"));
    const auto link = files.part(folder.file("facade.part"));
    EXPECT_EQ(link->size(), 0u);
    EXPECT_FALSE(link->cut(0));
    EXPECT_EQ(content(folder.file("precious")), "precious");
}

}  // namespace
}  // namespace obrol
