// Who comes to the door and does not speak as a server should, or means ill: only his own link suffers.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "federation/federation.h"
#include "federation/handshake.h"
#include "tests/support/joined_federations.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Node;
using testing::World;

// A server that says what the test wants.
class Puppet {
  public:
    Puppet(World& of, Node& node, std::uint8_t key_byte, std::string label)
        : world(of),
          key(SigningSeed{key_byte, 99}),
          identity{key, {peer_version, key.public_key(), std::move(label), "", 0}, {}},
          secure(of.executor, of.random, "puppet") {
        SecureChannel::ClientOptions options;
        options.alpn = peer_alpn;
        const MonotonicTime deadline = world.executor.clock().monotonic_now() + seconds(5);
        auto stream = world.run(secure.connect(world.dial(node), options, deadline));
        frames = std::make_unique<FrameStream>(world.executor, std::move(stream.value()));
        gate.spawn(FrameStream::write(*frames));
    }
    ~Puppet() {
        frames->close();
        world.run(gate.close());
    }
    bool introduce() { return world.run(shake_hands(*frames, PeerRole::dialler, identity)).has_value(); }
    // Until the link is up.
    void resume() {
        ASSERT_TRUE(introduce());
        frames->send(PeerResume{});
        const auto resume = world.run(FrameStream::read(*frames));
        ASSERT_TRUE(resume && std::holds_alternative<PeerResume>(*resume));
    }
    // And its items are taken: it has told that it has no copies.
    void come_up() {
        resume();
        frames->send(PeerHeads{false, true, {}});
    }
    // The code with which the other side ends the link; "closed" without a word.
    std::string bye() {
        for (;;) {
            const auto frame = world.run(FrameStream::read(*frames));
            if (!frame) return "closed";
            if (const auto* last = std::get_if<PeerBye>(&*frame)) return last->code;
        }
    }
    PeerItems items(const Node& to, std::int64_t number, const std::vector<std::string>& texts) {
        PeerItems frame{1, 1, number, {}, {}};
        for (const std::string& text : texts) {
            DirectPost post;
            post.id = testing::numbered_id(++last_id);
            post.body = text;
            frame.items.push_back(encode(PeerItem(post)));
        }
        frame.signature = key.sign(items_text(to.key.public_key(), frame));
        return frame;
    }

    World& world;
    SigningKey key;
    Identity identity;
    PlainSecureChannel secure;
    std::unique_ptr<FrameStream> frames;
    std::uint32_t last_id = 0;
    Gate gate{"puppet"};
};

class Stranger : public ::testing::Test {
  protected:
    Stranger() : a(world.add("A", 1)), b(world.add("B", 2)) {
        World::introduce(b, a, false);
        a.federation->start({});
        b.federation->start({});
        world.run_for(milliseconds(500));
    }
    // What others have from the server goes on.
    void expect_unharmed() {
        EXPECT_EQ(b.federation->state(ServerId(1)), LinkState::up);
        EXPECT_EQ(b.peering.changes, std::vector<std::string>{"A up"});
    }

    World world;
    Node& a;
    Node& b;
};

TEST_F(Stranger, AnHonestPuppetIsTaken) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    puppet.frames->send(puppet.items(a, 1, {"halo"}));
    for (;;) {
        const auto frame = world.run(FrameStream::read(*puppet.frames));
        ASSERT_TRUE(frame.has_value());
        if (const auto* acknowledgement = std::get_if<PeerAcknowledgement>(&*frame)) {
            EXPECT_EQ(acknowledgement->number, 1);
            break;
        }
    }
    EXPECT_EQ(a.peering.inbox, std::vector<std::string>{"halo"});
    expect_unharmed();
}

TEST_F(Stranger, WhatIsNoFrameEndsItsLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.frames->send(PeerPing{"first"});
    EXPECT_EQ(puppet.bye(), "unexpected");
    expect_unharmed();
}

TEST_F(Stranger, ThatVersionsDoNotFitIsTheReasonOnBothSides) {
    Puppet puppet(world, a, 7, "P");
    puppet.identity.hello.version = 0;
    const auto introduced = world.run(shake_hands(*puppet.frames, PeerRole::dialler, puppet.identity));
    ASSERT_FALSE(introduced.has_value());
    EXPECT_EQ(introduced.error().why, LinkEnd::version);
    expect_unharmed();
}

