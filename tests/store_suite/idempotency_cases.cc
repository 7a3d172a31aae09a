// Idempotency keys (DESIGN section 4): once per key, across batches and restarts, within the window.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

const Posted& posted(const ChangeResult& result) {
    return std::get<Posted>(result.value());
}

TEST_P(StoreSuite, ARepeatedRequestGetsTheStoredAnswer) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const ChangeResult first = apply(keyed(post(messi, {maya, izza, messi}, "once"), "laptop", 17));
    EXPECT_FALSE(posted(first).repeated);
    in_every_state([&] {
        // The time and the message ids of the retry are others: they are made for each attempt.
        const ChangeResult again = apply(keyed(post(messi, {maya, izza, messi}, "once"), "laptop", 17));
        EXPECT_TRUE(posted(again).repeated);
        ASSERT_EQ(posted(again).entries.size(), 3u);
        for (std::size_t i = 0; i < 3; ++i)
            EXPECT_TRUE(same(posted(again).entries[i], posted(first).entries[i])) << i;
        for (const UserId other : {maya, izza, messi})
            EXPECT_EQ(find_direct(messi, other).value().last, Seq(1));
    });
}

TEST_P(StoreSuite, ARepetitionInTheSameBatchIsOne) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto results =
        append({keyed(post(messi, {maya}, "once"), "laptop", 1), keyed(post(messi, {maya}, "once"), "laptop", 1),
                keyed(post(messi, {maya}, "twice"), "laptop", 1), keyed(post(messi, {maya}, "twice"), "laptop", 2)});
    EXPECT_FALSE(posted(results[0]).repeated);
    EXPECT_TRUE(posted(results[1]).repeated);
    EXPECT_EQ(refusal_of(results[2]), ChatError::key_conflict);
    EXPECT_EQ(posted(results[3]).entries.at(0).seq, Seq(2));
}

TEST_P(StoreSuite, AnotherRequestUnderTheSameKeyIsAConflict) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const auto request = [&](std::vector<UserId> to, std::string body, EntryKind kind = EntryKind::message) {
        PostDirect made = keyed(post(messi, std::move(to), std::move(body)), "laptop", 1);
        made.kind = kind;
        return made;
    };
    carry_out(request({maya, izza}, "text"));
    in_every_state([&] {
        for (const PostDirect& other :
             {request({maya, izza}, "text "), request({maya, izza}, ""), request({izza, maya}, "text"),
              request({maya}, "text"), request({maya, izza, messi}, "text"), request({maya, messi}, "text"),
              request({maya, izza}, "text", EntryKind::file)})
            EXPECT_EQ(refusal_of(apply(other)), ChatError::key_conflict);
        EXPECT_TRUE(posted(apply(request({maya, izza}, "text"))).repeated);
        EXPECT_EQ(find_direct(messi, maya).value().last, Seq(1));
    });
}

TEST_P(StoreSuite, UsersAndClientsHaveNumbersOfTheirOwn) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const std::string long_name(1000, 'x');
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "1"), "laptop", 5000))).repeated);
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "2"), "phone", 1))).repeated);
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "3"), "Laptop", 1))).repeated);
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "4"), "", 1))).repeated);
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "5"), long_name, 1))).repeated);
    EXPECT_FALSE(posted(apply(keyed(post(maya, {messi}, "6"), "laptop", 1))).repeated);
    EXPECT_FALSE(posted(apply(post(messi, {maya}, "2"))).repeated) << "without a key nothing is a repetition";
    in_every_state([&] {
        EXPECT_TRUE(posted(apply(keyed(post(messi, {maya}, "3"), "Laptop", 1))).repeated);
        EXPECT_TRUE(posted(apply(keyed(post(messi, {maya}, "4"), "", 1))).repeated);
        EXPECT_TRUE(posted(apply(keyed(post(messi, {maya}, "5"), long_name, 1))).repeated);
        EXPECT_EQ(refusal_of(apply(keyed(post(messi, {maya}, "1"), "laptop", 1))), ChatError::key_expired);
    });
}

TEST_P(StoreSuite, ARefusedRequestIsNotKept) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(SetBlock{maya, messi, true});
    for (int attempt = 0; attempt < 2; ++attempt)
        EXPECT_EQ(refusal_of(apply(keyed(post(messi, {maya}, "x"), "laptop", 1))), ChatError::blocked);
    carry_out(SetBlock{maya, messi, false});
    EXPECT_FALSE(posted(apply(keyed(post(messi, {maya}, "another"), "laptop", 1))).repeated);
}

