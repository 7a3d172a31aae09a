#include "federation/outbox_pump.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/support/federation_pair.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Node;
using testing::numbered;
using testing::Pair;
using testing::queue_all;
using testing::World;

TEST(Outbox, CarriesItemsBothWaysInTheirOrder) {
    Pair pair;
    queue_all(pair.a, pair.b, numbered("a", 20));
    pair.start();
    queue_all(pair.b, pair.a, numbered("b", 20));
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 20));
    EXPECT_EQ(pair.a.peering.inbox, numbered("b", 20));
    EXPECT_EQ(pair.a.peering.boxes[pair.b_at_a()].acknowledged, (OutboxPlace{1, 20}));
    EXPECT_EQ(pair.a.peering.verdicts.size(), 20u);
    // Several share a commit.
    EXPECT_GT(pair.b.peering.under_way_max, 10u);
}

TEST(Outbox, WhatIsRefusedIsNamedInTheAcknowledgement) {
    Pair pair;
    pair.start();
    queue_all(pair.a, pair.b, {"one", "refused", "three"});
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.inbox, (std::vector<std::string>{"one", "three"}));
    ASSERT_EQ(pair.a.peering.verdicts.size(), 3u);
    EXPECT_EQ(pair.a.peering.verdicts[0].refused, std::nullopt);
    EXPECT_EQ(pair.a.peering.verdicts[1].refused, ChatError::unknown_recipient);
    EXPECT_EQ(pair.a.peering.verdicts[1].id, testing::numbered_id(2));
    EXPECT_EQ(pair.a.peering.verdicts[2].refused, std::nullopt);
}

// A frame is carried out in several parts.
TEST(Outbox, WhatIsRefusedFarBackInAFrameIsNamed) {
    std::vector<std::string> texts = numbered("a", 100);
    texts[69] = "refused";
    Pair pair;
    pair.start();
    queue_all(pair.a, pair.b, texts);
    pair.world.run_for(seconds(1));
    ASSERT_EQ(pair.a.peering.verdicts.size(), 100u);
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(pair.a.peering.verdicts[i].refused.has_value(), i == 69) << i;
}

TEST(Outbox, ManyItemsGoInFramesOfWhichFewAreUnderWay) {
    FederationOptions options;
    options.batch_items_max = 10;
    Pair pair(options);
    queue_all(pair.a, pair.b, numbered("a", 1000));
    pair.start();
    pair.world.run_for(seconds(2));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 1000));
    EXPECT_EQ(*std::ranges::max_element(pair.a.peering.pages), 10u);
    EXPECT_LE(pair.b.peering.under_way_max, 10 * peer_batches_max);
    EXPECT_GT(pair.b.peering.under_way_max, 10u);
}

// Whoever chats on either side has room in between.
TEST(Outbox, AFrameWaitsForTheAcknowledgementOfTheOneBefore) {
    FederationOptions options;
    options.batch_items_max = 10;
    options.batch_pause = seconds(10);
    Pair pair(options);
    queue_all(pair.a, pair.b, numbered("a", 200));
    pair.start();
    pair.world.run_for(seconds(2));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 200));
    EXPECT_EQ(pair.b.peering.under_way_max, 10u);
}

TEST(Outbox, ButNoLongerThanAPause) {
    FederationOptions options;
    options.batch_items_max = 10;
    options.batch_pause = milliseconds(100);
    Pair pair(options);
    pair.b.peering.commit_delay = seconds(2);
    pair.start();
    queue_all(pair.a, pair.b, numbered("a", 200));
    pair.world.run_for(milliseconds(80));
    EXPECT_EQ(pair.b.peering.under_way_max, 10u);
    pair.world.run_for(milliseconds(100));
    EXPECT_EQ(pair.b.peering.under_way_max, 20u);
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.under_way_max, 10 * peer_batches_max);
    pair.world.run_for(seconds(30));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 200));
    EXPECT_EQ(pair.b.peering.under_way_max, 10 * peer_batches_max);
}

