#include "storage/sqlite/entry_log.h"

#include <gtest/gtest.h>

#include "storage/sqlite/schema.h"
#include "tests/support/temporary_folder.h"

namespace obrol::sqlite {
namespace {

class EntryLogTest : public testing::Test {
  protected:
    EntryLogTest() {
        prepare_schema(connection, store_migrations(), logger);
        log.emplace(connection);
        connection.execute("BEGIN");
    }
    ~EntryLogTest() override { connection.roll_back(); }

    static std::string body_of(std::int64_t seq) { return "entry " + std::string(static_cast<std::size_t>(seq), 'x'); }
    Position insert(std::int64_t seq) {
        EntryHeader header;
        header.conversation = ConversationId(7);
        header.seq = Seq(seq);
        header.id.bytes.fill(static_cast<std::uint8_t>(seq));
        header.sender = UserId(seq + 1);
        header.at = WallTime(std::chrono::milliseconds(seq));
        header.kind = EntryKind::message;
        return log->insert(header, body_of(seq), ServerId(seq % 3));
    }
    std::int64_t rows() { return connection.query_integer("SELECT count(*) FROM entries"); }

    TemporaryFolder folder;
    NullLogger logger;
    Connection connection{folder.file("obrol.db"), {}, Access::read_write_create};
    std::optional<EntryLog> log;
};

TEST_F(EntryLogTest, HoweverManyABatchHasEachLiesAtItsPosition) {
    std::int64_t before = 0;
    for (const std::int64_t batch : {1, 2, 3, 4, 5, 15, 16, 17, 21, 32, 39}) {
        for (std::int64_t i = 1; i <= batch; ++i)
            ASSERT_EQ(insert(before + i), Position(before + i));
        log->flush();
        ASSERT_EQ(rows(), before + batch);
        for (std::int64_t seq = before + 1; seq <= before + batch; ++seq) {
            const LogEntry entry = log->read(Position(seq), ConversationId(7), Seq(seq));
            EXPECT_EQ(entry.body, body_of(seq));
            EXPECT_EQ(entry.header.sender, UserId(seq + 1));
            EXPECT_EQ(entry.header.at, WallTime(std::chrono::milliseconds(seq)));
        }
        before += batch;
    }
}

TEST_F(EntryLogTest, WhatWasJustInsertedCanBeReadAndRewritten) {
    insert(1);
    EXPECT_EQ(log->read(insert(2)).body, body_of(2));
    const Position third = insert(3);
    log->write_body(third, "another", false);
    EXPECT_EQ(log->read(third).body, "another");
    const Position fourth = insert(4);
    log->write_body(fourth, {}, true);
    EXPECT_TRUE(log->read(fourth).erased);
    EXPECT_EQ(log->read(Position(1)).body, body_of(1));
}

TEST_F(EntryLogTest, AfterARollbackPositionsGoOnBehindWhatIsThere) {
    insert(1);
    log->flush();
    connection.execute("COMMIT");
    connection.execute("BEGIN");
    for (std::int64_t seq = 2; seq <= 20; ++seq)
        insert(seq);
    connection.execute("ROLLBACK");
    log->forget();
    connection.execute("BEGIN");
    EXPECT_EQ(insert(2), Position(2));
    log->flush();
    EXPECT_EQ(rows(), 2);
    EXPECT_EQ(log->read(Position(2)).body, body_of(2));
}

TEST_F(EntryLogTest, AnotherOneGoesOnBehindWhatItFinds) {
    insert(1);
    log->flush();
    log.emplace(connection);
    EXPECT_EQ(insert(2), Position(2));
    log->flush();
    EXPECT_EQ(rows(), 2);
}

}  // namespace
}  // namespace obrol::sqlite
