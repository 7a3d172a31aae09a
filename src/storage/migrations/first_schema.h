// Version 1 (DESIGN section 4). Times are milliseconds since 1970-01-01 UTC, numbers of enums those of model/.
#pragma once

namespace obrol {

inline constexpr char first_schema_sql[] = R"sql(
-- What the store remembers about itself.
CREATE TABLE meta(
    key   TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
-- Every entry at or before this position is in conversation_index.
INSERT INTO meta(key, value) VALUES ('indexed_upto', 0);

CREATE TABLE users(
    id            INTEGER PRIMARY KEY,
    server        INTEGER NOT NULL,  -- 0: this server
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    display_name  TEXT NOT NULL,
    country       TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role          INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    UNIQUE(server, name_key)
) STRICT;

-- AUTOINCREMENT: the id of a session that ended must never come to mean another one.
CREATE TABLE sessions(
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user       INTEGER NOT NULL,
    token      BLOB NOT NULL UNIQUE,  -- BLAKE2b-256 of the token's text
    started_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL       -- noted now and then: lies behind, never ahead
) STRICT;
CREATE INDEX sessions_by_user ON sessions(user);

-- AUTOINCREMENT: as for sessions.
CREATE TABLE invitations(
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    code       BLOB NOT NULL UNIQUE,  -- BLAKE2b-256 of the code's text
    created_by INTEGER NOT NULL,      -- 0: the operator
    role       INTEGER NOT NULL,
    uses_max   INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    expires_at INTEGER,               -- NULL: never
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations(
    id        INTEGER PRIMARY KEY,
    kind      INTEGER NOT NULL,  -- 1: direct
    low_user  INTEGER,           -- direct: the smaller of the two user ids, equal to high_user for notes to self
    high_user INTEGER
) STRICT;
CREATE UNIQUE INDEX conversations_direct ON conversations(low_user, high_user) WHERE kind = 1;

CREATE TABLE members(
    user         INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    fetched_seq  INTEGER NOT NULL,
    read_seq     INTEGER NOT NULL,
    PRIMARY KEY(user, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX members_by_conversation ON members(conversation);

-- The log of every conversation, in commit order. No index: rows are only ever added at the end, which is what makes
-- commits cheap. conversation_index and, for what is not in it yet, the server's memory say where an entry is.
CREATE TABLE entries(
    position        INTEGER PRIMARY KEY,
    conversation    INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    id              BLOB NOT NULL,     -- 16 bytes
    origin          INTEGER NOT NULL,  -- server of the sender; 0: this server
    sender          INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    header_checksum INTEGER NOT NULL,  -- see storage/sqlite/checksum.h
    erased          INTEGER NOT NULL,
    body_checksum   INTEGER NOT NULL,
    body            BLOB NOT NULL
) STRICT;

-- Up to 64 entries of one conversation with consecutive seqs, made from `entries` after the fact.
CREATE TABLE conversation_index(
    conversation INTEGER NOT NULL,
    first_seq    INTEGER NOT NULL,
    entries      INTEGER NOT NULL,
    -- Who sent those that count as unread: a user, 0 when none counts, -1 when there are several senders.
    sender       INTEGER NOT NULL,
    positions    BLOB NOT NULL,  -- see storage/sqlite/packed_positions.h
    PRIMARY KEY(conversation, first_seq)
) WITHOUT ROWID, STRICT;

CREATE TABLE blocks(
    owner INTEGER NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY(owner, other)
) WITHOUT ROWID, STRICT;

-- The highest number of a client is that of its newest answer, so a post under a key changes this table only on the
-- client's first post of a day.
CREATE TABLE idempotency_clients(
    id       INTEGER PRIMARY KEY,
    user     INTEGER NOT NULL,
    client   TEXT NOT NULL,
    used_day INTEGER NOT NULL,  -- days since 1970-01-01 UTC
    UNIQUE(user, client)
) STRICT;
CREATE INDEX idempotency_clients_by_day ON idempotency_clients(used_day);

CREATE TABLE idempotency_answers(
    client    INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    request   BLOB NOT NULL,  -- BLAKE2b-256 of what was asked
    at        INTEGER NOT NULL,
    positions BLOB NOT NULL,  -- of the entries, see storage/sqlite/packed_positions.h
    PRIMARY KEY(client, number)
) WITHOUT ROWID, STRICT;
)sql";

}  // namespace obrol
