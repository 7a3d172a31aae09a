// Version 5: other servers. Their users are rows of `users` with another `server` than 0.
#pragma once

namespace obrol {

inline constexpr char peer_schema_sql[] = R"sql(
-- Grows when the store was put back to an earlier state.
INSERT INTO meta(key, value) VALUES ('epoch', 1);

-- AUTOINCREMENT: the id of a server that is gone must never come to mean another one.
CREATE TABLE servers(
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    label     TEXT NOT NULL,
    label_key TEXT NOT NULL UNIQUE,  -- for comparing without case
    key       BLOB UNIQUE,           -- Ed25519; NULL: never met, or forgotten
    host      TEXT NOT NULL,         -- empty: its address is not known
    port      INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    met_at    INTEGER NOT NULL
) STRICT;

-- How far this server and another one are with each other. No row: nothing happened yet.
CREATE TABLE links(
    server          INTEGER PRIMARY KEY,
    last            INTEGER NOT NULL,  -- number of the last item that was queued for it, and that item's id
    last_id         BLOB NOT NULL,
    acknowledged    INTEGER NOT NULL,
    received_epoch  INTEGER NOT NULL,
    received_number INTEGER NOT NULL,
    received_id     BLOB NOT NULL
) STRICT;

-- What is for other servers: numbered without gaps, kept for a while after its acknowledgement.
CREATE TABLE outbox(
    server   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    id       BLOB NOT NULL,
    sender   INTEGER NOT NULL,  -- 0: nobody is told what became of it
    position INTEGER,           -- of an entry; NULL: payload
    receiver INTEGER NOT NULL,  -- of the entry
    payload  BLOB,
    at       INTEGER NOT NULL,
    verdict  INTEGER NOT NULL,  -- what the sender was told: 0 nothing, 1 late, 2 failed
    given_up INTEGER NOT NULL,
    PRIMARY KEY(server, number)
) WITHOUT ROWID, STRICT;
CREATE INDEX outbox_by_item ON outbox(id, server);

-- Items of other servers that were taken.
CREATE TABLE received(
    server INTEGER NOT NULL,
    id     BLOB NOT NULL,
    PRIMARY KEY(server, id)
) WITHOUT ROWID, STRICT;

-- Users of other servers whose messages wait to be accepted.
CREATE TABLE stranger_requests(
    user         INTEGER NOT NULL,
    stranger     INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    first        INTEGER NOT NULL,  -- position of the first message
    messages     INTEGER NOT NULL,
    PRIMARY KEY(user, stranger)
) WITHOUT ROWID, STRICT;

ALTER TABLE groups ADD COLUMN home INTEGER NOT NULL DEFAULT 0;        -- 0: this server
ALTER TABLE groups ADD COLUMN recovering INTEGER NOT NULL DEFAULT 0;  -- a restore may have lost its end
CREATE INDEX groups_away ON groups(home) WHERE home <> 0 OR recovering <> 0;

-- Of entries that another server has signed.
CREATE TABLE entry_signatures(
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    signature    BLOB NOT NULL,
    PRIMARY KEY(conversation, seq)
) WITHOUT ROWID, STRICT;

-- Users of other servers who were asked to come into a group at home here.
CREATE TABLE group_invitations(
    conversation INTEGER NOT NULL,
    user         INTEGER NOT NULL,
    invited_by   INTEGER NOT NULL,
    item         BLOB NOT NULL,     -- that asks
    PRIMARY KEY(conversation, user)
) WITHOUT ROWID, STRICT;
CREATE INDEX group_invitations_by_item ON group_invitations(item);

-- The server that has the bytes; 0: they are here. What is elsewhere counts in no usage and names no blob.
ALTER TABLE files ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;
CREATE INDEX files_by_digest ON files(digest);

-- What was queued under the key in place of entries.
ALTER TABLE idempotency_answers ADD COLUMN item BLOB;
)sql";

}  // namespace obrol
