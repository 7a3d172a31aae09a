// What the operator may ask of other servers, of what waits for them, and of groups that are shared with them.
#include <gtest/gtest.h>

#include "core/administration.h"
#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

using Trial = Administration::ServerTrial;

class ServerAdministrationTest : public testing::Test {
  protected:
    ServerAdministrationTest() : servers(allowing_strangers(), allowing_strangers()) {
        a.people.add("messi");
        b.people.add("izza");
    }
    template <class T>
    T run(Task<T> task) {
        return a.parts.run(std::move(task));
    }
    template <class T>
    static std::pair<ChatError, std::string> refusal_of(const Administration::Answer<T>& answer) {
        EXPECT_FALSE(answer.has_value());
        if (answer) return {};
        return {answer.error().why, answer.error().subject};
    }
    using Refusal = std::pair<ChatError, std::string>;
    // "B up 0".
    std::string list() {
        std::string text;
        const auto servers_here = run(administration.list_servers());
        for (const auto& each : servers_here.value())
            text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", each.server.label, to_string(each.link),
                                each.queued);
        return text;
    }
    void send_while_down(int messages) {
        servers.set_link(LinkState::down);
        for (int i = 0; i < messages; ++i)
            a.people.get<MessageSent>("messi",
                                      SendMessage{parse_address_list("izza@B"), fmt::format("halo {}", i), {}});
    }

    // As links do when one comes up.
    void copy_groups_of_b() {
        const auto heads = b.parts.run(b.peering().heads_for(b.other));
        for (const auto& head : heads.value()) {
            EXPECT_TRUE(run(a.peering().wanted(a.other, true, head)).has_value());
            const GlobalGroup group{b.parts.key.public_key(), head.group};
            auto entries = b.parts.run(b.peering().entries(b.other, group, Seq(), 100, 1024 * 1024)).value();
            EXPECT_TRUE(run(a.peering().apply(a.other, group, std::move(entries.entries))).has_value());
        }
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
    Administration& administration = a.parts.chat.administration();
};

TEST_F(ServerAdministrationTest, AddsAndChangesAndForgets) {
    EXPECT_EQ(list(), "");
    const auto added = run(administration.add_server("C", "127.0.0.1", 9)).value();
    EXPECT_EQ(added.server.label, "C");
    EXPECT_EQ(added.link, LinkState::idle);
    EXPECT_EQ(refusal_of(run(administration.add_server("c", "127.0.0.2", 9))), Refusal(ChatError::server_taken, "c"));
    EXPECT_EQ(refusal_of(run(administration.add_server("A", "127.0.0.2", 9))).first, ChatError::own_server);
    EXPECT_EQ(refusal_of(run(administration.add_server("D", "127.0.0.2", 0))).first, ChatError::bad_server);
    EXPECT_EQ(refusal_of(run(administration.show_server("D"))), Refusal(ChatError::unknown_server, "D"));
    EXPECT_EQ(run(administration.set_server_address("C", "127.0.0.3", 10)).value().server.host, "127.0.0.3");
    EXPECT_EQ(refusal_of(run(administration.set_server_address("C", "0.0.0.0", 10))).first, ChatError::bad_server);
    EXPECT_EQ(run(administration.show_server("c")).value().summary.server.port, 10);
    EXPECT_EQ(run(administration.remove_server("C")).value(), 0u);
    EXPECT_EQ(list(), "");
    EXPECT_EQ(refusal_of(run(administration.remove_server("C"))).first, ChatError::unknown_server);
    EXPECT_TRUE(run(administration.add_server("C", "127.0.0.1", 9)).has_value()) << "a forgotten one may come back";
}

