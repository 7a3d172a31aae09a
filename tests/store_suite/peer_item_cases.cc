// What is queued for other servers, what comes from them, and what is told of what failed.
#include "model/bounce.h"
#include "model/peer_item.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

std::vector<std::int64_t> numbers_of(const std::vector<OutboxItem>& items) {
    std::vector<std::int64_t> numbers;
    for (const OutboxItem& item : items)
        numbers.push_back(item.number);
    return numbers;
}

using Numbers = std::vector<std::int64_t>;

ItemQueued queued(const ChangeResult& result) {
    return std::get<ItemQueued>(result.value());
}

TEST_P(StoreSuite, APostToAnotherServerIsQueuedWithItsEntry) {
    const UserId maya = create("maya");
    const UserId nania = create("nania");
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    const UserId messi = meet(server, "messi");
    const UserId izza = meet(other, "izza");
    const std::vector<EntryHeader> sent = send(post(maya, {messi, nania, izza}, "hello"));
    const EntryHeader second = send(maya, messi, "again");
    carry_out(queuing(server, maya, "payload"));
    in_every_state([&] {
        const std::vector<OutboxItem> items = outbox(server);
        ASSERT_EQ(numbers_of(items), (Numbers{1, 2, 3}));
        EXPECT_EQ(items[0].id, sent[0].id);
        EXPECT_EQ(items[0].sender, maya);
        EXPECT_EQ(items[0].to, messi);
        EXPECT_EQ(items[0].at, sent[0].at);
        ASSERT_TRUE(items[0].entry);
        EXPECT_TRUE(same(items[0].entry->header, sent[0]));
        EXPECT_EQ(items[0].entry->body, "hello");
        EXPECT_FALSE(items[2].entry);
        EXPECT_EQ(items[2].payload, "payload");
        EXPECT_EQ(numbers_of(outbox(other)), Numbers{1});
        EXPECT_EQ(numbers_of(outbox(server, 1)), (Numbers{2, 3}));
        EXPECT_EQ(numbers_of(outbox(server, 0, 2)), (Numbers{1, 2}));
        EXPECT_EQ(numbers_of(outbox(server, 0, 3, 10)), (Numbers{1, 2}));
        EXPECT_EQ(numbers_of(outbox(server, 0, 3, 9)), Numbers{1});
        EXPECT_EQ(numbers_of(outbox(server, 0, 3, 0)), Numbers{1}) << "one at least";
        const LinkProgress stands = progress(server);
        EXPECT_EQ(stands.last, (OutboxPlace{1, 3}));
        EXPECT_EQ(stands.last_id, items[2].id);
        EXPECT_EQ(stands.queued, 3u);
        EXPECT_EQ(stands.oldest_queued, sent[0].at);
        EXPECT_EQ(run(store().link_progress()).value().size(), 2u);
        EXPECT_FALSE(run(store().link_progress(ServerId(77))).value());
        EXPECT_EQ(run(store().oldest_outbox_item(server)).value(), 1);
        EXPECT_TRUE(unread(messi).size() == 1 && unread(nania).size() == 1);
        EXPECT_EQ(log(second.conversation).size(), 2u);
    });
}

TEST_P(StoreSuite, NothingIsQueuedForAServerThatIsNotConnectedOrHasTooMuch) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    const UserId messi = meet(server, "messi");
    const UserId izza = meet(server, "izza");
    const UserId cleo = meet(other, "cleo");
    carry_out(SetServerState{other, ServerState::disconnected});
    PostDirect both = post(maya, {messi, cleo}, "x");
    EXPECT_EQ(refusal_of(apply(both)), ChatError::server_not_connected);
    EXPECT_EQ(refusal_of(apply(queuing(other, maya, "x"))), ChatError::server_not_connected);
    EXPECT_EQ(refusal_of(apply(queuing(ServerId(77), maya, "x"))), ChatError::unknown_server);
    EXPECT_TRUE(outbox(server).empty()) << "all or nothing";
    EXPECT_FALSE(find_direct(maya, messi));

    PostDirect two = post(maya, {messi, izza}, "x");
    two.queue_max = 1;
    EXPECT_EQ(refusal_of(apply(two)), ChatError::queue_full);
    two.queue_max = 2;
    carry_out(two);
    QueueItem third = queuing(server, maya, "x");
    third.queue_max = 2;
    EXPECT_EQ(refusal_of(apply(third)), ChatError::queue_full);
    carry_out(AcknowledgeOutbox{server, {1, 1}});
    carry_out(third);
    EXPECT_EQ(progress(server).queued, 2u);
    carry_out(SetAccountState{maya, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(queuing(server, maya, "x"))), ChatError::account_disabled);
}

