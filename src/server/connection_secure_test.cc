// Encrypted connections: recognised by their first byte, then served as all others.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/tls_channel.h"
#include "tests/support/connection_fixture.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct SecureConnection : ConnectionFixture {};

TEST_F(SecureConnection, SpeaksAsAPlainOneDoes) {
    for (const std::size_t piece : {1u, 2u, 100'000u}) {
        const auto stream = secured(connect({.read_bytes_max = piece}));
        ASSERT_TRUE(stream);
        EXPECT_EQ(ask(*stream, "login maya\nbad\n"), "hello maya\nunknown-command\n");
        EXPECT_EQ(ask(*stream, "big 100000\n").size(), 100'000u);
        send(*stream, "bad\nbad");
        stream->shutdown_write();
        EXPECT_EQ(receive(*stream), "unknown-command\n");
        EXPECT_TRUE(at_end(*stream));
    }
}

TEST_F(SecureConnection, CarriesFiles) {
    const std::string content(150'000, 'f');
    const auto stream = secured(connect());
    ASSERT_TRUE(stream);
    EXPECT_EQ(ask(*stream, "login messi\nput maya notes 150000\n"), "hello messi\nready 150000\n");
    for (std::size_t sent = 0; sent < content.size(); sent += 50'000)
        EXPECT_EQ(ask(*stream, content.substr(sent, 50'000)).substr(0, 4), sent == 100'000 ? "file" : "");
}

TEST_F(SecureConnection, EventsAndRequestsGoOnBesideOneAnother) {
    const auto maya = secured(connect());
    const auto messi = secured(connect_as("messi"));
    EXPECT_FALSE(messi) << "encryption begins with the first byte or never";
    EXPECT_EQ(ask(*maya, "login maya\nlisten\n"), "hello maya\nunknown-command\n");
    EXPECT_EQ(ask(*connect_as("messi"), "send maya hi\n"), "sent 1\n");
    EXPECT_EQ(receive(*maya), "event 1 hi\n");
}

TEST_F(SecureConnection, IsGreetedBehindTheHandshake) {
    ToyKind polite(true);
    polite.delay = milliseconds(200);
    auto [near, far] = MemoryStream::make_pair(parts.executor, {});
    group.start(polite, std::move(far), parts.chat.connect("127.0.0.1"));
    ++started;
    parts.executor.run_for(milliseconds(150));
    const auto stream = secured(std::move(near));
    ASSERT_TRUE(stream);
    parts.executor.run_for(milliseconds(190));
    EXPECT_EQ(receive(*stream), "");
    parts.executor.run_for(milliseconds(20));
    EXPECT_EQ(receive(*stream), "welcome\n");
}

TEST_F(SecureConnection, ThatAsksAtOnceIsNotGreeted) {
    ToyKind polite(true);
    polite.delay = milliseconds(200);
    auto [near, far] = MemoryStream::make_pair(parts.executor, {});
    group.start(polite, std::move(far), parts.chat.connect("127.0.0.1"));
    ++started;
    const auto stream = secured(std::move(near));
    ASSERT_TRUE(stream);
    EXPECT_EQ(ask(*stream, "bad\n"), "unknown-command\n");
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(receive(*stream), "");
}

TEST_F(SecureConnection, MayTakeSoLongForItsHandshakeAndNoLonger) {
    const auto slow = connect();
    send(*slow, "\x16");
    parts.executor.run_for(limits.handshake_max - milliseconds(10));
    EXPECT_EQ(ended, 0);
    parts.executor.run_for(milliseconds(20));
    EXPECT_EQ(ended, 1);
}

TEST_F(SecureConnection, EndsWhenItsHandshakeFails) {
    const auto rude = connect();
    send(*rude, "\x16" + std::string(10, 'x'));
    rude->shutdown_write();
    parts.executor.run_until_idle();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(ask(*connect_as("maya"), "bad\n"), "unknown-command\n");
}

TEST_F(SecureConnection, WhereNothingElseIsTakenPlaintextIsToldSo) {
    const auto plain = connect({}, Plaintext::refused);
    EXPECT_EQ(ask(*plain, "login maya\nbad\n"), "tls-needed\n");
    EXPECT_TRUE(at_end(*plain));
    const auto stream = secured(connect({}, Plaintext::refused));
    ASSERT_TRUE(stream);
    EXPECT_EQ(ask(*stream, "login maya\n"), "hello maya\n");
}

TEST_F(SecureConnection, WhereNothingElseIsTakenNobodyIsGreetedInPlaintext) {
    const ToyKind polite(true);
    auto [near, far] = MemoryStream::make_pair(parts.executor, {});
    group.start(polite, std::move(far), parts.chat.connect("127.0.0.1"), Plaintext::refused);
    ++started;
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(near->incoming_bytes(), 0u);
    const auto stream = secured(std::move(near));
    ASSERT_TRUE(stream);
    EXPECT_EQ(receive(*stream), "welcome\n");
}

TEST_F(SecureConnection, OfAnotherServerLeavesForTheLinks) {
    const auto peer = secured(connect(), {.alpn = std::string(peer_alpn)});
    ASSERT_TRUE(peer);
    send(*peer, "frames");
    parts.executor.run_until_idle();
    ASSERT_EQ(links.size(), 1u);
    EXPECT_EQ(ended, 1) << "as one of chat";
    EXPECT_EQ(links[0]->alpn(), peer_alpn);
    EXPECT_EQ(links[0]->export_keying_material("x"), peer->export_keying_material("x"));
    EXPECT_EQ(receive(*links[0]), "frames");
    EXPECT_EQ(ask(*links[0], "back"), "");
    EXPECT_EQ(receive(*peer), "back");
}

TEST_F(SecureConnection, AHandshakeUnderWayDoesNotHoldUpAStop) {
    const auto slow = connect();
    send(*slow, "\x16");
    parts.executor.run_until_idle();
    const MonotonicTime before = parts.executor.clock().monotonic_now();
    parts.run(group.stop());
    stopped = true;
    EXPECT_LT(parts.executor.clock().monotonic_now() - before, milliseconds(100));
    EXPECT_EQ(ended, 1);
}

TEST_F(SecureConnection, ManyAtOnceAreAllServed) {
    std::vector<std::unique_ptr<MemoryStream>> near;
    for (int i = 0; i < 100; ++i)
        near.push_back(connect());
    std::vector<std::unique_ptr<SecureStream>> streams;
    for (auto& stream : near)
        streams.push_back(secured(std::move(stream)));
    for (const auto& stream : streams)
        EXPECT_EQ(ask(*stream, "bad\n"), "unknown-command\n");
}

// What real handshakes and records hold counts as memory.
struct SecureMemory : ConnectionFixture {
    SecureMemory() : ConnectionFixture({.memory_bytes_max = 1024 * 1024}) {
        const auto pem = make_self_signed_certificate("shire", WallTime());
        EXPECT_TRUE(tls.show(TlsCertificate::parse(*pem).value()).has_value());
    }
    void SetUp() override {}
    void TearDown() override {
        parts.run(tls_group.stop());
        stopped = true;
    }
    std::unique_ptr<MemoryStream> begin() {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {});
        tls_group.start(kind, std::move(far), parts.chat.connect("127.0.0.1"));
        send(*near, "\x16\x03\x01");
        parts.executor.run_until_idle();
        return std::move(near);
    }

    int tls_ended = 0;
    TlsChannel tls{parts.executor};
    ConnectionGroup tls_group{
        {parts.executor, parts.executor, parts.chat, parts.logger, &tls}, 0, limits, [this](const std::string&, bool) {
            ++tls_ended;
        }};
};

TEST_F(SecureMemory, OfHandshakesIsBounded) {
    std::vector<std::unique_ptr<MemoryStream>> held;
    for (int i = 0; i < 21; ++i)
        held.push_back(begin());
    EXPECT_EQ(tls_ended, 0) << "at the limit";
    held.push_back(begin());
    EXPECT_GT(tls_ended, 0);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 1u);
}

TEST_F(SecureMemory, OfRecordsIsBounded) {
    std::vector<std::unique_ptr<SecureStream>> held;
    // The header of a record and nothing behind it, as whoever stands between the two could send it.
    const std::string header = "\x17\x03\x03\x20" + std::string(1, '\0');
    std::vector<MemoryStream*> below;
    for (int i = 0; i < 70; ++i) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {});
        below.push_back(near.get());
        tls_group.start(kind, std::move(far), parts.chat.connect("127.0.0.1"));
        const MonotonicTime deadline = parts.executor.clock().monotonic_now() + seconds(5);
        auto made = parts.run(tls.connect(std::move(near), {}, deadline));
        ASSERT_TRUE(made.has_value()) << made.error().what;
        held.push_back(std::move(*made));
    }
    EXPECT_EQ(ask(*held.front(), "bad\n"), "unknown-command\n");
    EXPECT_EQ(tls_ended, 0) << "idle, they hold nothing";
    for (std::size_t i = 1; i < below.size(); ++i) {
        send(*below[i], header);
        parts.executor.run_until_idle();
        EXPECT_TRUE(tls_ended == 0 || i > 60) << "at the limit";
    }
    EXPECT_GT(tls_ended, 0);
    EXPECT_EQ(ask(*held.front(), "bad\n"), "unknown-command\n");
}

}  // namespace
}  // namespace obrol
