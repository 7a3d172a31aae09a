#include "apps/obrold/server_key.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

class ServerKeyFile : public testing::Test {
  protected:
    SeededRandom seed{1};
    ReproducibleSecureRandom random{seed};
    TemporaryFolder folder;
    std::filesystem::path file = folder.path() / "server-key";
};

TEST_F(ServerKeyFile, IsMadeOnce) {
    const Result<ServerKey> first = settle_server_key(file, random);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Result<ServerKey> again = settle_server_key(file, random);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->seed, first->seed);
    EXPECT_TRUE(again->rotations.empty());
}

TEST_F(ServerKeyFile, IsReplacedWithAStatementOfTheOldKey) {
    const SigningKey first(settle_server_key(file, random).value().seed);
    const SigningKey second(rotate_server_key(file, random).value().seed);
    const SigningKey third(rotate_server_key(file, random).value().seed);
    const ServerKey kept = settle_server_key(file, random).value();
    EXPECT_EQ(SigningKey(kept.seed).public_key(), third.public_key());
    ASSERT_EQ(kept.rotations.size(), 2u);
    EXPECT_EQ(kept.rotations[0].old_key, first.public_key());
    EXPECT_EQ(kept.rotations[0].new_key, second.public_key());
    EXPECT_EQ(kept.rotations[1].new_key, third.public_key());
    EXPECT_TRUE(is_sound(kept.rotations[0]) && is_sound(kept.rotations[1]));
    for (std::size_t i = 0; i < peer_rotations_max; ++i)
        ASSERT_TRUE(rotate_server_key(file, random).has_value());
    EXPECT_EQ(settle_server_key(file, random).value().rotations.size(), peer_rotations_max);
}

TEST_F(ServerKeyFile, MustBeOnesOwnAndWhole) {
    ASSERT_TRUE(settle_server_key(file, random).has_value());
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    EXPECT_FALSE(settle_server_key(file, random).has_value());
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::remove);
    std::ofstream(file) << "halo\n";
    const Result<ServerKey> spoilt = settle_server_key(file, random);
    ASSERT_FALSE(spoilt.has_value());
    EXPECT_EQ(spoilt.error().what, file.string() + " does not hold a server's key");
}

}  // namespace
}  // namespace obrol
