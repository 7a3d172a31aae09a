// Files in folders as rows: the columns to select, and what they mean.
#pragma once

#include <string_view>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

// Of `folder_files`.
inline constexpr std::string_view folder_file_columns =
    "id, user, name, size, digest, at, coalesce(conversation, 0), coalesce(seq, 0), placed, elsewhere";
// The current row of a statement that selects those columns. Throws SqliteFailed when its digest is damaged.
FolderFile folder_file_in(const Rows& rows);
// All rows of such a statement; the first, if there is one.
std::vector<FolderFile> folder_files_in(Rows rows);
std::optional<FolderFile> first_folder_file_in(Rows rows);

}  // namespace obrol::sqlite
