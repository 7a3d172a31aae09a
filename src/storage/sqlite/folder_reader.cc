#include "storage/sqlite/folder_reader.h"

#include <fmt/core.h>

#include "storage/sqlite/folder_rows.h"

namespace obrol::sqlite {

FolderReader::FolderReader(Connection& connection)
    : folder_of_(connection,
                 fmt::format("SELECT {} FROM folder_files WHERE user = ?1 ORDER BY name", folder_file_columns)),
      find_(connection, fmt::format("SELECT {} FROM folder_files WHERE user = ?1 AND name = ?2", folder_file_columns)),
      to_place_(connection, fmt::format("SELECT {} FROM folder_files WHERE user = ?1 AND placed = 0 ORDER BY name",
                                        folder_file_columns)),
      folders_to_place_(connection, "SELECT DISTINCT user FROM folder_files WHERE placed = 0 ORDER BY user") {}

std::vector<FolderFile> FolderReader::folder_of(UserId user) {
    return folder_files_in(folder_of_.rows(user));
}

std::optional<FolderFile> FolderReader::find(UserId user, std::string_view name) {
    return first_folder_file_in(find_.rows(user, name));
}

std::vector<FolderFile> FolderReader::to_place(UserId user) {
    return folder_files_in(to_place_.rows(user));
}

std::vector<UserId> FolderReader::folders_to_place() {
    std::vector<UserId> users;
    Rows rows = folders_to_place_.rows();
    while (rows.next())
        users.push_back(rows.id<UserId>(0));
    return users;
}

}  // namespace obrol::sqlite