TEST_P(StoreSuite, AnItemIsQueuedOnceUnderItsKey) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    QueueItem first = queuing(server, maya, "payload");
    first.key = IdempotencyKey{"laptop", 5};
    first.key_content = "text";
    EXPECT_FALSE(queued(apply(first)).repeated);
    in_every_state([&] {
        QueueItem again = first;
        again.id = new_id();
        again.payload = "made anew";
        const ItemQueued repeated = queued(apply(again));
        EXPECT_TRUE(repeated.repeated);
        EXPECT_EQ(repeated.id, first.id);
        again.key_content = "other text";
        EXPECT_EQ(refusal_of(apply(again)), ChatError::key_conflict);
        EXPECT_EQ(refusal_of(apply(keyed(post(maya, {maya}, "text"), "laptop", 5))), ChatError::key_conflict);
        again.key->number = 0;
        EXPECT_EQ(refusal_of(apply(again)), ChatError::key_expired);
        EXPECT_EQ(outbox(server).size(), 1u);
    });
    const UserId messi = meet(server, "messi");
    const PostDirect keyed_post = keyed(post(maya, {messi}, "once"), "laptop", 6);
    carry_out(keyed_post);
    EXPECT_TRUE(std::get<Posted>(apply(keyed_post).value()).repeated);
    EXPECT_EQ(outbox(server).size(), 2u);
}

TEST_P(StoreSuite, AcknowledgementsGoForwardAndStayWithinTheEpoch) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    for (int i = 0; i < 5; ++i)
        carry_out(queuing(server, maya, "x"));
    carry_out(AcknowledgeOutbox{server, {1, 3}});
    carry_out(AcknowledgeOutbox{server, {1, 2}});
    carry_out(AcknowledgeOutbox{server, {2, 5}});
    EXPECT_EQ(refusal_of(apply(AcknowledgeOutbox{ServerId(77), {1, 1}})), ChatError::not_found);
    EXPECT_EQ(progress(server).acknowledged, (OutboxPlace{1, 3}));
    EXPECT_EQ(progress(server).queued, 2u);
    carry_out(AcknowledgeOutbox{server, {1, 9}});
    EXPECT_EQ(progress(server).acknowledged, (OutboxPlace{1, 5})) << "never beyond the end";
    EXPECT_FALSE(progress(server).oldest_queued);
    EXPECT_EQ(outbox(server).size(), 5u) << "kept for a while";
}

