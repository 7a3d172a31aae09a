// Messages between two servers.
#include <chrono>
#include <gtest/gtest.h>

#include "core/administration.h"
#include "tests/support/peering_fixture.h"

namespace obrol {
namespace {

using std::chrono::seconds;

TEST_F(PeeringTest, AMessageArrivesAndIsAnswered) {
    const MessageSent sent = servers.send(a, "messi", "izza@B", "halo");
    ASSERT_EQ(sent.copies.size(), 1u);
    EXPECT_EQ(sent.copies[0].to, "izza@B");
    EXPECT_EQ(sent.copies[0].delivery, Delivery::done);
    EXPECT_EQ(a.people.history("messi", "izza@b"), "1:halo");
    EXPECT_EQ(b.people.history("izza", "messi@A"), "1:halo");
    const auto heard = b.people.audience("izza").of_kind<MessageEvent>();
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].from.name, "messi@A");
    EXPECT_EQ(heard[0].to.name, "izza");
    EXPECT_EQ(heard[0].entry.header.id, sent.copies[0].id) << "the same on both";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
    EXPECT_EQ(b.people.inbox("izza"), "");
    // And back.
    servers.send(b, "izza", "messi@A", "hai");
    EXPECT_EQ(a.people.unread("messi", "izza@B"), "izza@B>hai");
    EXPECT_EQ(a.people.history("messi", "izza@B"), "1:halo 2:hai");
    EXPECT_EQ(b.people.history("izza", "messi@A"), "1:halo 2:hai");
}

TEST_F(PeeringTest, AUserIsShownAsHisServerSays) {
    a.people.get<ProfileChanged>("messi", ChangeProfile{"Lionel Messi", "Argentina"});
    servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(b.people.audience("izza").of_kind<MessageEvent>().at(0).from,
              (UserCard{"messi@A", "Lionel Messi", "Argentina"}));
    a.people.get<ProfileChanged>("messi", ChangeProfile{"Leo", std::nullopt});
    servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(b.people.audience("izza").of_kind<MessageEvent>().at(1).from.display_name, "Leo");
}

TEST_F(PeeringTest, OneOfUnknownNameIsRefusedThereAndBounces) {
    const Refused refused = servers.get<Refused>(a, "messi", message("pogba@B"));
    EXPECT_EQ(refused.why, ChatError::unknown_recipient);
    EXPECT_EQ(refused.subject, "pogba@B");
    EXPECT_FALSE(refused.of_several);
    servers.carry_all();
    const auto bounces = a.people.audience("messi").of_kind<BounceEvent>();
    ASSERT_EQ(bounces.size(), 1u);
    EXPECT_EQ(bounces[0].to.name, "pogba@B");
    EXPECT_TRUE(bounces[0].note.is_final);
    EXPECT_EQ(bounces[0].note.why, ChatError::unknown_recipient);
    EXPECT_NE(a.people.history("messi", "pogba@B").find("1:halo 2:failed "), std::string::npos);
}

TEST_F(PeeringTest, SeveralRecipientsHereAndThere) {
    const MessageSent sent = servers.send(a, "messi", "maya,izza@B,pogba@B,nania@B", "halo");
    ASSERT_EQ(sent.copies.size(), 3u);
    EXPECT_EQ(sent.copies[0].to, "maya");
    EXPECT_EQ(sent.copies[1].to, "izza@B");
    EXPECT_EQ(sent.copies[2].to, "nania@B");
    ASSERT_EQ(sent.failed.size(), 1u);
    EXPECT_EQ(sent.failed[0].name, "pogba@B");
    EXPECT_EQ(sent.failed[0].why, ChatError::unknown_recipient);
    EXPECT_EQ(a.people.inbox("maya"), "messi: halo");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
    EXPECT_EQ(b.people.inbox("nania"), "messi@A: halo");
}

TEST_F(PeeringTest, NothingIsSentWhenOneNameOrServerIsUnknown) {
    const Refused server = servers.get<Refused>(a, "messi", message("maya,izza@C"));
    EXPECT_EQ(server.why, ChatError::unknown_server);
    EXPECT_EQ(server.subject, "C");
    EXPECT_TRUE(server.of_several);
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("izza@B,pogba")).why, ChatError::unknown_recipient);
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("server@B")).why, ChatError::unknown_recipient);
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("..@B")).why, ChatError::unknown_recipient);
    EXPECT_EQ(a.people.inbox("maya"), "");
    EXPECT_EQ(servers.carry(a), 0u);
    // Its own label is this server.
    EXPECT_EQ(servers.send(a, "messi", "maya@a", "halo").copies.at(0).to, "maya");
}

