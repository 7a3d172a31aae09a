#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "io/descriptor.h"
#include "io/socket_network.h"
#include "io/socket_testing.h"

namespace obrol {
namespace {

using testing::answer_in_capitals;
using testing::ListenerResult;
using testing::read_upto;
using testing::ReadToEnd;
using testing::StreamResult;
using testing::write_all;

class UnixSocket : public ::testing::Test {
  protected:
    UnixSocket() {
        std::string name = (std::filesystem::temp_directory_path() / "obrol-io-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        path_ = (folder_ / "control").string();
    }
    ~UnixSocket() override { std::filesystem::remove_all(folder_); }

    testing::LoopFixture on_;
    SocketNetwork network_{on_.loop};
    std::filesystem::path folder_;
    std::string path_;
};

Task<void> talk_over_path(EventLoop& loop, SocketNetwork& network, std::string path) {
    ListenerResult listener = network.listen_unix(path);
    EXPECT_TRUE(listener.has_value());
    StreamResult client = network.connect_unix(path);
    EXPECT_TRUE(client.has_value());
    StreamResult server = co_await (*listener)->accept(loop);
    EXPECT_EQ((*server)->peer_host(), "unix");
    Gate gate("server");
    gate.spawn(answer_in_capitals(**server));
    co_await write_all(**client, "hello");
    (*client)->shutdown_write();
    const ReadToEnd read = co_await read_upto(**client, 100);
    EXPECT_EQ(read.text, "HELLOBYE");
    co_await gate.close();
}

TEST_F(UnixSocket, Talks) {
    testing::run(on_.loop, talk_over_path(on_.loop, network_, path_));
}

TEST_F(UnixSocket, OnlyItsOwnerMayUseItAndClosingRemovesIt) {
    const mode_t before = ::umask(0);
    ListenerResult listener = network_.listen_unix(path_);
    ::umask(before);
    ASSERT_TRUE(listener.has_value());
    struct stat file {};
    ASSERT_EQ(::stat(path_.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777u, 0600u);
    (*listener)->close();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, ALiveOneIsAnErrorAStaleOneIsReplaced) {
    {
        // Left behind, as by a killed server.
        const Descriptor stale(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_GE(stale.get(), 0);
        const Result<SocketAddress> address = SocketAddress::from_path(path_);
        ASSERT_EQ(::bind(stale.get(), address->raw(), address->size), 0);
        ASSERT_EQ(::listen(stale.get(), 1), 0);
        const ListenerResult refused = network_.listen_unix(path_);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().what, "cannot listen on " + path_ + ": Address already in use");
    }
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(network_.listen_unix(path_).has_value());
}

TEST_F(UnixSocket, AnotherListenersFileIsLeftAlone) {
    ListenerResult first = network_.listen_unix(path_);
    std::filesystem::remove(path_);
    // The number of the removed file may be given again while nobody holds it; the listener does.
    ListenerResult second = network_.listen_unix(path_);
    ASSERT_TRUE(second.has_value());
    (*first)->close();
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, WrongPathsAreErrorsInPlainWords) {
    const std::string file = (folder_ / "file").string();
    { const Descriptor made(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
    EXPECT_EQ(network_.listen_unix(file).error().what,
              "cannot listen on " + file + ": the file exists and is not a socket");
    EXPECT_TRUE(std::filesystem::exists(file));
    const std::string nowhere = (folder_ / "none" / "control").string();
    EXPECT_EQ(network_.listen_unix(nowhere).error().what,
              "cannot listen on " + nowhere + ": No such file or directory");
    EXPECT_EQ(network_.connect_unix(path_).error().what, "cannot connect to " + path_ + ": No such file or directory");
    const std::string longest = (folder_ / std::string(107 - folder_.string().size() - 1, 'x')).string();
    EXPECT_TRUE(network_.listen_unix(longest).has_value());
    EXPECT_FALSE(network_.listen_unix(longest + "x").has_value());
}

}  // namespace
}  // namespace obrol
