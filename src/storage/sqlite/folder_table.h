// The part of SqliteTables that is about folders; see tables.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/folder_changes.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/file_table.h"

namespace obrol::sqlite {

class FolderTable {
  public:
    // Both must outlive it.
    FolderTable(Connection& connection, FileTable& files);

    std::optional<FolderFile> find(UserId user, std::string_view name);
    std::optional<FolderFile> find(FolderFileId id);
    std::vector<FolderFile> folder_of(UserId user);
    std::vector<FolderFile> brought_by(ConversationId conversation, Seq seq);
    void insert(const FolderFile& file);
    void set_placed(FolderFileId id);
    void bring_here(const BlobDigest& blob, std::uint64_t size);
    std::optional<BlobDigest> remove(const FolderFile& file);

  private:
    // `files` is 1 or -1.
    void count(const FolderFile& file, std::int64_t files);

    Connection& connection_;
    FileTable& files_;
    Statement find_;
    Statement find_by_id_;
    Statement folder_of_;
    Statement brought_by_;
    Statement insert_;
    Statement set_placed_;
    Statement bring_here_;
    Statement delete_;
    Statement count_;
};

}  // namespace obrol::sqlite
