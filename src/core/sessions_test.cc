// Sessions as users meet them: how long they live, how many there may be, who ends them.
#include "core/sessions.h"

#include <gtest/gtest.h>

#include "core/administration.h"
#include "tests/support/chat_parts.h"
#include "tests/support/recording_audience.h"

namespace obrol {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Which = RevokeSessions::Which;

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() { make({}); }

    void make(Chat::Options options) {
        parts.emplace(1, std::move(options));
        for (const char* name : {"messi", "maya"})
            parts->add_user(name);
    }
    std::unique_ptr<Client> connect() { return parts->chat.connect("127.0.0.1"); }
    Token log_in(Client& client, const std::string& name = "messi") { return parts->log_in(client, name); }
    // A login whose connection is gone.
    Token log_in_once(const std::string& name = "messi") {
        const auto client = connect();
        return log_in(*client, name);
    }
    bool works(const Token& token) {
        const auto client = connect();
        return std::holds_alternative<Self>(parts->ask(*client, WhoAmI{}, token));
    }
    bool is_logged_in(Client& client) { return std::holds_alternative<Self>(parts->ask(client, WhoAmI{})); }
    std::vector<StoredSession> stored(const std::string& name = "messi") {
        const UserId user = parts->run(parts->store.find_user(name)).value().value().id;
        return parts->run(parts->store.sessions_of(user)).value();
    }
    std::vector<SessionList::Item> list(Client& client) {
        return std::get<SessionList>(parts->ask(client, ListSessions{})).sessions;
    }
    void pass(Duration duration) { parts->executor.run_for(duration); }

    std::optional<ChatParts> parts;
};

Chat::Options idle_after(Duration limit) {
    Chat::Options options;
    options.session_idle_limit = limit;
    return options;
}

Chat::Options at_most(std::size_t sessions) {
    Chat::Options options;
    options.sessions_per_user_max = sessions;
    return options;
}

TEST_F(SessionsTest, AnIdleSessionEndsWhenItIsUsed) {
    make(idle_after(hours(8)));
    const Token token = log_in_once();
    pass(hours(8) - milliseconds(1));
    EXPECT_TRUE(works(token)) << "just in time, and that was a use";
    pass(hours(8) - milliseconds(1));
    EXPECT_TRUE(works(token));
    pass(hours(8));
    EXPECT_FALSE(works(token));
    EXPECT_TRUE(stored().empty()) << "for good";
}

TEST_F(SessionsTest, WhatAConnectionHoldsIsNotIdle) {
    make(idle_after(hours(8)));
    const auto client = connect();
    const Token token = log_in(*client);
    pass(hours(100));
    EXPECT_TRUE(works(token));
    EXPECT_TRUE(is_logged_in(*client));
    const auto another = connect();
    EXPECT_TRUE(std::holds_alternative<Self>(parts->ask(*another, WhoAmI{}, token)));
    pass(hours(100));
    EXPECT_TRUE(is_logged_in(*client));
}

TEST_F(SessionsTest, IdlenessBeginsWhenTheConnectionGoes) {
    make(idle_after(hours(8)));
    auto client = connect();
    const Token token = log_in(*client);
    pass(hours(100));
    client.reset();
    pass(hours(8) - milliseconds(1));
    EXPECT_TRUE(works(token));
    client = connect();
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(parts->ask(*client, Resume{}, token)));
    pass(hours(100));
    client.reset();
    pass(hours(8));
    EXPECT_FALSE(works(token));
}

TEST_F(SessionsTest, WithoutALimitNothingIsIdle) {
    make(idle_after(Duration::zero()));
    parts->chat.start();
    const Token token = log_in_once();
    pass(hours(24 * 365 * 20));
    EXPECT_TRUE(works(token));
    parts->run(parts->chat.stop());
}

TEST_F(SessionsTest, IdleSessionsEndThoughNobodyAsks) {
    make(idle_after(hours(8)));
    parts->chat.start();
    const auto holding = connect();
    log_in(*holding);
    for (int i = 0; i < 3; ++i)
        log_in_once();
    log_in_once("maya");
    pass(hours(8) - milliseconds(1));
    EXPECT_EQ(stored().size(), 4u);
    pass(hours(2));
    ASSERT_EQ(stored().size(), 1u);
    EXPECT_TRUE(stored("maya").empty());
    EXPECT_TRUE(is_logged_in(*holding));
    parts->run(parts->chat.stop());
}

TEST_F(SessionsTest, TheUseOfWhatIsHeldIsNotedSoThatARestartFindsIt) {
    make(idle_after(hours(8)));
    parts->chat.start();
    const auto holding = connect();
    log_in(*holding);
    pass(hours(100));
    const WallTime now = parts->executor.clock().wall_now();
    EXPECT_GT(stored().at(0).session.used_at, now - hours(2) - milliseconds(500));
    parts->run(parts->chat.stop());
}