TEST_P(StoreSuite, WhatComesIsCarriedOutOnceAndInOrder) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const Receive first = receiving(server, post(messi, {maya}, "one"));
    const Received done = received(first);
    ASSERT_TRUE(done.done);
    EXPECT_FALSE(done.is_duplicate || done.refused);
    const EntryHeader entry = std::get<Posted>(done.done->done).entries.at(0);
    EXPECT_EQ(entry.sender, messi);
    in_every_state([&] {
        EXPECT_TRUE(received(first).is_duplicate);
        EXPECT_EQ(bodies_of(log(entry.conversation)), std::vector<std::string>{"one"});
        EXPECT_EQ(progress(server).received, (OutboxPlace{1, 1}));
        EXPECT_EQ(progress(server).received_id, first.item);
        Receive gap = receiving(server, post(messi, {maya}, "three"));
        ++gap.place.number;
        EXPECT_EQ(refusal_of(apply(gap)), ChatError::busy);
        EXPECT_EQ(unread(maya).size(), 1u);
    });
    EXPECT_EQ(refusal_of(apply([&] {
                  Receive of_nobody = first;
                  of_nobody.from = ServerId(77);
                  return of_nobody;
              }())),
              ChatError::not_found);

    // The same item again, under the next place and in a later epoch: the place moves on, nothing else.
    Receive again = first;
    again.place = {1, 2};
    EXPECT_TRUE(received(again).is_duplicate);
    again.place = {3, 2};
    EXPECT_EQ(refusal_of(apply(again)), ChatError::busy) << "not the first of its epoch";
    again.place = {3, 7};
    again.first = 7;
    EXPECT_TRUE(received(again).is_duplicate);
    again.place = {2, 9};
    EXPECT_TRUE(received(again).is_duplicate) << "of an epoch that is over";
    in_every_state([&] {
        EXPECT_EQ(progress(server).received, (OutboxPlace{3, 7}));
        EXPECT_EQ(log(entry.conversation).size(), 1u);
    });
}

// A server sends an empty place for what was given up; put back to before that, it sends what it was.
TEST_P(StoreSuite, WhatComesAfterItsPlaceWasEmptyIsCarriedOut) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const Receive item = receiving(server, post(messi, {maya}, "one"));
    Receive empty = item;
    empty.change = nullptr;
    received(empty);
    Receive again = item;
    again.place = {2, 1};
    in_every_state([&] { EXPECT_TRUE(unread(maya).empty()); });
    EXPECT_TRUE(received(again).done);
    again.place = {3, 1};
    EXPECT_TRUE(received(again).is_duplicate);
    in_every_state([&] { EXPECT_EQ(unread(maya).size(), 1u); });
}

TEST_P(StoreSuite, WhatIsRefusedGoesBackAndThePlaceMovesOn) {
    const UserId gone = create("gone");
    carry_out(SetAccountState{gone, AccountState::deleted});
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const Receive first = receiving(server, post(messi, {gone}, "one"));
    EXPECT_EQ(received(first).refused, ChatError::unknown_recipient);
    Receive second = receiving(server);
    second.why = ChatError::bad_argument;
    EXPECT_EQ(received(second).refused, ChatError::bad_argument);
    const Received seen = received(receiving(server));
    EXPECT_FALSE(seen.refused || seen.done);
    BounceItem unknown;
    unknown.server = server;
    unknown.item = new_id();
    EXPECT_FALSE(received(receiving(server, unknown)).refused) << "refusals are not refused";
    in_every_state([&] {
        EXPECT_EQ(progress(server).received, (OutboxPlace{1, 4}));
        const std::vector<OutboxItem> items = outbox(server);
        ASSERT_EQ(items.size(), 2u);
        EXPECT_EQ(items[0].id, first.refusal_id);
        const auto refused = std::get<ItemRefused>(parse_peer_item(items[0].payload).value());
        EXPECT_EQ(refused.item, first.item);
        EXPECT_EQ(refused.why, ChatError::unknown_recipient);
        EXPECT_EQ(std::get<ItemRefused>(parse_peer_item(items[1].payload).value()).why, ChatError::bad_argument);
        EXPECT_TRUE(received(first).is_duplicate);
    });
    const UserId other = meet(connect("C"), "cleo");
    EXPECT_EQ(refusal_of(apply(post(messi, {other}, "x"))), ChatError::unknown_recipient) << "no way through here";
}

