// Reading ranges of logs: limits, ends, and the borders of packed indexes (64 entries to a row).
#include <algorithm>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

// What Store::read promises, in the plainest words: `log` holds the whole conversation.
struct PlainReader {
    std::size_t bytes_left;
    bool given = false;
    bool exhausted = false;

    EntryPage page(const std::vector<LogEntry>& log, const EntryRange& range) {
        std::vector<LogEntry> in_range;
        for (const LogEntry& entry : log) {
            if (entry.header.seq > range.after && (!range.before || entry.header.seq < *range.before))
                in_range.push_back(entry);
        }
        if (range.newest_first) std::ranges::reverse(in_range);
        EntryPage page;
        for (const LogEntry& entry : in_range) {
            page.more = exhausted || page.entries.size() == range.entries_max;
            if (page.more) break;
            exhausted = page.more = given && entry.body.size() > bytes_left;
            if (exhausted) break;
            given = true;
            bytes_left -= std::min(bytes_left, entry.body.size());
            page.entries.push_back(entry);
        }
        if (range.newest_first) std::ranges::reverse(page.entries);
        return page;
    }
};

std::string describe(const EntryRange& range) {
    return "after " + std::to_string(range.after.value) + " before " +
           (range.before ? std::to_string(range.before->value) : "-") + " max " + std::to_string(range.entries_max) +
           (range.newest_first ? " newest first" : "");
}

void expect_page(const EntryPage& actual, const EntryPage& expected) {
    EXPECT_EQ(seqs_of(actual.entries), seqs_of(expected.entries));
    EXPECT_EQ(actual.more, expected.more);
    if (actual.entries.size() != expected.entries.size()) return;
    for (std::size_t i = 0; i < actual.entries.size(); ++i) {
        if (!same(actual.entries[i], expected.entries[i])) {
            ADD_FAILURE() << "another entry at seq " << expected.entries[i].header.seq.value;
        }
    }
}

// Every range whose ends lie at a border of the log of `last` entries, or of an index row.
std::vector<EntryRange> border_ranges(ConversationId conversation, std::int64_t last) {
    const std::vector<std::int64_t> ends{-1, 0, 1, 2, 62, 63, 64, 65, 66, 127, 128, 129, 130, last / 2, last, last + 7};
    std::vector<EntryRange> ranges;
    for (const std::int64_t after : ends) {
        for (std::size_t before = 0; before <= ends.size(); ++before) {
            for (const std::size_t max : {0u, 1u, 2u, 63u, 64u, 65u, 100000u}) {
                for (const bool newest_first : {false, true}) {
                    EntryRange range{.conversation = conversation, .after = Seq(after), .entries_max = max};
                    if (before < ends.size()) range.before = Seq(ends[before]);
                    range.newest_first = newest_first;
                    ranges.push_back(range);
                }
            }
        }
    }
    return ranges;
}

TEST_P(StoreSuite, EveryRangeAtTheBordersOfALogAndOfIndexRows) {
    const UserId me = create("me");
    for (const std::int64_t last : {1, 63, 64, 65, 128, 129, 200}) {
        SCOPED_TRACE("a log of " + std::to_string(last));
        const UserId other = create("other" + std::to_string(last));
        std::vector<LogEntry> expected;
        std::vector<Change> batch;
        for (std::int64_t seq = 1; seq <= last; ++seq)
            batch.emplace_back(post(me, {other}, std::to_string(seq)));
        for (const ChangeResult& result : append(std::move(batch))) {
            const EntryHeader& header = std::get<Posted>(result.value()).entries.at(0);
            expected.push_back({header, std::to_string(header.seq.value), false});
        }
        const std::vector<EntryRange> ranges = border_ranges(expected[0].header.conversation, last);
        in_every_state([&] {
            const std::vector<EntryPage> pages = read(ranges);
            ASSERT_EQ(pages.size(), ranges.size());
            PlainReader reader{unlimited};
            for (std::size_t i = 0; i < ranges.size() && !HasFailure(); ++i) {
                SCOPED_TRACE(describe(ranges[i]));
                expect_page(pages[i], reader.page(expected, ranges[i]));
            }
        });
    }
}

