#include "bench/peers/redis_settings.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

// Where the server's data is and how it is reached; everything else decides what is measured.
const std::vector<std::string> of_no_interest = {"--bind",      "--port",       "--dir",
                                                 "--daemonize", "--unixsocket", "--logfile"};

TEST(RedisSettings, ArgumentsAndWordsSayTheSame) {
    for (RedisSettings settings : {redis_in_memory(), redis_synced()}) {
        settings.push_back({"client-output-buffer-limit", "pubsub 0 0 0"});
        const std::vector<std::string> command = redis_command("/data", 6400, settings);
        EXPECT_EQ(command.front(), "redis-server");
        RedisSettings told;
        for (std::size_t i = 1; i + 1 < command.size(); i += 2) {
            if (std::ranges::find(of_no_interest, command[i]) == of_no_interest.end())
                told.push_back({command[i], command[i + 1]});
        }
        std::string expected = "XADD";
        for (const RedisSetting& setting : told)
            expected += ", " + setting.name.substr(2) + " " + (setting.value.empty() ? "\"\"" : setting.value);
        EXPECT_EQ(in_words("XADD", settings), expected);
        EXPECT_NE(
            expected.find("save \"\", maxclients 19000, protected-mode no, client-output-buffer-limit pubsub 0 0 0"),
            std::string::npos)
            << expected;
    }
}

TEST(RedisSettings, SyncedIsAppendonlyAndAlways) {
    EXPECT_TRUE(in_words("XADD", redis_synced()).starts_with("XADD, appendonly yes, appendfsync always, save \"\""));
    EXPECT_EQ(in_words("SET", redis_in_memory()).find("append"), std::string::npos);
}

}  // namespace
}  // namespace obrol::bench
