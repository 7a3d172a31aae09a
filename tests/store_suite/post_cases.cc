// Posts, who may post to whom, and what is done to bodies afterwards.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

TEST_P(StoreSuite, BothSidesWriteOneLogWithoutGaps) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    EXPECT_FALSE(find_direct(messi, maya).has_value());

    std::vector<LogEntry> expected;
    for (int i = 1; i <= 5; ++i) {
        PostDirect made = i % 2 == 1 ? post(messi, {maya}, "from messi") : post(maya, {messi}, "from maya");
        made.kind = i == 3 ? EntryKind::file : EntryKind::message;
        const EntryHeader header = send(made).at(0);
        EXPECT_EQ(header.seq, Seq(i));
        EXPECT_EQ(header.id, made.copies[0].id);
        EXPECT_EQ(header.sender, made.sender);
        EXPECT_EQ(header.at, made.at);
        EXPECT_EQ(header.kind, made.kind);
        if (!expected.empty()) {
            EXPECT_EQ(header.conversation, expected.back().header.conversation);
            EXPECT_GT(header.position, expected.back().header.position);
        }
        expected.push_back(LogEntry{header, made.body, false});
    }
    in_every_state([&] {
        for (const auto& direct : {find_direct(messi, maya), find_direct(maya, messi)}) {
            ASSERT_TRUE(direct.has_value());
            EXPECT_EQ(direct->conversation, expected[0].header.conversation);
            EXPECT_EQ(direct->last, Seq(5));
        }
        const std::vector<LogEntry> entries = log(expected[0].header.conversation);
        ASSERT_EQ(entries.size(), expected.size());
        for (std::size_t i = 0; i < entries.size(); ++i)
            EXPECT_TRUE(same(entries[i], expected[i])) << i;
    });
    EXPECT_EQ(send(maya, messi, "after all that").seq, Seq(6));
}

TEST_P(StoreSuite, SeveralRecipientsHaveALogEach) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    send(messi, izza, "earlier");
    const PostDirect made = post(messi, {izza, messi, maya}, "to all");
    const std::vector<EntryHeader> headers = send(made);
    ASSERT_EQ(headers.size(), 3u);
    EXPECT_EQ(headers[0].seq, Seq(2));
    EXPECT_EQ(headers[1].seq, Seq(1));
    EXPECT_EQ(headers[2].seq, Seq(1));
    EXPECT_LT(headers[0].position, headers[1].position);
    EXPECT_LT(headers[1].position, headers[2].position);
    in_every_state([&] {
        const std::vector<UserId> to{izza, messi, maya};
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(headers[i].id, made.copies[i].id);
            EXPECT_EQ(find_direct(messi, to[i]).value().conversation, headers[i].conversation);
            const std::vector<LogEntry> entries = log(headers[i].conversation);
            ASSERT_FALSE(entries.empty());
            EXPECT_TRUE(same(entries.back(), LogEntry{headers[i], "to all", false}));
        }
        EXPECT_FALSE(find_direct(maya, izza).has_value());
    });
}

TEST_P(StoreSuite, OneMayWriteToOneself) {
    const UserId messi = create("messi");
    const EntryHeader first = send(messi, messi, "buy milk");
    const EntryHeader second = send(messi, messi, "and bread");
    EXPECT_EQ(second.conversation, first.conversation);
    in_every_state([&] {
        EXPECT_EQ(find_direct(messi, messi).value().last, Seq(2));
        EXPECT_EQ(bodies_of(log(first.conversation)), (std::vector<std::string>{"buy milk", "and bread"}));
    });
}

TEST_P(StoreSuite, PositionsFollowTheOrderOfCommits) {
    std::vector<UserId> users;
    for (const char* name : {"a", "b", "c", "d"})
        users.push_back(create(name));
    Position last;
    for (int round = 0; round < 5; ++round) {
        std::vector<Change> batch;
        for (const UserId one : users) {
            for (const UserId other : users)
                batch.emplace_back(post(one, {other, one}, "x"));
        }
        std::erase_if(batch, [](const Change& change) {
            const auto& copies = std::get<PostDirect>(change).copies;
            return copies[0].to == copies[1].to;
        });
        for (const ChangeResult& result : append(std::move(batch))) {
            for (const EntryHeader& entry : std::get<Posted>(result.value()).entries) {
                EXPECT_GT(entry.position, last);
                last = entry.position;
            }
        }
        fixture->settle();
        if (round % 2 == 1) fixture->reopen(StoreFixture::Reopening::clean);
    }
}

