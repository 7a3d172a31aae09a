#include "base/log_spdlog.h"

#include <algorithm>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <string>

namespace obrol {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

struct StandardErrorLogger::Sink {
    spdlog::logger logger{"obrol", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

StandardErrorLogger::StandardErrorLogger(LogLevel least) : sink_(std::make_unique<Sink>()) {
    sink_->logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    sink_->logger.flush_on(spdlog::level::trace);
    set_least(least);
}

StandardErrorLogger::~StandardErrorLogger() = default;

void StandardErrorLogger::set_least(LogLevel least) {
    sink_->logger.set_level(spdlog_level(least));
}

bool StandardErrorLogger::enabled(LogLevel level) const {
    return sink_->logger.should_log(spdlog_level(level));
}

void StandardErrorLogger::write(LogLevel level, std::string_view line) {
    std::string clean(line);
    const auto is_control = [](char byte) { return (byte >= 0 && byte < ' ') || byte == 0x7f; };
    std::replace_if(clean.begin(), clean.end(), is_control, '?');
    sink_->logger.log(spdlog_level(level), spdlog::string_view_t(clean));
}

}  // namespace obrol
