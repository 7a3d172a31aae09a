#include "base/log_spdlog.h"

#include <gtest/gtest.h>
#include <regex>
#include <string>

namespace obrol {
namespace {

TEST(StandardErrorLogger, WritesOneLineForEachEventFromItsLevelOn) {
    testing::internal::CaptureStderr();
    StandardErrorLogger logger(LogLevel::info);
    logger.debug("unheard");
    logger.info("{} of {}", 1, 2);
    logger.error("forged\nline \x1b[31m {{}}");
    logger.set_least(LogLevel::error);
    logger.warning("unheard");
    const std::string written = testing::internal::GetCapturedStderr();
    const std::regex expected(R"((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) info 1 of 2
(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) error forged\?line \?\[31m \{\}
)");
    EXPECT_TRUE(std::regex_match(written, expected)) << written;
    EXPECT_FALSE(logger.enabled(LogLevel::warning));
    EXPECT_TRUE(logger.enabled(LogLevel::error));
}

}  // namespace
}  // namespace obrol
