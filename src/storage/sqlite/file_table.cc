#include "storage/sqlite/file_table.h"

#include <fmt/core.h>
#include <vector>

#include "storage/sqlite/file_rows.h"

namespace obrol::sqlite {

FileTable::FileTable(Connection& connection)
    : connection_(connection),
      find_code_(connection, "SELECT 1 FROM files WHERE code = ?1"),
      usage_(connection, fmt::format("SELECT {} FROM file_usage WHERE user = ?1", file_usage_columns)),
      set_quota_(connection,
                 "INSERT INTO file_usage(user, files, bytes, quota) VALUES (?1, 0, 0, ?2) "
                 "ON CONFLICT(user) DO UPDATE SET quota = excluded.quota"),
      count_(connection,
             "INSERT INTO file_usage(user, files, bytes) VALUES (?1, ?2, ?3) "
             "ON CONFLICT(user) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes"),
      insert_(
          connection,
          "INSERT INTO files(position, conversation, seq, code, owner, receiver, name, size, digest, at, elsewhere) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      insert_blob_(connection,
                   "INSERT INTO blobs(digest, size, files) VALUES (?1, ?2, 1) "
                   "ON CONFLICT(digest) DO UPDATE SET files = files + 1"),
      find_(connection,
            fmt::format("SELECT {} FROM files AS f WHERE f.conversation = ?1 AND f.seq = ?2", file_columns)),
      delete_(connection, "DELETE FROM files WHERE conversation = ?1 AND seq = ?2"),
      release_blob_(connection, "UPDATE blobs SET files = files - 1 WHERE digest = ?1"),
      delete_blob_(connection, "DELETE FROM blobs WHERE digest = ?1 AND files = 0"),
      blob_size_(connection, "SELECT size FROM blobs WHERE digest = ?1"),
      elsewhere_(connection, "SELECT owner FROM files WHERE digest = ?1 AND size = ?2 AND elsewhere <> 0"),
      bring_here_(connection, "UPDATE files SET elsewhere = 0 WHERE digest = ?1 AND size = ?2 AND elsewhere <> 0") {}

bool FileTable::is_code_taken(std::string_view code) {
    Rows rows = find_code_.rows(code);
    return rows.next();
}

FileUsage FileTable::usage(UserId user) {
    Rows rows = usage_.rows(user);
    return rows.next() ? file_usage_in(rows) : FileUsage();
}

void FileTable::set_quota(UserId user, std::optional<std::uint64_t> bytes_max) {
    set_quota_.run(user, bytes_max);
}

void FileTable::count(UserId user, std::int64_t files, std::uint64_t size) {
    count_.run(user, files, files * static_cast<std::int64_t>(size));
}

void FileTable::insert(Position position, const StoredFile& file) {
    const FileCard& card = file.card;
    insert_.run(position, file.conversation, file.seq, card.code, file.owner, file.to, card.name, card.size,
                Blob(card.blob), file.at, file.elsewhere);
    if (!file.elsewhere) count_in(file.owner, card.blob, card.size);
}

void FileTable::count_in(UserId owner, const BlobDigest& blob, std::uint64_t size) {
    name_blob(blob, size);
    count(owner, 1, size);
    count(UserId(), 1, size);
}

std::optional<std::uint64_t> FileTable::blob_size(const BlobDigest& blob) {
    Rows rows = blob_size_.rows(Blob(blob));
    return rows.next() ? std::optional(static_cast<std::uint64_t>(rows.integer(0))) : std::nullopt;
}

void FileTable::bring_here(const BlobDigest& blob, std::uint64_t size) {
    std::vector<UserId> owners;
    {
        Rows rows = elsewhere_.rows(Blob(blob), size);
        while (rows.next())
            owners.push_back(rows.id<UserId>(0));
    }
    bring_here_.run(Blob(blob), size);
    for (const UserId owner : owners)
        count_in(owner, blob, size);
}

std::optional<StoredFile> FileTable::find(ConversationId conversation, Seq seq) {
    Rows rows = find_.rows(conversation, seq);
    return rows.next() ? std::optional(file_in(rows)) : std::nullopt;
}

std::optional<BlobDigest> FileTable::remove(const StoredFile& file) {
    delete_.run(file.conversation, file.seq);
    if (file.elsewhere) return std::nullopt;
    count(file.owner, -1, file.card.size);
    count(UserId(), -1, file.card.size);
    return release_blob(file.card.blob);
}

void FileTable::name_blob(const BlobDigest& blob, std::uint64_t size) {
    insert_blob_.run(Blob(blob), size);
}

std::optional<BlobDigest> FileTable::release_blob(const BlobDigest& blob) {
    release_blob_.run(Blob(blob));
    delete_blob_.run(Blob(blob));
    return connection_.changes() > 0 ? std::optional(blob) : std::nullopt;
}

}  // namespace obrol::sqlite
