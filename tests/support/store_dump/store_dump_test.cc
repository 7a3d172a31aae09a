// store_dump as a person or an end-to-end driver runs it.
#include <algorithm>
#include <gtest/gtest.h>
#include <stdio.h>
#include <string>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/writer.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

struct Ran {
    std::string output;  // both streams
    int exit_code = -1;
};

Ran dump(const std::string& path) {
    const std::string command = std::string(STORE_DUMP) + " '" + path + "' 2>&1";
    Ran ran;
    FILE* pipe = popen(command.c_str(), "r");
    char part[4096];
    for (std::size_t size; (size = fread(part, 1, sizeof part, pipe)) > 0;)
        ran.output.append(part, size);
    ran.exit_code = WEXITSTATUS(pclose(pipe));
    return ran;
}

class StoreDump : public testing::Test {
  protected:
    StoreDump() {
        sqlite::Tail tail;
        sqlite::ReaderPool readers(SqliteOptions{.path = path}, tail);
        sqlite::Writer writer(SqliteOptions{.path = path}, tail, readers, clock, logger);
        std::vector<Change> batch;
        for (const char* name : {"Anna", "bert"})
            batch.emplace_back(CreateUser{.card = {name, name, ""}});
        PostDirect post;
        post.sender = UserId(2);
        post.copies = {{UserId(1), Uuid::parse("01234567-89ab-7def-8123-456789abcdef").value()}, {UserId(2), Uuid()}};
        post.body = "\"hi\"\n";
        post.at = WallTime(std::chrono::milliseconds(1234));
        batch.emplace_back(post);
        batch.emplace_back(EraseBody{ConversationId(2), Seq(1)});
        EXPECT_TRUE(writer.append(batch).has_value());
    }
    void change(const char* sql) { sqlite::Connection(path, {}, sqlite::Access::read_write_create).execute(sql); }

    SystemClock clock;
    NullLogger logger;
    TemporaryFolder folder;
    std::string path = folder.file("obrol.db");
};

TEST_F(StoreDump, PrintsEveryEntry) {
    const Ran ran = dump(path);
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(
        ran.output,
        R"({"conversation":1,"participants":["Anna","bert"],"group":"","seq":1,"id":"01234567-89ab-7def-8123-456789abcdef",)"
        R"("sender":"bert","kind":1,"body":"\"hi\"\n","erased":false,"at":1234})"
        "\n"
        R"({"conversation":2,"participants":["bert"],"group":"","seq":1,"id":"00000000-0000-0000-0000-000000000000",)"
        R"("sender":"bert","kind":1,"body":"","erased":true,"at":1234})"
        "\n");
}

TEST_F(StoreDump, SaysWhatDoesNotFit) {
    change("UPDATE entries SET body = x'686F' WHERE position = 1");
    const Ran ran = dump(path);
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_EQ(ran.output, "entry 1 of conversation 1 is damaged: the checksum of its body is wrong\n");
}

TEST_F(StoreDump, SaysThatItIsNoStore) {
    const Ran ran = dump(folder.file("nothing.db"));
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_NE(ran.output.find("cannot inspect the store"), std::string::npos) << ran.output;
}

}  // namespace
}  // namespace obrol
