// Version 7: keys that servers have no more, and what was signed under them.
#pragma once

namespace obrol {

inline constexpr char key_schema_sql[] = R"sql(
CREATE TABLE former_keys(
    key        BLOB PRIMARY KEY,
    server     INTEGER NOT NULL,
    next       BLOB,               -- that took its place, by the server's own word; NULL: the server was forgotten
    signature  BLOB,               -- of that word, by `key` and by `next`
    acceptance BLOB
) WITHOUT ROWID, STRICT;
CREATE INDEX former_keys_by_server ON former_keys(server);

-- What adopted groups were before: their entries up to that one are signed for that name.
CREATE TABLE group_origins(
    conversation INTEGER NOT NULL,
    home         BLOB NOT NULL,
    group_id     TEXT NOT NULL,
    upto         INTEGER NOT NULL,
    PRIMARY KEY(conversation, home, group_id)
) WITHOUT ROWID, STRICT;

-- What signatures were made for: few, so that each entry has a number.
CREATE TABLE signed_names(
    id       INTEGER PRIMARY KEY,
    home     BLOB NOT NULL,       -- key of the group's home, and the group's id there
    group_id TEXT NOT NULL,
    author   BLOB NOT NULL,       -- key of the author's server
    UNIQUE(home, group_id, author)
) STRICT;
ALTER TABLE entry_signatures ADD COLUMN name INTEGER NOT NULL DEFAULT 0;  -- of signed_names; 0: as all are called now
ALTER TABLE entry_signatures ADD COLUMN note BLOB;  -- a member note as it was signed; NULL: as the log has it
)sql";

}  // namespace obrol
