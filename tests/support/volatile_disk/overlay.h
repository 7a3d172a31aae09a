// What a program has written to one file and not synced: kept in memory, laid over the real file for every reader, put
// into the real file by apply(). When the process dies before, the real file is as the last apply() left it.
// Errors are errno values; 0 is success. Guarded by VolatileDisk.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <sys/types.h>

namespace obrol {

class Overlay {
  public:
    Overlay() = default;
    ~Overlay();
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    // Whether there is anything unsynced; if not, the real file is the truth and read() and size() must not be asked.
    bool dirty() const { return dirty_; }
    off_t size() const { return size_; }
    // Answers how many bytes there were.
    std::size_t read(off_t offset, std::span<std::byte> out) const;

    // `descriptor` is any open one of the file; needed the first time.
    int write(int descriptor, off_t offset, std::span<const std::byte> bytes);
    int truncate(int descriptor, off_t size);
    int apply();

    // Our own descriptor of the real file, -1 if there is none. While it is open the inode cannot be used again.
    // Closing it drops the process's POSIX locks on the file, so it stays open while the program has the file open.
    int descriptor() const { return descriptor_; }

  private:
    static constexpr off_t page_bytes = 4096;
    using Page = std::array<std::byte, page_bytes>;

    int begin(int descriptor);
    // What the real file holds of the page, zeros elsewhere.
    void load(off_t page_number, Page& page) const;

    int descriptor_ = -1;
    bool dirty_ = false;
    off_t size_ = 0;
    off_t visible_ = 0;  // the real file counts up to here: what was cut off must not come back when the file grows
    std::map<off_t, Page> pages_;
};

}  // namespace obrol
