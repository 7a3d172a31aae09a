// Files for the cases.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/change.h"

namespace obrol {

inline BlobDigest blob(std::uint8_t first) {
    BlobDigest made{};
    made.front() = first;
    return made;
}

inline NewFile new_file(std::string name, std::uint64_t size, BlobDigest digest, std::vector<std::string> codes) {
    NewFile file;
    file.name = std::move(name);
    file.size = size;
    file.blob = digest;
    file.codes = std::move(codes);
    return file;
}

template <class Post>
Post with(Post post, NewFile file) {
    post.file = std::move(file);
    return post;
}

inline Posted posted(const ChangeResult& result) {
    return std::get<Posted>(result.value());
}

}  // namespace obrol
