// A server under measurement: started as a child, watched, stopped.
#pragma once

#include <functional>
#include <optional>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/file_descriptor.h"
#include "bench/stop_signal.h"

namespace obrol::bench {

// One child process. Its standard output and error go to two files of `directory`, so that no pipe can fill up and
// block it. It dies with this program, however that ends. The destructor kills it if stop() was not called.
class ServerProcess {
  public:
    // `arguments[0]` is looked up in PATH unless it holds a slash. The error says when there is no such program.
    // `directory` must exist and outlive the process; it becomes its working directory.
    static Result<ServerProcess> start(const std::vector<std::string>& arguments, const std::string& directory);

    ServerProcess(ServerProcess&& other) noexcept;
    ServerProcess& operator=(ServerProcess&&) = delete;
    ~ServerProcess();

    pid_t id() const { return id_; }

    // Waits until `found` recognises something in all that the process has printed to standard output and error so
    // far. Errors: it ended first (with its last lines), the time is over, or `interrupted` was raised.
    using Recogniser = std::function<bool(std::string_view output, std::string_view error)>;
    Result<void> wait_until(const Recogniser& found, Duration at_most, const Clock& clock,
                            const StopSignal& interrupted) const;

    // `number`, then SIGKILL when it has not ended after `at_most`; returns when it has gone. True: `number` was
    // enough.
    bool stop(Duration at_most, int number = SIGTERM);

    // True when it has ended by then.
    bool wait_for_end(Duration at_most) const;

    // What it printed, for an error message: the last lines of standard error, or of standard output without any.
    std::string last_words() const;

  private:
    ServerProcess(pid_t id, FileDescriptor handle, std::string directory);

    void reap();

    pid_t id_;
    FileDescriptor handle_;
    std::string directory_;
};

// Starts a program, waits for its end and returns its standard output; for asking a server its version.
Result<std::string> output_of(const std::vector<std::string>& arguments, const std::string& directory);

// A TCP port on 127.0.0.1 that nobody listens on now; somebody else may take it before it is used.
Result<std::uint16_t> find_free_port();

}  // namespace obrol::bench
