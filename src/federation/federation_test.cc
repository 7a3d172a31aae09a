#include "federation/federation.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/support/federation_pair.h"

namespace obrol {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Node;
using testing::numbered;
using testing::Pair;
using testing::queue_all;
using testing::World;

TEST(Federation, WhoeverKnowsAnAddressBringsTheLinkUp) {
    Pair pair;
    pair.start();
    EXPECT_EQ(pair.at_a(), LinkState::up);
    EXPECT_EQ(pair.b.federation->state(pair.a_at_b()), LinkState::up);
    EXPECT_EQ(pair.a.peering.changes, std::vector<std::string>{"B up"});
    EXPECT_EQ(pair.b.peering.changes, std::vector<std::string>{"A up"});
    EXPECT_EQ(pair.world.wires.size(), 1u);
}

TEST(Federation, ALinkOfWhichNothingIsHeardIsGivenUp) {
    Pair pair;
    pair.start();
    pair.world.last_wire().is_stalled = true;
    pair.world.run_for(seconds(44));
    EXPECT_EQ(pair.at_a(), LinkState::up);
    EXPECT_EQ(pair.world.wires.size(), 1u);
    pair.world.run_for(seconds(3));
    // And another one is made.
    EXPECT_EQ(pair.world.wires.size(), 2u);
    EXPECT_EQ(pair.at_a(), LinkState::up);
    queue_all(pair.a, pair.b, {"again"});
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.b.peering.inbox, std::vector<std::string>{"again"});
}

TEST(Federation, AnIdleLinkStays) {
    Pair pair;
    pair.start();
    pair.world.run_for(hours(3));
    EXPECT_EQ(pair.world.wires.size(), 1u);
    EXPECT_EQ(pair.at_a(), LinkState::up);
}

TEST(Federation, RetriesLessAndLessOftenUntilTheServerIsBack) {
    Pair pair;
    pair.world.down.insert("B");
    pair.start();
    EXPECT_EQ(pair.at_a(), LinkState::down);
    pair.world.run_for(hours(5));
    EXPECT_EQ(pair.at_a(), LinkState::down);
    pair.world.down.clear();
    pair.world.run_for(std::chrono::minutes(67));
    EXPECT_EQ(pair.at_a(), LinkState::up);
}

TEST(Federation, AServerThatWasThereIsDialledAgainAtOnce) {
    Pair pair;
    pair.start();
    pair.world.run_for(seconds(20));
    pair.world.last_wire().cut();
    pair.world.run_for(milliseconds(500));
    EXPECT_EQ(pair.at_a(), LinkState::up);
    EXPECT_EQ(pair.world.wires.size(), 2u);
    EXPECT_EQ(pair.a.peering.changes, (std::vector<std::string>{"B up", "B down", "B up"}));
}

TEST(Federation, OfTwoSimultaneousLinksOneStays) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Pair pair({}, seed, true);
        queue_all(pair.a, pair.b, numbered("a", 5));
        pair.start();
        pair.world.run_for(seconds(5));
        EXPECT_EQ(pair.at_a(), LinkState::up);
        EXPECT_EQ(pair.b.federation->state(ServerId(1)), LinkState::up);
        EXPECT_EQ(pair.b.peering.inbox, numbered("a", 5));
        EXPECT_EQ(pair.a.peering.changes.size(), 1u);
        EXPECT_EQ(pair.b.peering.changes.size(), 1u);
        const std::size_t dialled = pair.world.wires.size();
        pair.world.run_for(hours(1));
        EXPECT_EQ(pair.world.wires.size(), dialled);
    }
}

TEST(Federation, ANewerLinkReplacesASilentOne) {
    // Both know each other; whoever's key is higher comes back after it lost everything it knew of the link.
    Pair pair({}, 1, true);
    pair.start();
    pair.world.run_for(seconds(20));
    Node& higher = pair.a.key.public_key() < pair.b.key.public_key() ? pair.b : pair.a;
    Node& lower = &higher == &pair.a ? pair.b : pair.a;
    for (const auto& wire : pair.world.wires)
        wire->is_stalled = true;
    higher.federation->disconnect(ServerId(1));
    EXPECT_EQ(lower.federation->state(ServerId(1)), LinkState::up);
    pair.world.run_for(seconds(4));
    EXPECT_TRUE(pair.world.run(higher.federation->connect(higher.peering.at(ServerId(1)))).has_value());
    queue_all(higher, lower, {"again"});
    pair.world.run_for(seconds(1));
    EXPECT_EQ(lower.peering.inbox, std::vector<std::string>{"again"});
    EXPECT_EQ(lower.federation->state(ServerId(1)), LinkState::up);
}