TEST_P(StoreSuite, WhatWasStoredStaysTrue) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(keyed(post(messi, {maya}, "x"), "laptop", 1));
    carry_out(SetBlock{maya, messi, true});
    EXPECT_TRUE(posted(apply(keyed(post(messi, {maya}, "x"), "laptop", 1))).repeated);
    carry_out(SetAccountState{messi, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(keyed(post(messi, {maya}, "x"), "laptop", 1))), ChatError::account_disabled);
}

TEST_P(StoreSuite, TheWindowHoldsTheLastThousandNumbers) {
    struct Case {
        std::int64_t numbers;
        std::int64_t oldest_kept;
    };
    const UserId messi = create("messi");
    for (const Case& reached : {Case{999, 1}, Case{1000, 1}, Case{1001, 2}, Case{1002, 3}, Case{2500, 1501}}) {
        SCOPED_TRACE("after " + std::to_string(reached.numbers) + " numbers");
        const std::string client = "client" + std::to_string(reached.numbers);
        const auto request = [&](std::int64_t number) {
            return keyed(post(messi, {messi}, std::to_string(number)), client, number);
        };
        std::vector<Change> batch;
        std::vector<EntryHeader> headers;
        for (std::int64_t number = 1; number <= reached.numbers; ++number) {
            batch.emplace_back(request(number));
            if (batch.size() < 400 && number < reached.numbers) continue;
            for (const ChangeResult& result : append(std::exchange(batch, {})))
                headers.push_back(posted(result).entries.at(0));
        }
        in_every_state([&] {
            for (const std::int64_t number : {reached.oldest_kept, reached.oldest_kept + 1, reached.numbers}) {
                const ChangeResult again = apply(request(number));
                EXPECT_TRUE(posted(again).repeated) << number;
                EXPECT_TRUE(same(posted(again).entries.at(0), headers[static_cast<std::size_t>(number) - 1]));
            }
            for (const std::int64_t number : {reached.oldest_kept - 1, std::int64_t{0}, std::int64_t{-1}, INT64_MIN})
                EXPECT_EQ(refusal_of(apply(request(number))), ChatError::key_expired) << number;
        });
    }
}

TEST_P(StoreSuite, NumbersMayLeaveGapsAndComeInAnyOrderWithinTheWindow) {
    const UserId messi = create("messi");
    const auto request = [&](std::int64_t number) {
        return keyed(post(messi, {messi}, std::to_string(number)), "laptop", number);
    };
    EXPECT_FALSE(posted(apply(request(1))).repeated);
    EXPECT_FALSE(posted(apply(request(5000))).repeated);
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(request(1))), ChatError::key_expired);
        EXPECT_EQ(refusal_of(apply(request(4000))), ChatError::key_expired);
    });
    EXPECT_FALSE(posted(apply(request(4001))).repeated) << "never used, and in the window";
    EXPECT_FALSE(posted(apply(request(4500))).repeated);
    EXPECT_FALSE(posted(apply(request(4499))).repeated);
    in_every_state([&] {
        for (const std::int64_t number : {4001, 4499, 4500, 5000})
            EXPECT_TRUE(posted(apply(request(number))).repeated);
        EXPECT_EQ(find_direct(messi, messi).value().last, Seq(5));
    });
    EXPECT_FALSE(posted(apply(request(5001))).repeated) << "the highest counts, not the latest";
    EXPECT_EQ(refusal_of(apply(request(4001))), ChatError::key_expired);
    EXPECT_FALSE(posted(apply(request(INT64_MAX))).repeated);
    EXPECT_TRUE(posted(apply(request(INT64_MAX))).repeated);
    EXPECT_EQ(refusal_of(apply(request(5001))), ChatError::key_expired);
}

TEST_P(StoreSuite, IdleClientsAreForgottenAfterThirtyDays) {
    using std::chrono::days;
    using std::chrono::milliseconds;
    const UserId messi = create("messi");
    const auto repeated = [&](std::string client, WallTime at) {
        PostDirect made = keyed(post(messi, {messi}, "x"), std::move(client), 1);
        made.at = at;
        return posted(apply(std::move(made))).repeated;
    };
    EXPECT_FALSE(repeated("old", start));
    EXPECT_FALSE(repeated("younger", start + milliseconds(1)));
    EXPECT_FALSE(repeated("new", start + days(30)));
    EXPECT_TRUE(repeated("old", start + days(30))) << "thirty days, but no longer";
    EXPECT_FALSE(repeated("newer", start + days(30) + milliseconds(1)));
    in_every_state([&] { EXPECT_TRUE(repeated("younger", start + days(30))); });
    EXPECT_FALSE(repeated("old", start + days(30)));
}

}  // namespace
}  // namespace obrol