TEST_P(StoreSuite, TheSenderIsToldOnceOfEachVerdict) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const EntryHeader sent = send(maya, messi, "hello");
    carry_out(queuing(server, UserId(), "of nobody"));
    BounceItem late;
    late.server = server;
    late.item = sent.id;
    late.is_final = false;
    late.why = ChatError::server_unreachable;
    late.id = new_id();
    late.at = now;
    const auto late_items = [&](WallTime before, bool is_final) {
        return numbers_of(run(store().late_items(server, before, is_final, 10)).value());
    };
    EXPECT_EQ(late_items(sent.at, false), Numbers{});
    EXPECT_EQ(late_items(now, false), Numbers{1});
    const Bounced told = std::get<Bounced>(apply(late).value());
    EXPECT_EQ(told.sender, maya);
    EXPECT_EQ(told.to, messi);
    EXPECT_EQ(told.entry->header.conversation, sent.conversation);
    EXPECT_EQ(told.entry->header.kind, EntryKind::bounce);
    BounceItem failed = late;
    failed.is_final = true;
    failed.id = new_id();
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(late)), ChatError::not_found);
        EXPECT_EQ(late_items(now, false), Numbers{});
        EXPECT_EQ(late_items(now, true), Numbers{1});
        EXPECT_FALSE(outbox(server).at(0).is_given_up);
        EXPECT_EQ(fate(server, sent.id), (OutboxFate{false, std::nullopt})) << "late is not failed";
        EXPECT_EQ(progress(server).queued, 2u);
    });
    carry_out(failed);
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(failed)), ChatError::not_found);
        EXPECT_EQ(late_items(now, true), Numbers{});
        EXPECT_TRUE(outbox(server).at(0).is_given_up);
        EXPECT_EQ(fate(server, sent.id), (OutboxFate{false, ChatError::server_unreachable}));
        EXPECT_EQ(progress(server).queued, 1u) << "nothing waits in its place";
        EXPECT_EQ(progress(server).oldest_queued, outbox(server).at(1).at);
        const BounceNote note = parse_bounce_note(log(sent.conversation).at(2).body).value();
        EXPECT_EQ(note, (BounceNote{sent.id, true, ChatError::server_unreachable}));
        EXPECT_TRUE(unread(maya).empty()) << "no message";
    });
    failed.item = new_id();
    EXPECT_EQ(refusal_of(apply(failed)), ChatError::not_found);
    failed.item = outbox(server).at(1).id;
    EXPECT_EQ(refusal_of(apply(failed)), ChatError::not_found) << "nobody sent it";
    failed.server = ServerId(77);
    EXPECT_EQ(refusal_of(apply(failed)), ChatError::not_found);
}

TEST_P(StoreSuite, ARefusalAfterTheAcknowledgementIsToldToo) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    GroupPost item;
    item.id = new_id();
    item.group = "lab";
    QueueItem queue = queuing(server, maya, encode(PeerItem(item)));
    queue.id = item.id;
    carry_out(queue);
    carry_out(AcknowledgeOutbox{server, {1, 1}});
    BounceItem bounce;
    bounce.server = server;
    bounce.item = item.id;
    bounce.is_final = false;
    bounce.id = new_id();
    EXPECT_EQ(refusal_of(apply(bounce)), ChatError::not_found) << "it is not late any more";
    bounce.is_final = true;
    bounce.why = ChatError::not_a_member;
    const Received told = received(receiving(server, bounce));
    ASSERT_TRUE(told.done);
    const Bounced bounced = std::get<Bounced>(told.done->done);
    EXPECT_EQ(bounced.payload, queue.payload);
    EXPECT_EQ(bounced.entry->header.conversation, find_direct(maya, maya).value().conversation);
    EXPECT_EQ(parse_bounce_note(bounced.entry->body), (BounceNote{item.id, true, ChatError::not_a_member, "#lab@B"}));
    in_every_state([&] {
        EXPECT_TRUE(outbox(server).at(0).is_given_up) << "a server that was put back must not take what it has refused";
        EXPECT_EQ(fate(server, item.id), (OutboxFate{true, ChatError::not_a_member}));
        EXPECT_EQ(fate(ServerId(77), item.id), std::nullopt);
        EXPECT_EQ(fate(server, bounce.id), std::nullopt);
    });
}

