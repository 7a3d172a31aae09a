#include "storage/sqlite/schema.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace obrol::sqlite {
namespace {

constexpr Migration steps[] = {
    {1, "first", "CREATE TABLE one(value); INSERT INTO one VALUES (1)"},
    {2, "second", "CREATE TABLE two(value); INSERT INTO two SELECT value + 1 FROM one"},
    {3, "broken", "INSERT INTO two VALUES (7); CREATE TABLE one(value)"},
};
const std::span<const Migration> all(steps);

class SchemaTest : public testing::Test {
  protected:
    Connection connect() { return Connection(path, {}, Access::read_write_create); }
    // What is refused; empty: nothing.
    std::string prepare(std::span<const Migration> migrations) {
        Connection connection = connect();
        try {
            prepare_schema(connection, migrations, logger);
        } catch (const SqliteFailed& failed) {
            return failed.what();
        }
        return {};
    }
    std::int64_t ask(const char* sql) {
        Connection connection = connect();
        return connection.query_integer(sql);
    }
    std::string bytes() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    TemporaryFolder folder;
    std::string path = folder.file("obrol.db");
    NullLogger logger;
};

TEST_F(SchemaTest, AnEmptyFileBecomesAStore) {
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("PRAGMA user_version"), store_migrations().back().version);
    EXPECT_EQ(ask("PRAGMA application_id"), store_application_id);
    EXPECT_EQ(ask("SELECT value FROM meta WHERE key = 'indexed_upto'"), 0);
    EXPECT_EQ(prepare(store_migrations()), "") << "a second time";
}

TEST_F(SchemaTest, VersionsOfTheStoreHaveNoGaps) {
    int expected = 0;
    for (const Migration& migration : store_migrations())
        EXPECT_EQ(migration.version, ++expected);
}

TEST_F(SchemaTest, TheEntryTableHasNoIndex) {
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("SELECT count(*) FROM pragma_index_list('entries')"), 0);
}

TEST_F(SchemaTest, GoesOnFromTheVersionItFinds) {
    EXPECT_EQ(prepare(all.first(1)), "");
    EXPECT_EQ(ask("PRAGMA user_version"), 1);
    EXPECT_EQ(prepare(all.first(2)), "");
    EXPECT_EQ(ask("PRAGMA user_version"), 2);
    EXPECT_EQ(ask("SELECT value FROM two"), 2);
}

