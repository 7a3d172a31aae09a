// What becomes of the items of another server.
#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "core/administration.h"
#include "tests/support/peering_fixture.h"

namespace obrol {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using PeeringReceiptTest = PeeringTest;

TEST_F(PeeringReceiptTest, DuplicatesAreTakenOnce) {
    EXPECT_EQ(receive(b, post("satu", 1), 1), std::nullopt);
    EXPECT_EQ(receive(b, post("satu", 1), 1), std::nullopt);
    EXPECT_EQ(receive(b, post("dua", 2), 2), std::nullopt);
    EXPECT_EQ(receive(b, post("satu", 1), 3), std::nullopt) << "under another number";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua");
    EXPECT_EQ(b.take({1, 5}, encode(PeerItem(post("tiga", 3)))).error(), ChatError::busy);
}

TEST_F(PeeringReceiptTest, SeveralItemsAreTakenInOneCall) {
    DirectPost lost = post("hilang", 3);
    lost.to = "nobody";
    DirectPost mine = post("empat", 4);
    mine.from = Author{"maya", "Maya", "Indonesia"};  // of whom nobody has heard yet
    EXPECT_EQ(receive_all(1, {post("satu", 1), post("dua", 2), lost, mine, NoItem{post("", 5).id}, post("enam", 6)}),
              "6, 2 user-not-found");
    EXPECT_EQ(receive_all(7, {post("tujuh", 7), post("dua", 2), post("delapan", 8)}), "3") << "with a duplicate";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua enam tujuh delapan | maya@A: empat");
    EXPECT_EQ(receive_all(11, {post("gap", 11), post("gap", 12)}), "0, then busy");
    EXPECT_EQ(receive_all(10, {}), "0");
}

TEST_F(PeeringReceiptTest, WhoWritesToADeletedAccountIsNotMadeKnown) {
    ASSERT_TRUE(b.parts.run(b.parts.chat.administration().set_state("izza", AccountState::deleted)).has_value());
    DirectPost late = post("halo", 1);
    late.from = Author{"maya", "Maya", ""};
    EXPECT_EQ(receive(b, late, 1), ChatError::unknown_recipient);
    EXPECT_EQ(b.parts.run(b.parts.store.find_remote_user(b.other, "maya")).value(), std::nullopt);
}

TEST_F(PeeringReceiptTest, WhatComesBehindAnItemThatIsNotTakenIsNot) {
    const std::vector<std::string> items{encode(PeerItem(post("satu", 1))), "noise", encode(PeerItem(post("dua", 2)))};
    const Peering::Taken taken = b.parts.run(b.peering().receive(b.other, {1, 1}, 1, items));
    EXPECT_EQ(taken.count, 1u);
    EXPECT_EQ(taken.trouble, ChatError::bad_argument);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu");
    EXPECT_EQ(receive_all(2, {post("dua", 2)}), "1") << "in the place of the noise";
}

TEST_F(PeeringReceiptTest, NoticesWhatIsNotFitToRead) {
    struct Case {
        const char* name;
        std::function<void(DirectPost&)> spoil;
        ChatError why;
    };
    const std::vector<Case> cases{
        {"sender", [](DirectPost& post) { post.from.name = "messi@A"; }, ChatError::bad_name},
        {"reserved sender", [](DirectPost& post) { post.from.name = "admin"; }, ChatError::bad_name},
        {"receiver", [](DirectPost& post) { post.to = "pogba"; }, ChatError::unknown_recipient},
        {"receiver on another server", [](DirectPost& post) { post.to = "messi@A"; }, ChatError::unknown_recipient},
        {"utf8", [](DirectPost& post) { post.body = "\xff"; }, ChatError::bad_text},
        {"nul", [](DirectPost& post) { post.body = std::string("a\0b", 3); }, ChatError::bad_text},
        {"empty", [](DirectPost& post) { post.body.clear(); }, ChatError::missing_argument},
        {"too long", [](DirectPost& post) { post.body = std::string(65'537, 'a'); }, ChatError::line_too_long},
        {"member", [](DirectPost& post) { post.kind = EntryKind::member; }, ChatError::bad_argument},
        {"bounce", [](DirectPost& post) { post.kind = EntryKind::bounce; }, ChatError::bad_argument},
        {"no file", [](DirectPost& post) { post.kind = EntryKind::file; }, ChatError::bad_argument},
        {"code of a file",
         [](DirectPost& post) {
             post.kind = EntryKind::file;
             post.body = encode(FileCard{"abc123@B", "a.txt", 1, {}});
         },
         ChatError::bad_argument},
        {"path of a file",
         [](DirectPost& post) {
             post.kind = EntryKind::file;
             post.body = encode(FileCard{"abc123", "../a.txt", 1, {}});
         },
         ChatError::bad_file_name},
        {"size of a file",
         [](DirectPost& post) {
             post.kind = EntryKind::file;
             post.body = encode(FileCard{"abc123", "a.txt", 64 * 1024 * 1024 + 1, {}});
         },
         ChatError::file_too_large},
    };
    std::int64_t number = 0;
    for (const Case& bad : cases) {
        DirectPost item = post("halo", static_cast<std::uint64_t>(++number));
        bad.spoil(item);
        EXPECT_EQ(receive(b, item, number), bad.why) << bad.name;
    }
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(b.links.woken.size(), cases.size()) << "the refusals are on their way";
    DirectPost longest = post(std::string(65'536, 'a'), 100);
    EXPECT_EQ(receive(b, longest, ++number), std::nullopt);
}

TEST_F(PeeringReceiptTest, AnUnfitNameToBeShownIsLeftOut) {
    DirectPost item = post("halo");
    item.from.display_name = "\x1b[2J";
    EXPECT_EQ(receive(b, item, 1), std::nullopt);
    EXPECT_EQ(b.people.audience("izza").of_kind<MessageEvent>().at(0).from, (UserCard{"messi@A", "messi", ""}));
}

TEST_F(PeeringReceiptTest, TimesOfAFastClockAreNotBelieved) {
    const WallTime now = b.parts.executor.clock().wall_now();
    std::int64_t number = 0;
    const auto time_of = [&](WallTime at) {
        DirectPost item = post("halo", static_cast<std::uint64_t>(++number));
        item.at = at;
        EXPECT_EQ(receive(b, item, number), std::nullopt);
        return b.people.audience("izza").of_kind<MessageEvent>().back().entry.header.at;
    };
    EXPECT_EQ(time_of(now - hours(100)), now - hours(100)) << "it has waited";
    EXPECT_EQ(time_of(now + minutes(5)), now + minutes(5));
    EXPECT_EQ(time_of(now + minutes(5) + std::chrono::milliseconds(1)), now);
    EXPECT_EQ(time_of(WallTime() - hours(1)), now);
}

TEST_F(PeeringReceiptTest, WhatIsNoItemIsRefused) {
    EXPECT_EQ(b.take({1, 1}, "noise").error(), ChatError::bad_argument);
    // Of a later version: an unknown tag, and an id behind it.
    std::string later = encode(PeerItem(NoItem{post("x").id}));
    later[0] = '\x7f';
    const auto unknown = b.take({1, 1}, later);
    ASSERT_TRUE(unknown.has_value());
    EXPECT_EQ(*unknown, ChatError::unknown_command);
    EXPECT_EQ(receive(b, post("halo", 2), 2), std::nullopt) << "and the line goes on";
}

TEST_F(PeeringReceiptTest, AServerThatIsNotConnectedIsNotHeard) {
    a.people.get<Acknowledged>("messi", Ping{});
    b.other = ServerId(99);
    EXPECT_EQ(b.take({1, 1}, encode(PeerItem(post("halo")))).error(), ChatError::unknown_server);
}

TEST_F(PeeringReceiptTest, ARefusalOfNothingIsOnlyTaken) {
    ItemRefused refused;
    refused.id.bytes[15] = 1;
    refused.item.bytes[15] = 2;
    EXPECT_EQ(receive(b, refused, 1), std::nullopt);
    NoItem nothing;
    nothing.id.bytes[15] = 3;
    EXPECT_EQ(receive(b, nothing, 2), std::nullopt);
    EXPECT_EQ(servers.carry(b), 0u) << "refusals are not refused";
}

class SlowPeerTest : public PeeringTest {
  protected:
    static Chat::Options slow() {
        Chat::Options options = friendly();
        options.peers.items_per_server = RateLimit{3, 60};
        options.peers.items_per_user = RateLimit{2, 30};
        options.peers.text_bytes_max = 4;
        return options;
    }
    explicit SlowPeerTest(Chat::Options for_b = slow()) : PeeringTest(friendly(), std::move(for_b)) {}
    Duration time_to_take(DirectPost item, std::int64_t number) {
        const MonotonicTime before = b.parts.executor.clock().monotonic_now();
        EXPECT_EQ(receive(b, std::move(item), number), std::nullopt);
        return b.parts.executor.clock().monotonic_now() - before;
    }
};

class FewUsersTest : public PeeringTest {
  protected:
    static Chat::Options few() {
        Chat::Options options = friendly();
        options.peers.users_max = 2;
        return options;
    }
    FewUsersTest() : PeeringTest(friendly(), few()) {}
};

TEST_F(FewUsersTest, SoManyOfOneServerAreKnownAndNoMore) {
    const auto from = [&](const char* name, std::uint64_t n) {
        DirectPost item = post(name, n);
        item.from.name = name;
        return item;
    };
    EXPECT_EQ(receive(b, from("one", 1), 1), std::nullopt);
    EXPECT_EQ(receive(b, from("two", 2), 2), std::nullopt);
    EXPECT_EQ(receive(b, from("three", 3), 3), ChatError::too_many_accounts);
    GroupRequest request;
    request.id.bytes[15] = 4;
    request.from = Author{"four", "", ""};
    b.people.found("izza", "lab");
    request.group = "lab";
    request.action = GroupRequest::Action::leave;
    EXPECT_EQ(receive(b, request, 4), ChatError::too_many_accounts);
    EXPECT_EQ(receive(b, from("TWO", 5), 5), std::nullopt) << "known already";
    EXPECT_EQ(b.people.inbox("izza"), "one@A: one | TWO@A: two TWO") << "as his server spells him now";
    // As many again whom only somebody here has written to.
    b.people.get<MessageSent>("izza", message("five@A,six@A"));
    const Refused refused = b.people.get<Refused>("izza", message("seven@A"));
    EXPECT_EQ(refused.why, ChatError::too_many_accounts);
    EXPECT_EQ(refused.subject, "A");
    // Names that nobody can have make nobody known.
    request.id.bytes[15] = 6;
    request.from.name = "six@B";
    EXPECT_EQ(receive(b, request, 6), ChatError::bad_name);
}

class RefusedPeerTest : public PeeringTest {
  protected:
    static Chat::Options strict() {
        Chat::Options options = friendly();
        options.peers.refusals_per_server = RateLimit{2, 30};
        options.peers.queue_items_max = 2;
        return options;
    }
    RefusedPeerTest() : PeeringTest(friendly(), strict()) {}
    std::expected<std::optional<ChatError>, ChatError> take_lost(std::int64_t number) {
        DirectPost lost = post("hilang", static_cast<std::uint64_t>(number));
        lost.to = "nobody";
        return b.take({1, number}, encode(PeerItem(lost)));
    }
};

TEST_F(RefusedPeerTest, WhoSendsMuchThatCannotBeDoneWaits) {
    const MonotonicTime begin = b.parts.executor.clock().monotonic_now();
    const auto waited = [&] { return b.parts.executor.clock().monotonic_now() - begin; };
    EXPECT_EQ(take_lost(1), ChatError::unknown_recipient);
    EXPECT_EQ(take_lost(2), ChatError::unknown_recipient);
    EXPECT_EQ(waited(), seconds(0));
    EXPECT_EQ(receive(b, post("halo", 3), 3), std::nullopt);
    EXPECT_GE(waited(), seconds(2)) << "30 a minute";
}

TEST_F(RefusedPeerTest, WhatWasRefusedInOneCallIsCountedWhole) {
    std::vector<PeerItem> lost;
    for (std::uint64_t n = 1; n <= 4; ++n) {
        lost.emplace_back(post("hilang", n));
        std::get<DirectPost>(lost.back()).to = "nobody";
    }
    EXPECT_EQ(receive_all(1, lost), "4, 0 user-not-found, 1 user-not-found, 2 user-not-found, 3 user-not-found");
    servers.carry(b);
    b.handed_out = {};
    const MonotonicTime begin = b.parts.executor.clock().monotonic_now();
    EXPECT_EQ(receive_all(5, {NoItem{post("", 5).id}}), "1");
    EXPECT_GE(b.parts.executor.clock().monotonic_now() - begin, seconds(5)) << "four of two that were free";
}

TEST_F(RefusedPeerTest, WhoTakesNoRefusalsIsNotListenedTo) {
    for (std::int64_t number = 1; number <= 4; ++number)
        EXPECT_EQ(take_lost(number), ChatError::unknown_recipient) << number;
    EXPECT_EQ(b.take({1, 5}, encode(PeerItem(post("halo", 5)))).error(), ChatError::queue_full)
        << "twice what may wait for it";
    // What it says of this server's items is heard, and so it gets on.
    ItemRefused refused;
    refused.id.bytes[15] = 5;
    EXPECT_EQ(receive(b, refused, 5), std::nullopt);
    servers.carry(b);
    b.parts.executor.run_for(seconds(10));  // acknowledgements are noted with what is committed next, or after a while
    EXPECT_EQ(receive(b, post("halo", 6), 6), std::nullopt);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
}

TEST_F(SlowPeerTest, TooMuchOfOneUserWaits) {
    EXPECT_EQ(time_to_take(post("a", 1), 1), seconds(0));
    EXPECT_EQ(time_to_take(post("b", 2), 2), seconds(0));
    EXPECT_EQ(time_to_take(post("c", 3), 3), seconds(2)) << "30 a minute";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: a b c");
}

class HeavyPeerTest : public SlowPeerTest {
  protected:
    static Chat::Options heavy() {
        Chat::Options options = friendly();
        options.peers.kib_per_server = RateLimit{2, 60};
        return options;
    }
    HeavyPeerTest() : SlowPeerTest(heavy()) {}
};

TEST_F(HeavyPeerTest, BytesHaveTheirPaceToo) {
    EXPECT_EQ(time_to_take(post("a", 1), 1), seconds(0));
    EXPECT_EQ(time_to_take(post(std::string(2000, 'b'), 2), 2), seconds(0)) << "something is left";
    const Duration waited = time_to_take(post("c", 3), 3);
    EXPECT_GE(waited, seconds(1)) << "60 KiB a minute";
    EXPECT_LT(waited, seconds(2));
}

// The third waits for two seconds.
class ThreeOfASlowPeerTest : public SlowPeerTest {
  protected:
    ThreeOfASlowPeerTest() {
        for (const char* text : {"a", "b", "c"})
            items.push_back(encode(PeerItem(post(text, items.size() + 1))));
    }
    void begin() { gate.spawn(take()); }
    void run_for(Duration duration) { b.parts.executor.run_for(duration); }
    void fail_next_commit() { b.parts.store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "full"}); }

    std::vector<std::string> items;
    std::optional<Peering::Taken> taken;

  private:
    Task<void> take() {
        const OutboxPlace first{1, 1};
        taken = co_await b.peering().receive(b.other, first, 1, items);
    }

    Gate gate{"a call with several items"};
};

TEST_F(ThreeOfASlowPeerTest, WhatCameBeforeDoesNotWait) {
    begin();
    run_for(seconds(1));
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: a b");
    EXPECT_FALSE(taken.has_value());
    run_for(seconds(2));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->count, 3u);
    EXPECT_EQ(taken->trouble, std::nullopt);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: c");
}

TEST_F(ThreeOfASlowPeerTest, WhatIsNotStoredIsNotTaken) {
    begin();
    run_for(seconds(1));
    fail_next_commit();
    run_for(seconds(2));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->count, 2u);
    EXPECT_EQ(taken->trouble, ChatError::not_stored);
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: a b");
    EXPECT_EQ(receive(b, post("c", 3), 3), std::nullopt) << "in its place";
}

TEST_F(ThreeOfASlowPeerTest, NothingIsTakenBehindWhatWasNotStored) {
    fail_next_commit();
    begin();
    run_for(seconds(3));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->count, 0u);
    EXPECT_EQ(taken->trouble, ChatError::not_stored);
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(receive(b, post("a", 1), 1), std::nullopt) << "in its place";
}

TEST_F(SlowPeerTest, TooMuchOfOneServerWaits) {
    const auto from = [&](const char* name, std::uint64_t n) {
        DirectPost item = post("a", n);
        item.from.name = name;
        return item;
    };
    EXPECT_EQ(time_to_take(from("one", 1), 1), seconds(0));
    EXPECT_EQ(time_to_take(from("two", 2), 2), seconds(0));
    EXPECT_EQ(time_to_take(from("three", 3), 3), seconds(0));
    EXPECT_EQ(time_to_take(from("four", 4), 4), seconds(1)) << "60 a minute";
}

TEST_F(SlowPeerTest, TheLengthOfTextsIsASetting) {
    EXPECT_EQ(receive(b, post("abcd", 1), 1), std::nullopt);
    EXPECT_EQ(receive(b, post("abcde", 2), 2), ChatError::line_too_long);
}

}  // namespace
}  // namespace obrol
