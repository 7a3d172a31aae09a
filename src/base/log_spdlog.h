// The log of a real server: standard error, one line for each event, e.g.
// "2026-11-21T03:30:40.123Z warning 3 connections are open, limits.connections_max: 1 refused".
#pragma once

#include <memory>
#include <string_view>

#include "base/log.h"

namespace obrol {

class StandardErrorLogger final : public Logger {
  public:
    explicit StandardErrorLogger(LogLevel least);
    ~StandardErrorLogger() override;

    // From any thread, like the other methods.
    void set_least(LogLevel least);
    bool enabled(LogLevel level) const override;
    // Control characters become '?': what somebody sent cannot forge a line.
    void write(LogLevel level, std::string_view line) override;

  private:
    struct Sink;
    std::unique_ptr<Sink> sink_;
};

}  // namespace obrol
