#include <gtest/gtest.h>

#include "bench/peers/obrol_peer.h"
#include "bench/peers/redis_peer.h"

namespace obrol::bench {
namespace {

TEST(ObrolPeer, ReadsThePortFromTheReadyLine) {
    const ObrolPeer peer({.program = "obrold"});
    EXPECT_EQ(peer.ready_port("ready simple-chat:127.0.0.1:45123\n", "", 1), 45123);
    EXPECT_EQ(peer.ready_port("hello\nready py-chat:127.0.0.1:8000 simple-chat:127.0.0.1:7 auto:[::1]:9\n", "", 1), 7);
}

TEST(ObrolPeer, SpeaksTheWordsItIsAskedTo) {
    const ObrolPeer peer({.program = "obrold"}, ObrolPeer::Words::native);
    EXPECT_EQ(peer.name(), "obrol-native");
    EXPECT_EQ(peer.arguments("/tmp", 1).back(), "native:127.0.0.1:0");
    EXPECT_EQ(peer.ready_port("ready native:127.0.0.1:4711\n", "", 1), 4711);
    EXPECT_EQ(peer.ready_port("ready simple-chat:127.0.0.1:4711\n", "", 1), std::nullopt);
}

TEST(ObrolPeer, IsNotReadyBeforeTheWholeLine) {
    const ObrolPeer peer({.program = "obrold"});
    for (const char* printed : {"", "ready simple-chat:127.0.0.1:45", "not ready simple-chat:127.0.0.1:45\n",
                                "ready py-chat:127.0.0.1:8000\n", "ready simple-chat:127.0.0.1:0\n"})
        EXPECT_FALSE(peer.ready_port(printed, "", 1)) << printed;
}

TEST(ObrolPeer, AMissingProgramIsNamed) {
    const auto description = ObrolPeer({.program = "/no/such/obrold"}).describe("/tmp");
    ASSERT_FALSE(description);
    EXPECT_NE(description.error().what.find("/no/such/obrold"), std::string::npos);
}

TEST(RedisPeer, IsReadyWhenItSaysSo) {
    const RedisPeer peer(36);
    EXPECT_FALSE(peer.ready_port("1:C 21 Nov * Configuration loaded\n", "", 6400));
    EXPECT_EQ(
        peer.ready_port("1:C 21 Nov * Configuration loaded\n1:M 21 Nov * Ready to accept connections\n", "", 6400),
        6400);
}

TEST(RedisPeer, SyncsBeforeItAcknowledges) {
    const auto arguments = RedisPeer(36).arguments("/data", 6400);
    const auto value_of = [&](const std::string& option) {
        for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
            if (arguments[i] == option) return arguments[i + 1];
        }
        return std::string("absent");
    };
    EXPECT_EQ(value_of("--appendonly"), "yes");
    EXPECT_EQ(value_of("--appendfsync"), "always");
    EXPECT_EQ(value_of("--save"), "");
    EXPECT_EQ(value_of("--bind"), "127.0.0.1");
    EXPECT_EQ(value_of("--dir"), "/data");
}

}  // namespace
}  // namespace obrol::bench