TEST_F(PeeringTest, WhileTheLinkIsDownMessagesWaitInOrder) {
    servers.set_link(LinkState::down);
    for (const char* text : {"satu", "dua", "tiga"}) {
        const auto sent = a.people.get<MessageSent>("messi", message("izza@B", text));
        EXPECT_EQ(sent.copies.at(0).delivery, Delivery::queued);
    }
    EXPECT_EQ(a.links.woken.size(), 3u);
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(a.people.get<ServerList>("messi", ListServers{}).servers.at(0).queued, 3u);
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua tiga");
    a.parts.executor.run_for(seconds(1));
    EXPECT_EQ(a.people.get<ServerList>("messi", ListServers{}).servers.at(0).queued, 0u);
}

TEST_F(PeeringTest, WithoutAVerdictInTimeTheAnswerIsQueued) {
    const MonotonicTime before = a.parts.executor.clock().monotonic_now();
    const auto sent = a.people.get<MessageSent>("messi", message("izza@B"));
    EXPECT_EQ(sent.copies.at(0).delivery, Delivery::queued);
    EXPECT_EQ(a.parts.executor.clock().monotonic_now() - before, seconds(5));
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
}

TEST_F(PeeringTest, ALinkThatIsLostEndsTheWait) {
    std::optional<Reply> reply;
    Gate gate("test");
    struct Script {
        static Task<void> ask(Chat& chat, Client& client, std::optional<Reply>& reply) {
            Command command{std::nullopt, message("izza@B")};
            Reply answer = co_await chat.execute(client, std::move(command));
            reply.emplace(std::move(answer));
        }
    };
    gate.spawn(Script::ask(a.parts.chat, a.people.client("messi"), reply));
    a.parts.executor.run_until_idle();
    EXPECT_FALSE(reply.has_value());
    servers.set_link(LinkState::down);
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(std::get<MessageSent>(*reply).copies.at(0).delivery, Delivery::queued);
}

TEST_F(PeeringTest, ARetryUnderAKeySendsNothingAgain) {
    SendMessage request = message("izza@B");
    request.key = IdempotencyKey{"phone", 1};
    const auto first = servers.get<MessageSent>(a, "messi", request);
    const auto again = servers.get<MessageSent>(a, "messi", request);
    EXPECT_EQ(again.copies.at(0).id, first.copies.at(0).id);
    EXPECT_EQ(again.copies.at(0).delivery, Delivery::done);
    servers.set_link(LinkState::down);
    request.key->number = 2;
    a.people.get<MessageSent>("messi", request);
    EXPECT_EQ(a.people.get<MessageSent>("messi", request).copies.at(0).delivery, Delivery::queued);
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo halo");
}

TEST_F(PeeringTest, ARetryUnderAKeyIsToldWhatTheFirstRequestWouldBeNow) {
    SendMessage request = message("pogba@B");
    request.key = IdempotencyKey{"phone", 1};
    for (int i = 0; i < 2; ++i) {
        const Refused refused = servers.get<Refused>(a, "messi", request);
        EXPECT_EQ(refused.why, ChatError::unknown_recipient) << i;
        EXPECT_EQ(refused.subject, "pogba@B") << i;
    }
    EXPECT_EQ(a.people.audience("messi").of_kind<BounceEvent>().size(), 1u) << "told once";
    // One of several.
    SendMessage several = message("maya,pogba@B,izza@B");
    several.key = IdempotencyKey{"phone", 2};
    for (int i = 0; i < 2; ++i) {
        const auto sent = servers.get<MessageSent>(a, "messi", several);
        ASSERT_EQ(sent.copies.size(), 2u) << i;
        EXPECT_EQ(sent.copies[1].delivery, Delivery::done) << i;
        ASSERT_EQ(sent.failed.size(), 1u) << i;
        EXPECT_EQ(sent.failed[0].name, "pogba@B") << i;
        EXPECT_EQ(sent.failed[0].why, ChatError::unknown_recipient) << i;
    }
}

