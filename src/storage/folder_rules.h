// The rules of folders (folder_changes.h). Internal to storage.
#pragma once

#include <vector>

#include "storage/rule_support.h"

namespace obrol {

ChangeResult put_folder_file(Tables& tables, const PutFolderFile& change);
ChangeResult note_folder_file_placed(Tables& tables, const NoteFolderFilePlaced& change);
ChangeResult remove_folder_file(Tables& tables, const RemoveFolderFile& change);

// Why that file may not come into the user's folder.
Refusal refusal_of_folder(Tables& tables, UserId user, const NewFile& file);
// Of the entry that was just written, with its file (write_file): into the folders of those of `users` that can take
// it; whose they are. `elsewhere` as in FolderFile.
std::vector<UserId> write_into_folders(Tables& tables, const std::vector<UserId>& users, const NewFile& file,
                                       const EntryHeader& entry, ServerId elsewhere);
// Of an entry that is about to be erased: what it brought into folders goes. Its file must still be there.
void empty_folders_of(Tables& tables, ConversationId conversation, Seq seq);
// The folder of a deleted account goes; the blobs that nothing names any more.
std::vector<BlobDigest> forget_folder(Tables& tables, UserId user);

}  // namespace obrol
