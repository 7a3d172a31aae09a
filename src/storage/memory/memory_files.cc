// Files in MemoryTables.
#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "storage/memory/memory_tables.h"
#include "storage/visible.h"

namespace obrol {

bool MemoryTables::is_file_code_taken(std::string_view code) {
    return file_codes_.contains(code);
}

FileUsage MemoryTables::file_usage(UserId user) {
    const auto found = file_usage_.find(user);
    return found == file_usage_.end() ? FileUsage() : found->second;
}

void MemoryTables::set_quota(UserId user, std::optional<std::uint64_t> bytes_max) {
    usage_to_change(user).quota = bytes_max;
}

FileUsage& MemoryTables::usage_to_change(UserId user) {
    about_to_write();
    FileUsage& stored = file_usage_[user];
    remember([this, user, old = stored] { file_usage_[user] = old; });
    return stored;
}

void MemoryTables::count_file(UserId user, std::int64_t files, std::uint64_t size) {
    FileUsage& usage = usage_to_change(user);
    usage.files += files;
    usage.bytes = files > 0 ? usage.bytes + size : usage.bytes - size;
}

bool MemoryTables::release_blob(const BlobDigest& blob) {
    const auto named = blobs_.find(blob);
    if (--named->second > 0) return false;
    blobs_.erase(named);
    return true;
}

void MemoryTables::insert_file(Position position, const StoredFile& file) {
    about_to_write();
    const bool is_new = file_codes_.emplace(file.card.code, position).second;
    OBROL_CHECK(is_new);
    files_.emplace(position, file);
    remember([this, position, code = file.card.code] {
        files_.erase(position);
        file_codes_.erase(code);
    });
    if (!file.elsewhere) count_in(file);
}

// Its bytes are here.
void MemoryTables::count_in(const StoredFile& file) {
    about_to_write();
    remember([this, blobs = blobs_] { blobs_ = blobs; });
    ++blobs_[file.card.blob];
    count_file(file.owner, 1, file.card.size);
    count_file(UserId(), 1, file.card.size);
}

std::optional<std::uint64_t> MemoryTables::blob_size(const BlobDigest& blob) {
    const auto is_here = [&](const auto& one) { return one.second.card.blob == blob && !one.second.elsewhere; };
    const auto found = std::ranges::find_if(files_, is_here);
    if (found != files_.end()) return found->second.card.size;
    const auto is_in_folder = [&](const auto& one) { return one.second.blob == blob && !one.second.elsewhere; };
    const auto in_folder = std::ranges::find_if(folder_files_, is_in_folder);
    return in_folder == folder_files_.end() ? std::nullopt : std::optional(in_folder->second.size);
}

void MemoryTables::bring_files_here(const BlobDigest& blob, std::uint64_t size) {
    for (auto& [position, file] : files_) {
        if (!file.elsewhere || file.card.blob != blob || file.card.size != size) continue;
        about_to_write();
        remember([this, position = position, old = file.elsewhere] { files_.at(position).elsewhere = old; });
        file.elsewhere = ServerId();
        count_in(file);
    }
    for (auto& [place, file] : folder_files_)
        if (file.elsewhere && file.blob == blob && file.size == size) bring_here(file);
}

std::optional<StoredFile> MemoryTables::file_at(ConversationId conversation, Seq seq) {
    const LogEntry* found = stored_entry(conversation, seq);
    const auto file = found ? files_.find(found->header.position) : files_.end();
    return file == files_.end() ? std::nullopt : std::optional(file->second);
}

std::optional<BlobDigest> MemoryTables::delete_file(const StoredFile& file) {
    about_to_write();
    const auto code = file_codes_.find(file.card.code);
    OBROL_CHECK(code != file_codes_.end());
    const Position position = code->second;
    files_.erase(position);
    file_codes_.erase(code);
    remember([this, position, file, blobs = blobs_] {
        files_.emplace(position, file);
        file_codes_.emplace(file.card.code, position);
        blobs_ = blobs;
    });
    if (file.elsewhere) return std::nullopt;
    const bool is_unused = --blobs_.at(file.card.blob) == 0;
    if (is_unused) blobs_.erase(file.card.blob);
    count_file(file.owner, -1, file.card.size);
    count_file(UserId(), -1, file.card.size);
    return is_unused ? std::optional(file.card.blob) : std::nullopt;
}

bool MemoryTables::may_see(UserId reader, const StoredFile& file) const {
    const Conversation& log = *conversation(file.conversation);
    if (!log.group) return reader == log.one || reader == log.other;
    return holds(visible(reader, file.conversation), file.seq);
}

// Whether a user of that server may.
bool MemoryTables::may_see(ServerId server, const StoredFile& file) const {
    return std::ranges::any_of(users_,
                               [&](const User& user) { return user.server == server && may_see(user.id, file); });
}

std::optional<StoredFile> MemoryTables::find_file(std::string_view code, UserId reader) const {
    const auto found = file_codes_.find(code);
    if (found == file_codes_.end()) return std::nullopt;
    const StoredFile& file = files_.at(found->second);
    return !reader || may_see(reader, file) ? std::optional(file) : std::nullopt;
}

std::optional<StoredFile> MemoryTables::find_file_for(ServerId server, const BlobDigest& blob) const {
    std::optional<StoredFile> found;
    for (const auto& [position, file] : files_) {
        if (file.card.blob != blob || !may_see(server, file)) continue;
        if (!file.elsewhere) return file;
        found = file;
    }
    return found;
}

template <class Wanted>
FilePage MemoryTables::newest_files(std::size_t files_max, Wanted wanted) const {
    FilePage page;
    for (const auto& [position, file] : files_ | std::views::reverse) {
        if (!wanted(file)) continue;
        page.more = page.files.size() == files_max;
        if (page.more) break;
        page.files.push_back(file);
    }
    return page;
}

FilePage MemoryTables::files_for(UserId reader, std::optional<ConversationId> in, std::size_t files_max) const {
    return newest_files(
        files_max, [&](const StoredFile& file) { return (!in || file.conversation == *in) && may_see(reader, file); });
}

FilePage MemoryTables::list_files(std::optional<UserId> owner, std::size_t files_max) const {
    return newest_files(files_max, [&](const StoredFile& file) { return !owner || file.owner == *owner; });
}

std::vector<BlobDigest> MemoryTables::blobs() const {
    std::vector<BlobDigest> blobs;
    for (const auto& [blob, files] : blobs_)
        blobs.push_back(blob);
    return blobs;
}

bool MemoryTables::is_blob_named(const BlobDigest& blob) const {
    return blobs_.contains(blob);
}

void MemoryTables::count_files(StoreCounts& counts) const {
    if (const auto everybody = file_usage_.find(UserId()); everybody != file_usage_.end()) {
        counts.files = everybody->second.files;
        counts.file_bytes = everybody->second.bytes;
    }
    std::map<BlobDigest, std::uint64_t> sizes;
    for (const auto& [position, file] : files_)
        if (!file.elsewhere) sizes[file.card.blob] = file.card.size;
    for (const auto& [place, file] : folder_files_)
        if (!file.elsewhere) sizes[file.blob] = file.size;
    for (const auto& [blob, size] : sizes)
        counts.blob_bytes += size;
}

}  // namespace obrol
