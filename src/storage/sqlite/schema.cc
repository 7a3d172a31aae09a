#include "storage/sqlite/schema.h"

#include <fmt/core.h>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

constexpr int refused = SQLITE_MISMATCH;

bool is_empty(Connection& connection) {
    return connection.query_integer("SELECT count(*) FROM sqlite_schema") == 0;
}

// The store's version; 0 for an empty file.
int checked_version(Connection& connection, int newest) {
    const std::int64_t application = connection.query_integer("PRAGMA application_id");
    const std::int64_t version = connection.query_integer("PRAGMA user_version");
    if (application != store_application_id) {
        if (application == 0 && version == 0 && is_empty(connection)) return 0;
        throw SqliteFailed(refused, "it is another program's SQLite file, not an obrol store");
    }
    if (version > newest) {
        throw SqliteFailed(refused,
                           fmt::format("its schema has version {}, this obrol knows versions up to {}: a newer "
                                       "obrol wrote it",
                                       version, newest));
    }
    if (version < 1) throw SqliteFailed(refused, fmt::format("it is damaged: schema version {}", version));
    return static_cast<int>(version);
}

void migrate(Connection& writer, const Migration& migration) {
    writer.execute("BEGIN IMMEDIATE");
    try {
        writer.execute(migration.sql);
        writer.execute(fmt::format("PRAGMA application_id = {}", store_application_id).c_str());
        writer.execute(fmt::format("PRAGMA user_version = {}", migration.version).c_str());
        writer.execute("COMMIT");
    } catch (const SqliteFailed& failed) {
        writer.roll_back();
        throw SqliteFailed(failed.code(), fmt::format("it could not be brought to schema version {} ({}): {}",
                                                      migration.version, migration.what, failed.what()));
    }
}

}  // namespace

void prepare_schema(Connection& writer, std::span<const Migration> migrations, Logger& logger) {
    const int newest = migrations.back().version;
    const int version = checked_version(writer, newest);
    const std::string mode = writer.query_text("PRAGMA journal_mode = WAL");
    if (mode != "wal") throw SqliteFailed(refused, fmt::format("SQLite keeps its journal as {}, not as WAL", mode));
    // Erasing means overwriting; checkpoints come when the writer says so; a commit is durable when it ends.
    writer.execute(
        "PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL;"
        "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
    for (const Migration& migration : migrations) {
        if (migration.version <= version) continue;
        migrate(writer, migration);
        logger.info("store: schema is at version {} ({})", migration.version, migration.what);
    }
}

void require_schema(Connection& reader, std::span<const Migration> migrations) {
    const int newest = migrations.back().version;
    const int version = checked_version(reader, newest);
    if (version != newest)
        throw SqliteFailed(refused, fmt::format("its schema has version {}, not {}", version, newest));
}

}  // namespace obrol::sqlite