TEST_F(ServerAdministrationTest, ConnectsDisconnectsAndBlocks) {
    servers.join();
    EXPECT_EQ(list(), "B up 0");
    EXPECT_TRUE(run(administration.connect_server("B")).value());
    EXPECT_EQ(run(administration.disconnect_server("B")).value().link, LinkState::disconnected);
    EXPECT_FALSE(run(administration.connect_server("B")).value());
    EXPECT_EQ(run(administration.block_server("B")).value().link, LinkState::blocked);
    EXPECT_EQ(a.links.disconnected.size(), 2u);
    EXPECT_EQ(refusal_of(run(administration.connect_server("B"))), Refusal(ChatError::server_blocked, "B"));
    EXPECT_EQ(refusal_of(run(administration.disconnect_server("B"))).first, ChatError::server_blocked);
    EXPECT_EQ(refusal_of(run(administration.flush_queue("B"))).first, ChatError::server_blocked);
    EXPECT_EQ(a.people.why("messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt}),
              ChatError::server_blocked);
    const auto met = run(a.peering().met(b.parts.key.public_key(), "B", ServerId()));
    EXPECT_EQ(met.error(), ChatError::server_blocked);
    EXPECT_EQ(run(administration.unblock_server("B")).value().link, LinkState::idle);
    EXPECT_EQ(run(administration.unblock_server("B")).value().server.state, ServerState::known) << "nothing to do";
    EXPECT_TRUE(run(a.peering().met(b.parts.key.public_key(), "B", ServerId())).has_value());
}

TEST_F(ServerAdministrationTest, ShowsHowFarALinkIs) {
    servers.join();
    servers.send(a, "messi", "izza@B", "halo");
    servers.carry_all();
    send_while_down(2);
    a.links.troubles[a.other] = LinkTrouble{WallTime(std::chrono::milliseconds(7)), "no answer in time"};
    const auto shown = run(administration.show_server("b")).value();
    EXPECT_EQ(shown.summary.queued, 2u);
    EXPECT_TRUE(shown.summary.oldest_queued.has_value());
    EXPECT_EQ(shown.summary.server.key, b.parts.key.public_key());
    EXPECT_EQ(shown.progress.last, (OutboxPlace{1, 3}));
    EXPECT_EQ(shown.progress.acknowledged, (OutboxPlace{1, 1}));
    EXPECT_EQ(shown.trouble->words, "no answer in time");
    EXPECT_EQ(administration.identity().label, "A");
    EXPECT_EQ(administration.identity().key, a.parts.key.public_key());
}

TEST_F(ServerAdministrationTest, WhatWaitsIsListedAndDroppedAndItsSendersHearOfIt) {
    servers.join();
    send_while_down(3);
    auto queue = run(administration.list_queue("B", 0, 2)).value();
    ASSERT_EQ(queue.items.size(), 2u);
    EXPECT_EQ(queue.items[0].from, "messi");
    EXPECT_EQ(queue.items[0].to, "izza@B");
    EXPECT_EQ(queue.items[0].kind, Administration::QueuedItem::Kind::message);
    EXPECT_EQ(queue.next, queue.items[1].number);
    queue = run(administration.list_queue("B", queue.next, 2)).value();
    EXPECT_EQ(queue.items.size(), 1u);
    EXPECT_EQ(queue.next, 0);

    a.people.audience("messi").events.clear();
    EXPECT_EQ(run(administration.drop_queue("B")).value(), 3u);
    a.parts.executor.run_until_idle();
    const auto bounces = a.people.audience("messi").of_kind<BounceEvent>();
    ASSERT_EQ(bounces.size(), 3u);
    EXPECT_TRUE(bounces[0].note.is_final);
    EXPECT_EQ(bounces[0].note.why, ChatError::server_unreachable);
    EXPECT_EQ(run(administration.drop_queue("B")).value(), 0u) << "once";
    EXPECT_EQ(list(), "B down 0");
    EXPECT_EQ(run(administration.show_server("B")).value().summary.oldest_queued, std::nullopt);
    EXPECT_TRUE(run(administration.list_queue("B", 0, 10)).value().items.empty());
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "");
}