TEST_F(SessionsTest, AfterARestartTheTimeThatWasNotNotedIsForgiven) {
    // An eighth of the limit is how far behind the stored time may lie.
    make(idle_after(hours(8)));
    const Token one = log_in_once(), two = log_in_once();
    const auto works_after_restart = [&](const Token& token) {
        LocalBus bus;
        Chat other(Chat::Parts{parts->executor, parts->store, parts->blobs, parts->commits, bus, parts->hasher,
                               parts->secure_random, parts->random, parts->logger, parts->key},
                   idle_after(hours(8)));
        const auto client = other.connect("127.0.0.1");
        return std::holds_alternative<Self>(parts->run(other.execute(*client, Command{token, WhoAmI{}})));
    };
    pass(hours(9) - milliseconds(20));
    EXPECT_TRUE(works_after_restart(one));
    pass(milliseconds(20));
    EXPECT_FALSE(works_after_restart(two));
    EXPECT_EQ(stored().size(), 1u);
}

TEST_F(SessionsTest, TheUseIsNotedNowAndThenOnly) {
    make(idle_after(hours(8)));
    const auto client = connect();
    log_in(*client);
    const WallTime started_at = stored().at(0).session.started_at;
    pass(std::chrono::minutes(59));
    is_logged_in(*client);
    pass(std::chrono::seconds(1));
    EXPECT_EQ(stored().at(0).session.used_at, started_at);
    pass(std::chrono::minutes(2));
    is_logged_in(*client);
    pass(std::chrono::seconds(1));
    EXPECT_EQ(stored().at(0).session.used_at, started_at + std::chrono::minutes(61) + std::chrono::seconds(1));
}

TEST_F(SessionsTest, OneLoginTooManyEndsTheOneUnusedForLongest) {
    make(at_most(3));
    const auto holding = connect();
    const Token held = log_in(*holding);
    const Token first = log_in_once(), second = log_in_once();
    EXPECT_EQ(stored().size(), 3u) << "at the limit";
    pass(milliseconds(1));
    EXPECT_TRUE(works(first));
    pass(milliseconds(1));
    const Token third = log_in_once();
    EXPECT_EQ(stored().size(), 3u);
    EXPECT_FALSE(works(second)) << "unused for longest";
    EXPECT_TRUE(works(first));
    EXPECT_TRUE(works(held));
    EXPECT_TRUE(works(third));
    log_in_once("maya");
    EXPECT_EQ(stored().size(), 3u) << "others do not count";
}

TEST_F(SessionsTest, WhatConnectionsHoldMakesNoRoom) {
    make(at_most(2));
    auto one = connect();
    const auto two = connect(), three = connect();
    log_in(*one);
    log_in(*two);
    const Reply refused = parts->ask(*three, Authenticate{"messi", "secret"});
    ASSERT_TRUE(std::holds_alternative<Refused>(refused));
    EXPECT_EQ(std::get<Refused>(refused).why, ChatError::too_many_sessions);
    EXPECT_TRUE(is_logged_in(*one));
    EXPECT_TRUE(is_logged_in(*two));
    one.reset();
    log_in(*three);
    EXPECT_TRUE(is_logged_in(*three));
    EXPECT_EQ(stored().size(), 2u);
}

TEST_F(SessionsTest, ALowerLimitIsReachedWithTheNextLogin) {
    make(at_most(0));
    for (int i = 0; i < 20; ++i)
        log_in_once();
    EXPECT_EQ(stored().size(), 20u) << "0: any number";
    LocalBus bus;
    Chat other(Chat::Parts{parts->executor, parts->store, parts->blobs, parts->commits, bus, parts->hasher,
                           parts->secure_random, parts->random, parts->logger, parts->key},
               at_most(5));
    const auto client = other.connect("127.0.0.1");
    const Command login{std::nullopt, Authenticate{"messi", "secret"}};
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(parts->run(other.execute(*client, Command(login)))));
    EXPECT_EQ(stored().size(), 5u);
}

