// Version 4: folders.
#pragma once

namespace obrol {

inline constexpr char folder_schema_sql[] = R"sql(
-- AUTOINCREMENT: the id of a file that went must never come to mean another one.
CREATE TABLE folder_files(
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user         INTEGER NOT NULL,     -- whose folder
    name         TEXT NOT NULL,
    size         INTEGER NOT NULL,
    digest       BLOB NOT NULL,        -- SHA-256 of its bytes
    at           INTEGER NOT NULL,
    conversation INTEGER,              -- of the entry that brought it; NULL: he put it there himself
    seq          INTEGER,              -- of that entry
    placed       INTEGER NOT NULL,     -- it was copied into his directory on the disk
    UNIQUE(user, name)
) STRICT;
CREATE INDEX folder_files_by_entry ON folder_files(conversation, seq) WHERE conversation IS NOT NULL;
CREATE INDEX folder_files_to_place ON folder_files(user) WHERE placed = 0;

ALTER TABLE file_usage ADD COLUMN in_folder INTEGER NOT NULL DEFAULT 0;  -- rows of folder_files
)sql";

}  // namespace obrol