TEST_F(PeeringTest, ARetryHearsOfARefusalThatCameMeanwhile) {
    SendMessage request = message("pogba@B");
    request.key = IdempotencyKey{"phone", 1};
    servers.set_link(LinkState::down);
    EXPECT_EQ(a.people.get<MessageSent>("messi", request).copies.at(0).delivery, Delivery::queued);
    servers.set_link(LinkState::up);
    EXPECT_EQ(servers.carry(a), 1u) << "its acknowledgement alone; the refusal waits at the other side";
    EXPECT_EQ(a.people.get<Refused>("messi", request).why, ChatError::unknown_recipient);
    servers.carry_all();
    EXPECT_EQ(a.people.get<Refused>("messi", request).why, ChatError::unknown_recipient);
    EXPECT_EQ(a.people.audience("messi").of_kind<BounceEvent>().size(), 1u);
    // What waits for one server does not say anything of what has arrived there.
    request = message("izza@B");
    request.key = IdempotencyKey{"phone", 2};
    servers.get<MessageSent>(a, "messi", request);
    servers.set_link(LinkState::down);
    a.people.get<MessageSent>("messi", message("nania@B"));
    EXPECT_EQ(a.people.get<MessageSent>("messi", request).copies.at(0).delivery, Delivery::done);
}

TEST_F(PeeringTest, ARetryHearsThatItWasGivenUp) {
    SendMessage request = message("izza@B");
    request.key = IdempotencyKey{"phone", 1};
    servers.set_link(LinkState::down);
    a.people.get<MessageSent>("messi", request);
    EXPECT_EQ(a.parts.run(a.parts.chat.administration().drop_queue("B")), 1u);
    EXPECT_EQ(a.people.get<Refused>("messi", request).why, ChatError::server_unreachable);
}

TEST_F(PeeringTest, BlockedAcrossServers) {
    servers.send(a, "messi", "izza@B", "halo");
    b.people.get<Acknowledged>("izza", Block{parse_address("messi@A"), true});
    EXPECT_EQ(servers.get<Refused>(a, "messi", message("izza@B")).why, ChatError::blocked);
    b.people.get<Acknowledged>("izza", Block{parse_address("messi@A"), false});
    servers.send(a, "messi", "izza@B", "hai");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo hai");
    // Somebody of whom nobody has heard can be blocked as well.
    b.people.get<Acknowledged>("izza", Block{parse_address("maya@A"), true});
    EXPECT_EQ(servers.get<Refused>(a, "maya", message("izza@B")).why, ChatError::blocked);
}

TEST_F(PeeringTest, ContactsAcrossServers) {
    const auto added = a.people.get<ContactsChanged>("messi", AddContacts{parse_address_list("izza@B,x@C")});
    EXPECT_EQ(added.done, std::vector<std::string>{"izza@B"});
    EXPECT_EQ(added.failed.at(0).why, ChatError::unknown_server);
    const auto list = a.people.get<ContactList>("messi", ListContacts{});
    ASSERT_EQ(list.contacts.size(), 1u);
    EXPECT_EQ(list.contacts[0].user.name, "izza@B");
    EXPECT_FALSE(list.contacts[0].online);
    a.people.get<ContactsChanged>("messi", RemoveContacts{parse_address_list("IZZA@b")});
    EXPECT_TRUE(a.people.get<ContactList>("messi", ListContacts{}).contacts.empty());
}

TEST_F(PeeringTest, LookingBackMakesNobodyKnown) {
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("izza@B"), std::nullopt, 10}),
              ChatError::unknown_recipient);
    EXPECT_EQ(a.people.why("messi", FetchUnread{parse_place("izza@B")}), ChatError::unknown_recipient);
    EXPECT_EQ(a.people.why("messi", MarkRead{parse_place("izza@B"), Seq(1)}), ChatError::unknown_recipient);
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("izza@C"), std::nullopt, 10}), ChatError::unknown_server);
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("#lab@C"), std::nullopt, 10}), ChatError::unknown_server);
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("#lab@B"), std::nullopt, 10}), ChatError::unknown_group);
}

TEST_F(PeeringTest, ReadingIsNotedHere) {
    servers.send(a, "messi", "izza@B", "halo");
    b.people.get<Acknowledged>("izza", MarkRead{parse_place("messi@A"), Seq(1)});
}

TEST_F(PeeringTest, NobodyOfAnotherServerLogsInHere) {
    servers.send(a, "messi", "izza@B", "halo");
    auto client = b.parts.chat.connect("127.0.0.1");
    for (const char* name : {"messi@A", "messi"})
        EXPECT_EQ(std::get<Refused>(b.parts.ask(*client, Authenticate{name, ""})).why, ChatError::unknown_user);
}

// What a server may say, and what it may not.

TEST_F(PeeringTest, WhatWasErasedIsNotSent) {
    servers.set_link(LinkState::down);
    const auto sent = a.people.get<MessageSent>("messi", message("izza@B", "rahasia"));
    const EraseBody erase{sent.copies[0].conversation, sent.copies[0].seq};
    struct Script {
        static Task<bool> submit(GroupCommit& commits, EraseBody erase) {
            const ChangeResult result = co_await commits.submit(erase);
            co_return result.has_value();
        }
    };
    EXPECT_TRUE(a.parts.run(Script::submit(a.parts.commits, erase)));
    a.people.get<MessageSent>("messi", message("izza@B", "halo"));
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
}

