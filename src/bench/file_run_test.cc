// FileRun against a little server of redis's SET and GET that misbehaves on demand.
#include "bench/file_run.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <unistd.h>

#include "bench/file_comparison.h"
#include "bench/peers/redis_file_lobby.h"
#include "bench/peers/resp.h"
#include "tests/support/little_server.h"

namespace obrol::bench {
namespace {

using std::chrono::milliseconds;

// Answers nobody's SET, and nobody's GET, before all of its clients have asked.
class LittleStore {
  public:
    // What is said to the GET of this name, whose value is whole; mostly that, as a value.
    using Distort = std::function<std::string(const std::string& name, const std::string& value)>;

    explicit LittleStore(std::size_t clients, Distort distort = as_it_is, std::string answer_to_set = "+OK\r\n")
        : clients_(clients),
          distort_(std::move(distort)),
          answer_to_set_(std::move(answer_to_set)),
          server_({.on_received = [this](int client, std::string& received) { hear(client, received); }}) {}

    static std::string as_it_is(const std::string&, const std::string& value) {
        std::string out;
        append_bulk(out, value);
        return out;
    }

    std::uint16_t port() const { return server_.port(); }
    // Only after the run.
    const std::map<std::string, std::string>& values() const { return values_; }
    const std::multiset<std::string>& asked_for() const { return asked_for_; }

  private:
    void hear(int client, std::string& received) {
        std::vector<RespItem> items;
        const auto whole = read_resp(received, items);
        ASSERT_TRUE(whole);
        if (*whole == 0) return;
        const std::string command(items.at(1).text);
        if (command == "PING") {
            LittleServer::say(client, "+PONG\r\n", 3);
        } else if (command == "SET") {
            values_[std::string(items.at(2).text)] = items.at(3).text;
            answer_when_all_have_asked(client, answer_to_set_);
        } else {
            ASSERT_EQ(command, "GET");
            const std::string name(items.at(2).text);
            asked_for_.insert(name);
            answer_when_all_have_asked(client, distort_(name, values_[name]));
        }
        received.erase(0, *whole);
    }

    void answer_when_all_have_asked(int client, std::string answer) {
        waiting_.emplace_back(client, std::move(answer));
        if (waiting_.size() < clients_) return;
        for (const auto& [who, words] : std::exchange(waiting_, {}))
            LittleServer::say(who, words, 70'001);
    }

    std::size_t clients_;
    Distort distort_;
    std::string answer_to_set_;
    std::map<std::string, std::string> values_;
    std::multiset<std::string> asked_for_;
    std::vector<std::pair<int, std::string>> waiting_;
    LittleServer server_;
};

class FileRunTest : public testing::Test {
  protected:
    static constexpr std::size_t clients = 5;
    static constexpr std::size_t bytes = 600'001;  // more than the kernel takes at once, and no whole number of pieces

    Result<FileResult> run(const LittleStore& store, Duration silence_limit = std::chrono::seconds(20)) {
        const FilePlan plan{.clients = clients,
                            .settling = milliseconds(10),
                            .silence_limit = silence_limit,
                            .port = store.port(),
                            .server = getpid()};
        FileRun made(plan, lobby_, contents_, clock_, interrupted_);
        return made.run();
    }
    // The run over a store that distorts must fail with words that contain `part`.
    void expect_failure(LittleStore::Distort distort, const std::string& part) {
        const LittleStore store(clients, std::move(distort));
        const auto result = run(store);
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().what.find(part), std::string::npos) << result.error().what;
    }

