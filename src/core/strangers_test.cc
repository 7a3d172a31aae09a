// Strangers on other servers, and what is late on its way to others.
#include <gtest/gtest.h>

#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

SendMessage message(const std::string& to, const std::string& text) {
    return SendMessage{parse_address_list(to), text, std::nullopt};
}

class StrangersTest : public testing::Test {
  protected:
    explicit StrangersTest(Chat::Options for_b = {}) : servers({}, std::move(for_b)) {
        a.people.add("messi");
        b.people.add("izza");
        servers.join();
    }
    // "messi@A:halo x2".
    std::string requests() {
        std::string text;
        for (const auto& one : b.people.get<RequestList>("izza", ListRequests{}).requests)
            text += fmt::format("{}{}:{} x{}", text.empty() ? "" : " ", one.from.name, one.first, one.messages);
        return text;
    }
    // What izza was pushed, without asking.
    std::string pushed() {
        std::string text;
        for (const auto& event : b.people.audience("izza").of_kind<MessageEvent>())
            text += (text.empty() ? "" : " ") + event.entry.body;
        return text;
    }
    std::size_t announced() { return b.people.audience("izza").of_kind<RequestEvent>().size(); }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(StrangersTest, WaitToBeAccepted) {
    EXPECT_EQ(b.people.inbox("izza"), "") << "the inbox is loaded before";
    EXPECT_EQ(servers.send(a, "messi", "izza@B", "halo").copies.at(0).delivery, Delivery::done);
    servers.send(a, "messi", "izza@B", "hai");
    EXPECT_EQ(announced(), 1u);
    EXPECT_EQ(b.people.audience("izza").of_kind<RequestEvent>().at(0).from.name, "messi@A");
    EXPECT_EQ(pushed(), "");
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(requests(), "messi@A:halo x2");
    EXPECT_EQ(b.people.history("izza", "messi@A"), "");
    b.people.get<Acknowledged>("izza", AcceptRequest{parse_address("messi@A")});
    b.parts.executor.run_until_idle();
    EXPECT_EQ(requests(), "");
    EXPECT_EQ(b.people.history("izza", "messi@A"), "1:halo 2:hai");
    EXPECT_EQ(pushed(), "halo hai");
    servers.send(a, "messi", "izza@B", "dan");
    EXPECT_EQ(pushed(), "halo hai dan");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo hai dan");
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(announced(), 1u);
    EXPECT_EQ(b.people.why("izza", AcceptRequest{parse_address("messi@A")}), ChatError::not_found);
}

TEST_F(StrangersTest, AreAcceptedByAnAnswer) {
    EXPECT_EQ(b.people.inbox("izza"), "");
    servers.send(a, "messi", "izza@B", "halo");
    servers.send(b, "izza", "messi@A", "siapa?");
    EXPECT_EQ(requests(), "");
    servers.send(a, "messi", "izza@B", "Leo");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo Leo");
    EXPECT_EQ(a.people.inbox("messi"), "izza@B: siapa?") << "who has written is no stranger";
}

TEST_F(StrangersTest, AreAcceptedByBecomingContacts) {
    EXPECT_EQ(b.people.inbox("izza"), "");
    servers.send(a, "messi", "izza@B", "halo");
    b.people.get<ContactsChanged>("izza", AddContacts{parse_address_list("messi@A")});
    EXPECT_EQ(requests(), "");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
}

TEST_F(StrangersTest, WhoIsAContactIsNone) {
    b.people.get<ContactsChanged>("izza", AddContacts{parse_address_list("messi@A")});
    servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
    EXPECT_EQ(announced(), 0u);
}

TEST_F(StrangersTest, WhoIsBlockedDoesNotWait) {
    servers.send(a, "messi", "izza@B", "halo");
    b.people.get<Acknowledged>("izza", Block{parse_address("messi@A"), true});
    EXPECT_EQ(requests(), "");
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("izza@B", "halo")).why, ChatError::blocked);
    EXPECT_EQ(b.people.inbox("izza"), "");
}

TEST_F(StrangersTest, WriteSoMuchAndNoMore) {
    for (int i = 0; i < 10; ++i)
        servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("izza@B", "halo")).why, ChatError::request_pending);
    EXPECT_EQ(requests(), "messi@A:halo x10");
}

TEST_F(StrangersTest, AreKnownAfterARestart) {
    EXPECT_EQ(b.people.inbox("izza"), "");
    servers.send(a, "messi", "izza@B", "halo");
    servers.send(a, "messi", "izza@B", "hai");
    // Another Chat on the same store has nothing in mind.
    LocalBus bus;
    Chat other(Chat::Parts{b.parts.executor, b.parts.store, b.parts.blobs, b.parts.commits, bus, b.parts.hasher,
                           b.parts.secure_random, b.parts.random, b.parts.logger, b.parts.key},
               {});
    ASSERT_TRUE(b.parts.run(other.prepare()).has_value());
    auto client = other.connect("127.0.0.1");
    const auto ask = [&](People::Body body) {
        return b.parts.run(other.execute(*client, Command{std::nullopt, std::move(body)}));
    };
    ASSERT_TRUE(std::holds_alternative<SessionStarted>(ask(Authenticate{"izza", "secret"})));
    RecordingAudience audience;
    client->listen(&audience, 1);
    ASSERT_TRUE(std::get<InboxPage>(ask(FetchInbox{})).senders.empty());
    ASSERT_TRUE(std::holds_alternative<Acknowledged>(ask(AcceptRequest{parse_address("messi@a")})));
    b.parts.executor.run_until_idle();
    EXPECT_EQ(audience.of_kind<MessageEvent>().size(), 2u);
    const auto page = std::get<InboxPage>(ask(FetchInbox{}));
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].messages.size(), 2u);
    other.release_inbox(page.reservation);
    b.parts.run(other.stop());
}

class FewStrangersTest : public StrangersTest {
  protected:
    static Chat::Options few() {
        Chat::Options options;
        options.peers.stranger_messages_max = 1;
        return options;
    }
    FewStrangersTest() : StrangersTest(few()) {}
};

TEST_F(FewStrangersTest, TheNumberIsASetting) {
    servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("izza@B", "halo")).why, ChatError::request_pending);
}

}  // namespace
}  // namespace obrol
