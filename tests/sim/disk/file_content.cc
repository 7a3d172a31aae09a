#include "tests/sim/disk/file_content.h"

#include <algorithm>

namespace obrol {

std::size_t FileContent::read(std::uint64_t offset, std::span<std::byte> out) const {
    const std::size_t available =
        offset >= size_ ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::size_t done = 0;
    while (done < available) {
        const std::uint64_t position = offset + done;
        const std::size_t within = static_cast<std::size_t>(position % chunk_size);
        const std::size_t count = std::min(chunk_size - within, available - done);
        const std::shared_ptr<Chunk>& chunk = chunks_[static_cast<std::size_t>(position / chunk_size)];
        if (chunk) {
            std::copy_n(chunk->begin() + static_cast<std::ptrdiff_t>(within), count, out.subspan(done).begin());
        } else {
            std::fill_n(out.subspan(done).begin(), count, std::byte{0});
        }
        done += count;
    }
    std::fill(out.subspan(available).begin(), out.end(), std::byte{0});
    return available;
}

void FileContent::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (offset + bytes.size() > size_) truncate(offset + bytes.size());
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::uint64_t position = offset + done;
        const std::size_t within = static_cast<std::size_t>(position % chunk_size);
        const std::size_t count = std::min(chunk_size - within, bytes.size() - done);
        Chunk& chunk = writable_chunk(static_cast<std::size_t>(position / chunk_size));
        std::copy_n(bytes.subspan(done).begin(), count, chunk.begin() + static_cast<std::ptrdiff_t>(within));
        done += count;
    }
}

void FileContent::truncate(std::uint64_t size) {
    chunks_.resize(static_cast<std::size_t>((size + chunk_size - 1) / chunk_size));
    const std::size_t tail = static_cast<std::size_t>(size % chunk_size);
    if (size < size_ && tail != 0 && chunks_.back()) {
        // What is cut off must not come back when the file grows again.
        Chunk& chunk = writable_chunk(chunks_.size() - 1);
        std::fill(chunk.begin() + static_cast<std::ptrdiff_t>(tail), chunk.end(), std::byte{0});
    }
    size_ = size;
}

void FileContent::flip(std::uint64_t offset, std::span<const std::byte> mask) {
    for (std::size_t i = 0; i < mask.size() && offset + i < size_; ++i) {
        const std::uint64_t position = offset + i;
        writable_chunk(static_cast<std::size_t>(position / chunk_size))[position % chunk_size] ^= mask[i];
    }
}

FileContent::Chunk& FileContent::writable_chunk(std::size_t index) {
    std::shared_ptr<Chunk>& chunk = chunks_[index];
    if (!chunk) {
        chunk = std::make_shared<Chunk>();
    } else if (chunk.use_count() > 1) {
        chunk = std::make_shared<Chunk>(*chunk);
    }
    return *chunk;
}

bool operator==(const FileContent& left, const FileContent& right) {
    if (left.size_ != right.size_) return false;
    FileContent::Chunk left_bytes;
    FileContent::Chunk right_bytes;
    for (std::size_t i = 0; i < left.chunks_.size(); ++i) {
        if (left.chunks_[i] == right.chunks_[i]) continue;
        left.read(i * FileContent::chunk_size, left_bytes);
        right.read(i * FileContent::chunk_size, right_bytes);
        if (left_bytes != right_bytes) return false;
    }
    return true;
}

}  // namespace obrol