TEST_F(PeeringTest, TheOutboxGivesNoMoreThanIsAskedFor) {
    servers.set_link(LinkState::down);
    for (int i = 0; i < 5; ++i)
        a.people.get<MessageSent>("messi", message("izza@B", std::string(1000, 'a')));
    const auto numbers = [&](std::int64_t after, std::size_t items_max, std::size_t bytes_max) {
        std::vector<std::int64_t> found;
        const auto items = a.parts.run(a.peering().outbox(a.other, after, items_max, bytes_max));
        for (const Peering::Outgoing& item : *items)
            found.push_back(item.number);
        return found;
    };
    EXPECT_EQ(numbers(0, 100, 1 << 20), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(numbers(2, 2, 1 << 20), (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(numbers(0, 100, 3000), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(numbers(0, 100, 1), (std::vector<std::int64_t>{1})) << "one at least";
    EXPECT_EQ(numbers(5, 100, 1 << 20), (std::vector<std::int64_t>{}));
    EXPECT_EQ(*a.parts.run(a.peering().oldest(a.other)), 1);
    EXPECT_EQ(a.parts.run(a.peering().progress(a.other))->last, (OutboxPlace{1, 5}));
}

TEST_F(PeeringTest, WhatANewEpochSendsAnewComesOnce) {
    servers.send(a, "messi", "izza@B", "satu");
    a.parts.executor.run_for(seconds(1));
    servers.set_link(LinkState::down);
    a.people.get<MessageSent>("messi", message("izza@B", "dua"));
    EXPECT_EQ(a.peering().epoch(), 1);
    ASSERT_TRUE(a.parts.run(a.peering().begin_epoch()).has_value());
    EXPECT_EQ(a.peering().epoch(), 2);
    a.handed_out = {2, 0};
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua");
    EXPECT_EQ(a.parts.run(a.peering().progress(a.other))->last, (OutboxPlace{2, 2}));
}

// A new link tells how far the other server has come, and not what it has refused.
TEST_F(PeeringTest, WhatWasTakenWithoutAVerdictMayHaveBeenRefused) {
    std::optional<Reply> reply;
    Gate gate("test");
    struct Script {
        static Task<void> ask(Chat& chat, Client& client, std::optional<Reply>& reply) {
            Command command{std::nullopt, message("nobody@B")};
            Reply answer = co_await chat.execute(client, std::move(command));
            reply.emplace(std::move(answer));
        }
    };
    gate.spawn(Script::ask(a.parts.chat, a.people.client("messi"), reply));
    a.parts.executor.run_until_idle();
    const auto items = a.parts.run(a.peering().outbox(a.other, 0, 10, 1000));
    ASSERT_TRUE(items.has_value());
    ASSERT_EQ(items->size(), 1u);
    a.peering().acknowledged(a.other, {1, 1}, {});
    a.parts.executor.run_until_idle();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(std::get<MessageSent>(*reply).copies.at(0).delivery, Delivery::queued);
}

class SmallQueueTest : public PeeringTest {
  protected:
    static Chat::Options small() {
        Chat::Options options = friendly();
        options.peers.queue_items_max = 2;
        options.peers.verdict_timeout = seconds(2);
        return options;
    }
    SmallQueueTest() : PeeringTest(small()) {}
};

TEST_F(SmallQueueTest, NoMoreWaitsThanMay) {
    servers.set_link(LinkState::down);
    a.people.get<MessageSent>("messi", message("izza@B", "satu"));
    a.people.get<MessageSent>("messi", message("izza@B", "dua"));
    const Refused refused = a.people.refusal("messi", message("izza@B", "tiga"));
    EXPECT_EQ(refused.why, ChatError::queue_full);
    EXPECT_EQ(refused.subject, "B");
    servers.set_link(LinkState::up);
    servers.carry_all();
    a.parts.executor.run_for(seconds(1));
    servers.send(a, "messi", "izza@B", "tiga");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua tiga");
}

TEST_F(SmallQueueTest, TheWaitForAVerdictIsASetting) {
    const MonotonicTime before = a.parts.executor.clock().monotonic_now();
    a.people.get<MessageSent>("messi", message("izza@B"));
    EXPECT_EQ(a.parts.executor.clock().monotonic_now() - before, seconds(2));
}

}  // namespace
}  // namespace obrol
