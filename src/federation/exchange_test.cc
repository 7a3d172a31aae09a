// Groups and files between two servers.
#include <gtest/gtest.h>

#include "federation/federation.h"
#include "tests/support/joined_federations.h"

namespace obrol {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::KeepingBlobWriter;
using testing::Node;
using testing::World;

class Exchange : public ::testing::Test {
  protected:
    Exchange() : a(world.add("A", 1)), b(world.add("B", 2)) {
        World::introduce(a, b, false);
        a.peering.at(ServerId(1)).key = b.key.public_key();
    }
    void start() {
        b.federation->start({});
        a.federation->start({});
        world.run_for(milliseconds(500));
    }
    GlobalGroup lab() const { return {a.key.public_key(), "lab"}; }
    void append(int count) {
        for (int i = 0; i < count; ++i)
            a.peering.append(lab(), "post");
    }
    std::size_t copied() const {
        const auto* log = b.peering.find_log(lab());
        return log ? log->entries.size() : 0;
    }

    World world;
    Node& a;
    Node& b;
};

TEST_F(Exchange, ACopyIsFetchedWhenTheLinkComesUp) {
    append(25);
    a.peering.entries_page_max = 10;
    start();
    EXPECT_EQ(copied(), 25u);
    EXPECT_EQ(b.peering.applied, (std::vector<std::size_t>{10, 10, 5}));
}

TEST_F(Exchange, WhatThirdServersStatedOfTheirKeysGoesBeforeTheEntries) {
    SigningSeed seed{};
    const SigningKey old_key(seed);
    seed.fill(9);
    const SigningKey new_key(seed);
    const std::string text = rotation_text(old_key.public_key(), new_key.public_key());
    const KeyStatement sound{old_key.public_key(), new_key.public_key(), old_key.sign(text), new_key.sign(text)};
    seed.fill(8);
    const SigningKey liar(seed);
    // Whoever would like to be taken for somebody else, and whoever would like somebody's place.
    KeyStatement claimed = sound;
    claimed.old_key = liar.public_key();
    claimed.signature = liar.sign(rotation_text(claimed.old_key, claimed.new_key));
    KeyStatement stolen = sound;
    stolen.new_key = liar.public_key();
    stolen.acceptance = liar.sign(rotation_text(stolen.old_key, stolen.new_key));
    a.peering.to_pass = {claimed, sound};
    a.peering.to_pass.insert(a.peering.to_pass.begin(), stolen);
    append(3);
    start();
    EXPECT_EQ(copied(), 3u);
    EXPECT_EQ(b.peering.statements, (std::vector<KeyStatement>{sound}));
    append(1);
    a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 4u);
    EXPECT_EQ(b.peering.statements.size(), 1u) << "once";
}

TEST_F(Exchange, WhatIsNewIsPushed) {
    append(1);
    start();
    append(1);
    a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 2u);
    // Several at once go together.
    b.peering.applied.clear();
    append(7);
    for (int i = 0; i < 7; ++i)
        a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 9u);
    EXPECT_EQ(b.peering.applied, std::vector<std::size_t>{7});
}

TEST_F(Exchange, AGroupThatTheOtherOneDoesNotKnowYetIsFetched) {
    start();
    append(3);
    a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 3u);
}

TEST_F(Exchange, AGapIsFetched) {
    append(3);
    start();
    // It has lost its copy.
    b.peering.logs.clear();
    append(1);
    a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 4u);
}

TEST_F(Exchange, MoreThanAFrameIsFetchedAndNotPushed) {
    append(1);
    start();
    a.peering.entries_page_max = 2;
    append(9);
    a.federation->group_advanced(ConversationId(1));
    world.run_for(milliseconds(100));
    EXPECT_EQ(copied(), 10u);
}

TEST_F(Exchange, ARestoredHomeTakesItsTailFromACopy) {
    append(5);
    start();
    ASSERT_EQ(copied(), 5u);
    auto& log = a.peering.log_of(lab());
    log.entries.resize(2);
    log.is_recovering = true;
    a.peering.recoveries.clear();
    world.run_for(seconds(20));
    world.last_wire().cut();
    world.run_for(seconds(1));
    EXPECT_EQ(log.entries.size(), 5u);
    EXPECT_FALSE(log.is_recovering);
    EXPECT_EQ(a.peering.recoveries, std::vector<std::string>{"lab from B"});
}

