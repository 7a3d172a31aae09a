// Version 2: groups and contacts. Conversations of kind 2 are groups; `members` holds the cursors of everybody who ever
// was a member of one.
#pragma once

namespace obrol {

inline constexpr char group_schema_sql[] = R"sql(
CREATE TABLE groups(
    conversation   INTEGER PRIMARY KEY,
    id             TEXT NOT NULL,
    id_key         TEXT NOT NULL UNIQUE,
    name           TEXT NOT NULL,
    code           TEXT UNIQUE,        -- NULL: the group has ended
    history_open   INTEGER NOT NULL,
    retention_days INTEGER,            -- NULL: kept for ever
    ended          INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    members        INTEGER NOT NULL,   -- rows of group_members
    changed_seq    INTEGER NOT NULL    -- of the last entry of kind `member`
) STRICT;
CREATE INDEX groups_with_retention ON groups(conversation) WHERE retention_days IS NOT NULL;

-- Who is a member now.
CREATE TABLE group_members(
    arrival      INTEGER PRIMARY KEY,  -- ascending in the order of coming, in a group and for a user
    conversation INTEGER NOT NULL,
    user         INTEGER NOT NULL,
    role         INTEGER NOT NULL,
    joined_seq   INTEGER NOT NULL,
    UNIQUE(user, conversation)
) STRICT;
CREATE INDEX group_members_by_role ON group_members(conversation, role);

-- Who was a member when: from the entry by which he came up to, not including, the one by which he left.
CREATE TABLE group_intervals(
    user         INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    joined_seq   INTEGER NOT NULL,
    left_seq     INTEGER,              -- NULL: he is a member
    PRIMARY KEY(user, conversation, joined_seq)
) WITHOUT ROWID, STRICT;

CREATE TABLE group_bans(
    conversation INTEGER NOT NULL,
    user         INTEGER NOT NULL,
    PRIMARY KEY(conversation, user)
) WITHOUT ROWID, STRICT;

CREATE TABLE contacts(
    id       INTEGER PRIMARY KEY,      -- ascending in the order of adding
    owner    INTEGER NOT NULL,
    other    INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE(owner, other)
) STRICT;
-- For the day on which `other` is deleted.
CREATE INDEX contacts_by_other ON contacts(other);
CREATE INDEX blocks_by_other ON blocks(other);
)sql";

}  // namespace obrol
