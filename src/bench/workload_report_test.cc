#include "bench/workload_report.h"

#include <gtest/gtest.h>

#include "wire/json_reader.h"

namespace obrol::bench {
namespace {

WorkloadSample sample(const std::string& peer, std::size_t receivers, std::size_t round, double rate, double cpu,
                      double others = 0.01) {
    WorkloadSample made;
    made.peer = peer;
    made.size.receivers = receivers;
    made.round = round;
    made.metrics = {{"deliveries/s", rate}, {"CPU-s/M", cpu}, {std::string(others_metric), others}};
    return made;
}

std::string fanout_heading(const WorkloadSize& size) {
    return describe(Workload::fanout, size);
}

const std::vector<WorkloadSample> three_rounds = {
    sample("obrol", 100, 0, 300, 2), sample("redis", 100, 0, 100, 4), sample("obrol", 100, 1, 100, 2),
    sample("redis", 100, 1, 50, 8),  sample("obrol", 100, 2, 200, 2), sample("redis", 100, 2, 200, 2),
};

TEST(WorkloadReport, MediansAndRatiosWithinRounds) {
    const auto rows = rows_of(three_rounds);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].peer, "obrol");
    EXPECT_EQ(rows[0].against, "");
    ASSERT_EQ(rows[0].metrics.size(), 3u);
    EXPECT_EQ(rows[0].metrics[0].spread.median, 200);
    EXPECT_EQ(rows[0].metrics[0].spread.lowest, 100);
    EXPECT_EQ(rows[0].metrics[0].spread.highest, 300);
    EXPECT_EQ(rows[1].metrics[1].spread.median, 4);
    EXPECT_EQ(rows[2].against, "redis");
    ASSERT_EQ(rows[2].metrics.size(), 2u);  // none about the machine
    // 3, 2 and 1 in the three rounds; the ratio of the medians would be the same as the middle one only by chance.
    EXPECT_EQ(rows[2].metrics[0].spread.median, 2);
    EXPECT_EQ(rows[2].metrics[1].spread.median, 0.5);
}

TEST(WorkloadReport, ARatioToNothingIsZero) {
    const auto rows = rows_of({sample("obrol", 1, 0, 5, 1), sample("redis", 1, 0, 0, 1)});
    EXPECT_EQ(rows.at(2).metrics.at(0).spread.median, 0);
}

TEST(WorkloadReport, EachSizeHasItsTable) {
    const std::string text =
        text_report(rows_of({sample("obrol", 100, 0, 5, 1), sample("obrol", 1000, 0, 5, 1)}), fanout_heading);
    EXPECT_NE(text.find("100 receivers, 1 sender, 100 under way\n"), std::string::npos) << text;
    EXPECT_NE(text.find("1000 receivers, 1 sender, 100 under way\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("OTHER PROGRAMS DISTURB"), std::string::npos) << text;
}

TEST(WorkloadReport, UploadsAndDownloadsHaveTablesOfTheirOwn) {
    WorkloadSample upload = sample("obrol", 1, 0, 5, 1), download = sample("obrol", 1, 0, 6, 1);
    download.size.downloads = true;
    const std::string text = text_report(rows_of({upload, download}), [](const WorkloadSize& size) {
        return std::string(size.downloads ? "downloads" : "uploads");
    });
    EXPECT_LT(text.find("uploads\n"), text.find("downloads\n"));
    EXPECT_NE(text.find("downloads\n"), std::string::npos) << text;
}

TEST(WorkloadReport, ColumnsStayApartAndInLine) {
    WorkloadSample wide = sample("obrol", 100, 0, 5, 1);
    wide.metrics = {{"rate", 5}, {"latency of something", 6}, {"another long name", 7}};
    const std::string text = text_report(rows_of({wide}), fanout_heading);
    const std::size_t head = text.find("  ", text.find("under way\n")), row = text.find("  obrol");
    const std::string names = text.substr(head, row - head), values = text.substr(row);
    EXPECT_NE(names.find(" latency of something another long name\n"), std::string::npos) << text;
    EXPECT_EQ(names.size(), values.size()) << text;
    EXPECT_EQ(names.find("something") + 8, values.find('6')) << text;
}

TEST(WorkloadReport, SaysWhatSpoiltTheFigures) {
    WorkloadSample busy = sample("obrol", 100, 0, 5, 1, 0.3);
    busy.metrics.push_back({std::string(generator_metric), 0.95});
    const std::string text = text_report(rows_of({busy}), fanout_heading);
    EXPECT_NE(text.find("OTHER PROGRAMS DISTURB"), std::string::npos) << text;
    EXPECT_NE(text.find("THE GENERATOR IS THE LIMIT"), std::string::npos) << text;
}

TEST(WorkloadReport, JsonHasEverySampleAndRow) {
    const std::string text = json_report("fanout", {"a line"}, three_rounds, rows_of(three_rounds));
    const auto read = read_json(text, {.bytes_max = 1 << 20});
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read->find("settings")->find("workload")->as_string(), "fanout");
    EXPECT_EQ(read->find("samples")->as_array()->size(), 6u);
    ASSERT_EQ(read->find("rows")->as_array()->size(), 3u);
    const JsonValue& ratio = read->find("rows")->as_array()->at(2);
    EXPECT_EQ(*ratio.find("against")->as_string(), "redis");
    EXPECT_EQ(ratio.find("metrics")->find("deliveries/s")->find("median")->as_real(), 2.0);
    EXPECT_EQ(ratio.find("size")->find("receivers")->as_integer(), 100);
    EXPECT_EQ(ratio.find("size")->find("file_mib")->as_integer(), 0);
    EXPECT_EQ(ratio.find("size")->find("downloads")->as_boolean(), false);
}

}  // namespace
}  // namespace obrol::bench
