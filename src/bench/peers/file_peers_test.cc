#include "bench/peers/file_peers.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

#include "bench/peers/peer_programs.h"
#include "bench/scratch_directory.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

struct NativeFilePeerTest : testing::Test {
    void SetUp() override {
        ASSERT_TRUE(directory);
        ASSERT_TRUE(write_file(program, "#!/bin/sh\necho obrold 1.2.3\n"));
        ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
    }
    std::string description_of(const NativeFilePeer& peer) const {
        const auto description = peer.describe(directory->path());
        return description ? *description : description.error().what;
    }
    std::string configuration_of(const NativeFilePeer& peer) const {
        EXPECT_TRUE(peer.prepare(directory->path(), 1));
        return read_text_file(directory->path() + "/obrold.toml").value_or("missing");
    }

    Result<ScratchDirectory> directory = ScratchDirectory::make(testing::TempDir(), "native");
    const std::string program = directory ? directory->path() + "/obrold" : "";
};

TEST_F(NativeFilePeerTest, SaysWhichProgramItIs) {
    const std::string description = description_of(NativeFilePeer(program, 200, 64));
    EXPECT_TRUE(description.starts_with(program + " 1.2.3, native")) << description;
    EXPECT_NE(description_of(NativeFilePeer("/bin/true", 200, 64)).find("answers"), std::string::npos);
}

TEST_F(NativeFilePeerTest, HasItsDefaultsAsFarAsTheyGo) {
    const NativeFilePeer peer(program, 200, 64);
    EXPECT_EQ(description_of(peer).find("files."), std::string::npos) << description_of(peer);
    const std::string written = configuration_of(peer);
    EXPECT_EQ(written.find("_max"), std::string::npos) << written;
    EXPECT_NE(written.find("memory_kib = 8"), std::string::npos) << written;
    EXPECT_EQ(peer.ready_port("ready native:127.0.0.1:4711\n", "", 1), 4711);
}

TEST_F(NativeFilePeerTest, SaysWhatItRaises) {
    const NativeFilePeer many(program, 201, 64);
    EXPECT_NE(description_of(many).find(" and files.uploads_max = 201"), std::string::npos);
    EXPECT_NE(configuration_of(many).find("[files]\nuploads_max = 201\n"), std::string::npos);
    const NativeFilePeer large(program, 200, 65);
    EXPECT_NE(description_of(large).find(" and files.bytes_max = 68157440"), std::string::npos);
    EXPECT_NE(configuration_of(large).find("[files]\nbytes_max = 68157440\n"), std::string::npos);
}

TEST(RedisFilePeer, IsSyncedOrInMemory) {
    const auto is_synced = [](const RedisFilePeer& peer) {
        const std::vector<std::string> words = peer.arguments("/data", 1);
        return std::ranges::count(words, "--appendonly") == 1 && std::ranges::count(words, "always") == 1;
    };
    const RedisFilePeer synced(RedisFilePeer::Kind::synced), memory(RedisFilePeer::Kind::memory);
    EXPECT_EQ(synced.name(), "redis");
    EXPECT_TRUE(is_synced(synced));
    EXPECT_EQ(memory.name(), "redis-memory");
    EXPECT_FALSE(is_synced(memory));
    EXPECT_EQ(synced.ready_port("* Ready to accept connections\n", "", 7), 7);
    EXPECT_FALSE(synced.ready_port("* Server initialized\n", "", 7));
}

}  // namespace
}  // namespace obrol::bench
