// What makes a file an obrol store: its application id, its version and the settings of the connection that writes it.
#pragma once

#include <span>

#include "base/log.h"
#include "storage/migrations/migrations.h"
#include "storage/sqlite/connection.h"

namespace obrol::sqlite {

// Stands in the file as PRAGMA application_id ("obrl"), so that nobody mistakes another program's file for a store.
inline constexpr std::int64_t store_application_id = 0x6F62726C;

// Brings the file to the last of `migrations`, each step in a transaction of its own; an empty file becomes a store.
// Throws SqliteFailed, in words, without having changed the file, when it is another program's, newer than
// `migrations`, locked or damaged.
void prepare_schema(Connection& writer, std::span<const Migration> migrations, Logger& logger);

// For connections that only read: throws unless the file is a store of exactly the last version.
void require_schema(Connection& reader, std::span<const Migration> migrations);

}  // namespace obrol::sqlite
