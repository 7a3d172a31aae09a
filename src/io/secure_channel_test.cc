// What every SecureChannel keeps, TLS and the fake of simulated worlds alike; over streams in memory.
#include "io/secure_channel.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/deterministic_executor.h"
#include "io/tls_channel.h"
#include "tests/support/memory_stream.h"
#include "tests/support/plain_secure_channel.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

using std::chrono::seconds;

enum class Kind { tls, plain };

constexpr WallTime now{std::chrono::days(20'000)};

struct Ends {
    std::unique_ptr<SecureStream> server;
    std::unique_ptr<SecureStream> client;
};

class SecureChannels : public testing::TestWithParam<Kind> {
  protected:
    SecureChannels() {
        if (GetParam() == Kind::plain) {
            channel = std::make_unique<PlainSecureChannel>(executor, random, "shire");
            shown = PlainSecureChannel::fingerprint_of("shire");
            return;
        }
        const TlsCertificate certificate =
            TlsCertificate::parse(make_self_signed_certificate("shire", now).value()).value();
        auto tls = std::make_unique<TlsChannel>(executor);
        EXPECT_TRUE(tls->show(certificate).has_value());
        shown = certificate.fingerprint();
        channel = std::move(tls);
    }

    using Made = Result<std::unique_ptr<SecureStream>>;

    // Runs both handshakes as far as they go.
    std::pair<std::optional<Made>, std::optional<Made>> shake_hands(std::unique_ptr<Stream> server,
                                                                    std::unique_ptr<Stream> client,
                                                                    SecureChannel::ClientOptions options = {}) {
        std::optional<Made> accepted;
        std::optional<Made> connected;
        const MonotonicTime deadline = executor.clock().monotonic_now() + seconds(10);
        gate.spawn(keep_value(channel->accept(std::move(server), deadline), accepted));
        gate.spawn(keep_value(channel->connect(std::move(client), std::move(options), deadline), connected));
        executor.run_for(seconds(20));
        return {std::move(accepted), std::move(connected)};
    }
    Ends connect(MemoryStream::Options options = {}, SecureChannel::ClientOptions asked = {}) {
        auto [near, far] = MemoryStream::make_pair(executor, options);
        auto [accepted, connected] = shake_hands(std::move(far), std::move(near), std::move(asked));
        EXPECT_TRUE(accepted && *accepted) << accepted->error().what;
        EXPECT_TRUE(connected && *connected) << connected->error().what;
        return {std::move(**accepted), std::move(**connected)};
    }

    static IoResult write(Stream& stream, std::string_view bytes) {
        const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
        return stream.writev({&buffer, 1});
    }
    // In pieces of two buffers that move from try to try.
    static Task<void> write_all(Stream& stream, const std::string& bytes, std::size_t piece) {
        std::size_t written = 0;
        while (written < bytes.size()) {
            const std::size_t size = std::min(piece, bytes.size() - written);
            std::string first = bytes.substr(written, size / 3);
            std::string second = bytes.substr(written + first.size(), size - first.size());
            const std::array<iovec, 2> buffers{{{first.data(), first.size()}, {second.data(), second.size()}}};
            const IoResult result = stream.writev(buffers);
            if (result.status == IoStatus::would_block) {
                co_await stream.wait_writable();
            } else if (result.status != IoStatus::ok) {
                ADD_FAILURE() << "cannot be written";
                co_return;
            }
            written += result.bytes;
        }
        stream.shutdown_write();
    }
    static Task<void> read_all(Stream& stream, std::string& into, std::size_t piece, std::optional<IoStatus>& end) {
        std::string buffer(piece, '\0');
        for (;;) {
            const IoResult result = stream.read_some(buffer);
            if (result.status == IoStatus::ok) {
                into.append(buffer, 0, result.bytes);
            } else if (result.status == IoStatus::would_block) {
                co_await stream.wait_readable();
            } else {
                end = result.status;
                co_return;
            }
        }
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    std::unique_ptr<SecureChannel> channel;
    CertificateFingerprint shown{};
    Gate gate{"test"};
};

INSTANTIATE_TEST_SUITE_P(All, SecureChannels, testing::Values(Kind::tls, Kind::plain),
                         [](const auto& tested) { return tested.param == Kind::tls ? "Tls" : "Plain"; });

TEST_P(SecureChannels, AgreeAtEverySegmentation) {
    for (const std::size_t piece : {1u, 2u, 5u, 6u, 100u, 100'000u}) {
        for (const std::size_t room : {1u, 64u, 100'000u}) {
            const Ends ends = connect({.buffer_bytes = room, .read_bytes_max = piece});
            EXPECT_EQ(ends.client->peer_certificate().fingerprint, shown);
            EXPECT_FALSE(ends.client->peer_certificate().is_vouched_for);
            EXPECT_EQ(ends.client->alpn(), "");
            EXPECT_EQ(ends.server->alpn(), "");
            EXPECT_EQ(ends.server->held_bytes(), 0u);
            EXPECT_EQ(ends.client->held_bytes(), 0u);
        }
    }
}

TEST_P(SecureChannels, ServersAskForTheirOwnLanguage) {
    const Ends ends = connect({}, {.alpn = std::string(peer_alpn), .tls13_only = true});
    EXPECT_EQ(ends.client->alpn(), peer_alpn);
    EXPECT_EQ(ends.server->alpn(), peer_alpn);
}

TEST_P(SecureChannels, WhoAsksForAnotherLanguageIsTold) {
    auto [near, far] = MemoryStream::make_pair(executor, {});
    const auto [accepted, connected] = shake_hands(std::move(far), std::move(near), {.alpn = "http/1.1"});
    ASSERT_TRUE(connected && !*connected);
    EXPECT_EQ(connected->error().what, "no secure connection: the other side does not speak http/1.1");
}

TEST_P(SecureChannels, ExportTheSameKeyAtBothEndsAndAnotherForEachLabelAndConnection) {
    const Ends one = connect();
    const Ends other = connect();
    EXPECT_EQ(one.server->export_keying_material("EXPORTER-a"), one.client->export_keying_material("EXPORTER-a"));
    EXPECT_NE(one.server->export_keying_material("EXPORTER-a"), one.server->export_keying_material("EXPORTER-b"));
    EXPECT_NE(one.server->export_keying_material("EXPORTER-a"), other.server->export_keying_material("EXPORTER-a"));
}

TEST_P(SecureChannels, CarryMuchBothWaysAtOnce) {
    std::string forth;
    std::string back;
    for (int i = 0; i < 300'000; ++i) {
        forth += static_cast<char>(random.below(256));
        back += static_cast<char>(random.below(256));
    }
    struct Case {
        std::size_t room;
        std::size_t piece_below;
        std::size_t written;
        std::size_t read;
    };
    for (const auto& [room, piece_below, written, read] :
         {Case{64 * 1024, 64 * 1024, 1'000'000, 64 * 1024}, Case{1000, 1000, 50'000, 7}, Case{17, 3, 20'000, 100'000},
          Case{64 * 1024, 64 * 1024, 100, 100}}) {
        const Ends ends = connect({.buffer_bytes = room, .read_bytes_max = piece_below});
        std::string at_server;
        std::string at_client;
        std::optional<IoStatus> server_end;
        std::optional<IoStatus> client_end;
        gate.spawn(write_all(*ends.client, forth, written));
        gate.spawn(write_all(*ends.server, back, written));
        gate.spawn(read_all(*ends.server, at_server, read, server_end));
        gate.spawn(read_all(*ends.client, at_client, read, client_end));
        executor.run_until_idle();
        EXPECT_TRUE(at_server == forth) << room;
        EXPECT_TRUE(at_client == back) << room;
        EXPECT_EQ(server_end, IoStatus::closed);
        EXPECT_EQ(client_end, IoStatus::closed);
        ASSERT_EQ(gate.running(), 0u);
        EXPECT_EQ(ends.server->held_bytes(), 0u);
    }
}

TEST_P(SecureChannels, OneDirectionMayEndBeforeTheOther) {
    const Ends ends = connect();
    EXPECT_EQ(write(*ends.client, "question").bytes, 8u);
    ends.client->shutdown_write();
    std::string question;
    std::optional<IoStatus> end;
    gate.spawn(read_all(*ends.server, question, 100, end));
    executor.run_until_idle();
    EXPECT_EQ(question, "question");
    EXPECT_EQ(end, IoStatus::closed);
    EXPECT_EQ(write(*ends.server, "answer").bytes, 6u);
    ends.server->shutdown_write();
    std::string answer;
    end.reset();
    gate.spawn(read_all(*ends.client, answer, 100, end));
    executor.run_until_idle();
    EXPECT_EQ(answer, "answer");
    EXPECT_EQ(end, IoStatus::closed);
    EXPECT_EQ(write(*ends.client, "more").status, IoStatus::closed);
}

TEST_P(SecureChannels, SayThatTheyEndWhenThereIsRoomAgain) {
    // Room for some bytes of what says so.
    Ends ends = connect({.buffer_bytes = 40});
    EXPECT_EQ(write(*ends.client, "a").status, IoStatus::ok);
    ends.client->shutdown_write();
    std::string text;
    std::optional<IoStatus> end;
    gate.spawn(read_all(*ends.server, text, 100, end));
    executor.run_until_idle();
    EXPECT_EQ(text, "a");
    EXPECT_EQ(end, IoStatus::closed);
}

TEST_P(SecureChannels, ClosingEndsTheWaitsInTheNextTurn) {
    const Ends ends = connect({.buffer_bytes = 1000});
    std::string text;
    std::optional<IoStatus> end;
    while (write(*ends.server, std::string(5000, 'x')).status == IoStatus::ok) {
    }
    bool can_write = false;
    const auto wait = [](Stream& stream, bool& done) -> Task<void> {
        co_await stream.wait_writable();
        done = true;
    };
    gate.spawn(read_all(*ends.server, text, 100, end));
    gate.spawn(wait(*ends.server, can_write));
    executor.run_until_idle();
    EXPECT_FALSE(end || can_write);
    ends.server->close();
    EXPECT_FALSE(end || can_write);
    executor.run_until_idle();
    EXPECT_EQ(end, IoStatus::failed);
    EXPECT_TRUE(can_write);
    EXPECT_EQ(write(*ends.server, "x").status, IoStatus::failed);
}

TEST_P(SecureChannels, AreDestroyedWhileSomethingIsUnderWayBelow) {
    Ends ends = connect({.buffer_bytes = 1000});
    while (write(*ends.server, std::string(5000, 'x')).status == IoStatus::ok) {
    }
    ends.server->shutdown_write();
    ends.server.reset();
    executor.run_until_idle();
}

TEST_P(SecureChannels, HandshakesThatDoNotGoOnEndAtTheirDeadline) {
    auto [near, far] = MemoryStream::make_pair(executor, {});
    std::optional<Made> accepted;
    write(*near, "\x16");
    gate.spawn(keep_value(channel->accept(std::move(far), executor.clock().monotonic_now() + seconds(10)), accepted));
    executor.run_for(seconds(9));
    EXPECT_FALSE(accepted);
    executor.run_for(seconds(1));
    ASSERT_TRUE(accepted && !*accepted);
    EXPECT_EQ(accepted->error().what, "no secure connection: the other side does not go on in time");
}

TEST_P(SecureChannels, HandshakesThatAreCutOffFailAtEveryByte) {
    // What a client says first.
    auto [near, far] = MemoryStream::make_pair(executor, {});
    std::optional<Made> connected;
    const MonotonicTime deadline = executor.clock().monotonic_now() + seconds(10);
    gate.spawn(keep_value(channel->connect(std::move(near), {}, deadline), connected));
    executor.run_until_idle();
    std::string hello(1000, '\0');
    hello.resize(far->read_some(hello).bytes);
    far->close();
    executor.run_until_idle();
    ASSERT_TRUE(connected && !*connected);
    ASSERT_GT(hello.size(), 10u);
    for (std::size_t size = 0; size < hello.size(); ++size) {
        auto [rude, server] = MemoryStream::make_pair(executor, {});
        std::optional<Made> accepted;
        if (size > 0) write(*rude, std::string_view(hello).substr(0, size));
        rude->shutdown_write();
        gate.spawn(
            keep_value(channel->accept(std::move(server), executor.clock().monotonic_now() + seconds(10)), accepted));
        executor.run_until_idle();
        ASSERT_TRUE(accepted && !*accepted) << size;
    }
}

TEST_P(SecureChannels, GarbageIsRefused) {
    for (int round = 0; round < 200; ++round) {
        std::string garbage = "\x16";
        if (round % 2 == 1) garbage += "\x03\x01";
        const std::size_t size = random.below(3000);
        while (garbage.size() < size)
            garbage += static_cast<char>(random.below(256));
        auto [rude, server] = MemoryStream::make_pair(executor, {});
        std::unique_ptr<SecureStream> stream = channel->server_end(std::move(server), garbage);
        rude->shutdown_write();
        std::optional<Result<void>> done;
        gate.spawn(keep_value(stream->handshake(), done));
        executor.run_until_idle();
        ASSERT_TRUE(done);
        EXPECT_TRUE(GetParam() == Kind::plain || !*done) << round;
    }
}

TEST_P(SecureChannels, ReadOnBehindWhatWasReadBefore) {
    auto [near, far] = MemoryStream::make_pair(executor, {});
    const MonotonicTime deadline = executor.clock().monotonic_now() + seconds(10);
    std::optional<Made> connected;
    gate.spawn(keep_value(channel->connect(std::move(near), {}, deadline), connected));
    executor.run_until_idle();
    std::string first(1, '\0');
    ASSERT_EQ(far->read_some(first).bytes, 1u);
    EXPECT_EQ(first, "\x16");
    const std::unique_ptr<SecureStream> server = channel->server_end(std::move(far), first);
    EXPECT_GE(server->held_bytes(), 0u);
    std::optional<Result<void>> done;
    gate.spawn(keep_value(server->handshake(), done));
    executor.run_until_idle();
    ASSERT_TRUE(done && *done);
    ASSERT_TRUE(connected && *connected);
}

}  // namespace
}  // namespace obrol
