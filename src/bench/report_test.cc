#include "bench/report.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Sample sample(const std::string& peer, Cell cell, std::size_t round, std::uint64_t acknowledged) {
    Sample made{peer, cell, round, {}, true};
    made.load.acknowledged = acknowledged;
    made.load.usage.elapsed = seconds(2);
    made.load.usage.server_cpu_seconds = 1;
    made.load.usage.generator_cpu_seconds = 0.5;
    made.load.usage.other_cpu_seconds = 0.2;
    made.load.usage.server_rss_bytes = 3 * 1024 * 1024;
    made.load.longest_stall = milliseconds(static_cast<int>(round) + 1);
    for (int i = 0; i < 100; ++i)
        made.load.latency.record(microseconds(100));
    return made;
}

TEST(Report, SpreadIsMedianAndEnds) {
    const Spread odd = spread_of({5, 1, 3});
    EXPECT_EQ(odd.median, 3);
    EXPECT_EQ(odd.lowest, 1);
    EXPECT_EQ(odd.highest, 5);
    EXPECT_EQ(spread_of({4, 1, 2, 10}).median, 3);
}

TEST(Report, SummaryOverTheRoundsOfACell) {
    const Cell cell{10, 1}, other{1, 1};
    const std::vector<Sample> samples = {sample("redis", cell, 0, 1000), sample("redis", other, 0, 7),
                                         sample("redis", cell, 1, 4000), sample("redis", cell, 2, 2000)};
    const auto summaries = summarize(samples);
    ASSERT_EQ(summaries.size(), 2u);
    const CellSummary& first = summaries[0];
    EXPECT_EQ(first.cell, cell);
    EXPECT_EQ(first.rounds, 3u);
    EXPECT_DOUBLE_EQ(first.acknowledged_per_second.median, 1000);
    EXPECT_DOUBLE_EQ(first.acknowledged_per_second.lowest, 500);
    EXPECT_DOUBLE_EQ(first.acknowledged_per_second.highest, 2000);
    EXPECT_DOUBLE_EQ(first.server_cpu_seconds_per_million.median, 500);
    EXPECT_DOUBLE_EQ(first.longest_stall_milliseconds, 3);
    EXPECT_DOUBLE_EQ(first.rss_mebibytes.median, 3);
    EXPECT_DOUBLE_EQ(first.generator_cpu_share.median, 0.25);
    EXPECT_DOUBLE_EQ(first.other_cores.median, 0.1);
    EXPECT_NEAR(first.p99_microseconds.median, 100, 2);
    EXPECT_NEAR(first.p99_9_microseconds.median, 100, 2);
}

TEST(Report, ShowsWhatOneInAThousandWaitsFor) {
    std::vector<Sample> samples = {sample("obrol", {1, 1}, 0, 1000)};
    for (int i = 0; i < 899; ++i)
        samples[0].load.latency.record(microseconds(100));
    for (int i = 0; i < 2; ++i)
        samples[0].load.latency.record(microseconds(7000));  // so long wait 2 of 1001
    EXPECT_NEAR(summarize(samples)[0].p99_microseconds.median, 100, 2);
    EXPECT_NEAR(summarize(samples)[0].p99_9_microseconds.median, 7000, 120);
    const std::string text = text_report(samples, {});
    EXPECT_NE(text.find(" p99.9 us "), std::string::npos) << text;
    EXPECT_NE(text.find("      7000 "), std::string::npos) << text;
    const std::string json = json_report(AckOptions{}, {}, samples, {}, {});
    EXPECT_NE(json.find("\"p99_9_microseconds\":7000.0"), std::string::npos) << json;
    EXPECT_NE(json.find("\"p99_9_microseconds\":{\"median\":7000.0"), std::string::npos) << json;
}

