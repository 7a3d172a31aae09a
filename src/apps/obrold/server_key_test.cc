#include "apps/obrold/server_key.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

struct ServerKey : testing::Test {
    TemporaryFolder folder;
    std::filesystem::path file = std::filesystem::path(folder.path()) / "server-key";
    SeededRandom source{7};
    ReproducibleSecureRandom random{source};
};

TEST_F(ServerKey, IsMadeOnceAndKeptForItsOwner) {
    const Result<SigningSeed> made = settle_server_key(file, random);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(settle_server_key(file, random).value(), *made);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(ServerKey, RefusesAFileThatHoldsNone) {
    std::ofstream(file) << "not a key\n";
    const Result<SigningSeed> key = settle_server_key(file, random);
    ASSERT_FALSE(key.has_value());
    EXPECT_NE(key.error().what.find("does not hold a server's key"), std::string::npos) << key.error().what;
}

}  // namespace
}  // namespace obrol
