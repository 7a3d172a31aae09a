// Files as rows: the columns to select, and what they mean.
#pragma once

#include <string_view>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

// Of `files AS f`.
inline constexpr std::string_view file_columns =
    "f.code, f.name, f.size, f.digest, f.conversation, f.seq, f.owner, f.receiver, f.at, f.elsewhere";
inline constexpr int file_column_count = 10;
// The current row of a statement that selects those columns first. Throws SqliteFailed when its digest is damaged.
StoredFile file_in(const Rows& rows);

BlobDigest blob_digest_in(const Rows& rows, int column);

// The current row of a statement that selects these columns.
inline constexpr std::string_view file_usage_columns = "files, bytes, quota, in_folder";
FileUsage file_usage_in(const Rows& rows);

}  // namespace obrol::sqlite
