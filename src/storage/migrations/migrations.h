// The schema of the SQLite store as an ordered list of steps. The number of the last step is the schema's version; it
// stands in the file as PRAGMA user_version. Version 0 is an empty file.
#pragma once

#include <span>

namespace obrol {

struct Migration {
    int version;       // 1, 2, 3 … without gaps
    const char* what;  // for the log, e.g. "first schema"
    const char* sql;   // any number of statements, carried out in one transaction
};

std::span<const Migration> store_migrations();

}  // namespace obrol
