#include "storage/sqlite/file_reader.h"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>
#include <utility>

#include "storage/sqlite/file_rows.h"
#include "storage/visible.h"

namespace obrol::sqlite {
namespace {

// The first of the rows that are wanted.
template <class Wanted>
FilePage page_of(Rows rows, std::size_t files_max, Wanted wanted) {
    FilePage page;
    while (rows.next()) {
        StoredFile file = file_in(rows);
        if (!wanted(file)) continue;
        page.more = page.files.size() == files_max;
        if (page.more) break;
        page.files.push_back(std::move(file));
    }
    return page;
}

}  // namespace

FileReader::FileReader(Connection& connection, GroupReader& groups)
    : connection_(connection),
      groups_(groups),
      find_(connection, fmt::format("SELECT {} FROM files AS f WHERE f.code = ?1", file_columns)),
      with_blob_(connection, fmt::format("SELECT {} FROM files AS f WHERE f.digest = ?1 AND (f.receiver = 0 OR EXISTS "
                                         "(SELECT 1 FROM users WHERE id IN (f.owner, f.receiver) AND server = ?2)) "
                                         "ORDER BY f.elsewhere <> 0, f.position",
                                         file_columns)),
      readers_(connection,
               "SELECT DISTINCT i.user FROM users AS u CROSS JOIN group_intervals AS i "
               "WHERE u.server = ?2 AND i.user = u.id AND i.conversation = ?1"),
      list_in_(connection,
               fmt::format("SELECT {} FROM files AS f WHERE f.conversation = ?1 ORDER BY f.seq DESC", file_columns)),
      list_for_(connection,
                fmt::format("SELECT {} FROM files AS f WHERE f.owner = ?1 OR f.receiver = ?1 OR f.conversation IN "
                            "(SELECT conversation FROM group_intervals WHERE user = ?1) ORDER BY f.position DESC",
                            file_columns)),
      list_(connection, fmt::format("SELECT {} FROM files AS f ORDER BY f.position DESC", file_columns)),
      list_of_(connection,
               fmt::format("SELECT {} FROM files AS f WHERE f.owner = ?1 ORDER BY f.position DESC", file_columns)),
      usage_(connection, fmt::format("SELECT {} FROM file_usage WHERE user = ?1", file_usage_columns)),
      blobs_(connection, "SELECT digest FROM blobs"),
      find_blob_(connection, "SELECT 1 FROM blobs WHERE digest = ?1") {}

std::optional<StoredFile> FileReader::find(std::string_view code, UserId reader) {
    StoredFile file;
    {
        Rows rows = find_.rows(code);
        if (!rows.next()) return std::nullopt;
        file = file_in(rows);
    }
    const bool is_direct = static_cast<bool>(file.to);
    const bool may_see = !reader || (is_direct ? reader == file.owner || reader == file.to
                                               : holds(groups_.visible(reader, file.conversation), file.seq));
    return may_see ? std::optional(std::move(file)) : std::nullopt;
}

// Of a group's file.
bool FileReader::may_see(ServerId server, const StoredFile& file) {
    std::vector<UserId> readers;
    {
        Rows rows = readers_.rows(file.conversation, server);
        while (rows.next())
            readers.push_back(rows.id<UserId>(0));
    }
    return std::ranges::any_of(
        readers, [&](UserId reader) { return holds(groups_.visible(reader, file.conversation), file.seq); });
}

std::optional<StoredFile> FileReader::find_for(ServerId server, const BlobDigest& blob) {
    std::vector<StoredFile> files;
    {
        Rows rows = with_blob_.rows(Blob(blob), server);
        while (rows.next())
            files.push_back(file_in(rows));
    }
    for (StoredFile& file : files)
        if (file.to || may_see(server, file)) return std::move(file);
    return std::nullopt;
}

FilePage FileReader::list_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) {
    const std::unordered_map<ConversationId, Visible> visible = groups_.visible(reader);
    const auto may_see = [&](const StoredFile& file) {
        if (file.to) return reader == file.owner || reader == file.to;
        const auto in_group = visible.find(file.conversation);
        return in_group != visible.end() && holds(in_group->second, file.seq);
    };
    return page_of(in ? list_in_.rows(*in) : list_for_.rows(reader), files_max, may_see);
}

FilePage FileReader::list(std::optional<UserId> owner, std::size_t files_max) {
    return page_of(owner ? list_of_.rows(*owner) : list_.rows(), files_max, [](const StoredFile&) { return true; });
}

FileUsage FileReader::usage(UserId user) {
    Rows rows = usage_.rows(user);
    return rows.next() ? file_usage_in(rows) : FileUsage();
}

std::vector<BlobDigest> FileReader::blobs() {
    std::vector<BlobDigest> found;
    Rows rows = blobs_.rows();
    while (rows.next())
        found.push_back(blob_digest_in(rows, 0));
    return found;
}

bool FileReader::is_blob_named(const BlobDigest& blob) {
    Rows rows = find_blob_.rows(Blob(blob));
    return rows.next();
}

void FileReader::count(StoreCounts& counts) {
    const FileUsage everybody = usage(UserId());
    counts.files = everybody.files;
    counts.file_bytes = everybody.bytes;
    counts.blob_bytes =
        static_cast<std::uint64_t>(connection_.query_integer("SELECT coalesce(sum(size), 0) FROM blobs"));
}

}  // namespace obrol::sqlite