    const FileContents contents_{clients, bytes};
    SystemClock clock_;
    StopSignal interrupted_;
    RedisFileLobby lobby_;
};

TEST_F(FileRunTest, EverybodyAtOnceUploadsHisFileAndThenDownloadsOne) {
    const LittleStore store(clients);
    const auto result = run(store);
    ASSERT_TRUE(result) << result.error().what;
    std::multiset<std::string> names;
    for (std::size_t user = 0; user < clients; ++user) {
        const std::string name = "file" + std::to_string(user);
        names.insert(name);
        EXPECT_EQ(store.values().at(name), contents_.of(user)) << name;
    }
    EXPECT_EQ(store.values().size(), clients);
    EXPECT_EQ(store.asked_for(), names);
    for (const Transfer* transfer : {&result->upload, &result->download}) {
        EXPECT_EQ(transfer->bytes, clients * bytes);
        EXPECT_EQ(transfer->latency.count(), clients);
        EXPECT_GT(transfer->latency.quantile(0.5), Duration{0});
        EXPECT_LE(transfer->latency.longest(), transfer->usage.elapsed);
        EXPECT_GT(transfer->usage.server_rss_bytes, clients * bytes);
        EXPECT_GE(transfer->usage.server_peak_rss_bytes, transfer->usage.server_rss_bytes);
    }
}

TEST_F(FileRunTest, OneWrongByteIsNoticed) {
    expect_failure(
        [](const std::string& name, std::string value) {
            if (name == "file2") value.back() ^= 1;
            return LittleStore::as_it_is(name, value);
        },
        "byte 600000 of the file that user 3 downloaded is not the one that user 2 had uploaded");
}

TEST_F(FileRunTest, BlocksThatHaveChangedPlacesAreNoticed) {
    constexpr std::size_t block = 4096;
    expect_failure(
        [](const std::string& name, std::string value) {
            std::swap_ranges(value.begin() + block, value.begin() + 2 * block, value.begin() + 2 * block);
            return LittleStore::as_it_is(name, value);
        },
        "byte 4096 of the file");
}

TEST_F(FileRunTest, TheFileOfSomebodyElseIsNoticed) {
    std::string first;
    expect_failure(
        [&first](const std::string& name, const std::string& value) {
            if (first.empty()) first = value;
            return LittleStore::as_it_is(name, first);
        },
        "byte 0 of the file");
}

TEST_F(FileRunTest, AnotherSizeIsNoticed) {
    expect_failure(
        [](const std::string& name, const std::string& value) {
            return LittleStore::as_it_is(name, value.substr(0, name == "file4" ? bytes - 1 : bytes));
        },
        "the server answered GET with $600000");
}

TEST_F(FileRunTest, WhatComesBehindTheLastFileIsNoticed) {
    expect_failure(
        [](const std::string& name, const std::string& value) {
            return LittleStore::as_it_is(name, value) + (name == "file1" ? "x\r\n" : "");
        },
        "the server answered nothing with x");
}

TEST_F(FileRunTest, ARefusalIsQuoted) {
    const LittleStore store(clients, LittleStore::as_it_is, "-ERR no room\r\n");
    const auto result = run(store);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("answered SET with -ERR no room"), std::string::npos) << result.error().what;
}

TEST_F(FileRunTest, AServerThatAcknowledgesNothingIsNoticed) {
    const LittleStore store(clients + 1);
    const auto result = run(store, milliseconds(300));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("nothing has happened"), std::string::npos) << result.error().what;
}

TEST(FileContents, AgreeNowhere) {
    constexpr std::size_t files = 4, bytes = 100'000, block = 512;
    const FileContents contents(files, bytes);
    std::set<std::string_view> blocks;
    for (std::size_t file = 0; file < files; ++file) {
        ASSERT_EQ(contents.of(file).size(), bytes);
        for (std::size_t at = 0; at + block <= bytes; at += block)
            blocks.insert(contents.of(file).substr(at, block));
    }
    EXPECT_EQ(blocks.size(), files * (bytes / block));
    EXPECT_EQ(contents.of(3), FileContents(7, bytes).of(3));
}

TEST(FileMetrics, AreForTheWholeTransfer) {
    Transfer transfer;
    transfer.bytes = std::uint64_t{2} << 30;
    transfer.latency.record(milliseconds(20));
    transfer.usage = {.elapsed = std::chrono::seconds(4),
                      .server_cpu_seconds = 1,
                      .generator_cpu_seconds = 2,
                      .other_cpu_seconds = 0.4,
                      .server_rss_bytes = 3 << 20,
                      .server_peak_rss_bytes = 5 << 20};
    const std::vector<std::pair<std::string, double>> due = {{"MiB/s", 512},  {"CPU-s/GiB", 0.5}, {"p50 ms", 20},
                                                             {"p99 ms", 20},  {"p99.9 ms", 20},   {"RSS MiB", 3},
                                                             {"peak MiB", 5}, {"generator", 0.5}, {"others", 0.1}};
    const Metrics metrics = metrics_of(transfer);
    ASSERT_EQ(metrics.size(), due.size());
    for (std::size_t i = 0; i < due.size(); ++i) {
        EXPECT_EQ(metrics[i].name, due[i].first);
        EXPECT_NEAR(metrics[i].value, due[i].second, due[i].second / 50) << metrics[i].name;
    }
}

TEST(FileComparison, NamesItsSizes) {
    WorkloadSize size;
    size.clients = 10;
    size.file_mib = 8;
    EXPECT_EQ(describe_files(size), "10 clients at once, a file of 8 MiB each: upload");
    size.clients = 1;
    size.downloads = true;
    EXPECT_EQ(describe_files(size), "1 client at once, a file of 8 MiB each: download");
}

}  // namespace
}  // namespace obrol::bench