TEST_F(ServerAdministrationTest, FlushingDialsAtOnce) {
    servers.join();
    send_while_down(1);
    a.links.connected.clear();
    a.links.woken.clear();
    EXPECT_EQ(run(administration.flush_queue("B")).value().link, LinkState::up);
    EXPECT_EQ(a.links.connected.size(), 1u);
    EXPECT_EQ(a.links.woken, std::vector<ServerId>{a.other});
    a.links.connect_fails = Refused{ChatError::server_unreachable, "connect: refused", false};
    EXPECT_EQ(refusal_of(run(administration.flush_queue("B"))),
              Refusal(ChatError::server_unreachable, "connect: refused"));
    EXPECT_EQ(list(), "B up 1") << "nothing is given up";
    EXPECT_TRUE(run(administration.disconnect_server("B")).has_value());
    EXPECT_EQ(refusal_of(run(administration.flush_queue("B"))), Refusal(ChatError::server_not_connected, "B"));
}

TEST_F(ServerAdministrationTest, AForgottenServersQueueIsToldOf) {
    servers.join();
    send_while_down(2);
    EXPECT_EQ(run(administration.remove_server("B")).value(), 2u);
    a.parts.executor.run_until_idle();
    const auto bounces = a.people.audience("messi").of_kind<BounceEvent>();
    ASSERT_EQ(bounces.size(), 2u);
    EXPECT_EQ(bounces[1].note.why, ChatError::unknown_server);
    EXPECT_EQ(list(), "");
    EXPECT_FALSE(a.peering().server_with_key(b.parts.key.public_key()).has_value());
}

TEST_F(ServerAdministrationTest, ATrialSaysWhoAnswers) {
    servers.join();
    EXPECT_EQ(refusal_of(run(administration.test_server("B"))).first, ChatError::bad_server) << "it dialled this one";
    EXPECT_TRUE(run(administration.set_server_address("B", "127.0.0.1", 9)).has_value());
    a.links.trial.failed_at = LinkTrial::Step::connect;
    auto trial = run(administration.test_server("B")).value();
    EXPECT_FALSE(trial.is_good());
    EXPECT_EQ(trial.identity, Trial::Identity::unproven);
    EXPECT_EQ(a.links.tried, std::vector<std::string>{"127.0.0.1:9"});

    a.links.trial.failed_at = LinkTrial::Step::done;
    a.links.trial.met = LinkTrial::Met{b.parts.key.public_key(), "B"};
    trial = run(administration.test_server("B")).value();
    EXPECT_TRUE(trial.is_good());
    EXPECT_EQ(trial.identity, Trial::Identity::pinned);
    trial = run(administration.test_address("127.0.0.1", 10)).value();
    EXPECT_EQ(trial.identity, Trial::Identity::pinned);
    EXPECT_EQ(trial.label, "B") << "known by its key";

    PublicKey other{};
    other[0] = 7;
    a.links.trial.met = LinkTrial::Met{other, "B"};
    for (const bool by_address : {false, true}) {
        auto task = by_address ? administration.test_address("127.0.0.1", 10) : administration.test_server("B");
        trial = run(std::move(task)).value();
        EXPECT_FALSE(trial.is_good());
        EXPECT_EQ(trial.identity, Trial::Identity::another_key);
        EXPECT_EQ(trial.pinned, b.parts.key.public_key());
    }
    a.links.trial.met = LinkTrial::Met{other, "C"};
    EXPECT_EQ(run(administration.test_address("127.0.0.1", 10)).value().identity, Trial::Identity::first_contact);
    EXPECT_TRUE(run(administration.add_server("D", "127.0.0.1", 11)).has_value());
    trial = run(administration.test_server("D")).value();
    EXPECT_EQ(trial.identity, Trial::Identity::another_server);
    EXPECT_FALSE(trial.is_good());
    EXPECT_EQ(refusal_of(run(administration.test_address("127.0.0.1", 0))).first, ChatError::bad_server);
    EXPECT_EQ(refusal_of(run(administration.test_server("E"))).first, ChatError::unknown_server);
}