TEST_F(SessionsTest, AreListedForTheirOwner) {
    const auto here = connect();
    log_in_once("maya");
    const WallTime started_at = parts->executor.clock().wall_now();
    const Token script = log_in_once();
    pass(hours(1));
    log_in(*here);
    std::vector<SessionList::Item> sessions = list(*here);
    ASSERT_EQ(sessions.size(), 2u);
    EXPECT_GE(sessions[0].started_at, started_at);
    EXPECT_EQ(sessions[0].used_at, sessions[0].started_at);
    EXPECT_FALSE(sessions[0].online);
    EXPECT_FALSE(sessions[0].held);
    EXPECT_FALSE(sessions[0].current);
    EXPECT_TRUE(sessions[1].online);
    EXPECT_TRUE(sessions[1].held);
    EXPECT_TRUE(sessions[1].current);

    pass(hours(1));
    EXPECT_TRUE(works(script));
    sessions = list(*here);
    EXPECT_EQ(sessions[0].used_at, parts->executor.clock().wall_now());
    EXPECT_TRUE(sessions[0].online) << "used a moment ago";
    EXPECT_FALSE(sessions[0].held);
    const auto elsewhere = connect();
    const Reply by_token = parts->ask(*elsewhere, ListSessions{}, script);
    EXPECT_TRUE(std::get<SessionList>(by_token).sessions[0].current) << "the token's own";
}

TEST_F(SessionsTest, OneIsRevoked) {
    const auto here = connect(), there = connect(), maya = connect();
    log_in(*here);
    log_in(*there);
    log_in(*maya, "maya");
    RecordingAudience audience;
    there->listen(&audience, 5);
    here->listen(&audience, 6);
    const SessionId other = list(*there).at(1).id, hers = list(*maya).at(0).id;

    const Reply revoked = parts->ask(*here, RevokeSessions{Which::one, other});
    EXPECT_EQ(std::get<SessionsRevoked>(revoked).count, 1);
    EXPECT_FALSE(std::get<SessionsRevoked>(revoked).current_too);
    EXPECT_FALSE(is_logged_in(*there));
    EXPECT_TRUE(is_logged_in(*here));
    EXPECT_EQ(audience.of_kind<SessionEndedEvent>().size(), 1u);
    EXPECT_EQ(audience.heard.at(0), std::vector<ListenerId>{5}) << "whose login it was";
    EXPECT_EQ(stored().size(), 1u);

    const auto why = [&](SessionId session) {
        const Reply reply = parts->ask(*here, RevokeSessions{Which::one, session});
        return std::get<Refused>(reply).why;
    };
    EXPECT_EQ(why(other), ChatError::not_found);
    EXPECT_EQ(why(hers), ChatError::not_found) << "somebody else's";
    EXPECT_TRUE(is_logged_in(*maya));
}

TEST_F(SessionsTest, NoEventReachesAConnectionWhoseLoginHasEnded) {
    const auto here = connect(), there = connect(), maya = connect();
    log_in(*here);
    log_in(*there);
    log_in(*maya, "maya");
    RecordingAudience audience;
    there->listen(&audience, 5);
    parts->ask(*here, RevokeSessions{Which::others, {}});
    audience.events.clear();
    parts->ask(*maya, SendMessage{parse_address_list("messi"), "secret news", std::nullopt});
    parts->executor.run_until_idle();
    EXPECT_TRUE(audience.events.empty());
    log_in(*there);
    audience.events.clear();
    parts->ask(*maya, SendMessage{parse_address_list("messi"), "again", std::nullopt});
    parts->executor.run_until_idle();
    EXPECT_EQ(audience.of_kind<MessageEvent>().size(), 1u) << "it still listens";
}

TEST_F(SessionsTest, TheOthersAreRevoked) {
    const auto here = connect(), there = connect();
    log_in(*here);
    log_in(*there);
    const Token script = log_in_once(), hers = log_in_once("maya");
    const Reply revoked = parts->ask(*here, RevokeSessions{Which::others, {}});
    EXPECT_EQ(std::get<SessionsRevoked>(revoked).count, 2);
    EXPECT_FALSE(std::get<SessionsRevoked>(revoked).current_too);
    EXPECT_TRUE(is_logged_in(*here));
    EXPECT_FALSE(is_logged_in(*there));
    EXPECT_FALSE(works(script));
    EXPECT_TRUE(works(hers));
}

TEST_F(SessionsTest, RevokingTheCurrentOneIsALogout) {
    const auto here = connect();
    const Token token = log_in(*here);
    RecordingAudience audience;
    here->listen(&audience, 5);
    const SessionId own = list(*here).at(0).id;
    const Reply revoked = parts->ask(*here, RevokeSessions{Which::one, own});
    EXPECT_TRUE(std::get<SessionsRevoked>(revoked).current_too);
    EXPECT_FALSE(is_logged_in(*here));
    EXPECT_FALSE(works(token));
    EXPECT_TRUE(audience.events.empty()) << "who does it himself is not told";

    log_in(*here);
    log_in_once();
    const Reply all = parts->ask(*here, RevokeSessions{Which::all, {}});
    EXPECT_EQ(std::get<SessionsRevoked>(all).count, 2);
    EXPECT_TRUE(std::get<SessionsRevoked>(all).current_too);
    EXPECT_FALSE(is_logged_in(*here));
    EXPECT_TRUE(stored().empty());
}

}  // namespace
}  // namespace obrol
