// Logging as a seam: a Logger is made in apps/ and passed down. One event, one line; never a password, token or text.
#pragma once

#include <fmt/core.h>
#include <string>
#include <string_view>
#include <utility>

namespace obrol {

enum class LogLevel { debug, info, warning, error };

// Implementations are safe to call from any thread.
class Logger {
  public:
    virtual ~Logger() = default;
    virtual bool enabled(LogLevel level) const = 0;
    virtual void write(LogLevel level, std::string_view line) = 0;

    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) {
        log(LogLevel::debug, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) {
        log(LogLevel::info, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) {
        log(LogLevel::warning, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) {
        log(LogLevel::error, format, std::forward<Args>(args)...);
    }

  private:
    template <class... Args>
    void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
        if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
    }
};

// Swallows everything.
class NullLogger final : public Logger {
  public:
    bool enabled(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view) override {}
};

}  // namespace obrol
