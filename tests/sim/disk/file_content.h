// The bytes of one simulated file. A copy is independent of its original and costs a pointer per chunk: chunks are
// shared until one side writes to them. That is what makes thousands of disk images affordable.
// One object belongs to one thread at a time; copies that share chunks belong to the same thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace obrol {

class FileContent {
  public:
    std::uint64_t size() const { return size_; }
    // Copies the bytes from `offset` on and answers how many there were; `out` past the end of the file is zeroed.
    std::size_t read(std::uint64_t offset, std::span<std::byte> out) const;
    // Extends the file where needed; a gap between the old end and `offset` reads as zeros.
    void write(std::uint64_t offset, std::span<const std::byte> bytes);
    // Cuts the file, or extends it with zeros.
    void truncate(std::uint64_t size);
    // Combines the stored bytes with `mask` by exclusive or; past the end of the file nothing happens.
    void flip(std::uint64_t offset, std::span<const std::byte> mask);

    // Compares the bytes, not how they are held.
    friend bool operator==(const FileContent& left, const FileContent& right);

  private:
    static constexpr std::size_t chunk_size = 4096;
    using Chunk = std::array<std::byte, chunk_size>;

    Chunk& writable_chunk(std::size_t index);

    std::uint64_t size_ = 0;
    std::vector<std::shared_ptr<Chunk>> chunks_;  // none = zeros
};

}  // namespace obrol
