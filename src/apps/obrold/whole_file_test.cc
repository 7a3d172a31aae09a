#include "apps/obrold/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

TEST(WholeFile, ReplacesWhatStandsThereAndIsItsOwnersAlone) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a");
    const std::string large(100'000, 'x');
    for (const std::string& content : {std::string("first\n"), large, std::string()}) {
        ASSERT_TRUE(write_whole_file(path, content).has_value());
        EXPECT_EQ(read_whole_file(path).value(), content);
    }
    struct stat found {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777u, 0600u);
    EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(WholeFile, ErrorsNameTheFile) {
    const TemporaryFolder folder;
    const std::string path = folder.file("missing/a");
    EXPECT_EQ(write_whole_file(path, "").error().what, "cannot write " + path + ".new: No such file or directory");
    EXPECT_EQ(read_whole_file(path).error().what, "cannot read " + path + ": No such file or directory");
    EXPECT_EQ(read_whole_file(folder.path()).error().what,
              "cannot read " + folder.path().string() + ": Is a directory");
}

}  // namespace
}  // namespace obrol
