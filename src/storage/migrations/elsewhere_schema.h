// Version 10: files in folders whose bytes are elsewhere.
#pragma once

namespace obrol {

inline constexpr char elsewhere_schema_sql[] = R"sql(
-- As in files: the server that has the bytes; 0: they are here. What is elsewhere names no blob.
ALTER TABLE folder_files ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;
CREATE INDEX folder_files_elsewhere ON folder_files(digest) WHERE elsewhere <> 0;

-- Of an entry: its file is for the receiver's folder.
ALTER TABLE outbox ADD COLUMN into_folder INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace obrol
