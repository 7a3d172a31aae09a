#include "storage/sqlite/connection.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

std::string_view cause(int code) {
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return "the disk is full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "it is locked by another program";
        case SQLITE_CORRUPT:
            return "it is damaged";
        case SQLITE_NOTADB:
            return "it is not an obrol store";
        case SQLITE_CANTOPEN:
            return "it cannot be opened";
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "it may not be written";
        case SQLITE_NOMEM:
            return "there is no memory left";
        case SQLITE_IOERR:
            break;
        default:
            return "SQLite refused";
    }
    if (is_sync_failure(code)) return "the disk could not sync";
    switch (code) {
        case SQLITE_IOERR_READ:
        case SQLITE_IOERR_SHORT_READ:
            return "the disk could not be read";
        case SQLITE_IOERR_NOMEM:
            return "there is no memory left";
        default:
            return "the disk could not be written";
    }
}

// SQLite's account of the memory that it holds takes a lock twice for each allocation, and nobody asks.
void keep_no_account_of_memory() {
    static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    // Misuse: the program has made use of SQLite before its first connection here, and goes on with the account.
    OBROL_CHECK(code == SQLITE_OK || code == SQLITE_MISUSE);
}

}  // namespace

std::string describe(int code, std::string_view message) {
    return fmt::format("{} ({}, SQLite code {})", cause(code), message, code);
}

bool is_sync_failure(int code) {
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

void throw_damaged(const std::string& what) {
    throw SqliteFailed(SQLITE_CORRUPT, what);
}

std::string columns_of(std::string_view table, std::string_view columns) {
    std::string qualified;
    while (!columns.empty()) {
        const std::size_t end = std::min(columns.find(", "), columns.size());
        if (!qualified.empty()) qualified += ", ";
        qualified.append(table).append(".").append(columns.substr(0, end));
        columns.remove_prefix(std::min(end + 2, columns.size()));
    }
    return qualified;
}

Connection::Connection(const std::string& path, const std::string& vfs, Access access) {
    keep_no_account_of_memory();
    const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     vfs.empty() ? nullptr : vfs.c_str());
    database_.reset(opened);
    if (code != SQLITE_OK) throw SqliteFailed(code, describe(code, opened ? sqlite3_errmsg(opened) : ""));
    // Checkpoints belong to whoever decides when (DESIGN section 4: SQLite rules), never to a close.
    OBROL_CHECK(sqlite3_db_config(raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr) == SQLITE_OK);
}

void Connection::remove_wal_on_close() {
    OBROL_CHECK(sqlite3_db_config(raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr) == SQLITE_OK);
}

void Connection::execute(const char* sql) {
    const int code = sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_error(code);
}

std::int64_t Connection::query_integer(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.rows();
    return rows.next() ? rows.integer(0) : 0;
}

std::string Connection::query_text(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.rows();
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

void Connection::roll_back() noexcept {
    // What can fail here has failed before and was reported then.
    if (in_transaction()) sqlite3_exec(raw(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Connection::throw_error(int code) const {
    throw SqliteFailed(code, describe(code, sqlite3_errmsg(raw())));
}

bool Rows::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw SqliteFailed(code, describe(code, sqlite3_errmsg(sqlite3_db_handle(statement_))));
    return false;
}

std::string_view Rows::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Rows::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Statement::Statement(const Connection& connection, std::string_view sql) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(connection.raw(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) connection.throw_error(code);
    statement_.reset(prepared);
}

void Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL.
    const char* bytes = text.data() ? text.data() : "";
    check(sqlite3_bind_text64(statement_.get(), index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
    const char* bytes = blob.bytes.data() ? blob.bytes.data() : "";
    check(sqlite3_bind_blob64(statement_.get(), index, bytes, blob.bytes.size(), SQLITE_STATIC));
}

void Statement::throw_error(int code) const {
    throw SqliteFailed(code, describe(code, sqlite3_errmsg(sqlite3_db_handle(statement_.get()))));
}

void Statement::run_bound() {
    Rows rows(statement_.get());
    while (rows.next()) {
    }
}

}  // namespace obrol::sqlite
