// Version 8: who has said where a server is.
#pragma once

namespace obrol {

inline constexpr char address_schema_sql[] = R"sql(
-- 1: that server itself; 0: somebody here, or nobody. Those that are there count as given here.
ALTER TABLE servers ADD COLUMN is_address_told INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace obrol
