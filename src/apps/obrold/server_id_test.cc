#include "apps/obrold/server_id.h"

#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "model/server.h"

namespace obrol {
namespace {

struct ServerId : testing::Test {
    ServerId() {
        std::string pattern = testing::TempDir() + "obrol-server-id-XXXXXX";
        directory = ::mkdtemp(pattern.data());
        file = directory / "server-id";
    }
    ~ServerId() override { std::filesystem::remove_all(directory); }

    std::filesystem::path directory;
    std::filesystem::path file;
};

TEST_F(ServerId, IsTheHostNameAtFirstAndThenKept) {
    EXPECT_EQ(settle_server_id(file, "", "shire").value(), "shire");
    EXPECT_EQ(settle_server_id(file, "", "mordor").value(), "shire");
    EXPECT_EQ(settle_server_id(file, "shire", "mordor").value(), "shire");
}

TEST_F(ServerId, CanBeChosenOnce) {
    EXPECT_EQ(settle_server_id(file, "rohan", "shire").value(), "rohan");
    const Result<std::string> other = settle_server_id(file, "gondor", "shire");
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().what,
              "this server is \"rohan\" since its first start and cannot become \"gondor\": others know it by that id");
}

TEST_F(ServerId, RefusesAFileThatHoldsNone) {
    std::ofstream(file) << "two words\n";
    const Result<std::string> id = settle_server_id(file, "", "shire");
    ASSERT_FALSE(id.has_value());
    EXPECT_EQ(id.error().what, file.string() + " does not hold a server id");
}

TEST_F(ServerId, SaysWhyItCannotBeKept) {
    const Result<std::string> id = settle_server_id(directory / "missing" / "server-id", "", "shire");
    ASSERT_FALSE(id.has_value());
    EXPECT_NE(id.error().what.find("No such file or directory"), std::string::npos) << id.error().what;
}

TEST(SanitisedHostName, IsAlwaysAServerId) {
    const std::pair<std::string, std::string> table[] = {
        {"shire", "shire"},
        {"a.b-c_d", "a.b-c_d"},
        {"rumah saya!", "rumah-saya-"},
        {"kafé", "kaf--"},
        {"", "local"},
        {"((none))", "none--"},
        {"...", "local"},
        {std::string(200, 'x'), std::string(63, 'x')},
    };
    for (const auto& [host_name, expected] : table) {
        EXPECT_EQ(sanitised_host_name(host_name), expected);
        EXPECT_TRUE(is_server_label(sanitised_host_name(host_name)));
    }
}

}  // namespace
}  // namespace obrol
