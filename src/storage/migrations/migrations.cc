#include "storage/migrations/migrations.h"

#include "storage/migrations/address_schema.h"
#include "storage/migrations/elsewhere_schema.h"
#include "storage/migrations/fate_schema.h"
#include "storage/migrations/file_schema.h"
#include "storage/migrations/first_schema.h"
#include "storage/migrations/folder_schema.h"
#include "storage/migrations/group_schema.h"
#include "storage/migrations/key_schema.h"
#include "storage/migrations/naming_schema.h"
#include "storage/migrations/peer_schema.h"

namespace obrol {
namespace {

constexpr Migration migrations[] = {
    {1, "first schema", first_schema_sql},   {2, "groups and contacts", group_schema_sql},
    {3, "files", file_schema_sql},           {4, "folders", folder_schema_sql},
    {5, "other servers", peer_schema_sql},   {6, "why items failed", fate_schema_sql},
    {7, "former keys", key_schema_sql},      {8, "who said where servers are", address_schema_sql},
    {9, "by whose word", naming_schema_sql}, {10, "files in folders whose bytes are elsewhere", elsewhere_schema_sql},
};

}  // namespace

std::span<const Migration> store_migrations() {
    return migrations;
}

}  // namespace obrol
