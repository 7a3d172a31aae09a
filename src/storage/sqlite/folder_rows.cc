#include "storage/sqlite/folder_rows.h"

#include "storage/sqlite/file_rows.h"

namespace obrol::sqlite {

FolderFile folder_file_in(const Rows& rows) {
    FolderFile file;
    file.id = rows.id<FolderFileId>(0);
    file.user = rows.id<UserId>(1);
    file.name = rows.text(2);
    file.size = static_cast<std::uint64_t>(rows.integer(3));
    file.blob = blob_digest_in(rows, 4);
    file.at = WallTime(std::chrono::milliseconds(rows.integer(5)));
    file.conversation = rows.id<ConversationId>(6);
    file.seq = rows.id<Seq>(7);
    file.is_placed = rows.integer(8) != 0;
    file.elsewhere = rows.id<ServerId>(9);
    return file;
}

std::vector<FolderFile> folder_files_in(Rows rows) {
    std::vector<FolderFile> files;
    while (rows.next())
        files.push_back(folder_file_in(rows));
    return files;
}

std::optional<FolderFile> first_folder_file_in(Rows rows) {
    return rows.next() ? std::optional(folder_file_in(rows)) : std::nullopt;
}

}  // namespace obrol::sqlite