TEST_F(Exchange, ACopyThatCannotBeFetchedLeavesItsHomeInRecovery) {
    append(5);
    start();
    auto& log = a.peering.log_of(lab());
    log.entries.resize(2);
    log.is_recovering = true;
    a.peering.recoveries.clear();
    b.peering.entries_trouble = ChatError::unavailable;
    world.last_wire().cut();
    world.run_for(seconds(20));
    EXPECT_TRUE(log.is_recovering);
    EXPECT_EQ(a.peering.recoveries, std::vector<std::string>{});
    b.peering.entries_trouble.reset();
    world.last_wire().cut();
    world.run_for(seconds(20));
    EXPECT_EQ(log.entries.size(), 5u);
    EXPECT_FALSE(log.is_recovering);
}

TEST_F(Exchange, AHomeThatWasNotToldThatItWasPutBackHearsItOfACopy) {
    append(5);
    start();
    a.peering.log_of(lab()).entries.resize(2);
    world.last_wire().cut();
    world.run_for(seconds(20));
    EXPECT_EQ(a.peering.log_of(lab()).entries.size(), 5u);
    EXPECT_EQ(a.peering.present_epoch, 2);
}

// The other server might lie.
TEST_F(Exchange, ThatIsBelievedOnceInAWhile) {
    append(5);
    start();
    const auto lose = [&](Duration after) {
        world.run_for(after);
        auto& log = a.peering.log_of(lab());
        log.entries.resize(2);
        log.is_recovering = false;
        world.last_wire().cut();
        world.run_for(seconds(20));
        return a.peering.present_epoch;
    };
    EXPECT_EQ(lose(seconds(0)), 2);
    EXPECT_EQ(lose(hours(1) - seconds(30)), 2);
    EXPECT_EQ(a.peering.log_of(lab()).entries.size(), 2u);
    EXPECT_EQ(lose(seconds(30)), 3);
    EXPECT_EQ(a.peering.log_of(lab()).entries.size(), 5u);
}

TEST_F(Exchange, ABlobComesInParts) {
    start();
    std::string content(3 * peer_blob_part_bytes_max + 17, 'x');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 7919 >> 8);
    b.peering.blobs[BlobDigest{1}] = content;
    KeepingBlobWriter whole;
    EXPECT_TRUE(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, 0, whole)).has_value());
    EXPECT_EQ(whole.content, content);
    EXPECT_EQ(whole.largest, peer_blob_part_bytes_max);
    KeepingBlobWriter rest;
    EXPECT_TRUE(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, content.size() - 5, rest)).has_value());
    EXPECT_EQ(rest.content, content.substr(content.size() - 5));
    KeepingBlobWriter none;
    EXPECT_TRUE(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, content.size(), none)).has_value());
    EXPECT_EQ(none.content, "");
}

TEST_F(Exchange, ABlobThatIsNotThereIsNotFound) {
    start();
    KeepingBlobWriter writer;
    EXPECT_EQ(world.run(a.federation->pull(ServerId(1), BlobDigest{2}, 0, writer)).error(), ChatError::not_found);
}

TEST_F(Exchange, WithoutALinkNoBlobCanBeHad) {
    start();
    b.peering.blobs[BlobDigest{1}] = std::string(1'000'000, 'x');
    KeepingBlobWriter writer;
    world.executor.post([this] { world.last_wire().cut(); });
    EXPECT_EQ(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, 0, writer)).error(), ChatError::unavailable);
    world.down.insert("B");
    EXPECT_EQ(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, 0, writer)).error(), ChatError::unavailable);
}

TEST_F(Exchange, AServerThatDoesNotAnswerIsGivenUp) {
    start();
    b.peering.blob_delay = hours(1);
    KeepingBlobWriter writer;
    const MonotonicTime before = world.executor.clock().monotonic_now();
    EXPECT_EQ(world.run(a.federation->pull(ServerId(1), BlobDigest{1}, 0, writer)).error(), ChatError::unavailable);
    EXPECT_LE(world.executor.clock().monotonic_now() - before, seconds(61));
}

TEST_F(Exchange, ManyBlobsAtOnceWaitForTheirTurn) {
    start();
    b.peering.blobs[BlobDigest{1}] = "halo";
    std::vector<KeepingBlobWriter> writers(3 * peer_requests_max);
    Gate gate("pulls");
    for (KeepingBlobWriter& writer : writers)
        gate.spawn(testing::ignore(a.federation->pull(ServerId(1), BlobDigest{1}, 0, writer)));
    world.run_for(seconds(1));
    EXPECT_EQ(gate.running(), 0u);
    for (const KeepingBlobWriter& writer : writers)
        EXPECT_EQ(writer.content, "halo");
    EXPECT_EQ(world.wires.size(), 1u);
}

}  // namespace
}  // namespace obrol
