#include "storage/folder_rules.h"

#include "storage/file_rules.h"

namespace obrol {

Refusal refusal_of_folder(Tables& tables, UserId user, const NewFile& file) {
    if (tables.folder_file(user, file.name)) return ChatError::file_exists;
    const auto held = static_cast<std::size_t>(tables.file_usage(user).in_folder);
    if (file.folder_files_max > 0 && held >= file.folder_files_max) return ChatError::folder_full;
    return std::nullopt;
}

ChangeResult put_folder_file(Tables& tables, const PutFolderFile& change) {
    if (!is_active(tables, change.user)) return refuse(ChatError::account_disabled);
    if (const Refusal why = refusal_of_folder(tables, change.user, *change.file)) return refuse(*why);
    if (const Refusal why = refusal_of_quota(tables, change.user, *change.file)) return refuse(*why);
    if (change.file->only_asks) return Done{};
    FolderFile file;
    file.user = change.user;
    file.name = change.file->name;
    file.size = change.file->size;
    file.blob = change.file->blob;
    file.at = change.at;
    tables.insert_folder_file(file);
    return Done{};
}

ChangeResult note_folder_file_placed(Tables& tables, const NoteFolderFilePlaced& change) {
    if (!tables.folder_file(change.file)) return refuse(ChatError::not_found);
    tables.set_folder_file_placed(change.file);
    return Done{};
}

ChangeResult remove_folder_file(Tables& tables, const RemoveFolderFile& change) {
    const std::optional<FolderFile> file = tables.folder_file(change.file);
    if (!file) return refuse(ChatError::not_found);
    return FolderFileRemoved{tables.delete_folder_file(*file)};
}

std::vector<UserId> write_into_folders(Tables& tables, const std::vector<UserId>& users, const NewFile& file,
                                       const EntryHeader& entry, ServerId elsewhere) {
    FolderFile brought;
    brought.name = file.name;
    brought.size = file.size;
    brought.blob = file.blob;
    brought.at = entry.at;
    brought.conversation = entry.conversation;
    brought.seq = entry.seq;
    brought.elsewhere = elsewhere;
    std::vector<UserId> written;
    for (const UserId user : users) {
        if (refusal_of_folder(tables, user, file)) continue;
        brought.user = user;
        tables.insert_folder_file(brought);
        written.push_back(user);
    }
    return written;
}

void empty_folders_of(Tables& tables, ConversationId conversation, Seq seq) {
    for (const FolderFile& file : tables.folder_files_of(conversation, seq))
        tables.delete_folder_file(file);
}

std::vector<BlobDigest> forget_folder(Tables& tables, UserId user) {
    std::vector<BlobDigest> unused;
    for (const FolderFile& file : tables.folder_of(user)) {
        if (const std::optional<BlobDigest> blob = tables.delete_folder_file(file)) unused.push_back(*blob);
    }
    return unused;
}

}  // namespace obrol
