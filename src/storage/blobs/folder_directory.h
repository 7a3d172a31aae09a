// What FolderFiles does to directories. Blocking; errors in words.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/blobs/file_reader.h"
#include "storage/folder_store.h"

namespace obrol::blobs {

// FolderStore::list, of names for which `is_text` holds.
Result<std::optional<DirectoryPage>> list_folder(const std::filesystem::path& root, const std::string& user,
                                                 std::size_t files_max,
                                                 const std::function<bool(std::string_view)>& is_text);
// None: there is no such file.
Result<std::optional<OpenFile>> open_in_folder(const std::filesystem::path& root, const std::string& user,
                                               const std::string& name);
// Gives the file `draft` its name in the user's directory, durably; makes that. False: the name is taken.
Result<bool> link_into_folder(const std::filesystem::path& root, const std::string& user, const std::string& name,
                              const std::filesystem::path& draft);

}  // namespace obrol::blobs