TEST(Federation, ConnectSaysWhetherTheLinkWasUpBefore) {
    Pair pair;
    pair.b.federation->start({});
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.a.federation->start({});
    EXPECT_EQ(pair.at_a(), LinkState::idle);
    pair.a.peering.at(pair.b_at_a()).state = ServerState::connected;
    EXPECT_EQ(pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a()))).value(), false);
    EXPECT_EQ(pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a()))).value(), true);
}

TEST(Federation, ConnectToADeadServerEndsInTime) {
    Pair pair;
    pair.world.black_holes.insert("B");
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.a.federation->start({});
    pair.a.peering.at(pair.b_at_a()).state = ServerState::connected;
    const MonotonicTime before = pair.world.executor.clock().monotonic_now();
    const auto connected = pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a())));
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().why, ChatError::server_unreachable);
    EXPECT_EQ(pair.world.executor.clock().monotonic_now() - before, seconds(5));
    // It is tried again by itself.
    pair.world.black_holes.clear();
    pair.b.federation->start({});
    pair.world.run_for(seconds(7));
    EXPECT_EQ(pair.at_a(), LinkState::up);
}

TEST(Federation, AnotherKeyAtTheAddressIsAnotherServer) {
    Pair pair;
    pair.a.peering.at(pair.b_at_a()).key = SigningKey(SigningSeed{77}).public_key();
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.b.federation->start({});
    pair.a.federation->start({});
    pair.a.peering.at(pair.b_at_a()).state = ServerState::connected;
    const auto connected = pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a())));
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().why, ChatError::server_differs);
    // Nobody tries again what an administrator has to look at.
    pair.world.run_for(hours(2));
    EXPECT_EQ(pair.world.wires.size(), 1u);
}

TEST(Federation, AServerThatIsCalledOtherwiseIsAnotherServer) {
    Pair pair;
    pair.a.peering.at(pair.b_at_a()).label = "C";
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.b.federation->start({});
    pair.a.federation->start({});
    const auto connected = pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a())));
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().why, ChatError::server_differs);
}

TEST(Federation, OneselfIsNoOtherServer) {
    World world;
    Node& a = world.add("A", 1);
    a.peering.add("B", "A");
    a.peering.at(ServerId(1)).state = ServerState::known;
    a.federation->start({});
    const auto connected = world.run(a.federation->connect(a.peering.at(ServerId(1))));
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().why, ChatError::own_server);
}

TEST(Federation, WhoeverIsNotWantedIsToldSo) {
    Pair pair;
    pair.b.peering.accepts_listed_only = true;
    pair.b.federation->start({});
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.a.federation->start({});
    const auto connected = pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a())));
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().why, ChatError::server_unreachable);
    EXPECT_EQ(connected.error().subject, to_string(ChatError::server_unreachable));
    ASSERT_EQ(pair.b.logger.troubles.size(), 1u);
    EXPECT_NE(pair.b.logger.troubles[0].find("\"refused\""), std::string::npos);
}

TEST(Federation, AfterADisconnectThereIsNoLink) {
    Pair pair;
    pair.start();
    pair.a.peering.at(pair.b_at_a()).state = ServerState::disconnected;
    pair.a.federation->disconnect(pair.b_at_a());
    EXPECT_EQ(pair.at_a(), LinkState::disconnected);
    pair.world.run_for(hours(1));
    EXPECT_EQ(pair.world.wires.size(), 1u);
    // Nor when the other one dials.
    pair.b.peering.at(pair.a_at_b()).host = "A";
    EXPECT_FALSE(pair.world.run(pair.b.federation->connect(pair.b.peering.at(pair.a_at_b()))).has_value());
    EXPECT_EQ(pair.at_a(), LinkState::disconnected);
}

TEST(Federation, TakesNoLinksWhenItIsSwitchedOff) {
    FederationOptions off;
    off.enabled = false;
    Pair pair(off);
    pair.start();
    EXPECT_EQ(pair.at_a(), LinkState::down);
    EXPECT_TRUE(pair.world.wires.empty());
    EXPECT_FALSE(pair.world.run(pair.a.federation->connect(pair.a.peering.at(pair.b_at_a()))).has_value());
}

PeerRotation rotation_from(const SigningKey& old_key, const SigningKey& new_key) {
    const std::string text = rotation_text(old_key.public_key(), new_key.public_key());
    return {old_key.public_key(), new_key.public_key(), old_key.sign(text), new_key.sign(text)};
}

SigningSeed seed_of(std::uint8_t byte) {
    SigningSeed seed;
    seed.fill(byte);
    return seed;
}

