#include "bench/server_process.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <signal.h>

#include "bench/scratch_directory.h"

namespace obrol::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerProcessTest : public testing::Test {
  protected:
    ServerProcessTest() : directory_(ScratchDirectory::make(testing::TempDir(), "server-process").value()) {}

    Result<ServerProcess> shell(const std::string& script) {
        return ServerProcess::start({"sh", "-c", script}, directory_.path());
    }
    static ServerProcess::Recogniser says(std::string word) {
        return [word](std::string_view output, std::string_view error) {
            return output.find(word) != std::string_view::npos || error.find(word) != std::string_view::npos;
        };
    }

    ScratchDirectory directory_;
    SystemClock clock_;
    StopSignal interrupted_;
};

TEST_F(ServerProcessTest, WaitsForWhatItPrintsAndStopsIt) {
    auto process = shell("echo starting; echo ready 1234; exec sleep 100");
    ASSERT_TRUE(process) << process.error().what;
    const auto ready = process->wait_until(says("ready 1234\n"), seconds(20), clock_, interrupted_);
    EXPECT_TRUE(ready) << ready.error().what;
    const pid_t id = process->id();
    EXPECT_EQ(kill(id, 0), 0);
    EXPECT_TRUE(process->stop(seconds(20)));
    EXPECT_NE(kill(id, 0), 0);
}

TEST_F(ServerProcessTest, KillsOneThatIgnoresTheRequest) {
    auto process = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    ASSERT_TRUE(process) << process.error().what;
    ASSERT_TRUE(process->wait_until(says("ready"), seconds(20), clock_, interrupted_));
    const pid_t id = process->id();
    EXPECT_FALSE(process->stop(milliseconds(50)));
    EXPECT_NE(kill(id, 0), 0);
}

TEST_F(ServerProcessTest, OneThatEndsIsAnErrorWithItsLastWords) {
    auto process = shell("echo 'the port is taken' >&2; exit 3");
    ASSERT_TRUE(process) << process.error().what;
    const auto ready = process->wait_until(says("ready"), seconds(20), clock_, interrupted_);
    ASSERT_FALSE(ready);
    EXPECT_NE(ready.error().what.find("the port is taken"), std::string::npos) << ready.error().what;
}

TEST_F(ServerProcessTest, OneThatIsNeverReadyIsAnError) {
    auto process = shell("exec sleep 100");
    ASSERT_TRUE(process) << process.error().what;
    const auto ready = process->wait_until(says("ready"), milliseconds(20), clock_, interrupted_);
    ASSERT_FALSE(ready);
    EXPECT_NE(ready.error().what.find("did not become ready"), std::string::npos) << ready.error().what;
}

TEST_F(ServerProcessTest, AMissingProgramIsNamed) {
    const auto process = ServerProcess::start({"obrol-no-such-program"}, directory_.path());
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().what, "cannot start obrol-no-such-program: No such file or directory");
}

TEST_F(ServerProcessTest, OutputOfAProgram) {
    EXPECT_EQ(output_of({"echo", "v=7.0.15"}, directory_.path()).value(), "v=7.0.15\n");
}

TEST(ScratchDirectory, IsRemovedWithItsContent) {
    std::string path;
    {
        const auto directory = ScratchDirectory::make(testing::TempDir(), "scratch");
        ASSERT_TRUE(directory);
        path = directory->path();
        std::filesystem::create_directory(path + "/inner");
        EXPECT_TRUE(filesystem_name(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(filesystem_name(path));
}

TEST(StopSignal, IsRaisedBySigtermAndStaysRaised) {
    sigset_t pending;
    {
        const StopSignal stop;
        EXPECT_FALSE(stop.raised());
        raise(SIGTERM);
        EXPECT_TRUE(stop.raised());
        EXPECT_TRUE(stop.raised());
        sigemptyset(&pending);
        sigaddset(&pending, SIGTERM);
        int taken = 0;
        sigwait(&pending, &taken);  // or it would end the test program below
        EXPECT_EQ(taken, SIGTERM);
    }
}

}  // namespace
}  // namespace obrol::bench
