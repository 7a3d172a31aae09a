#include "storage/file_rules.h"

#include <algorithm>

#include "storage/folder_rules.h"

namespace obrol {

Refusal refusal_of_quota(Tables& tables, UserId user, const NewFile& file) {
    const auto is_beyond = [&](const FileUsage& usage, std::uint64_t under_way, std::uint64_t bytes_max) {
        return bytes_max > 0 && usage.bytes + under_way + file.size > bytes_max;
    };
    if (server_of(tables, user)) return std::nullopt;
    const FileUsage of_user = tables.file_usage(user);
    // A quota of one's own can be 0: no files at all.
    const bool is_beyond_quota = of_user.quota ? of_user.bytes + file.user_bytes_under_way + file.size > *of_user.quota
                                               : is_beyond(of_user, file.user_bytes_under_way, file.user_bytes_max);
    if (is_beyond_quota) return ChatError::quota_exceeded;
    if (is_beyond(tables.file_usage(UserId()), file.server_bytes_under_way, file.server_bytes_max))
        return ChatError::storage_full;
    return std::nullopt;
}

std::expected<FileCard, ChatError> admit_file(Tables& tables, UserId sender, const NewFile& file) {
    if (const Refusal why = refusal_of_quota(tables, sender, file)) return std::unexpected(*why);
    FileCard card{{}, file.name, file.size, file.blob};
    if (file.only_asks) return card;
    const auto is_free = [&](const std::string& code) { return !tables.is_file_code_taken(code); };
    const auto free = std::ranges::find_if(file.codes, is_free);
    if (free == file.codes.end()) return std::unexpected(ChatError::busy);
    card.code = *free;
    return card;
}

ServerId write_file(Tables& tables, const EntryHeader& entry, const FileCard& file, UserId to, ServerId origin) {
    // The same bytes may have come with another file.
    const bool is_here = !origin || tables.blob_size(file.blob) == file.size;
    const StoredFile stored{file,     entry.conversation,           entry.seq, entry.sender, to,
                            entry.at, is_here ? ServerId() : origin};
    tables.insert_file(entry.position, stored);
    return stored.elsewhere;
}

void bring_blob(Tables& tables, const BlobArrived& blob) {
    tables.bring_files_here(blob.blob, blob.size);
}

std::string code_of_file(Tables& tables, const EntryHeader& entry) {
    std::optional<StoredFile> stored = tables.file_at(entry.conversation, entry.seq);
    return stored ? std::move(stored->card.code) : std::string();
}

BodyErased erase_file(Tables& tables, ConversationId conversation, Seq seq) {
    BodyErased erased;
    if (const std::optional<StoredFile> stored = tables.file_at(conversation, seq)) {
        empty_folders_of(tables, conversation, seq);
        erased.unused_blob = tables.delete_file(*stored);
    }
    return erased;
}

}  // namespace obrol