TEST(Federation, TakesThePlaceOfAnEarlierKeyByItsStatement) {
    World world;
    const SigningKey old_key(SigningSeed{9});
    const PeerRotation rotation = rotation_from(old_key, SigningKey(seed_of(2)));
    const PublicKey new_key = rotation.new_key;
    Node& a = world.add("A", 1);
    Node& b = world.add("B", 2, {}, {rotation});
    World::introduce(a, b, false);
    a.peering.at(ServerId(1)).key = old_key.public_key();
    b.federation->start({});
    a.federation->start({});
    world.run_for(seconds(1));
    EXPECT_EQ(a.federation->state(ServerId(1)), LinkState::up);
    EXPECT_EQ(a.peering.at(ServerId(1)).key, new_key);
}

TEST(Federation, NobodyTakesThePlaceOfAKeyThatHasNotSaidSo) {
    World world;
    const SigningKey old_key(SigningSeed{9});
    const SigningKey liar(SigningSeed{8});
    PeerRotation rotation = rotation_from(old_key, SigningKey(seed_of(2)));
    rotation.signature = liar.sign(rotation_text(rotation.old_key, rotation.new_key));
    Node& a = world.add("A", 1);
    Node& b = world.add("B", 2, {}, {rotation});
    World::introduce(a, b, false);
    a.peering.at(ServerId(1)).key = old_key.public_key();
    b.federation->start({});
    a.federation->start({});
    world.run_for(seconds(1));
    EXPECT_NE(a.federation->state(ServerId(1)), LinkState::up);
    EXPECT_EQ(a.peering.at(ServerId(1)).key, old_key.public_key());
}

TEST(Federation, GoesOnUnderAnotherKeyWhileItRuns) {
    Pair pair;
    pair.start();
    pair.world.run_for(seconds(20));
    std::vector<PeerRotation> rotations;
    for (const std::uint8_t next : std::vector<std::uint8_t>{50, 51}) {
        const SigningKey before(seed_of(next == 50 ? 2 : 50));
        std::destroy_at(&pair.b.key);
        std::construct_at(&pair.b.key, seed_of(next));
        rotations.push_back(rotation_from(before, pair.b.key));
    }
    pair.b.federation->key_changed(rotations);
    EXPECT_NE(pair.b.federation->state(pair.a_at_b()), LinkState::up) << "at once";
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.at_a(), LinkState::up);
    EXPECT_EQ(pair.a.peering.at(pair.b_at_a()).key, pair.b.key.public_key());
    EXPECT_EQ(pair.a.peering.statements.size(), 2u);
}

TEST(Federation, WhoeverHasAKeyThatItHadBeforeIsNobody) {
    World world;
    const SigningKey old_key(seed_of(3));
    const SigningKey new_key(seed_of(1));
    Node& a = world.add("A", 1, {}, {rotation_from(old_key, new_key)});
    Node& thief = world.add("T", 3);
    World::introduce(thief, a, false);
    a.federation->start({});
    thief.federation->start({});
    world.run_for(seconds(1));
    EXPECT_NE(thief.federation->state(ServerId(1)), LinkState::up);
    EXPECT_TRUE(a.peering.known.empty());
}

TEST(Federation, ShowsAsManyRotationsAsAHandshakeTakes) {
    for (const std::size_t count : {peer_rotations_max, peer_rotations_max + 1}) {
        World world;
        std::vector<PeerRotation> rotations;
        for (std::size_t i = 0; i < count; ++i) {
            SigningSeed from{};
            SigningSeed to{};
            from[0] = static_cast<std::uint8_t>(i);
            from[1] = static_cast<std::uint8_t>(i >> 8);
            to[0] = static_cast<std::uint8_t>(i + 1);
            to[1] = static_cast<std::uint8_t>((i + 1) >> 8);
            if (i + 1 == count) to = seed_of(2);
            rotations.push_back(rotation_from(SigningKey(from), SigningKey(to)));
        }
        Node& a = world.add("A", 1);
        Node& b = world.add("B", 2, {}, rotations);
        World::introduce(a, b, false);
        b.federation->start({});
        a.federation->start({});
        world.run_for(seconds(1));
        const bool is_up = a.federation->state(ServerId(1)) == LinkState::up;
        EXPECT_EQ(is_up, count == peer_rotations_max) << count;
    }
}

TEST(Federation, AfterTheLossOfASteadyLinkThePausesBeginAnew) {
    Pair pair;
    pair.start();
    pair.world.run_for(std::chrono::minutes(1));
    pair.world.down.insert("B");
    pair.world.last_wire().cut();
    // Almost at once, in vain; then after 5 s, with jitter.
    pair.world.run_for(seconds(2));
    EXPECT_NE(pair.at_a(), LinkState::up);
    pair.world.down.clear();
    pair.world.run_for(seconds(5));
    EXPECT_EQ(pair.at_a(), LinkState::up);
}

