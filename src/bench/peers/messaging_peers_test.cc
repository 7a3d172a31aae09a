#include "bench/peers/messaging_peers.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "bench/peers/postgres_peers.h"
#include "bench/scratch_directory.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

TEST(NativePeer, CheapPasswordsStandInItsConfiguration) {
    for (const bool cheap : {true, false}) {
        const auto directory = ScratchDirectory::make(testing::TempDir(), "native");
        ASSERT_TRUE(directory);
        const NativePeer peer("obrold", NativeLobby::ComingBack::by_token, cheap);
        ASSERT_TRUE(peer.prepare(directory->path(), 1));
        const std::string written = read_text_file(directory->path() + "/obrold.toml").value_or("missing");
        EXPECT_EQ(written.find("memory_kib = 8") != std::string::npos, cheap) << written;
        EXPECT_EQ(peer.arguments(directory->path(), 1).at(2), directory->path() + "/obrold.toml");
        EXPECT_EQ(peer.ready_port("ready native:127.0.0.1:4711\n", "", 1), 4711);
        EXPECT_FALSE(peer.ready_port("ready simple-chat:127.0.0.1:4711\n", "", 1));
    }
}

TEST(NativePeer, ThreadsStandInItsNameAndItsConfiguration) {
    const auto directory = ScratchDirectory::make(testing::TempDir(), "native");
    ASSERT_TRUE(directory);
    const auto by_token = NativeLobby::ComingBack::by_token;
    EXPECT_EQ(NativePeer("obrold", by_token, true).name(), "obrol");
    const NativePeer peer("obrold", by_token, true, 2);
    EXPECT_EQ(peer.name(), "obrol-threads-2");
    ASSERT_TRUE(peer.prepare(directory->path(), 1));
    const std::string written = read_text_file(directory->path() + "/obrold.toml").value_or("missing");
    EXPECT_NE(written.find("memory_kib = 8"), std::string::npos) << written;
    EXPECT_NE(written.find("[listen]\nthreads = 2\n"), std::string::npos) << written;
}

TEST(NativePeer, BriefEventsStandInItsName) {
    const NativePeer peer("obrold", NativeLobby::ComingBack::by_token, true, 0, NativeLobby::Listening::brief);
    EXPECT_EQ(peer.name(), "obrol-brief");
}

TEST(IrcPeers, AreToldTheirPort) {
    const auto directory = ScratchDirectory::make(testing::TempDir(), "irc");
    ASSERT_TRUE(directory);
    ASSERT_TRUE(InspircdPeer().prepare(directory->path(), 4711));
    ASSERT_TRUE(NgircdPeer().prepare(directory->path(), 4712));
    EXPECT_NE(read_text_file(directory->path() + "/inspircd.conf")->find("port=\"4711\""), std::string::npos);
    EXPECT_NE(read_text_file(directory->path() + "/ngircd.conf")->find("Ports = 4712"), std::string::npos);
}

TEST(MessagingPeers, AreReadyWhenTheySaySo) {
    EXPECT_EQ(NatsPeer().ready_port("", "[INF] Server is ready\n", 1), 1);
    EXPECT_FALSE(NatsPeer().ready_port("", "[INF] Starting nats-server\n", 1));
    EXPECT_EQ(InspircdPeer().ready_port("InspIRCd is now running as 'x'\n", "", 1), 1);
    EXPECT_FALSE(InspircdPeer().ready_port("Loading core modules ....\n", "", 1));
    EXPECT_EQ(NgircdPeer().ready_port("[1] Now listening on [127.0.0.1]:1\n", "", 1), 1);
    EXPECT_FALSE(NgircdPeer().ready_port("[1] starting ...\n", "", 1));
    EXPECT_EQ(PostgresCluster::ready_port("LOG:  database system is ready to accept connections\n", 1), 1);
    EXPECT_FALSE(PostgresCluster::ready_port("LOG:  starting PostgreSQL\n", 1));
}

TEST(MessagingPeers, OnlyStreamsAreSynced) {
    using Redis = RedisMessagingPeer;
    const auto has = [](const std::vector<std::string>& words, const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    EXPECT_TRUE(has(Redis(Redis::Kind::streams).arguments("/data", 1), "always"));
    EXPECT_FALSE(has(Redis(Redis::Kind::channels).arguments("/data", 1), "--appendonly"));
    EXPECT_TRUE(has(Redis(Redis::Kind::channels).arguments("/data", 1), "pubsub 0 0 0"));
}

}  // namespace
}  // namespace obrol::bench