TEST_P(StoreSuite, ALogGrowsAcrossIndexRowsInSmallSteps) {
    const UserId me = create("me");
    const UserId other = create("other");
    std::vector<LogEntry> expected;
    for (std::int64_t last = 1; last <= 200; ++last) {
        expected.push_back({send(me, other, std::to_string(last)), std::to_string(last), false});
        if (last % 7 == 0) fixture->settle();
        if (last % 45 == 0) fixture->reopen(StoreFixture::Reopening::clean);
        const EntryRange all{.conversation = expected[0].header.conversation, .entries_max = unlimited};
        EntryRange newest = all;
        newest.newest_first = true;
        newest.entries_max = 3;
        PlainReader reader{unlimited};
        SCOPED_TRACE("a log of " + std::to_string(last));
        expect_page(page(all), reader.page(expected, all));
        expect_page(page(newest), reader.page(expected, newest));
        if (HasFailure()) return;
    }
}

TEST_P(StoreSuite, ManyInterleavedLogsStayApart) {
    constexpr std::size_t logs = 40;
    constexpr std::int64_t last = 130;
    const UserId me = create("me");
    std::vector<UserId> others;
    for (std::size_t i = 0; i < logs; ++i)
        others.push_back(create("other" + std::to_string(i)));
    std::vector<std::vector<LogEntry>> expected(logs);
    for (std::int64_t seq = 1; seq <= last; ++seq) {
        std::vector<Change> batch;
        const std::string body = std::to_string(seq);
        for (const UserId other : others)
            batch.emplace_back(post(seq % 3 == 0 ? other : me, {seq % 3 == 0 ? me : other}, body));
        const auto results = append(std::move(batch));
        for (std::size_t i = 0; i < logs; ++i)
            expected[i].push_back({std::get<Posted>(results[i].value()).entries.at(0), body, false});
        if (seq == 50) fixture->settle();
    }
    in_every_state([&] {
        std::vector<EntryRange> ranges;
        for (std::size_t i = 0; i < logs; ++i) {
            const ConversationId conversation = expected[i][0].header.conversation;
            ranges.push_back({.conversation = conversation, .entries_max = unlimited});
            ranges.push_back({.conversation = conversation, .after = Seq(60), .before = Seq(70), .entries_max = 100});
            ranges.push_back({.conversation = conversation, .entries_max = 5, .newest_first = true});
        }
        const std::vector<EntryPage> pages = read(ranges);
        PlainReader reader{unlimited};
        for (std::size_t i = 0; i < ranges.size() && !HasFailure(); ++i) {
            SCOPED_TRACE("log " + std::to_string(i / 3) + " " + describe(ranges[i]));
            expect_page(pages[i], reader.page(expected[i / 3], ranges[i]));
        }
    });
}

TEST_P(StoreSuite, BytesLimitAllPagesOfAReadTogether) {
    const UserId me = create("me");
    std::vector<std::vector<LogEntry>> logs;
    const std::vector<std::vector<std::size_t>> sizes{{10, 20, 30, 0, 40}, {5, 500, 5}, {1, 0, 1}};
    for (const auto& log_sizes : sizes) {
        const UserId other = create("other" + std::to_string(logs.size()));
        auto& log = logs.emplace_back();
        for (const std::size_t size : log_sizes) {
            const std::string body(size, 'x');
            log.push_back({send(me, other, body), body, false});
        }
    }
    const std::vector<std::size_t> bytes_limits{0,  1,   9,   10,  11,  29,  30,  31,  59,  60,
                                                61, 100, 104, 105, 106, 604, 605, 610, 612, 613};
    in_every_state([&] {
        for (const std::size_t bytes : bytes_limits) {
            for (const bool newest_first : {false, true}) {
                for (std::size_t first = 0; first < logs.size(); ++first) {
                    SCOPED_TRACE(std::to_string(bytes) + " bytes from log " + std::to_string(first) +
                                 (newest_first ? " newest first" : ""));
                    std::vector<EntryRange> ranges;
                    PlainReader reader{bytes};
                    std::vector<EntryPage> expected;
                    for (std::size_t i = 0; i < logs.size(); ++i) {
                        const auto& log = logs[(first + i) % logs.size()];
                        ranges.push_back({.conversation = log[0].header.conversation,
                                          .entries_max = 4,
                                          .newest_first = newest_first});
                        expected.push_back(reader.page(log, ranges.back()));
                    }
                    const std::vector<EntryPage> pages = read(ranges, bytes);
                    ASSERT_EQ(pages.size(), expected.size());
                    for (std::size_t i = 0; i < pages.size(); ++i)
                        expect_page(pages[i], expected[i]);
                    EXPECT_FALSE(pages[0].entries.empty()) << "at least one";
                }
            }
        }
    });
}

