// Where the files of blobs lie and what is done to directories. Blocking; errors in words.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "base/result.h"
#include "model/file.h"
#include "storage/blob_store.h"

namespace obrol::blobs {

std::filesystem::path path_of(const std::filesystem::path& directory, const BlobDigest& blob);
std::filesystem::path drafts_in(const std::filesystem::path& directory);

Result<void> sync_directory(const std::filesystem::path& path);
// Makes it, durably, if it is not there. Its parent must be.
Result<void> make_folder(const std::filesystem::path& path);
// Every file directly in the directory; how many there were.
Result<std::size_t> remove_files_in(const std::filesystem::path& directory);
// BlobStore::sweep.
Result<BlobSweep> sweep(const std::filesystem::path& directory, std::set<BlobDigest> named);

}  // namespace obrol::blobs
