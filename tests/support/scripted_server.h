// A network with one server on it, whose part the test plays: it sees what came and says what it likes.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/network.h"
#include "tests/support/memory_stream.h"

namespace obrol {

class ScriptedServer final : public Network {
  public:
    explicit ScriptedServer(DeterministicExecutor& executor) : executor_(executor) {}

    bool is_away = false;                 // connecting fails at once
    std::vector<MonotonicTime> attempts;  // to connect, successful or not
    MemoryStream::Options stream_options;
    std::unique_ptr<MemoryStream> connection;  // the server's end of the newest one

    // What has been received since the last call.
    std::string heard() {
        executor_.run_until_idle();
        std::string all;
        char buffer[4096];
        while (connection) {
            const IoResult read = connection->read_some(buffer);
            if (read.status != IoStatus::ok) break;
            all.append(buffer, read.bytes);
            executor_.run_until_idle();
        }
        return all;
    }
    void say(std::string bytes) {
        const iovec whole{bytes.data(), bytes.size()};
        const IoResult written = connection->writev({&whole, 1});
        ASSERT_EQ(written.bytes, bytes.size());
        executor_.run_until_idle();
    }
    void hang_up() {
        connection.reset();
        executor_.run_until_idle();
    }

    Result<std::unique_ptr<Listener>> listen(const Endpoint&) override { return fail("nobody listens here"); }
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration) override {
        const std::string name = to_string(to);
        attempts.push_back(executor_.clock().monotonic_now());
        if (is_away) co_return fail("cannot connect to " + name + ": Connection refused");
        auto ends = MemoryStream::make_pair(executor_, stream_options);
        connection = std::move(ends.second);
        co_return Result<std::unique_ptr<Stream>>(std::move(ends.first));
    }

  private:
    DeterministicExecutor& executor_;
};

}  // namespace obrol
