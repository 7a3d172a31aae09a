// Events for many listeners at once: gathered for a turn of the loop, shared, and yet as if each were told by itself.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/connection_fixture.h"

namespace obrol {
namespace {

struct EventAudienceTest : ConnectionFixture {
    void SetUp() override {
        ConnectionFixture::SetUp();
        for (const char* name : {"messi", "maya"})
            members.push_back(parts.run(parts.store.find_user(name)).value().value().id);
        readers = std::make_shared<const std::vector<UserId>>(members);
        for (int i = 0; i < 6; ++i)
            add_listener();
    }
    MemoryStream& add_listener(MemoryStream::Options options = {}) {
        listeners.push_back(connect_as("maya", options));
        EXPECT_EQ(ask(*listeners.back(), "listen\n"), "unknown-command\n");
        return *listeners.back();
    }
    // As a post in a group that was just committed. Returns what it looks like.
    std::string post(const std::string& text) {
        MessageEvent event;
        event.entry.header.conversation = ConversationId(1);
        event.entry.header.seq = Seq(++posted);
        event.entry.header.sender = members[0];
        event.entry.body = text;
        const EntryHeader header = event.entry.header;
        parts.bus.publish({header, std::make_shared<const Event>(std::move(event)), EntryReaders(readers)});
        return "event " + std::to_string(posted) + " " + text + "\n";
    }
    std::string post_many(int count, const std::string& text) {
        std::string all;
        for (int i = 0; i < count; ++i)
            all += post(text);
        return all;
    }

    std::vector<UserId> members;
    std::shared_ptr<const std::vector<UserId>> readers;
    std::vector<std::unique_ptr<MemoryStream>> listeners;
    int posted = 0;
};

TEST_F(EventAudienceTest, WhatATurnBringsIsRenderedOnceAndArrivesInOrder) {
    std::string expected = post("a");
    expected += post("b");
    expected += post("c");
    EXPECT_EQ(kind.rendered, 3u);
    for (const auto& listener : listeners)
        EXPECT_EQ(receive(*listener), expected);
    const std::string next = post("d");
    for (const auto& listener : listeners)
        EXPECT_EQ(receive(*listener), next) << "a turn later";
}

TEST_F(EventAudienceTest, ACrowdIsWrittenToInPartsAndHearsEverythingInOrder) {
    while (listeners.size() < 100)
        add_listener();
    std::vector<std::string> heard(listeners.size());
    const auto look = [&] {
        for (std::size_t i = 0; i < listeners.size(); ++i) {
            char buffer[100];
            const IoResult result = listeners[i]->read_some(buffer);
            if (result.status == IoStatus::ok) heard[i].append(buffer, result.bytes);
        }
        return std::ranges::count_if(heard, [](const std::string& words) { return !words.empty(); });
    };
    std::string expected = post("a");
    ASSERT_TRUE(parts.executor.step());
    EXPECT_EQ(look(), 32);
    // Some still follow the batch, and one of them goes.
    expected += post("b");
    listeners.back()->reset();
    ASSERT_TRUE(parts.executor.step());
    EXPECT_EQ(look(), 64);
    expected += post("c");
    EXPECT_EQ(kind.rendered, 3u);
    for (std::size_t i = 0; i < listeners.size() - 1; ++i)
        EXPECT_EQ(heard[i] + receive(*listeners[i]), expected) << i;
    EXPECT_EQ(ended, 1);
    listeners.pop_back();
    const std::string next = post("d");
    for (const auto& listener : listeners)
        EXPECT_EQ(receive(*listener), next) << "when nobody was left to be written to";
}

// Each turn brings something to everybody before everybody has been written to.
TEST_F(EventAudienceTest, ACrowdThatIsNeverDoneHearsEverythingAFewTurnsLater) {
    while (listeners.size() < 100)
        add_listener();
    // What is written may be used again.
    limits.memory_bytes_max = 300'000;
    group.set_limits(limits);
    const std::size_t turns = 1000;
    std::string expected;
    std::vector<std::string> heard(listeners.size());
    std::size_t most_behind = 0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        expected += post(std::string(500, 't'));
        ASSERT_TRUE(parts.executor.step());
        for (std::size_t i = 0; i < listeners.size(); ++i) {
            char buffer[8192];
            const IoResult result = listeners[i]->read_some(buffer);
            if (result.status == IoStatus::ok) heard[i].append(buffer, result.bytes);
            most_behind = std::max(most_behind, expected.size() - heard[i].size());
        }
    }
    for (std::size_t i = 0; i < listeners.size(); ++i)
        EXPECT_EQ(heard[i] + receive(*listeners[i]), expected) << i;
    EXPECT_LT(most_behind, 6 * expected.size() / turns);
    EXPECT_GT(expected.size(), limits.memory_bytes_max);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 0u);
}

// As docs/protocol/py-chat.md promises, for a client that takes whatever one read ends with for one answer.
TEST_F(EventAudienceTest, AnEventApartIsWrittenBeforeAnAnswerCanJoinIt) {
    kind.apart = true;
    while (listeners.size() < 100)
        add_listener();
    const std::string event = post("a");
    ASSERT_TRUE(parts.executor.step());
    for (const auto& listener : listeners)
        EXPECT_EQ(listener->incoming_bytes(), event.size()) << "before there is any answer";
    EXPECT_EQ(ask(*listeners.back(), "nonsense\n"), event + "unknown-command\n");
}