TEST_F(ServerAdministrationTest, AGroupsLogIsReadInPages) {
    a.people.found("messi", "lab");
    a.people.post("messi", "#lab", "one");
    a.people.post("messi", "#lab", "two");
    auto log = run(administration.read_group("LAB", Seq(0), 2)).value();
    ASSERT_EQ(log.items.size(), 2u);
    EXPECT_TRUE(log.more);
    EXPECT_EQ(log.items[1].entry.body, "one");
    EXPECT_EQ(log.items[1].from.name, "messi");
    log = run(administration.read_group("lab", Seq(2), 2)).value();
    ASSERT_EQ(log.items.size(), 1u);
    EXPECT_FALSE(log.more);
    EXPECT_EQ(refusal_of(run(administration.read_group("nolab", Seq(0), 2))),
              Refusal(ChatError::unknown_group, "nolab"));
}

TEST_F(ServerAdministrationTest, ARecoveryEndsByTheOperatorsWord) {
    servers.join();
    a.people.found("messi", "lab");
    servers.ask(a, "messi", InviteToGroup{parse_place("#lab"), parse_address_list("izza@B")});
    servers.carry_all();
    EXPECT_TRUE(run(a.peering().begin_epoch()).has_value());
    EXPECT_TRUE(run(administration.show_group("lab")).value().is_recovering);
    EXPECT_EQ(a.people.why("messi", SendToGroup{parse_place("#lab"), "halo", std::nullopt}),
              ChatError::home_recovering);
    EXPECT_TRUE(run(administration.end_recovery("lab")).has_value());
    EXPECT_FALSE(run(administration.show_group("lab")).value().is_recovering);
    a.people.post("messi", "#lab", "halo");
    EXPECT_TRUE(run(administration.end_recovery("lab")).has_value()) << "nothing to do";
    EXPECT_EQ(refusal_of(run(administration.end_recovery("nolab"))).first, ChatError::unknown_group);
}

TEST_F(ServerAdministrationTest, AGroupWhoseHomeIsGoneIsAdopted) {
    servers.join();
    b.people.found("izza", "lab");
    servers.ask(b, "izza", InviteToGroup{parse_place("#lab"), parse_address_list("messi@A")});
    servers.carry_all();
    b.people.post("izza", "#lab", "halo");
    copy_groups_of_b();
    EXPECT_EQ(a.people.history("messi", "#lab@B"), "2:invite messi 3:halo");

    a.people.found("messi", "taken");
    EXPECT_EQ(refusal_of(run(administration.adopt_group("lab@B", "taken"))), Refusal(ChatError::group_taken, "taken"));
    EXPECT_EQ(refusal_of(run(administration.adopt_group("lab@B", "a b"))).first, ChatError::bad_group_name);
    EXPECT_EQ(refusal_of(run(administration.adopt_group("taken", ""))).first, ChatError::bad_argument);
    EXPECT_EQ(refusal_of(run(administration.end_recovery("lab@B"))).first, ChatError::bad_argument);
    a.links.advanced.clear();
    const auto adopted = run(administration.adopt_group("lab@b", "")).value();
    const std::vector<ConversationId> told{adopted.group.conversation};
    EXPECT_EQ(a.links.advanced, told) << "the other members' servers, of its new home";
    EXPECT_EQ(adopted.group.card.id, "lab");
    EXPECT_FALSE(adopted.group.home);
    EXPECT_FALSE(adopted.group.code.empty());
    EXPECT_EQ(refusal_of(run(administration.show_group("lab@B"))).first, ChatError::unknown_group);
    EXPECT_EQ(run(administration.show_group("lab")).value().members.size(), 2u);
    a.people.post("messi", "#lab", "still here");
    EXPECT_EQ(a.people.history("messi", "#lab"), "2:invite messi 3:halo 4:still here");
    EXPECT_EQ(a.links.advanced.size(), 2u) << "and of what is said there";
}

}  // namespace
}  // namespace obrol