TEST_P(StoreSuite, OldAcknowledgedItemsGo) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    for (int i = 0; i < 5; ++i)
        carry_out(queuing(server, maya, "x"));
    const WallTime later = now + std::chrono::days(1);
    const Receive old = receiving(server, post(meet(server, "messi"), {maya}, "one"));
    received(old);
    carry_out(AcknowledgeOutbox{server, {1, 4}});
    EXPECT_EQ(std::get<Pruned>(apply(PruneOutbox{outbox(server).at(1).at, 1000}).value()).items, 1u);
    EXPECT_EQ(std::get<Pruned>(apply(PruneOutbox{later, 2}).value()).items, 2u);
    in_every_state([&] {
        EXPECT_EQ(fate(server, outbox(server).at(0).id), (OutboxFate{true, std::nullopt}));
        EXPECT_EQ(fate(server, outbox(server).at(1).id), (OutboxFate{false, std::nullopt}));
        EXPECT_EQ(numbers_of(outbox(server)), (Numbers{4, 5}));
        EXPECT_EQ(run(store().oldest_outbox_item(server)).value(), 4);
    });
    EXPECT_EQ(std::get<Pruned>(apply(PruneOutbox{later, 1000}).value()).items, 1u) << "not acknowledged: kept";
    // Ids of what was received stay longer.
    Receive again = old;
    again.place = {2, 1};
    EXPECT_TRUE(received(again).is_duplicate);
    carry_out(PruneOutbox{now + std::chrono::days(31), 1000});
    again.place = {3, 1};
    EXPECT_FALSE(received(again).is_duplicate);
    in_every_state([&] { EXPECT_EQ(numbers_of(outbox(server)), Numbers{5}); });
}

// What was acknowledged too: a server that was put back as well may lack it.
TEST_P(StoreSuite, ANewEpochNumbersAnewWhatIsKept) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    const UserId messi = meet(server, "messi");
    for (const char* text : {"one", "two", "three"})
        send(maya, messi, text);
    carry_out(queuing(other, maya, "x"));
    carry_out(AcknowledgeOutbox{server, {1, 1}});
    carry_out(AcknowledgeOutbox{other, {1, 1}});
    carry_out(BeginEpoch{});
    in_every_state([&] {
        EXPECT_EQ(numbers_of(outbox(server)), (Numbers{1, 2, 3}));
        EXPECT_EQ(progress(server).last, (OutboxPlace{2, 3}));
        EXPECT_EQ(progress(server).acknowledged, (OutboxPlace{2, 1}));
        EXPECT_EQ(progress(other).last, (OutboxPlace{2, 1}));
        EXPECT_EQ(progress(other).acknowledged, (OutboxPlace{2, 1}));
    });
    carry_out(PruneOutbox{now + std::chrono::days(1), 1000});
    carry_out(BeginEpoch{});
    in_every_state([&] {
        const std::vector<OutboxItem> items = outbox(server);
        ASSERT_EQ(numbers_of(items), (Numbers{1, 2}));
        EXPECT_EQ(items[0].entry->body, "two");
        EXPECT_EQ(progress(server).last, (OutboxPlace{3, 2}));
        EXPECT_EQ(progress(server).last_id, items[1].id);
        EXPECT_EQ(progress(server).acknowledged, (OutboxPlace{3, 0}));
        EXPECT_EQ(progress(other).last, (OutboxPlace{3, 0}));
        EXPECT_EQ(progress(other).acknowledged, (OutboxPlace{3, 0}));
        EXPECT_EQ(progress(other).last_id, MessageId());
    });
    send(maya, messi, "four");
    EXPECT_EQ(outbox(server, 2).at(0).entry->body, "four");
}

// Strangers.

class AskedFirst {
  public:
    static PostDirect of(PostDirect post) {
        post.stranger_messages_max = 2;
        return post;
    }
};

