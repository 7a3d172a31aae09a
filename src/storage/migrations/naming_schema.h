// Version 9: by whose word servers and users are known.
#pragma once

namespace obrol {

inline constexpr char naming_schema_sql[] = R"sql(
-- 0: it was added here, or met. Another server: nobody but that one has named it.
ALTER TABLE servers ADD COLUMN named_by INTEGER NOT NULL DEFAULT 0;

-- Of a user of another server: that server, where it has said something of him, else one that has named him; 0: nobody
-- but people here. Those that are there count as known by the word of their own.
ALTER TABLE users ADD COLUMN named_by INTEGER NOT NULL DEFAULT 0;
UPDATE users SET named_by = server WHERE server <> 0;
CREATE INDEX users_by_namer ON users(named_by) WHERE named_by <> 0;
)sql";

}  // namespace obrol