TEST_F(EventAudienceTest, NobodyWhoWaitsForHisPartIsClosedForMemory) {
    while (listeners.size() < 100)
        add_listener();
    limits.memory_bytes_max = 60'000;
    group.set_limits(limits);
    for (const auto& listener : listeners)
        send(*listener, "big 440\n");
    const auto is_answered = [](const auto& listener) { return listener->incoming_bytes() > 0; };
    while (std::ranges::none_of(listeners, is_answered))
        ASSERT_TRUE(parts.executor.step());
    ASSERT_FALSE(std::ranges::all_of(listeners, is_answered));
    // Beyond the limit together with what the others wait for; each socket takes all of its own.
    for (std::size_t i = 0; i < 20; ++i)
        send(*listeners[i], "big 3000\n");
    for (std::size_t i = 0; i < listeners.size(); ++i)
        EXPECT_EQ(receive(*listeners[i]).size(), i < 20 ? 3440u : 440u);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 0u);
    EXPECT_EQ(ended, 0);
}

TEST_F(EventAudienceTest, AGroupThatHasStoppedLeavesNothingToTheLoop) {
    int others_ended = 0;
    auto other = std::make_unique<ConnectionGroup>(
        ConnectionGroup::Parts{parts.executor, parts.executor, parts.chat, parts.logger}, 1, limits,
        [&](const std::string&, bool) { ++others_ended; });
    std::vector<std::unique_ptr<MemoryStream>> crowd;
    for (int i = 0; i < 200; ++i) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {});
        other->start(kind, std::move(far), parts.chat.connect("127.0.0.1"));
        crowd.push_back(std::move(near));
    }
    parts.executor.run_until_idle();
    for (const auto& stream : crowd)
        send(*stream, "big 10\n");
    const auto answered = [&] {
        return std::ranges::count_if(crowd, [](const auto& stream) { return stream->incoming_bytes() > 0; });
    };
    while (answered() == 0)
        ASSERT_TRUE(parts.executor.step());
    EXPECT_LT(answered(), 200);
    for (const auto& stream : crowd)
        stream->reset();
    parts.run(other->stop());
    EXPECT_EQ(others_ended, 200);
    other.reset();
    parts.executor.run_until_idle();
}

TEST_F(EventAudienceTest, WhoeverComesOrGoesWithinATurnMissesNothingThatIsHis) {
    std::string before = post("a");
    ASSERT_EQ(ask(*listeners[0], "mute\n"), before + "unknown-command\n");
    listeners[1]->reset();
    MemoryStream& fresh = add_listener();
    const std::string after = post("b");
    EXPECT_EQ(receive(*listeners[0]), "");
    EXPECT_EQ(receive(*listeners[2]), before + after);
    EXPECT_EQ(receive(fresh), after);
}

TEST_F(EventAudienceTest, OneThatIsResetInTheMiddleOfATurnDisturbsNobody) {
    std::string expected = post("a");
    listeners[3]->reset();
    expected += post("b");
    for (const std::size_t i : {0u, 1u, 2u, 4u, 5u})
        EXPECT_EQ(receive(*listeners[i]), expected);
    EXPECT_EQ(ended, 1);
}

TEST_F(EventAudienceTest, ASlowOneLagsAtItsLimitWhileTheOthersHearEverything) {
    MemoryStream& slow = add_listener({.buffer_bytes = 500});
    const std::string text(200, 't');
    std::string all = post_many(5, text);
    for (const auto& listener : listeners) {
        if (listener.get() == &slow) continue;
        EXPECT_EQ(receive(*listener), all);
    }
    // 500 of 1045 bytes are in its socket: it comes to 2000 unwritten ones, event by event, with the twelfth.
    const std::string more = post_many(30, text);
    for (const auto& listener : listeners) {
        if (listener.get() == &slow) continue;
        EXPECT_EQ(receive(*listener), more);
    }
    const std::string whole = all + more;
    EXPECT_EQ(receive(slow), whole.substr(0, whole.find("event 13 ")) + "lagged 13\n");
}

TEST_F(EventAudienceTest, WhoNeverReadsIsClosedPastItsLimitAndNotAtIt) {
    limits.push_pause_bytes = 1'000'000;
    limits.output_bytes_max = 1000;
    group.set_limits(limits);
    MemoryStream& slow = add_listener({.buffer_bytes = 500});
    posted = 9;  // so that each event has 100 bytes
    const auto post_one = [&] {
        ASSERT_EQ(post(std::string(90, 't')).size(), 100u);
        parts.executor.run_until_idle();
    };
    for (int i = 0; i < 15; ++i)
        post_one();
    EXPECT_EQ(slow.incoming_bytes(), 500u);
    EXPECT_EQ(ended, 0) << "1000 are untaken";
    post_one();
    EXPECT_EQ(ended, 1);
}

TEST_F(EventAudienceTest, WithinOneTurnASlowOneLagsBeforeItHoldsMuchMore) {
    MemoryStream& slow = add_listener({.buffer_bytes = 500});
    const std::string all = post_many(100, std::string(200, 't'));
    for (const auto& listener : listeners) {
        if (listener.get() == &slow) continue;
        EXPECT_EQ(receive(*listener), all);
    }
    const std::string got = receive(slow);
    EXPECT_LT(got.size(), 500 + 2 * limits.push_pause_bytes + 300);
    EXPECT_NE(got.find("lagged "), std::string::npos);
    EXPECT_TRUE(all.starts_with(got.substr(0, got.find("lagged "))));
}

TEST_F(EventAudienceTest, ManySlowOnesHoldTheSameBytes) {
    limits.memory_bytes_max = 40'000;
    limits.push_pause_bytes = 100'000;
    group.set_limits(limits);
    std::vector<MemoryStream*> slow;
    for (int i = 0; i < 20; ++i)
        slow.push_back(&add_listener({.buffer_bytes = 100}));
    const std::string all = post_many(6, std::string(1500, 't'));
    for (MemoryStream* stream : slow)
        EXPECT_EQ(receive(*stream), all);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 0u);
}

}  // namespace
}  // namespace obrol