TEST_P(StoreSuite, AStrangersMessagesWaitUntilHeIsAccepted) {
    const UserId maya = create("maya");
    const UserId messi = meet(connect("B"), "messi");
    const Posted first = std::get<Posted>(apply(AskedFirst::of(post(messi, {maya}, "one"))).value());
    EXPECT_TRUE(first.is_request);
    carry_out(AskedFirst::of(post(messi, {maya}, "two")));
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(AskedFirst::of(post(messi, {maya}, "three")))), ChatError::request_pending);
        EXPECT_TRUE(unread(maya).empty());
        const std::vector<StrangerRequest> waiting = requests(maya);
        ASSERT_EQ(waiting.size(), 1u);
        EXPECT_EQ(waiting[0].stranger, messi);
        EXPECT_EQ(waiting[0].conversation, first.entries[0].conversation);
        EXPECT_EQ(waiting[0].first.body, "one");
        EXPECT_EQ(waiting[0].messages, 2u);
        EXPECT_EQ(refusal_of(apply(AcceptStranger{maya, maya})), ChatError::not_found);
        const StoredHistory hers = history({maya, messi, std::nullopt, 9});
        EXPECT_FALSE(hers.conversation);
        EXPECT_TRUE(hers.page.entries.empty());
        EXPECT_EQ(history({messi, maya, std::nullopt, 9}).page.entries.size(), 2u) << "he knows what he wrote";
    });
    carry_out(SetBlock{maya, messi, true});
    EXPECT_TRUE(requests(maya).empty()) << "blocked";
    carry_out(SetBlock{maya, messi, false});
    carry_out(AcceptStranger{maya, messi});
    in_every_state([&] {
        EXPECT_TRUE(requests(maya).empty());
        ASSERT_EQ(unread(maya).size(), 1u);
        EXPECT_EQ(unread(maya)[0].oldest_unread, first.entries[0].position);
        EXPECT_EQ(history({maya, messi, std::nullopt, 9}).page.entries.size(), 2u);
        EXPECT_EQ(refusal_of(apply(AcceptStranger{maya, messi})), ChatError::not_found);
    });
    EXPECT_FALSE(std::get<Posted>(apply(AskedFirst::of(post(messi, {maya}, "three"))).value()).is_request);
}

TEST_P(StoreSuite, WritingToAStrangerOrAddingHimAcceptsHim) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const UserId izza = meet(server, "izza");
    const UserId cleo = meet(server, "cleo");
    carry_out(SetContact{.owner = maya, .other = cleo});
    EXPECT_FALSE(std::get<Posted>(apply(AskedFirst::of(post(cleo, {maya}, "x"))).value()).is_request);
    carry_out(AskedFirst::of(post(izza, {maya}, "x")));
    carry_out(AskedFirst::of(post(messi, {maya}, "x")));
    EXPECT_EQ(requests(maya).size(), 2u);
    EXPECT_EQ(requests(maya).at(0).stranger, izza) << "the oldest first";
    EXPECT_EQ(unread(maya).size(), 1u);
    send(maya, messi, "hello");
    EXPECT_EQ(requests(maya).size(), 1u);
    carry_out(SetContact{.owner = maya, .other = izza});
    in_every_state([&] {
        EXPECT_TRUE(requests(maya).empty());
        EXPECT_EQ(unread(maya).size(), 3u);
    });
    // Nobody else is asked, and where nobody is asked everybody is let in.
    const UserId vera = create("vera");
    EXPECT_FALSE(std::get<Posted>(apply(AskedFirst::of(post(vera, {maya}, "x"))).value()).is_request);
    EXPECT_FALSE(std::get<Posted>(apply(post(messi, {vera}, "x")).value()).is_request);
    carry_out(AskedFirst::of(post(izza, {vera}, "x")));
    carry_out(SetAccountState{vera, AccountState::deleted});
    in_every_state([&] { EXPECT_TRUE(requests(vera).empty()); });
}

}  // namespace
}  // namespace obrol