TEST(Federation, ATrialSaysWhichStepFails) {
    Pair pair;
    pair.b.federation->start({});
    pair.a.peering.at(pair.b_at_a()).state = ServerState::known;
    pair.a.federation->start({});
    const auto trial_of = [&](const std::string& host) {
        return pair.world.run(pair.a.federation->try_link(host, 8889));
    };
    const LinkTrial good = trial_of("B");
    EXPECT_EQ(good.failed_at, LinkTrial::Step::done);
    ASSERT_TRUE(good.met.has_value());
    EXPECT_EQ(good.met->label, "B");
    EXPECT_EQ(good.met->key, pair.b.key.public_key());
    EXPECT_GE(good.round_trip, Duration::zero());
    // No link comes of it, and the other server has met nobody.
    EXPECT_EQ(pair.at_a(), LinkState::idle);
    EXPECT_TRUE(pair.b.peering.known.empty());

    EXPECT_EQ(trial_of("nowhere").failed_at, LinkTrial::Step::connect);
    pair.world.new_wires_stall = true;
    EXPECT_EQ(trial_of("B").failed_at, LinkTrial::Step::secure);
    pair.world.unstall();
    EXPECT_EQ(trial_of("A").failed_at, LinkTrial::Step::identity);
    pair.world.unknown_names.insert("B");
    EXPECT_EQ(trial_of("B").failed_at, LinkTrial::Step::resolve);
}

TEST(Federation, WhyThereWasNoLinkIsRemembered) {
    Pair pair;
    EXPECT_FALSE(pair.a.federation->trouble(pair.b_at_a()).has_value());
    pair.world.down.insert("B");
    pair.start();
    pair.world.run_for(seconds(1));
    const auto refused = pair.a.federation->trouble(pair.b_at_a());
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->words, "connect: Connection refused");
    pair.world.down.clear();
    pair.world.run_for(seconds(20));
    ASSERT_EQ(pair.at_a(), LinkState::up);
    pair.b.federation->disconnect(pair.a_at_b());
    pair.world.run_for(seconds(1));
    const auto ended = pair.a.federation->trouble(pair.b_at_a());
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->words, "an administrator has ended it");
    EXPECT_GT(ended->at, refused->at);
}

TEST(Federation, PresenceIsAsked) {
    Pair pair;
    pair.start();
    pair.b.peering.online = {"maya", "name1000"};
    const auto ask = [&](std::vector<std::string> names) {
        return pair.world.run(pair.a.federation->online_among(pair.b_at_a(), "messi", std::move(names)));
    };
    EXPECT_EQ(ask({"izza", "maya"}), std::vector<std::string>{"maya"});
    EXPECT_EQ(pair.b.peering.viewers, std::vector<std::string>{"messi"});
    EXPECT_EQ(ask({}), std::vector<std::string>());
    // One more than a frame carries.
    std::vector<std::string> many;
    for (std::size_t i = 0; i <= peer_list_max; ++i)
        many.push_back("name" + std::to_string(i));
    EXPECT_EQ(ask(many), std::vector<std::string>{"name1000"});
    EXPECT_EQ(pair.b.peering.viewers.size(), 3u);
}

TEST(Federation, NobodyWaitsLongForPresence) {
    FederationOptions options;
    options.presence_timeout = milliseconds(700);
    Pair pair(options);
    pair.start();
    pair.b.peering.online = {"maya"};
    const auto ask = [&] {
        const std::vector<std::string> names{"maya"};
        return pair.world.run(pair.a.federation->online_among(pair.b_at_a(), "messi", names));
    };
    pair.world.last_wire().is_stalled = true;
    // Also when there is no place for a further question.
    for (std::size_t i = 0; i <= peer_requests_max; ++i) {
        const MonotonicTime before = pair.world.executor.clock().monotonic_now();
        EXPECT_EQ(ask(), std::nullopt);
        EXPECT_EQ(pair.world.executor.clock().monotonic_now() - before, milliseconds(700)) << i;
    }
    pair.world.last_wire().cut();
    pair.world.run_for(milliseconds(10));
    const MonotonicTime before = pair.world.executor.clock().monotonic_now();
    EXPECT_EQ(ask(), std::nullopt);
    EXPECT_EQ(pair.world.executor.clock().monotonic_now(), before);
}

TEST(Federation, StopsWithTasksUnderWay) {
    Pair pair;
    pair.b.peering.blob_delay = hours(1);
    pair.start();
    queue_all(pair.a, pair.b, numbered("a", 500));
    testing::KeepingBlobWriter writer;
    Gate gate("callers");
    gate.spawn(testing::ignore(pair.a.federation->pull(pair.b_at_a(), BlobDigest{}, 0, writer)));
    pair.world.run_for(milliseconds(1));
    pair.world.stop(pair.a);
    pair.world.run_for(milliseconds(1));
    EXPECT_EQ(gate.running(), 0u);
}

}  // namespace
}  // namespace obrol
