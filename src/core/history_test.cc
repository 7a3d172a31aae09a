// What was said before, page by page, and how far somebody has read.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/support/chat_fixture.h"

namespace obrol {
namespace {

class HistoryTest : public ChatTest {};

TEST_F(HistoryTest, HistoryGivesTheNewestOrThePageBefore) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    const auto page = [&](std::optional<Seq> before, std::uint32_t limit) {
        std::string text;
        const Reply reply = ask(*maya, FetchHistory{parse_place("messi"), before, limit});
        for (const auto& item : std::get<HistoryPage>(reply).items)
            text += fmt::format("{}{}={} ", item.from.name.substr(0, 2), item.entry.header.seq.value, item.entry.body);
        return text;
    };
    EXPECT_EQ(page(std::nullopt, 10), "");
    for (int i = 1; i <= 5; ++i)
        ask(i % 2 ? *messi : *maya, to(i % 2 ? "maya" : "messi", std::to_string(i)));
    EXPECT_EQ(page(std::nullopt, 10), "me1=1 ma2=2 me3=3 ma4=4 me5=5 ");
    EXPECT_EQ(page(std::nullopt, 2), "ma4=4 me5=5 ");
    EXPECT_EQ(page(Seq(4), 2), "ma2=2 me3=3 ");
    EXPECT_EQ(page(Seq(1), 2), "");
    EXPECT_EQ(inbox(*maya), "messi: 1 3 5");  // history moves no cursor
}

TEST_F(HistoryTest, AHistoryAnswerIsBoundedAndThePageBeforeGoesOn) {
    Chat::Options tight = options;
    tight.history_entries_max = 3;
    use(tight);
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    const auto page = [&](std::optional<Seq> before, std::uint32_t limit) {
        Reply reply = ask(*messi, FetchHistory{parse_place("maya"), before, limit});
        return std::get<HistoryPage>(std::move(reply));
    };
    for (int i = 0; i < 3; ++i)
        ask(*messi, to("maya", "x"));
    EXPECT_EQ(page(std::nullopt, 1000).items.size(), 3u);
    EXPECT_FALSE(page(std::nullopt, 1000).more);
    ask(*messi, to("maya", "x"));
    const HistoryPage bounded = page(std::nullopt, 1000);
    EXPECT_EQ(bounded.items.size(), 3u);
    EXPECT_TRUE(bounded.more);
    EXPECT_EQ(page(bounded.items.front().entry.header.seq, 1000).items.size(), 1u);
}

TEST_F(HistoryTest, AFailedReadIsRefusedAndTheNextOneWorks) {
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    ask(*messi, to("maya", "x"));
    store.fail_next_read("a corrupt page");
    EXPECT_EQ(why(ask(*messi, FetchHistory{parse_place("maya"), std::nullopt, 10})), ChatError::unavailable);
    const Reply reply = ask(*messi, FetchHistory{parse_place("maya"), std::nullopt, 10});
    EXPECT_EQ(std::get<HistoryPage>(reply).items.size(), 1u);
}

TEST_F(HistoryTest, ReadingIsNotedWhereThereIsAConversation) {
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    EXPECT_EQ(why(ask(*messi, MarkRead{parse_place("maya"), Seq(1)})), ChatError::not_found);
    ask(*messi, to("maya", "x"));
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*messi, MarkRead{parse_place("maya"), Seq(1)})));
}

}  // namespace
}  // namespace obrol
