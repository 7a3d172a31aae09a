#include "storage/sqlite/folder_table.h"

#include <fmt/core.h>

#include "storage/sqlite/folder_rows.h"

namespace obrol::sqlite {

FolderTable::FolderTable(Connection& connection, FileTable& files)
    : connection_(connection),
      files_(files),
      find_(connection, fmt::format("SELECT {} FROM folder_files WHERE user = ?1 AND name = ?2", folder_file_columns)),
      find_by_id_(connection, fmt::format("SELECT {} FROM folder_files WHERE id = ?1", folder_file_columns)),
      folder_of_(connection,
                 fmt::format("SELECT {} FROM folder_files WHERE user = ?1 ORDER BY name", folder_file_columns)),
      brought_by_(connection, fmt::format("SELECT {} FROM folder_files WHERE conversation = ?1 AND seq = ?2 "
                                          "AND conversation IS NOT NULL ORDER BY id",
                                          folder_file_columns)),
      insert_(connection,
              "INSERT INTO folder_files(user, name, size, digest, at, conversation, seq, placed, elsewhere) "
              "VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, 0), nullif(?7, 0), ?8, ?9)"),
      set_placed_(connection, "UPDATE folder_files SET placed = 1 WHERE id = ?1"),
      bring_here_(connection,
                  "UPDATE folder_files SET elsewhere = 0 WHERE digest = ?1 AND size = ?2 AND elsewhere <> 0"),
      delete_(connection, "DELETE FROM folder_files WHERE id = ?1"),
      count_(connection,
             "INSERT INTO file_usage(user, files, bytes, in_folder) VALUES (?1, 0, 0, ?2) "
             "ON CONFLICT(user) DO UPDATE SET in_folder = in_folder + excluded.in_folder") {}

std::optional<FolderFile> FolderTable::find(UserId user, std::string_view name) {
    return first_folder_file_in(find_.rows(user, name));
}

std::optional<FolderFile> FolderTable::find(FolderFileId id) {
    return first_folder_file_in(find_by_id_.rows(id));
}

std::vector<FolderFile> FolderTable::folder_of(UserId user) {
    return folder_files_in(folder_of_.rows(user));
}

std::vector<FolderFile> FolderTable::brought_by(ConversationId conversation, Seq seq) {
    return folder_files_in(brought_by_.rows(conversation, seq));
}

void FolderTable::count(const FolderFile& file, std::int64_t files) {
    count_.run(file.user, files);
    if (file.conversation) return;
    files_.count(file.user, files, file.size);
    files_.count(UserId(), files, file.size);
}

void FolderTable::insert(const FolderFile& file) {
    insert_.run(file.user, file.name, file.size, Blob(file.blob), file.at, file.conversation, file.seq, file.is_placed,
                file.elsewhere);
    if (!file.elsewhere) files_.name_blob(file.blob, file.size);
    count(file, 1);
}

void FolderTable::set_placed(FolderFileId id) {
    set_placed_.run(id);
}

// None of them counts among its owner's files: somebody sent them.
void FolderTable::bring_here(const BlobDigest& blob, std::uint64_t size) {
    bring_here_.run(Blob(blob), size);
    const std::int64_t files = connection_.changes();
    for (std::int64_t i = 0; i < files; ++i)
        files_.name_blob(blob, size);
}

std::optional<BlobDigest> FolderTable::remove(const FolderFile& file) {
    delete_.run(file.id);
    count(file, -1);
    return file.elsewhere ? std::nullopt : files_.release_blob(file.blob);
}

}  // namespace obrol::sqlite
