// What the caches are for; what the tables hold is tested by tests/store_suite.
#include "storage/sqlite/sqlite_tables.h"

#include <gtest/gtest.h>

#include "storage/change_rules.h"
#include "storage/sqlite/schema.h"
#include "tests/support/temporary_folder.h"

namespace obrol::sqlite {
namespace {

class SqliteTablesTest : public testing::Test {
  protected:
    SqliteTablesTest() {
        prepare_schema(connection, store_migrations(), logger);
        tables.emplace(connection, tail, SqliteOptions());
        connection.execute("BEGIN");
        tables->begin_batch();
        for (const char* name : {"anna", "bert"})
            static_cast<void>(apply(CreateUser{.card = {name, name, ""}}));
    }
    ~SqliteTablesTest() override { connection.roll_back(); }

    ChangeResult apply(const Change& change) {
        ChangeResult result = apply_change(*tables, change);
        EXPECT_TRUE(result.has_value());
        return result;
    }
    // The statements that a batch of the change alone runs.
    std::vector<std::string> statements_of(const Change& change) {
        tables->flush_batch();
        std::vector<std::string> statements;
        const auto note = [](unsigned, void* seen, void* statement, void*) {
            static_cast<std::vector<std::string>*>(seen)->emplace_back(
                sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
            return 0;
        };
        sqlite3_trace_v2(connection.raw(), SQLITE_TRACE_STMT, note, &statements);
        static_cast<void>(apply(change));
        tables->flush_batch();
        sqlite3_trace_v2(connection.raw(), 0, nullptr, nullptr);
        return statements;
    }

    TemporaryFolder folder;
    NullLogger logger;
    Connection connection{folder.file("obrol.db"), {}, Access::read_write_create};
    Tail tail;
    std::optional<SqliteTables> tables;
};

TEST_F(SqliteTablesTest, APostThatIsLikeAnEarlierOneOnlyWritesItsEntry) {
    PostDirect direct;
    direct.sender = UserId(1);
    direct.copies = {{UserId(2), MessageId{}}};
    FoundGroup found;
    found.owner = UserId(1);
    found.card = {"lab", "Lab"};
    found.codes = {"aaaaaa"};
    found.members = {UserId(2)};
    PostToGroup in_group;
    in_group.sender = UserId(2);
    in_group.group = std::get<GroupChanged>(apply(found).value()).group->conversation;
    for (const Change& post : {Change(direct), Change(in_group)}) {
        static_cast<void>(apply(post));
        const std::vector<std::string> statements = statements_of(post);
        ASSERT_EQ(statements.size(), 1u);
        EXPECT_TRUE(statements[0].starts_with("INSERT INTO entries")) << statements[0];
    }
}

}  // namespace
}  // namespace obrol::sqlite
