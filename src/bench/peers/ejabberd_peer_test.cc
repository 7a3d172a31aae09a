#include "bench/peers/ejabberd_peer.h"

#include <gtest/gtest.h>

#include "bench/scratch_directory.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

TEST(EjabberdPeer, IsToldItsPortAndItsPlaces) {
    const auto directory = ScratchDirectory::make(testing::TempDir(), "ejabberd");
    ASSERT_TRUE(directory);
    ASSERT_TRUE(EjabberdPeer().prepare(directory->path(), 4711));
    const std::string written = read_text_file(directory->path() + "/ejabberd.yml").value_or("missing");
    EXPECT_NE(written.find("    port: 4711\n"), std::string::npos) << written;
    std::size_t named = 0;
    for (const std::string& word : EjabberdPeer().arguments(directory->path(), 4711))
        named += word == "EJABBERD_CONFIG_PATH=" + directory->path() + "/ejabberd.yml" ||
                 word == "EJABBERD_LOG_PATH=" + directory->path() + "/ejabberd.log" ||
                 word == "\"" + directory->path() + "/spool\"";
    EXPECT_EQ(named, 3u);
}

TEST(EjabberdPeer, IsReadyWhenItHasBeenStarted) {
    EXPECT_EQ(EjabberdPeer().ready_port("[info] Loading configuration\nobrol-bench: ejabberd runs\n", "", 7), 7);
    EXPECT_FALSE(EjabberdPeer().ready_port("[info] Loading configuration\n", "", 7));
}

TEST(EjabberdPeer, ItsLibrariesAreWhereDebiansScriptSays) {
    EXPECT_EQ(erlang_libraries_of("# x\nERL_LIBS='/usr/lib/x'\nexport ERL_LIBS\n"), "/usr/lib/x");
    EXPECT_FALSE(erlang_libraries_of("export ERL_LIBS\n"));
    EXPECT_FALSE(erlang_libraries_of("\nERL_LIBS='/usr/lib/x"));
    EXPECT_FALSE(erlang_libraries_of(""));
}

}  // namespace
}  // namespace obrol::bench