TEST_F(Stranger, AGreetingIsSmall) {
    Puppet puppet(world, a, 7, "P");
    puppet.identity.hello.host = std::string(peer_greeting_bytes_max, 'x');
    puppet.frames->send(puppet.identity.hello);
    EXPECT_EQ(puppet.bye(), "too-large");
    world.run_for(seconds(2));
    expect_unharmed();
    EXPECT_EQ(a.peering.known.size(), 1u);
}

TEST_F(Stranger, SomebodyWhoSaysNothingIsSentAway) {
    Puppet puppet(world, a, 7, "P");
    const MonotonicTime before = world.executor.clock().monotonic_now();
    EXPECT_EQ(puppet.bye(), "silent");
    EXPECT_EQ(world.executor.clock().monotonic_now() - before, seconds(5));
}

TEST_F(Stranger, AKeyThatOneDoesNotHaveIsNotBelieved) {
    Puppet puppet(world, a, 7, "B");
    // B's key, which pinning would let in.
    puppet.identity.hello.key = b.key.public_key();
    // The puppet has seen a good proof, but has none.
    EXPECT_TRUE(puppet.introduce());
    EXPECT_EQ(puppet.bye(), "identity");
    expect_unharmed();
    ASSERT_FALSE(a.logger.troubles.empty());
    EXPECT_NE(a.logger.troubles[0].find("identity"), std::string::npos);
}

TEST_F(Stranger, ALabelThatAnotherHasIsRefused) {
    Puppet puppet(world, a, 7, "B");
    ASSERT_TRUE(puppet.introduce());
    puppet.frames->send(PeerResume{});
    EXPECT_EQ(puppet.bye(), "refused");
    expect_unharmed();
}

TEST_F(Stranger, ALabelThatNoServerMayHaveIsRefused) {
    Puppet puppet(world, a, 7, "B@C");
    EXPECT_FALSE(puppet.introduce());
    world.run_for(seconds(2));
    EXPECT_NE(a.logger.troubles.at(0).find("\"label\""), std::string::npos);
}

TEST_F(Stranger, AReplayedHandshakeProvesNothing) {
    // All that B once said to A, said again by somebody else.
    const std::string said = world.wires.front()->from_left;
    const std::size_t greeting = 1 + 16 + 1 + peer_alpn.size();
    for (const bool with_greeting : {true, false}) {
        std::unique_ptr<Stream> stream = world.dial(a);
        const std::string again = with_greeting ? said : said.substr(greeting);
        const iovec bytes{const_cast<char*>(again.data()), again.size()};
        EXPECT_EQ(stream->writev(std::span(&bytes, 1)).bytes, again.size());
        world.run_for(seconds(7));
    }
    expect_unharmed();
    EXPECT_EQ(a.peering.known.size(), 1u);
    EXPECT_NE(a.logger.troubles.at(0).find("identity"), std::string::npos);
}

TEST_F(Stranger, UnsignedItemsAreNotTaken) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    PeerItems items = puppet.items(a, 1, {"halo"});
    items.signature[0] ^= 1;
    puppet.frames->send(items);
    EXPECT_EQ(puppet.bye(), "signature");
    EXPECT_TRUE(a.peering.inbox.empty());
    expect_unharmed();
}

TEST_F(Stranger, ItemsForAnotherServerAreNotTaken) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    puppet.frames->send(puppet.items(b, 1, {"halo"}));
    EXPECT_EQ(puppet.bye(), "signature");
    EXPECT_TRUE(a.peering.inbox.empty());
}

TEST_F(Stranger, AGapInTheItemsEndsTheLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    puppet.frames->send(puppet.items(a, 2, {"halo"}));
    EXPECT_EQ(puppet.bye(), "order");
    EXPECT_TRUE(a.peering.inbox.empty());
    expect_unharmed();
}

TEST_F(Stranger, ItemsThatComeTwiceAreTakenOnce) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    const PeerItems items = puppet.items(a, 1, {"halo"});
    puppet.frames->send(items);
    puppet.frames->send(items);
    world.run_for(seconds(1));
    EXPECT_EQ(a.peering.inbox, std::vector<std::string>{"halo"});
}

