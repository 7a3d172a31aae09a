// Folders in MemoryTables.
#include <set>

#include "base/check.h"
#include "storage/memory/memory_tables.h"

namespace obrol {

std::optional<FolderFile> MemoryTables::find_folder_file(UserId user, std::string_view name) const {
    const auto found = folder_files_.find(FolderPlace(user, name));
    return found == folder_files_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<FolderFile> MemoryTables::folder_files(UserId user) const {
    std::vector<FolderFile> files;
    for (auto next = folder_files_.lower_bound(FolderPlace(user, "")); next != folder_files_.end(); ++next) {
        if (next->first.first != user) break;
        files.push_back(next->second);
    }
    return files;
}

std::vector<FolderFile> MemoryTables::folder_files_to_place(UserId user) const {
    std::vector<FolderFile> files = folder_files(user);
    std::erase_if(files, [](const FolderFile& file) { return file.is_placed; });
    return files;
}

std::vector<UserId> MemoryTables::folders_to_place() const {
    std::set<UserId> users;
    for (const auto& [place, file] : folder_files_)
        if (!file.is_placed) users.insert(file.user);
    return {users.begin(), users.end()};
}

std::optional<FolderFile> MemoryTables::folder_file(UserId user, std::string_view name) {
    return find_folder_file(user, name);
}

std::optional<FolderFile> MemoryTables::folder_file(FolderFileId id) {
    const auto place = folder_places_.find(id);
    return place == folder_places_.end() ? std::nullopt : std::optional(folder_files_.at(place->second));
}

std::vector<FolderFile> MemoryTables::folder_files_of(ConversationId conversation, Seq seq) {
    std::vector<FolderFile> files;
    for (const auto& [place, file] : folder_files_)
        if (file.conversation == conversation && file.seq == seq) files.push_back(file);
    return files;
}

void MemoryTables::count_folder_file(const FolderFile& file, std::int64_t files) {
    usage_to_change(file.user).in_folder += files;
    if (file.conversation) return;
    count_file(file.user, files, file.size);
    count_file(UserId(), files, file.size);
}

void MemoryTables::insert_folder_file(const FolderFile& file) {
    about_to_write();
    FolderFile stored = file;
    stored.id = FolderFileId(++last_folder_file_);
    const FolderPlace place(file.user, file.name);
    const bool is_new = folder_files_.emplace(place, stored).second;
    OBROL_CHECK(is_new);
    folder_places_.emplace(stored.id, place);
    if (!file.elsewhere) ++blobs_[file.blob];
    remember([this, place, stored] {
        folder_files_.erase(place);
        folder_places_.erase(stored.id);
        if (!stored.elsewhere) release_blob(stored.blob);
    });
    count_folder_file(file, 1);
}

void MemoryTables::bring_here(FolderFile& file) {
    about_to_write();
    remember([this, old = file] {
        folder_files_.at(FolderPlace(old.user, old.name)) = old;
        release_blob(old.blob);
    });
    file.elsewhere = ServerId();
    ++blobs_[file.blob];
}

void MemoryTables::set_folder_file_placed(FolderFileId id) {
    about_to_write();
    FolderFile& stored = folder_files_.at(folder_places_.at(id));
    remember([this, old = stored] { folder_files_.at(FolderPlace(old.user, old.name)) = old; });
    stored.is_placed = true;
}

std::optional<BlobDigest> MemoryTables::delete_folder_file(const FolderFile& file) {
    about_to_write();
    const FolderPlace place(file.user, file.name);
    folder_files_.erase(place);
    folder_places_.erase(file.id);
    const bool is_unused = !file.elsewhere && release_blob(file.blob);
    remember([this, place, file] {
        folder_files_.emplace(place, file);
        folder_places_.emplace(file.id, place);
        if (!file.elsewhere) ++blobs_[file.blob];
    });
    count_folder_file(file, -1);
    return is_unused ? std::optional(file.blob) : std::nullopt;
}

}  // namespace obrol
