// The part of Reader that is about files. Needs no transaction of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/group_reader.h"
#include "storage/store.h"

namespace obrol::sqlite {

class FileReader {
  public:
    // Both must outlive it.
    FileReader(Connection& connection, GroupReader& groups);

    std::optional<StoredFile> find(std::string_view code, UserId reader);
    std::optional<StoredFile> find_for(ServerId server, const BlobDigest& blob);
    FilePage list_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max);
    FilePage list(std::optional<UserId> owner, std::size_t files_max);
    FileUsage usage(UserId user);
    std::vector<BlobDigest> blobs();
    bool is_blob_named(const BlobDigest& blob);
    void count(StoreCounts& counts);

  private:
    bool may_see(ServerId server, const StoredFile& file);

    Connection& connection_;
    GroupReader& groups_;
    Statement find_;
    Statement with_blob_;
    Statement readers_;
    Statement list_in_;
    Statement list_for_;
    Statement list_;
    Statement list_of_;
    Statement usage_;
    Statement blobs_;
    Statement find_blob_;
};

}  // namespace obrol::sqlite