TEST_P(StoreSuite, ARefusedChangeFailsAlone) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const auto results = append({
        post(messi, {maya}, "1"),
        post(messi, {UserId(77)}, "to nobody"),
        post(messi, {maya}, "2"),
        SetBlock{maya, messi, true},
        post(messi, {maya}, "blocked"),
        post(messi, {izza, maya}, "blocked for one of two"),
        SetBlock{maya, messi, false},
        post(messi, {maya}, "3"),
        EndSession{SessionId(5)},
        SetAccountState{messi, AccountState::disabled},
        post(messi, {maya}, "disabled"),
        post(maya, {messi}, "4"),
    });
    const std::vector<std::optional<ChatError>> expected{
        {}, ChatError::unknown_recipient, {}, {}, ChatError::blocked, ChatError::blocked, {}, {}, ChatError::not_found,
        {}, ChatError::account_disabled,  {}};
    ASSERT_EQ(results.size(), expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto refusal = results[i] ? std::nullopt : std::optional(results[i].error());
        EXPECT_EQ(refusal, expected[i]) << "change " << i;
    }
    in_every_state([&] {
        const auto direct = find_direct(messi, maya);
        EXPECT_EQ(bodies_of(log(direct.value().conversation)), (std::vector<std::string>{"1", "2", "3", "4"}));
        EXPECT_FALSE(find_direct(messi, izza).has_value()) << "all recipients or none";
    });
}

TEST_P(StoreSuite, AccountStatesDecideWhoWritesAndWhoReceives) {
    const UserId messi = create("messi");
    const UserId disabled = create("disabled");
    const UserId deleted = create("deleted");
    carry_out(SetAccountState{disabled, AccountState::disabled});
    carry_out(SetAccountState{deleted, AccountState::deleted});
    EXPECT_EQ(send(messi, disabled, "wait for me").seq, Seq(1));
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(post(messi, {deleted}, "x"))), ChatError::unknown_recipient);
        EXPECT_EQ(refusal_of(apply(post(messi, {disabled, deleted}, "x"))), ChatError::unknown_recipient);
        EXPECT_EQ(refusal_of(apply(post(messi, {UserId(0)}, "x"))), ChatError::unknown_recipient);
        for (const UserId sender : {disabled, deleted, UserId(77)})
            EXPECT_EQ(refusal_of(apply(post(sender, {messi}, "x"))), ChatError::account_disabled);
    });
    carry_out(SetAccountState{disabled, AccountState::active});
    EXPECT_EQ(send(disabled, messi, "here I am").seq, Seq(2));
}

TEST_P(StoreSuite, ABlockHoldsInItsDirectionUntilLifted) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(SetBlock{maya, messi, true});
    carry_out(SetBlock{maya, messi, true});
    in_every_state([&] { EXPECT_EQ(refusal_of(apply(post(messi, {maya}, "x"))), ChatError::blocked); });
    EXPECT_EQ(send(maya, messi, "I may").seq, Seq(1));
    carry_out(SetBlock{maya, messi, false});
    carry_out(SetBlock{maya, messi, false});
    in_every_state([&] { EXPECT_TRUE(apply(post(messi, {maya}, "now I may too")).has_value()); });
    carry_out(SetBlock{messi, messi, true});
    EXPECT_EQ(send(messi, messi, "nobody shuts himself out").seq, Seq(1));
    EXPECT_EQ(refusal_of(apply(SetBlock{UserId(77), maya, true})), ChatError::unknown_user);
    EXPECT_EQ(refusal_of(apply(SetBlock{maya, UserId(77), true})), ChatError::unknown_user);
}

TEST_P(StoreSuite, BodiesAndKindsAreKeptAsTheyAre) {
    const UserId messi = create("messi");
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte)
        every_byte.push_back(static_cast<char>(byte));
    const std::vector<std::string> bodies{"",
                                          " ",
                                          std::string("\0", 1),
                                          every_byte,
                                          "🐦 ¡Hola!",
                                          std::string(65536, 'x'),
                                          std::string(1'000'000, '\xFF'),
                                          "'; DROP TABLE entries; --"};
    const std::vector<int> kinds{1, 2, 3, 8, 9, 200, 255, 1};
    ConversationId conversation;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        PostDirect made = post(messi, {messi}, bodies[i]);
        made.kind = static_cast<EntryKind>(kinds[i]);
        conversation = send(std::move(made)).at(0).conversation;
    }
    in_every_state([&] {
        const std::vector<LogEntry> entries = log(conversation);
        ASSERT_EQ(entries.size(), bodies.size());
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            EXPECT_TRUE(entries[i].body == bodies[i]) << i;
            EXPECT_EQ(static_cast<int>(entries[i].header.kind), kinds[i]);
        }
    });
}

