#include <gtest/gtest.h>
#include <set>

#include "base/boxed.h"
#include "base/random.h"
#include "base/uuid.h"

namespace obrol {
namespace {

TEST(Uuid, TextRoundTripsAndKeepsVersionAndVariant) {
    SeededRandom random(7);
    ReproducibleSecureRandom secure(random);
    const Uuid token = Uuid::version4(secure);
    const std::string text = token.to_string();
    EXPECT_EQ(text.size(), Uuid::text_size);
    EXPECT_EQ(text[14], '4');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    EXPECT_EQ(Uuid::parse(text), token);
}

TEST(Uuid, Version7SortsByMillisecond) {
    SeededRandom random(7);
    const WallTime start{std::chrono::milliseconds(1'700'000'000'000)};
    Uuid previous = Uuid::version7(start, random);
    EXPECT_EQ(previous.to_string().substr(0, 13), "018bcfe5-6800");
    for (int i = 1; i < 100; ++i) {
        const Uuid next = Uuid::version7(start + std::chrono::milliseconds(i), random);
        EXPECT_LT(previous, next);
        previous = next;
    }
}

TEST(Uuid, RefusesWhatOnlyResemblesOne) {
    EXPECT_TRUE(has_uuid_form("9ABF3546-137d-4fd7-9d18-1f33e82acf8d"));
    for (const char* text :
         {"", "messi", "9abf3546-137d-4fd7-9d18-1f33e82acf8", "9abf3546-137d-4fd7-9d18-1f33e82acf8dd",
          "9abf3546-137d-4fd7-9d18-1f33e82acf8g", "9abf3546+137d-4fd7-9d18-1f33e82acf8d"})
        EXPECT_FALSE(has_uuid_form(text)) << text;
}

TEST(SeededRandom, SameSeedSameSequence) {
    SeededRandom one(42), same(42), other(43);
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        const auto value = one.next();
        EXPECT_EQ(value, same.next());
        differs = differs || value != other.next();
    }
    EXPECT_TRUE(differs);
}

TEST(SeededRandom, BelowReachesEveryValueAndNoOther) {
    SeededRandom random(1);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(random.below(6));
    EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Boxed, IsCopiedLikeAValueAndEmptyUntilItGetsOne) {
    Boxed<std::string> none;
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(none, Boxed<std::string>(std::nullopt));
    EXPECT_EQ(none, Boxed<std::string>(std::optional<std::string>()));
    Boxed<std::string> one = "halo";
    EXPECT_NE(one, none);
    Boxed<std::string> copy = one;
    copy->append("!");
    EXPECT_EQ(*one, "halo");
    EXPECT_EQ(*copy, "halo!");
    one = copy;
    EXPECT_EQ(one, copy);
    EXPECT_EQ(Boxed<std::string>(std::optional<std::string>("halo!")), one);
    const std::string taken = *std::move(copy);
    EXPECT_EQ(taken, "halo!");
    one = std::nullopt;
    EXPECT_FALSE(one);
    one.emplace(3u, 'x');
    EXPECT_EQ(one.value(), "xxx");
    const Boxed<std::string> moved = std::move(one);
    EXPECT_FALSE(one.has_value());  // NOLINT(bugprone-use-after-move): what it promises
    EXPECT_EQ(*moved, "xxx");
}

}  // namespace
}  // namespace obrol