// They may have been done before, as its copies would show.
TEST_F(Stranger, ItemsWaitUntilItHasToldOfItsCopies) {
    Puppet puppet(world, a, 7, "P");
    puppet.resume();
    for (std::int64_t number = 1; number <= static_cast<std::int64_t>(peer_batches_max); ++number)
        puppet.frames->send(puppet.items(a, number, {"halo"}));
    puppet.frames->send(PeerHeads{true, true, {}});
    puppet.frames->send(PeerHeads{false, false, {}});
    world.run_for(seconds(1));
    EXPECT_TRUE(a.peering.inbox.empty());
    puppet.frames->send(PeerHeads{false, true, {}});
    world.run_for(seconds(1));
    EXPECT_EQ(a.peering.inbox, std::vector<std::string>(peer_batches_max, "halo"));
    expect_unharmed();
}

TEST_F(Stranger, TooManyFramesOfItemsBeforeThatEndTheLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.resume();
    for (std::int64_t number = 1; number <= static_cast<std::int64_t>(peer_batches_max) + 1; ++number)
        puppet.frames->send(puppet.items(a, number, {"halo"}));
    EXPECT_EQ(puppet.bye(), "too-many");
    EXPECT_TRUE(a.peering.inbox.empty());
}

TEST_F(Stranger, AcknowledgingWhatWasNeverSentEndsTheLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    puppet.frames->send(PeerAcknowledgement{1, 5, {}});
    EXPECT_EQ(puppet.bye(), "order");
    expect_unharmed();
}

TEST_F(Stranger, TooManyRequestsEndTheLink) {
    a.peering.blob_delay = seconds(30);
    Puppet at_limit(world, a, 7, "P");
    at_limit.come_up();
    for (std::uint32_t i = 1; i <= peer_requests_max; ++i)
        at_limit.frames->send(PeerBlobRequest{i, {}, 0, 1});
    world.run_for(seconds(1));
    EXPECT_EQ(a.federation->state(ServerId(2)), LinkState::up);
    at_limit.frames->send(PeerBlobRequest{99, {}, 0, 1});
    EXPECT_EQ(at_limit.bye(), "too-many");
    expect_unharmed();
}

TEST_F(Stranger, TooManyFramesOfItemsEndTheLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    std::int64_t number = 1;
    for (std::size_t i = 0; i <= peer_batches_max; ++i)
        puppet.frames->send(puppet.items(a, number++, {"halo"}));
    EXPECT_EQ(puppet.bye(), "too-many");
    expect_unharmed();
}

TEST_F(Stranger, AnswersThatNobodyAskedForEndTheLink) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    puppet.frames->send(PeerEntries{1, "", false, {}});
    EXPECT_EQ(puppet.bye(), "unexpected");
}

TEST_F(Stranger, LiesAboutARestoreDisturbOnce) {
    for (int i = 0; i < 3; ++i) {
        Puppet liar(world, a, 7, "P");
        ASSERT_TRUE(liar.introduce());
        liar.frames->send(PeerResume{a.peering.present_epoch, 100, {}});
        world.run_for(seconds(1));
    }
    EXPECT_EQ(a.peering.present_epoch, 2);
    Puppet far(world, a, 7, "P");
    ASSERT_TRUE(far.introduce());
    far.frames->send(PeerResume{1'000'000, 1, {}});
    world.run_for(seconds(1));
    EXPECT_EQ(a.peering.present_epoch, 2);
    expect_unharmed();
}

TEST_F(Stranger, ACrowdIsLoggedOnceInAWhile) {
    for (int i = 0; i < 20; ++i) {
        Puppet puppet(world, a, 7, "P");
        puppet.frames->send(PeerPing{});
        EXPECT_EQ(puppet.bye(), "unexpected");
    }
    EXPECT_EQ(a.logger.troubles.size(), 1u);
    world.run_for(seconds(11));
    ASSERT_EQ(a.logger.troubles.size(), 2u);
    EXPECT_NE(a.logger.troubles[1].find("19 times"), std::string::npos);
}

TEST_F(Stranger, SomebodyWhoDoesNotReadIsGivenUp) {
    Puppet puppet(world, a, 7, "P");
    puppet.come_up();
    // It goes on asking for echoes, and takes none.
    world.last_wire().left->set_read_bytes_max(1 << 20);
    for (int i = 0; i < 40'000; ++i)
        puppet.frames->send(PeerPing{std::string(peer_echo_bytes_max, 'x')});
    world.run_for(seconds(70));
    EXPECT_NE(a.federation->state(ServerId(2)), LinkState::up);
    expect_unharmed();
}

}  // namespace
}  // namespace obrol