TEST_P(StoreSuite, TimesOfAnyAgeAreKept) {
    const UserId messi = create("messi");
    ConversationId conversation;
    const std::vector<WallTime> times{WallTime{}, WallTime{std::chrono::milliseconds(-1)}, start,
                                      WallTime{std::chrono::milliseconds(253402300799999)}};
    for (const WallTime at : times) {
        PostDirect made = post(messi, {messi}, "x");
        made.at = at;
        conversation = send(std::move(made)).at(0).conversation;
    }
    in_every_state([&] {
        const std::vector<LogEntry> entries = log(conversation);
        ASSERT_EQ(entries.size(), times.size());
        for (std::size_t i = 0; i < times.size(); ++i)
            EXPECT_EQ(entries[i].header.at, times[i]);
    });
}

TEST_P(StoreSuite, AnEmptyBatchIsFine) {
    EXPECT_TRUE(append({}).empty());
}

TEST_P(StoreSuite, ALargeBatchIsOneBatch) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    std::vector<Change> batch;
    for (int i = 0; i < 5000; ++i)
        batch.emplace_back(post(messi, {maya}, std::to_string(i)));
    const auto results = append(std::move(batch));
    for (std::size_t i = 0; i < results.size(); ++i)
        ASSERT_EQ(std::get<Posted>(results[i].value()).entries.at(0).seq, Seq(static_cast<std::int64_t>(i) + 1));
    in_every_state([&] {
        const std::vector<LogEntry> entries = log(find_direct(messi, maya).value().conversation);
        ASSERT_EQ(entries.size(), 5000u);
        for (std::size_t i = 0; i < entries.size(); ++i)
            ASSERT_EQ(entries[i].body, std::to_string(i));
    });
}

TEST_P(StoreSuite, ReplacingChangesTheBodyAndNothingElse) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const ConversationId conversation = fill(messi, maya, 3);
    const std::vector<LogEntry> before = log(conversation);
    carry_out(ReplaceBody{conversation, Seq(2), "a much longer body than the one before " + std::string(5000, '.')});
    carry_out(ReplaceBody{conversation, Seq(3), ""});
    carry_out(ReplaceBody{conversation, Seq(2), "final"});
    in_every_state([&] {
        const std::vector<LogEntry> entries = log(conversation);
        EXPECT_EQ(bodies_of(entries), (std::vector<std::string>{"1", "final", ""}));
        for (std::size_t i = 0; i < entries.size(); ++i) {
            EXPECT_TRUE(same(entries[i].header, before[i].header));
            EXPECT_FALSE(entries[i].erased);
        }
        for (const std::int64_t seq : {-1, 0, 4}) {
            EXPECT_EQ(refusal_of(apply(ReplaceBody{conversation, Seq(seq), "x"})), ChatError::not_found);
            EXPECT_EQ(refusal_of(apply(EraseBody{conversation, Seq(seq)})), ChatError::not_found);
        }
        EXPECT_EQ(refusal_of(apply(ReplaceBody{ConversationId(77), Seq(1), "x"})), ChatError::not_found);
        EXPECT_EQ(refusal_of(apply(EraseBody{ConversationId(77), Seq(1)})), ChatError::not_found);
    });
}

TEST_P(StoreSuite, ErasingTakesTheBodyAndKeepsThePlace) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const ConversationId conversation = fill(messi, maya, 4);
    const std::vector<LogEntry> before = log(conversation);
    carry_out(EraseBody{conversation, Seq(2)});
    carry_out(EraseBody{conversation, Seq(2)});
    carry_out(ReplaceBody{conversation, Seq(4), "changed first"});
    carry_out(EraseBody{conversation, Seq(4)});
    in_every_state([&] {
        const std::vector<LogEntry> entries = log(conversation);
        EXPECT_EQ(bodies_of(entries), (std::vector<std::string>{"1", "", "3", ""}));
        for (std::size_t i = 0; i < entries.size(); ++i) {
            EXPECT_TRUE(same(entries[i].header, before[i].header));
            EXPECT_EQ(entries[i].erased, i % 2 == 1);
        }
        EXPECT_EQ(refusal_of(apply(ReplaceBody{conversation, Seq(2), "back"})), ChatError::not_found);
    });
    EXPECT_EQ(send(messi, maya, "5").seq, Seq(5));
}

TEST_P(StoreSuite, BodiesMayBeChangedInTheBatchThatWroteThem) {
    const UserId messi = create("messi");
    const ConversationId conversation = send(messi, messi, "1").conversation;
    append({post(messi, {messi}, "2"), ReplaceBody{conversation, Seq(2), "two"}, post(messi, {messi}, "3"),
            EraseBody{conversation, Seq(3)}, EraseBody{conversation, Seq(1)}});
    in_every_state([&] { EXPECT_EQ(bodies_of(log(conversation)), (std::vector<std::string>{"", "two", ""})); });
}

}  // namespace
}  // namespace obrol
