// RAII over SQLite's C interface. Trouble is thrown as SqliteFailed; whoever calls from outside of storage/sqlite gets
// a Result or a StoreFailure instead.
//
// A connection and its statements are used by one thread at a time; they have no mutex of their own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.h"
#include "base/strong_id.h"
#include "storage/tables.h"

namespace obrol::sqlite {

class SqliteFailed : public TablesFailed {
  public:
    // `code` is SQLite's extended result code.
    SqliteFailed(int code, const std::string& what) : TablesFailed(what), code_(code) {}
    int code() const { return code_; }

  private:
    int code_;
};

// In words an operator can act on, e.g. "the disk is full (database or disk is full, SQLite code 13)".
std::string describe(int code, std::string_view message);
// After such a failure nobody can say what is on the disk.
bool is_sync_failure(int code);
[[noreturn]] void throw_damaged(const std::string& what);

// The columns "a, b" of a table that is called "t" in a statement: "t.a, t.b".
std::string columns_of(std::string_view table, std::string_view columns);

enum class Access {
    read_write_create,
    read_only,  // never writes or checkpoints, not even when it is the last to close
};

class Connection {
  public:
    // `vfs` empty: SQLite's default.
    Connection(const std::string& path, const std::string& vfs, Access access);

    sqlite3* raw() const { return database_.get(); }
    // Any number of statements without results.
    void execute(const char* sql);
    // The first column of the first row.
    std::int64_t query_integer(const char* sql);
    std::string query_text(const char* sql);
    std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(raw()); }
    std::int64_t changes() const { return sqlite3_changes64(raw()); }
    bool in_transaction() const { return sqlite3_get_autocommit(raw()) == 0; }
    // The write-ahead log is in the file whole: closing may remove it.
    void remove_wal_on_close();
    // Undoes the open transaction, if SQLite has not done so itself.
    void roll_back() noexcept;
    [[noreturn]] void throw_error(int code) const;

  private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    std::unique_ptr<sqlite3, Close> database_;
};

// Bytes that SQLite takes as they are.
struct Blob {
    std::string_view bytes;

    explicit Blob(std::string_view data) : bytes(data) {}
    template <std::size_t size>
    explicit Blob(const std::array<std::uint8_t, size>& data)
        : bytes(reinterpret_cast<const char*>(data.data()), data.size()) {}
};

// One run of a statement; the statement can be run again when it is gone.
class Rows {
  public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { sqlite3_reset(statement_); }

    // Goes to the first row, then the next; false when there is none.
    bool next();

    bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    // Valid until next() or the end of the run.
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    template <class Id>
    Id id(int column) const {
        return Id(integer(column));
    }

  private:
    sqlite3_stmt* statement_;
};

class Statement {
  public:
    // The connection must outlive it.
    Statement(const Connection& connection, std::string_view sql);

    // Binds the values to ?1, ?2 … and begins a run. What text and blobs point to must live as long as the run.
    template <class... Values>
    [[nodiscard]] Rows rows(const Values&... values) {
        bind_from(1, values...);
        return Rows(statement_.get());
    }
    // Runs a statement that has no rows.
    template <class... Values>
    void run(const Values&... values) {
        bind_from(1, values...);
        run_bound();
    }

    // The same in two steps, for a statement with more values than are at hand at once: binds ?first and those behind
    // it, and then runs it.
    template <class... Values>
    void bind_from(int first, const Values&... values) {
        (bind(first++, values), ...);
    }
    void run_bound();

  private:
    template <class Value>
    requires std::is_integral_v<Value>
    void bind(int index, Value value) {
        check(sqlite3_bind_int64(statement_.get(), index, static_cast<std::int64_t>(value)));
    }
    template <class Tag>
    void bind(int index, StrongId<Tag> id) {
        bind(index, id.value);
    }
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value) return bind(index, *value);
        check(sqlite3_bind_null(statement_.get(), index));
    }
    // In milliseconds since 1970.
    void bind(int index, WallTime at) { bind(index, at.time_since_epoch().count()); }
    void bind(int index, std::string_view text);
    void bind(int index, Blob blob);
    void check(int code) const {
        if (code != SQLITE_OK) throw_error(code);
    }
    [[noreturn]] void throw_error(int code) const;

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace obrol::sqlite