TEST_F(SchemaTest, AStoreOfVersionOneKeepsWhatItHolds) {
    EXPECT_EQ(prepare(store_migrations().first(1)), "");
    connect().execute(
        "INSERT INTO users VALUES (1, 0, 'Anna', 'anna', 'Anna', '', 'hash', 0, 0, 5);"
        "INSERT INTO conversations VALUES (1, 1, 1, 1); INSERT INTO members VALUES (1, 1, 0, 0);"
        "INSERT INTO blocks VALUES (1, 2)");
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("PRAGMA user_version"), store_migrations().back().version);
    EXPECT_EQ(ask("SELECT count(*) FROM users WHERE name = 'Anna' AND password_hash = 'hash'"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM conversations WHERE kind = 1"), 1);
    EXPECT_EQ(ask("SELECT other FROM blocks INDEXED BY blocks_by_other WHERE other = 2"), 2);
    for (const char* table : {"groups", "group_members", "group_intervals", "group_bans", "contacts"})
        EXPECT_EQ(ask(("SELECT count(*) FROM " + std::string(table)).c_str()), 0) << table;
}

TEST_F(SchemaTest, AStoreWithoutOtherServersIsAloneAndAtHome) {
    EXPECT_EQ(prepare(store_migrations().first(3)), "");
    connect().execute(
        "INSERT INTO conversations VALUES (1, 2, NULL, NULL);"
        "INSERT INTO groups VALUES (1, 'lab', 'lab', 'Lab', 'aaaaaa', 0, NULL, 0, 5, 0, 0);"
        "INSERT INTO files VALUES (1, 1, 1, 'aaaaaa', 1, 0, 'x', 1, zeroblob(32), 0);"
        "INSERT INTO idempotency_answers VALUES (1, 1, x'00', 0, x'')");
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("SELECT value FROM meta WHERE key = 'epoch'"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM groups WHERE home = 0 AND recovering = 0"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM files WHERE elsewhere = 0"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM idempotency_answers WHERE item IS NULL"), 1);
    for (const char* table : {"servers", "links", "outbox", "received", "stranger_requests", "entry_signatures",
                              "former_keys", "group_origins", "signed_names"})
        EXPECT_EQ(ask(("SELECT count(*) FROM " + std::string(table)).c_str()), 0) << table;
}

TEST_F(SchemaTest, SignaturesOfBeforeWereMadeForWhatAllAreCalledNow) {
    EXPECT_EQ(prepare(store_migrations().first(5)), "");
    connect().execute("INSERT INTO entry_signatures VALUES (1, 2, zeroblob(64))");
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("SELECT count(*) FROM entry_signatures WHERE name = 0 AND note IS NULL"), 1);
}

TEST_F(SchemaTest, AStoreOfVersionThreeKeepsItsFilesAndQuotas) {
    EXPECT_EQ(prepare(store_migrations().first(3)), "");
    connect().execute(
        "INSERT INTO files VALUES (4, 1, 2, 'aaaaaa', 1, 2, 'x', 5, zeroblob(32), 0);"
        "INSERT INTO blobs VALUES (zeroblob(32), 5, 1);"
        "INSERT INTO file_usage VALUES (1, 1, 5, 100), (0, 1, 5, NULL)");
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("SELECT count(*) FROM file_usage WHERE user = 1 AND files = 1 AND bytes = 5 AND quota = 100"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM file_usage WHERE in_folder = 0"), 2);
    EXPECT_EQ(ask("SELECT count(*) FROM files"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM folder_files"), 0);
}

TEST_F(SchemaTest, FilesInFoldersOfBeforeHaveTheirBytesHere) {
    EXPECT_EQ(prepare(store_migrations().first(9)), "");
    connect().execute(
        "INSERT INTO folder_files VALUES (1, 1, 'x', 5, zeroblob(32), 0, NULL, NULL, 1);"
        "INSERT INTO outbox VALUES (1, 1, zeroblob(16), 1, 7, 2, NULL, 0, 0, 0, '')");
    EXPECT_EQ(prepare(store_migrations()), "");
    EXPECT_EQ(ask("SELECT count(*) FROM folder_files WHERE elsewhere = 0 AND placed = 1"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM outbox WHERE into_folder = 0 AND position = 7"), 1);
}

TEST_F(SchemaTest, AStepThatFailsLeavesNothingBehind) {
    const std::string why = prepare(all);
    EXPECT_NE(why.find("version 3 (broken)"), std::string::npos) << why;
    EXPECT_EQ(ask("PRAGMA user_version"), 2) << "the steps before it are done";
    EXPECT_EQ(ask("SELECT count(*) FROM two"), 1);
}

TEST_F(SchemaTest, ANewerStoreIsRefusedNamingBothVersions) {
    EXPECT_EQ(prepare(all.first(2)), "");
    const std::string before = bytes();
    const std::string why = prepare(all.first(1));
    EXPECT_NE(why.find("version 2"), std::string::npos) << why;
    EXPECT_NE(why.find("up to 1"), std::string::npos) << why;
    EXPECT_EQ(bytes(), before);
}

TEST_F(SchemaTest, AnotherProgramsDatabaseIsRefusedUntouched) {
    connect().execute("CREATE TABLE theirs(value)");
    const std::string before = bytes();
    EXPECT_NE(prepare(store_migrations()).find("another program's"), std::string::npos);
    EXPECT_EQ(bytes(), before);
}

TEST_F(SchemaTest, AFileThatIsNoDatabaseIsRefusedUntouched) {
    const std::string text =
        "This is a letter to my grandmother, and not a database of any kind. " + std::string(500, '.');
    std::ofstream(path) << text;
    EXPECT_NE(prepare(store_migrations()).find("not an obrol store"), std::string::npos);
    EXPECT_EQ(bytes(), text);
}

TEST_F(SchemaTest, ADamagedHeaderIsRefused) {
    EXPECT_EQ(prepare(store_migrations()), "");
    ask("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(20).write("\xFF\xFF\xFF\xFF", 4);
    EXPECT_NE(prepare(store_migrations()), "");
}

TEST_F(SchemaTest, ReadersWantExactlyTheirVersion) {
    EXPECT_EQ(prepare(all.first(1)), "");
    Connection reader(path, {}, Access::read_only);
    EXPECT_NO_THROW(require_schema(reader, all.first(1)));
    EXPECT_THROW(require_schema(reader, all.first(2)), SqliteFailed);
}

}  // namespace
}  // namespace obrol::sqlite
