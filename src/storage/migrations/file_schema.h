// Version 3: files.
#pragma once

namespace obrol {

inline constexpr char file_schema_sql[] = R"sql(
CREATE TABLE files(
    position     INTEGER PRIMARY KEY,  -- of its entry
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,     -- of its entry
    code         TEXT NOT NULL UNIQUE,
    owner        INTEGER NOT NULL,     -- who sent it
    receiver     INTEGER NOT NULL,     -- in a direct conversation; 0: a group
    name         TEXT NOT NULL,
    size         INTEGER NOT NULL,
    digest       BLOB NOT NULL,        -- SHA-256 of its bytes
    at           INTEGER NOT NULL,
    UNIQUE(conversation, seq)
) STRICT;
CREATE INDEX files_by_owner ON files(owner);
CREATE INDEX files_by_receiver ON files(receiver);

-- What the files name. One that no file names has no row.
CREATE TABLE blobs(
    digest BLOB PRIMARY KEY NOT NULL,
    size   INTEGER NOT NULL,
    files  INTEGER NOT NULL  -- how many name it
) WITHOUT ROWID, STRICT;

CREATE TABLE file_usage(
    user  INTEGER PRIMARY KEY,         -- 0: everybody's together
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    quota INTEGER                      -- NULL: the server's setting holds
) STRICT;
)sql";

}  // namespace obrol
