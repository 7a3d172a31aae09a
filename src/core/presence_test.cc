// What listening connections hear of others beside messages: presence and how far they have read.
#include "core/presence.h"

#include <gtest/gtest.h>

#include "core/administration.h"
#include "tests/support/chat_parts.h"
#include "tests/support/recording_audience.h"

namespace obrol {
namespace {

using std::chrono::seconds;

class PresenceTest : public testing::Test {
  protected:
    PresenceTest() {
        for (const char* name : {"messi", "maya", "izza"})
            parts.add_user(name);
        listener = connect();
        parts.log_in(*listener, "maya");
        listener->listen(&audience, 7);
    }
    std::unique_ptr<Client> connect() { return parts.chat.connect("127.0.0.1"); }
    void write(const std::string& from, const std::string& to) {
        const auto client = connect();
        parts.log_in(*client, from);
        parts.ask(*client, SendMessage{parse_address_list(to), "x", std::nullopt});
    }
    // So long that whoever is gone counts as offline, and was told.
    void pass() { parts.executor.run_for(seconds(120)); }
    // What was heard since the last call, e.g. "messi+ messi-".
    std::string heard() {
        parts.executor.run_until_idle();
        std::string text;
        for (const PresenceEvent& event : audience.of_kind<PresenceEvent>())
            text += (text.empty() ? "" : " ") + event.user.name + (event.online ? "+" : "-");
        audience.events.clear();
        audience.heard.clear();
        return text;
    }

    ChatParts parts;
    RecordingAudience audience;
    std::unique_ptr<Client> listener;
};

TEST_F(PresenceTest, WhoWroteOneAnotherHearWhoComesAndGoes) {
    write("messi", "maya");
    pass();
    heard();
    auto messi = connect();
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "messi+");
    const auto second = connect();
    parts.log_in(*second, "messi");
    EXPECT_EQ(heard(), "") << "he is there already";
    const auto izza = connect();
    parts.log_in(*izza, "izza");
    EXPECT_EQ(heard(), "") << "a stranger";
    messi.reset();
    pass();
    EXPECT_EQ(heard(), "") << "one connection is left";
}

TEST_F(PresenceTest, GoingOfflineIsToldWhenTheWindowHasPassed) {
    write("messi", "maya");
    pass();
    heard();
    auto messi = connect();
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "messi+");
    parts.executor.run_for(seconds(600));
    messi.reset();
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(heard(), "");
    parts.executor.run_for(seconds(67));
    EXPECT_EQ(heard(), "messi-");
    write("messi", "izza");
    EXPECT_EQ(heard(), "messi+") << "a script that comes and goes";
    parts.executor.run_for(seconds(59));
    EXPECT_EQ(heard(), "");
    parts.executor.run_for(seconds(9));
    EXPECT_EQ(heard(), "messi-");
}

TEST_F(PresenceTest, ALogoutAndARevokedSessionAreToldAtOnce) {
    write("messi", "maya");
    pass();
    heard();
    const auto messi = connect();
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "messi+");
    parts.ask(*messi, Logout{});
    EXPECT_EQ(heard(), "messi-");
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "messi+");
    EXPECT_TRUE(parts.run(parts.chat.administration().set_state("messi", AccountState::disabled)).has_value());
    EXPECT_EQ(heard(), "messi-");
}

TEST_F(PresenceTest, WhoeverIsBlockedHearsNothing) {
    write("messi", "maya");
    pass();
    heard();
    const auto messi = connect();
    parts.log_in(*messi, "messi");
    parts.ask(*messi, Block{parse_address("maya"), true});
    EXPECT_EQ(heard(), "messi+");
    parts.ask(*messi, Logout{});
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "");
    parts.ask(*messi, Block{parse_address("maya"), false});
    parts.ask(*messi, Logout{});
    EXPECT_EQ(heard(), "messi-");
}

TEST_F(PresenceTest, WhatHappenedBeforeAnybodyListenedIsNotNews) {
    write("messi", "maya");
    listener->listen(nullptr, 0);
    pass();
    const auto messi = connect();
    parts.log_in(*messi, "messi");
    parts.executor.run_until_idle();
    listener->listen(&audience, 7);
    heard();
    const auto second = connect();
    parts.log_in(*second, "messi");
    EXPECT_EQ(heard(), "");
    parts.ask(*messi, RevokeSessions{RevokeSessions::Which::all, {}});
    EXPECT_EQ(heard(), "messi-");
}

TEST_F(PresenceTest, AStoreThatCannotBeReadCostsTheEventOnly) {
    write("messi", "maya");
    pass();
    heard();
    const auto messi = connect();
    parts.log_in(*messi, "messi");
    heard();
    parts.ask(*messi, Logout{});
    parts.store.fail_next_read("a bad page");
    EXPECT_EQ(heard(), "");
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "presence"), 1u);
    parts.log_in(*messi, "messi");
    EXPECT_EQ(heard(), "messi+");
}

TEST_F(PresenceTest, HowFarSomebodyHasReadIsToldToTheOtherSideAndToHisOwnOthers) {
    const auto messi = connect(), messis_phone = connect(), izza = connect();
    for (Client* client : {messi.get(), messis_phone.get()})
        parts.log_in(*client, "messi");
    parts.log_in(*izza, "izza");
    messi->listen(&audience, 1);
    messis_phone->listen(&audience, 2);
    izza->listen(&audience, 3);
    for (int i = 0; i < 3; ++i)
        parts.ask(*listener, SendMessage{parse_address_list("messi"), "x", std::nullopt});
    heard();
    const auto read = [&](Client& by, std::int64_t seq) {
        parts.ask(by, MarkRead{parse_place("maya"), Seq(seq)});
        parts.executor.run_until_idle();
    };
    read(*messi, 2);
    const auto events = audience.of_kind<ReadEvent>();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].upto, Seq(2));
    EXPECT_EQ(events[0].reader.name, "messi");
    EXPECT_EQ(events[0].with.name, "maya");
    EXPECT_EQ(audience.heard.at(0), (std::vector<ListenerId>{2, 7})) << "not to the connection that said so";
    read(*messi, 2);
    read(*messi, 1);
    EXPECT_EQ(audience.of_kind<ReadEvent>().size(), 1u) << "nothing moved";
    read(*messi, 99);
    ASSERT_EQ(audience.of_kind<ReadEvent>().size(), 2u);
    EXPECT_EQ(audience.of_kind<ReadEvent>()[1].upto, Seq(3)) << "the end of the log";

    parts.ask(*listener, SendMessage{parse_address_list("messi"), "x", std::nullopt});
    parts.ask(*messi, Block{parse_address("maya"), true});
    heard();
    read(*messi, 4);
    EXPECT_EQ(audience.heard.at(0), std::vector<ListenerId>{2}) << "whom he has blocked does not hear it";
}

}  // namespace
}  // namespace obrol
