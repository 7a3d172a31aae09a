#include "storage/sqlite/file_inspection.h"

#include <fmt/core.h>
#include <utility>

#include "model/file.h"
#include "storage/sqlite/file_rows.h"

namespace obrol::sqlite {

FileInspection::FileInspection(Connection& connection, EntryRows& entries, OnProblem on_problem)
    : connection_(connection), entries_(entries), problem_(std::move(on_problem)) {}

void FileInspection::check() {
    check_entries();
    check_counts();
}

void FileInspection::check_entries() {
    Statement statement(connection_, fmt::format("SELECT {}, f.position FROM files AS f", file_columns));
    Rows rows = statement.rows();
    while (rows.next()) {
        const StoredFile file = file_in(rows);
        try {
            const LogEntry entry = entries_.read(rows.id<Position>(file_column_count), file.conversation, file.seq);
            const bool fits = entry.header.kind == EntryKind::file && entry.header.sender == file.owner &&
                              parse_file_card(entry.body) == file.card;
            if (!fits) problem_(fmt::format("file {} is not what its entry says", file.card.code));
        } catch (const SqliteFailed& failed) {
            problem_(fmt::format("file {}: {}", file.card.code, failed.what()));
        }
    }
}

void FileInspection::check_counts() {
    const auto check = [this](std::string_view what, const char* sql) {
        if (const std::int64_t wrong = connection_.query_integer(sql); wrong > 0)
            problem_(fmt::format("{} {} are counted wrongly", wrong, what));
    };
    check("blobs",
          "SELECT count(*) FROM (SELECT digest, max(size) AS size, count(*) AS files FROM files "
          "WHERE elsewhere = 0 GROUP BY digest) AS f "
          "FULL JOIN blobs AS b ON b.digest = f.digest WHERE b.files IS NOT f.files OR b.size IS NOT f.size");
    check("users' files",
          "SELECT count(*) FROM (SELECT owner, count(*) AS files, sum(size) AS bytes FROM files "
          "WHERE elsewhere = 0 GROUP BY owner) AS f "
          "FULL JOIN (SELECT * FROM file_usage WHERE user <> 0 AND files <> 0) AS u ON u.user = f.owner "
          "WHERE u.files IS NOT f.files OR u.bytes IS NOT f.bytes");
    check("files together",
          "SELECT (SELECT coalesce(sum(files), 0) || ' ' || coalesce(sum(bytes), 0) FROM file_usage WHERE user <> 0) "
          "IS NOT coalesce((SELECT files || ' ' || bytes FROM file_usage WHERE user = 0), '0 0')");
}

}  // namespace obrol::sqlite