TEST(Report, RatioIsTheMedianOfTheRoundsRatios) {
    const Cell cell{100, 10};
    const std::vector<Sample> samples = {sample("obrol", cell, 0, 200), sample("redis", cell, 0, 100),
                                         sample("redis", cell, 1, 10),  sample("obrol", cell, 1, 30),
                                         sample("obrol", cell, 2, 400), sample("redis", cell, 2, 50)};
    const auto ratios = ratios_of(samples, "obrol", "redis");
    ASSERT_EQ(ratios.size(), 1u);
    EXPECT_DOUBLE_EQ(ratios[0].rate.median, 3);  // the ratio of the medians would be 200 / 50
    EXPECT_DOUBLE_EQ(ratios[0].rate.lowest, 2);
    EXPECT_DOUBLE_EQ(ratios[0].rate.highest, 8);
    EXPECT_DOUBLE_EQ(ratios[0].server_cpu.median, 10.0 / 30);
    EXPECT_TRUE(ratios_of({samples[0], samples[1], samples[3]}, "obrol", "redis").empty()) << "a round lacks redis";
}

TEST(Report, TextSaysWhenTheGeneratorIsTheLimit) {
    std::vector<Sample> samples = {sample("redis", {1, 1}, 0, 1000)};
    EXPECT_EQ(text_report(samples, {}).find("LIMIT"), std::string::npos);
    samples[0].load.usage.generator_cpu_seconds = 1.9;
    EXPECT_NE(text_report(samples, {}).find("LIMIT"), std::string::npos);
}

TEST(Report, TextSaysWhenOtherProgramsDisturb) {
    std::vector<Sample> samples = {sample("redis", {1, 1}, 0, 1000)};
    EXPECT_EQ(text_report(samples, {}).find("DISTURB"), std::string::npos);
    samples[0].load.usage.other_cpu_seconds = 0.61;
    EXPECT_NE(text_report(samples, {}).find("DISTURB"), std::string::npos);
}

TEST(Report, TextSaysHowMuchABusyServerRefused) {
    std::vector<Sample> samples = {sample("obrol", {1000, 100}, 0, 1000)};
    EXPECT_EQ(text_report(samples, {}).find("busy"), std::string::npos);
    samples[0].load.busy = 500;
    EXPECT_NE(text_report(samples, {}).find("250/s refused as busy"), std::string::npos);
}

TEST(Report, EvidenceNeedsASyncForEachFullSetOfRequestsInFlight) {
    const Cell cell{10, 1};
    EXPECT_TRUE((SyncEvidence{"redis", cell, 1000, 100}.is_plausible()));
    EXPECT_FALSE((SyncEvidence{"redis", cell, 1001, 100}.is_plausible()));
    EXPECT_NE(text_report({SyncEvidence{"redis", cell, 1000, 0}}).find("TOO FEW"), std::string::npos);
}

TEST(Report, CellsAreEveryPair) {
    AckOptions options;
    options.clients = {1, 100};
    options.depths = {1, 10};
    EXPECT_EQ(cells_of(options), (std::vector<Cell>{{1, 1}, {100, 1}, {1, 10}, {100, 10}}));
}

TEST(Report, JsonHoldsWhatWasMeasured) {
    const Cell cell{100, 10};
    const std::vector<Sample> samples = {sample("obrol", cell, 0, 200), sample("redis", cell, 0, 100)};
    const std::string text = json_report(AckOptions{}, {"redis: \"x\""}, samples, ratios_of(samples, "obrol", "redis"),
                                         {SyncEvidence{"redis", cell, 1000, 100}});
    EXPECT_NE(text.find("\"lines\":[\"redis: \\\"x\\\"\"]"), std::string::npos) << text;
    EXPECT_NE(
        text.find("\"peer\":\"obrol\",\"against\":\"redis\",\"clients\":100,\"depth\":10,\"rate\":{\"median\":2.0"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("\"acknowledged\":200,\"seconds\":2.0,\"acknowledged_per_second\":100.0"), std::string::npos)
        << text;
    EXPECT_NE(text.find("\"sync_calls\":100,\"is_plausible\":true"), std::string::npos) << text;
}

}  // namespace
}  // namespace obrol::bench
