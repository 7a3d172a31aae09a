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
    check_folders();
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

// What an entry brought into a folder is its file, and nobody else's; its bytes are where those of the file are.
void FileInspection::check_folders() {
    Statement statement(connection_,
                        "SELECT p.user, p.name FROM folder_files AS p LEFT JOIN files AS f "
                        "ON f.conversation = p.conversation AND f.seq = p.seq LEFT JOIN users AS u ON u.id = p.user "
                        "WHERE coalesce(u.state, 2) = 2 OR (p.conversation IS NOT NULL AND "
                        "(f.digest IS NOT p.digest OR f.size IS NOT p.size OR f.name IS NOT p.name)) "
                        "OR p.elsewhere <> coalesce(f.elsewhere, 0) OR (p.placed <> 0 AND p.elsewhere <> 0)");
    Rows rows = statement.rows();
    while (rows.next())
        problem_(fmt::format("{} in the folder of user {} should not be there", rows.text(1), rows.integer(0)));
}

void FileInspection::check_counts() {
    const auto check = [this](std::string_view what, const char* sql) {
        if (const std::int64_t wrong = connection_.query_integer(sql); wrong > 0)
            problem_(fmt::format("{} {} are counted wrongly", wrong, what));
    };
    check("blobs",
          "SELECT count(*) FROM (SELECT digest, max(size) AS size, count(*) AS files FROM "
          "(SELECT digest, size FROM files WHERE elsewhere = 0 UNION ALL "
          "SELECT digest, size FROM folder_files WHERE elsewhere = 0) GROUP BY digest) AS f "
          "FULL JOIN blobs AS b ON b.digest = f.digest WHERE b.files IS NOT f.files OR b.size IS NOT f.size");
    check("users' files",
          "SELECT count(*) FROM (SELECT owner, count(*) AS files, sum(size) AS bytes FROM "
          "(SELECT owner, size FROM files WHERE elsewhere = 0 UNION ALL "
          "SELECT user, size FROM folder_files WHERE conversation IS NULL) GROUP BY owner) AS f "
          "FULL JOIN (SELECT * FROM file_usage WHERE user <> 0 AND files <> 0) AS u ON u.user = f.owner "
          "WHERE u.files IS NOT f.files OR u.bytes IS NOT f.bytes");
    check("folders",
          "SELECT count(*) FROM (SELECT user, count(*) AS files FROM folder_files GROUP BY user) AS f "
          "FULL JOIN (SELECT * FROM file_usage WHERE in_folder <> 0) AS u ON u.user = f.user "
          "WHERE u.in_folder IS NOT f.files");
    check("files together",
          "SELECT (SELECT coalesce(sum(files), 0) || ' ' || coalesce(sum(bytes), 0) FROM file_usage WHERE user <> 0) "
          "IS NOT coalesce((SELECT files || ' ' || bytes FROM file_usage WHERE user = 0), '0 0')");
}

}  // namespace obrol::sqlite
