// What the rules of posts ask and do about files (file_changes.h). Internal to storage.
#pragma once

#include <expected>

#include "model/entry.h"
#include "storage/rule_support.h"

namespace obrol {

// Why the user's files, and everybody's, may not hold that one, too. The bytes of somebody on another server are not
// here yet, so they count in no quota.
Refusal refusal_of_quota(Tables& tables, UserId user, const NewFile& file);
// The file as it would be stored for `sender`, or why not. With `only_asks` it has no code.
std::expected<FileCard, ChatError> admit_file(Tables& tables, UserId sender, const NewFile& file);
// Of the entry that was just written; `to` is the receiver in a direct conversation, `origin` the sender's server.
// Where the bytes can be had; none: they are here.
ServerId write_file(Tables& tables, const EntryHeader& entry, const FileCard& file, UserId to, ServerId origin);
// BlobArrived.
void bring_blob(Tables& tables, const BlobArrived& blob);
// The code of the file of that entry; empty when it has none (any more).
std::string code_of_file(Tables& tables, const EntryHeader& entry);
// Of an entry whose body was erased: the file, if it has one, goes, too, out of folders as well.
BodyErased erase_file(Tables& tables, ConversationId conversation, Seq seq);

}  // namespace obrol