TEST_P(StoreSuite, AnErasedBodyWeighsNothing) {
    const UserId me = create("me");
    const ConversationId conversation = send(me, me, std::string(100, 'x')).conversation;
    send(me, me, std::string(100, 'x'));
    send(me, me, "x");
    carry_out(EraseBody{conversation, Seq(2)});
    in_every_state([&] {
        const EntryRange all{.conversation = conversation, .entries_max = 10};
        EXPECT_EQ(seqs_of(page(all, 100).entries), (std::vector<std::int64_t>{1, 2}));
        EXPECT_EQ(seqs_of(page(all, 101).entries), (std::vector<std::int64_t>{1, 2, 3}));
    });
}

TEST_P(StoreSuite, WhatIsNotThereIsAnEmptyPage) {
    const UserId me = create("me");
    const ConversationId conversation = send(me, me, "1").conversation;
    EXPECT_TRUE(read({}).empty());
    const std::vector<EntryPage> pages =
        read({{.conversation = ConversationId(77), .entries_max = 10},
              {.conversation = ConversationId(0), .entries_max = 10, .newest_first = true},
              {.conversation = conversation, .entries_max = 10},
              {.conversation = ConversationId(-1), .before = Seq(5), .entries_max = 10}});
    ASSERT_EQ(pages.size(), 4u);
    for (const std::size_t i : {0u, 1u, 3u}) {
        EXPECT_TRUE(pages[i].entries.empty()) << i;
        EXPECT_FALSE(pages[i].more) << i;
    }
    EXPECT_EQ(pages[2].entries.size(), 1u);
}

TEST_P(StoreSuite, ALogIsReadInPagesFromEitherEnd) {
    const UserId me = create("me");
    const ConversationId conversation = fill(me, create("other"), 1000);
    in_every_state([&] {
        std::vector<std::int64_t> forward;
        Seq after;
        for (bool more = true; more;) {
            const EntryPage next = page({.conversation = conversation, .after = after, .entries_max = 77});
            for (const std::int64_t seq : seqs_of(next.entries))
                forward.push_back(seq);
            after = next.entries.back().header.seq;
            more = next.more;
        }
        std::vector<std::int64_t> backward;
        Seq before(1001);
        for (bool more = true; more;) {
            const EntryPage next =
                page({.conversation = conversation, .before = before, .entries_max = 77, .newest_first = true});
            const std::vector<std::int64_t> seqs = seqs_of(next.entries);
            backward.insert(backward.begin(), seqs.begin(), seqs.end());
            before = next.entries.front().header.seq;
            more = next.more;
        }
        EXPECT_EQ(forward.size(), 1000u);
        EXPECT_EQ(forward, backward);
        for (std::size_t i = 0; i < forward.size(); ++i)
            ASSERT_EQ(forward[i], static_cast<std::int64_t>(i) + 1);
    });
}

TEST_P(StoreSuite, ANewestPageThatIsReadAgainShowsWhatHasChanged) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const ConversationId conversation = fill(messi, maya, 30);
    std::vector<std::string> expected;
    for (int i = 11; i <= 30; ++i)
        expected.push_back(std::to_string(i));
    const auto check = [&] {
        const EntryRange newest{.conversation = conversation, .entries_max = 20, .newest_first = true};
        for (int time = 0; time < 2; ++time)
            EXPECT_EQ(bodies_of(page(newest).entries), expected);
        EXPECT_EQ(page({.conversation = conversation, .after = Seq(15), .entries_max = 1}).entries.at(0).body,
                  log(conversation).at(15).body);
    };
    in_every_state(check);
    carry_out(ReplaceBody{conversation, Seq(20), "replaced"});
    expected[9] = "replaced";
    in_every_state(check);
    carry_out(EraseBody{conversation, Seq(12)});
    expected[1] = "";
    in_every_state(check);
    send(messi, maya, "31");
    expected.erase(expected.begin());
    expected.emplace_back("31");
    in_every_state(check);
    append({post(maya, {messi}, "32"), ReplaceBody{conversation, Seq(32), "at once"}});
    expected.erase(expected.begin());
    expected.emplace_back("at once");
    in_every_state(check);
}

}  // namespace
}  // namespace obrol
