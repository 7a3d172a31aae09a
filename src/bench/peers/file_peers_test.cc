#include "bench/peers/file_peers.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "bench/scratch_directory.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

// Any program that is there.
const std::string program = "/bin/sh";

std::string configuration_of(const NativeFilePeer& peer) {
    const auto directory = ScratchDirectory::make(testing::TempDir(), "native");
    EXPECT_TRUE(directory && peer.prepare(directory->path(), 1));
    return directory ? read_text_file(directory->path() + "/obrold.toml").value_or("missing") : "missing";
}

TEST(NativeFilePeer, HasItsDefaultsAsFarAsTheyGo) {
    const NativeFilePeer peer(program, 200, 64);
    EXPECT_EQ(peer.describe("").value().find("files."), std::string::npos) << peer.describe("").value();
    const std::string written = configuration_of(peer);
    EXPECT_EQ(written.find("_max"), std::string::npos) << written;
    EXPECT_NE(written.find("memory_kib = 8"), std::string::npos) << written;
    EXPECT_EQ(peer.ready_port("ready native:127.0.0.1:4711\n", "", 1), 4711);
}

TEST(NativeFilePeer, SaysWhatItRaises) {
    const NativeFilePeer many(program, 201, 64);
    EXPECT_NE(many.describe("").value().find(" and files.uploads_max = 201"), std::string::npos);
    EXPECT_NE(configuration_of(many).find("[files]\nuploads_max = 201\n"), std::string::npos);
    const NativeFilePeer large(program, 200, 65);
    EXPECT_NE(large.describe("").value().find(" and files.bytes_max = 68157440"), std::string::npos);
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
