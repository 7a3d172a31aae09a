// Version 6: what became of items for other servers.
#pragma once

namespace obrol {

inline constexpr char fate_schema_sql[] = R"sql(
ALTER TABLE outbox ADD COLUMN why TEXT NOT NULL DEFAULT '';  -- of the verdict: the code of an error
-- Few, as a rule; what waits is counted without them.
CREATE INDEX outbox_given_up ON outbox(server, number) WHERE given_up <> 0;
)sql";

}  // namespace obrol
