// What comes twice has one effect: by its place, and by its id.
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "tests/support/peering_fixture.h"

namespace obrol {
namespace {

class PeeringDuplicatesTest : public PeeringTest {
  protected:
    // At that place of the epoch whose oldest item is `first`: "taken", or why not.
    std::string take(OutboxPlace place, const PeerItem& item, std::int64_t first = 1) {
        const std::string bytes = encode(item);
        const Peering::Taken taken = b.parts.run(b.peering().receive(b.other, place, first, std::span(&bytes, 1)));
        if (taken.trouble) return std::string(to_string(*taken.trouble));
        return taken.refused.empty() ? "taken" : "refused: " + std::string(to_string(taken.refused[0].why));
    }
    std::string place() {
        const LinkProgress progress = *b.parts.run(b.peering().progress(b.other));
        return fmt::format("{}:{}", progress.received.epoch, progress.received.number);
    }
    DirectPost lost(std::uint64_t n) {
        DirectPost item = post("hilang", n);
        item.to = "nobody";
        return item;
    }
    std::size_t refusals_waiting() { return b.parts.run(b.peering().progress(b.other))->queued; }
};

TEST_F(PeeringDuplicatesTest, WhatIsSaidAtAPlaceThatLiesBehindHasNoEffect) {
    EXPECT_EQ(take({1, 1}, post("satu", 1)), "taken");
    EXPECT_EQ(take({1, 2}, post("dua", 2)), "taken");
    // Other items than those that were there.
    EXPECT_EQ(take({1, 1}, post("lain", 3)), "taken");
    EXPECT_EQ(take({1, 2}, lost(4)), "taken");
    EXPECT_EQ(place(), "1:2");
    EXPECT_EQ(refusals_waiting(), 0u);
    EXPECT_EQ(take({1, 3}, post("tiga", 5)), "taken") << "the place did not go back";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu dua tiga");
    // Nor what was not carried out: it may come at its own place.
    EXPECT_EQ(take({1, 4}, post("lain", 3)), "taken");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: lain");
}

TEST_F(PeeringDuplicatesTest, WhatIsSaidInAnEpochThatIsOverHasNoEffect) {
    EXPECT_EQ(take({2, 7}, post("tujuh", 1), 7), "taken");
    for (const OutboxPlace& behind : {OutboxPlace{1, 1}, OutboxPlace{1, 8}, OutboxPlace{2, 1}})
        EXPECT_EQ(take(behind, post("lain", 2)), "taken");
    EXPECT_EQ(place(), "2:7");
    EXPECT_EQ(take({2, 8}, post("delapan", 3), 7), "taken");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: tujuh delapan");
}

TEST_F(PeeringDuplicatesTest, WhatComesAgainAtAnotherPlaceHasNoEffect) {
    EXPECT_EQ(take({1, 1}, post("satu", 1)), "taken");
    EXPECT_EQ(take({1, 2}, lost(2)), "refused: user-not-found");
    EXPECT_EQ(refusals_waiting(), 1u);
    // In the same epoch, and numbered anew in a later one.
    EXPECT_EQ(take({1, 3}, post("satu", 1)), "taken");
    EXPECT_EQ(take({2, 1}, post("satu", 1)), "taken");
    EXPECT_EQ(take({2, 2}, lost(2)), "taken") << "it was refused once";
    EXPECT_EQ(take({2, 3}, post("satu", 1)), "taken");
    EXPECT_EQ(place(), "2:3");
    EXPECT_EQ(refusals_waiting(), 1u);
    EXPECT_EQ(take({2, 4}, post("empat", 4)), "taken");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu empat");
}

TEST_F(PeeringDuplicatesTest, WhatAnotherServerSentUnderThatIdIsSomethingElse) {
    PublicKey key{};
    key[0] = 9;
    const auto met = b.parts.run(b.peering().met(key, "C", ServerId()));
    ASSERT_TRUE(met.has_value());
    EXPECT_EQ(take({1, 1}, post("dari A", 1)), "taken");
    b.other = met->id;
    EXPECT_EQ(take({1, 1}, post("dari C", 1)), "taken");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: dari A | messi@C: dari C");
}

}  // namespace
}  // namespace obrol
