#include "apps/obrol/trusting_network.h"

#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "base/hexadecimal.h"
#include "base/random.h"
#include "io/deterministic_executor.h"
#include "tests/support/memory_stream.h"
#include "tests/support/plain_secure_channel.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

using std::chrono::seconds;

// At every address the same server.
class OneServer final : public Network {
  public:
    explicit OneServer(Executor& executor, Random& random) : executor_(executor), random_(random) {}

    Result<std::unique_ptr<Listener>> listen(const Endpoint&) override { return fail("no"); }
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint&, Duration) override {
        if (!identity) co_return fail("nobody is there");
        auto [near, far] = MemoryStream::make_pair(executor_, {});
        PlainSecureChannel channel(executor_, random_, *identity);
        ends_.push_back(channel.server_end(std::move(far), std::string()));
        gate_.spawn(serve(*ends_.back()));
        co_return std::move(near);
    }

    std::optional<std::string> identity = "old";

  private:
    static Task<void> serve(SecureStream& stream) { static_cast<void>(co_await stream.handshake()); }

    Executor& executor_;
    Random& random_;
    std::vector<std::unique_ptr<SecureStream>> ends_;
    Gate gate_{"server"};
};

struct TrustingNetworkTest : testing::Test {
    // The error, or nothing.
    std::string connect(const Endpoint& to = {"shire", 1}, std::optional<CertificateFingerprint> pinned = {}) {
        TrustingNetwork network(
            {server, channel, executor.clock(), [this](const std::string& line) { notices.push_back(line); }},
            KnownServers(path), pinned);
        std::optional<std::string> error;
        Gate gate("test");
        gate.spawn(keep(network.connect(to, seconds(5)), error));
        executor.run_for(seconds(6));
        EXPECT_TRUE(error.has_value());
        return error.value_or("it goes on");
    }
    static Task<void> keep(Task<Result<std::unique_ptr<Stream>>> connecting, std::optional<std::string>& error) {
        const auto connected = co_await std::move(connecting);
        error = connected ? std::string() : connected.error().what;
    }
    static std::string digits(const std::string& identity) {
        return to_hexadecimal(PlainSecureChannel::fingerprint_of(identity));
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    OneServer server{executor, random};
    PlainSecureChannel channel{executor, random, "client"};
    TemporaryFolder folder;
    std::string path = folder.file("obrol/known-servers");
    std::vector<std::string> notices;
};

TEST_F(TrustingNetworkTest, RemembersTheFirstTimeAndSaysSo) {
    EXPECT_EQ(connect(), "");
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_EQ(notices[0], "shire:1 is trusted from now on; the fingerprint of its certificate is " + digits("old"));
    EXPECT_EQ(connect(), "");
    EXPECT_EQ(notices.size(), 1u);
    struct stat found {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777u, 0600u);
    EXPECT_EQ(connect({"shire", 2}), "") << "another port is another server";
    EXPECT_EQ(notices.size(), 2u);
}

TEST_F(TrustingNetworkTest, StopsWhereTheCertificateHasChanged) {
    EXPECT_EQ(connect(), "");
    server.identity = "new";
    const std::string error = connect();
    EXPECT_TRUE(error.starts_with("the certificate of shire:1 has changed: somebody may be listening in.")) << error;
    for (const std::string& part : {digits("old"), digits("new"), path})
        EXPECT_NE(error.find(part), std::string::npos) << error;
    // As the error says.
    std::ofstream(path, std::ios::trunc) << "other:1 " << digits("old") << "\nnonsense\n";
    EXPECT_EQ(connect(), "");
    EXPECT_EQ(notices.size(), 2u);
}

TEST_F(TrustingNetworkTest, TakesOnlyThePinnedOneAndRemembersNothing) {
    EXPECT_EQ(connect({"shire", 1}, PlainSecureChannel::fingerprint_of("old")), "");
    EXPECT_EQ(connect({"shire", 1}, PlainSecureChannel::fingerprint_of("new")),
              "shire:1 shows another certificate than the one with the given fingerprint: " + digits("old"));
    EXPECT_TRUE(notices.empty());
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(TrustingNetworkTest, WithoutAPlaceToRememberItGoesOnAndSaysSo) {
    path.clear();
    EXPECT_EQ(connect(), "");
    ASSERT_EQ(notices.size(), 2u);
    EXPECT_EQ(notices[1], "it could not be remembered: there is no home directory");
}

TEST_F(TrustingNetworkTest, PassesOnThatNobodyIsThere) {
    server.identity.reset();
    EXPECT_EQ(connect(), "nobody is there");
}

}  // namespace
}  // namespace obrol
