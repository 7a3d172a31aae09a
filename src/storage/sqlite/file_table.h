// The part of SqliteTables that is about files; see tables.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/file_changes.h"
#include "storage/sqlite/connection.h"

namespace obrol::sqlite {

class FileTable {
  public:
    // The connection must outlive it.
    explicit FileTable(Connection& connection);

    bool is_code_taken(std::string_view code);
    FileUsage usage(UserId user);
    void set_quota(UserId user, std::optional<std::uint64_t> bytes_max);
    void insert(Position position, const StoredFile& file);
    std::optional<StoredFile> find(ConversationId conversation, Seq seq);
    std::optional<BlobDigest> remove(const StoredFile& file);
    std::optional<std::uint64_t> blob_size(const BlobDigest& blob);
    void bring_here(const BlobDigest& blob, std::uint64_t size);

    // What files in folders share with others. `files` is 1 or -1.
    void count(UserId user, std::int64_t files, std::uint64_t size);
    void name_blob(const BlobDigest& blob, std::uint64_t size);
    // The blob, when nothing names it any more.
    std::optional<BlobDigest> release_blob(const BlobDigest& blob);

  private:
    // Its bytes are here.
    void count_in(UserId owner, const BlobDigest& blob, std::uint64_t size);

    Connection& connection_;
    Statement find_code_;
    Statement usage_;
    Statement set_quota_;
    Statement count_;
    Statement insert_;
    Statement insert_blob_;
    Statement find_;
    Statement delete_;
    Statement release_blob_;
    Statement delete_blob_;
    Statement blob_size_;
    Statement elsewhere_;
    Statement bring_here_;
};

}  // namespace obrol::sqlite
