#include "bench/file_contents.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/random.h"

namespace obrol::bench {
namespace {

// A prime: whoever puts a block of one file in the place of another's never meets the same bytes.
constexpr std::size_t distance = 4099;

}  // namespace

FileContents::FileContents(std::size_t files, std::size_t bytes) : bytes_(bytes) {
    SeededRandom random(1);
    shared_.resize(bytes + files * distance);
    for (std::size_t at = 0; at < shared_.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random.next();
        std::memcpy(shared_.data() + at, &word, std::min(sizeof word, shared_.size() - at));
    }
}

std::string_view FileContents::of(std::size_t file) const {
    OBROL_CHECK(file * distance + bytes_ <= shared_.size());
    return std::string_view(shared_).substr(file * distance, bytes_);
}

}  // namespace obrol::bench