TEST(Outbox, AFrameIsGatheredAndHandedOverInSeveralTurns) {
    FederationOptions options;
    options.batch_items_max = 1000;
    Pair pair(options);
    pair.start();
    queue_all(pair.a, pair.b, numbered("a", 1000));
    std::size_t most = 0;
    std::size_t in_turn = 0;
    pair.b.peering.on_receive = [&] {
        if (in_turn == 0) pair.world.executor.post([&] { in_turn = 0; });
        most = std::max(most, ++in_turn);
    };
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 1000));
    EXPECT_EQ(pair.b.peering.under_way_max, 1000u) << "all of them in one frame";
    EXPECT_EQ(most, 64u);
    EXPECT_LE(*std::ranges::max_element(pair.a.peering.pages), 64u);
}

// In which the bytes of several reads come together.
TEST(Outbox, AFrameHoldsNoMoreBytesThanTheProtocolHas) {
    std::vector<std::string> texts = numbered("a", 200);
    for (std::string& text : texts)
        text.resize(10'000, 'x');
    FederationOptions options;
    options.batch_pause = seconds(10);  // one after the other
    Pair pair(options);
    pair.start();
    queue_all(pair.a, pair.b, texts);
    pair.world.run_for(seconds(5));
    EXPECT_EQ(pair.b.peering.inbox, texts);
    EXPECT_LE(pair.b.peering.under_way_max, peer_batch_bytes_max / 10'000);
    EXPECT_EQ(pair.world.wires.size(), 1u) << "the link holds";
}

TEST(Outbox, AnItemThatNoFrameCarriesIsRefusedHere) {
    Pair pair;
    queue_all(pair.a, pair.b, {"before", std::string(peer_batch_bytes_max, 'x'), "behind"});
    pair.start();
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.inbox, (std::vector<std::string>{"before", "behind"}));
    ASSERT_EQ(pair.a.peering.verdicts.size(), 3u);
    EXPECT_EQ(pair.a.peering.verdicts[1].refused, ChatError::bad_argument);
}

// The handshake takes some 700 bytes, and all of it some 3000.
TEST(Outbox, SurvivesACutAtEveryByte) {
    for (std::size_t cut_at = 0; cut_at < 3000; cut_at += cut_at < 1000 ? 3 : 7) {
        SCOPED_TRACE(cut_at);
        FederationOptions options;
        options.batch_items_max = 3;
        Pair pair(options, cut_at + 1);
        pair.world.cut_at = cut_at;
        queue_all(pair.a, pair.b, numbered("a", 8));
        pair.start();
        if (pair.a_at_b()) queue_all(pair.b, pair.a, numbered("b", 4));
        pair.world.run_for(seconds(20));
        EXPECT_EQ(pair.b.peering.inbox, numbered("a", 8));
        EXPECT_EQ(pair.at_a(), LinkState::up);
        if (::testing::Test::HasFailure()) break;
    }
}

TEST(Outbox, ReadsByteByByte) {
    Pair pair;
    pair.world.read_bytes_max = 1;
    queue_all(pair.a, pair.b, numbered("a", 10));
    pair.start();
    pair.world.run_for(seconds(5));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 10));
}

// The store of the sender was put back: it has forgotten what it sent last.
TEST(Outbox, ARestoredSenderBeginsANewEpoch) {
    Pair pair;
    queue_all(pair.a, pair.b, numbered("a", 10));
    pair.start();
    pair.world.run_for(seconds(20));
    auto& box = pair.a.peering.boxes[pair.b_at_a()];
    // It knows of four that were acknowledged and of two that were not.
    box.items.resize(6);
    box.acknowledged = {1, 4};
    pair.world.last_wire().cut();
    pair.world.run_for(seconds(2));
    EXPECT_EQ(pair.a.peering.present_epoch, 2);
    queue_all(pair.a, pair.b, {"new"});
    pair.world.run_for(seconds(2));
    std::vector<std::string> wanted = numbered("a", 10);
    wanted.emplace_back("new");
    EXPECT_EQ(pair.b.peering.inbox, wanted);
    EXPECT_EQ(box.acknowledged, (OutboxPlace{2, 3}));
}

