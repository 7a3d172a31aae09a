#include "storage/sqlite/file_rows.h"

#include <algorithm>

namespace obrol::sqlite {

BlobDigest blob_digest_in(const Rows& rows, int column) {
    BlobDigest digest{};
    const std::string_view stored = rows.blob(column);
    if (stored.size() != digest.size()) throw_damaged("the digest of a file is damaged");
    std::ranges::copy(stored, digest.begin());
    return digest;
}

StoredFile file_in(const Rows& rows) {
    StoredFile file;
    file.card.code = rows.text(0);
    file.card.name = rows.text(1);
    file.card.size = static_cast<std::uint64_t>(rows.integer(2));
    file.card.blob = blob_digest_in(rows, 3);
    file.conversation = rows.id<ConversationId>(4);
    file.seq = rows.id<Seq>(5);
    file.owner = rows.id<UserId>(6);
    file.to = rows.id<UserId>(7);
    file.at = WallTime(std::chrono::milliseconds(rows.integer(8)));
    file.elsewhere = rows.id<ServerId>(9);
    return file;
}

FileUsage file_usage_in(const Rows& rows) {
    FileUsage usage;
    usage.files = rows.integer(0);
    usage.bytes = static_cast<std::uint64_t>(rows.integer(1));
    if (!rows.is_null(2)) usage.quota = static_cast<std::uint64_t>(rows.integer(2));
    usage.in_folder = rows.integer(3);
    return usage;
}

}  // namespace obrol::sqlite
