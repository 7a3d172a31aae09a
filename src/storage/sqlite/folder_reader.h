// The part of Reader that is about folders. Needs no transaction of its own.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

class FolderReader {
  public:
    // The connection must outlive it.
    explicit FolderReader(Connection& connection);

    std::vector<FolderFile> folder_of(UserId user);
    std::optional<FolderFile> find(UserId user, std::string_view name);
    std::vector<FolderFile> to_place(UserId user);
    std::vector<UserId> folders_to_place();

  private:
    Statement folder_of_;
    Statement find_;
    Statement to_place_;
    Statement folders_to_place_;
};

}  // namespace obrol::sqlite