// What it sends now has numbers that the other one has seen, with other content.
TEST(Outbox, AnotherItemUnderTheSameNumberBetraysARestore) {
    Pair pair;
    queue_all(pair.a, pair.b, numbered("a", 10));
    pair.start();
    pair.world.run_for(seconds(20));
    auto& box = pair.a.peering.boxes[pair.b_at_a()];
    box.items.resize(8);
    box.acknowledged = {1, 8};
    pair.world.last_wire().cut();
    queue_all(pair.a, pair.b, numbered("new", 5));
    pair.world.run_for(seconds(2));
    EXPECT_EQ(pair.a.peering.present_epoch, 2);
    std::vector<std::string> wanted = numbered("a", 10);
    for (const std::string& text : numbered("new", 5))
        wanted.push_back(text);
    EXPECT_EQ(pair.b.peering.inbox, wanted);
}

TEST(Outbox, ARestoredReceiverGetsWhatItHasLost) {
    Pair pair;
    queue_all(pair.a, pair.b, numbered("a", 10));
    pair.start();
    pair.world.run_for(seconds(20));
    auto& box = pair.b.peering.boxes[pair.a_at_b()];
    box.received = {1, 4};
    box.received_id = pair.a.peering.boxes[pair.b_at_a()].items[3].id;
    pair.b.peering.inbox = numbered("a", 4);
    pair.b.peering.seen.clear();
    pair.world.last_wire().cut();
    pair.world.run_for(seconds(2));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 10));
    EXPECT_EQ(pair.a.peering.present_epoch, 1);
}

TEST(Outbox, OtherLinksGoOnInTheNewEpoch) {
    World world;
    Node& a = world.add("A", 1);
    Node& b = world.add("B", 2);
    Node& c = world.add("C", 3);
    World::introduce(a, b, false);
    World::introduce(a, c, false);
    for (Node* node : {&b, &c, &a})
        node->federation->start({});
    for (const std::string& text : numbered("a", 3)) {
        a.peering.queue(ServerId(1), text);
        a.peering.queue(ServerId(2), text);
    }
    world.run_for(seconds(1));
    world.run(testing::ignore(a.peering.begin_epoch()));
    a.peering.queue(ServerId(1), "new");
    a.peering.queue(ServerId(2), "new");
    a.federation->wake(ServerId(1));
    a.federation->wake(ServerId(2));
    world.run_for(seconds(1));
    const std::vector<std::string> wanted{"a1", "a2", "a3", "new"};
    EXPECT_EQ(b.peering.inbox, wanted);
    EXPECT_EQ(c.peering.inbox, wanted);
    EXPECT_EQ(world.wires.size(), 2u);
}

TEST(Outbox, WhatIsTakenOfAFrameIsAcknowledged) {
    Pair pair;
    pair.start();
    pair.b.peering.trouble = ChatError::not_stored;
    pair.b.peering.trouble_from = 70;
    queue_all(pair.a, pair.b, numbered("a", 200));
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.a.peering.boxes[pair.b_at_a()].acknowledged, (OutboxPlace{1, 69}));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 69));
    pair.b.peering.trouble.reset();
    pair.world.run_for(seconds(60));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 200));
}

TEST(Outbox, AStoreThatTakesNothingEndsTheLinkForAWhile) {
    Pair pair;
    pair.start();
    pair.b.peering.trouble = ChatError::not_stored;
    queue_all(pair.a, pair.b, numbered("a", 3));
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.a.peering.boxes[pair.b_at_a()].acknowledged, OutboxPlace());
    pair.b.peering.trouble.reset();
    pair.world.run_for(seconds(60));
    EXPECT_EQ(pair.b.peering.inbox, numbered("a", 3));
}

}  // namespace
}  // namespace obrol
