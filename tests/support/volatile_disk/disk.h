// The files below VOLATILE_DISK_DIR and their overlays. A file is known by device and inode, so every descriptor of it,
// duplicated or not, in any thread, sees one overlay.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <utility>

#include "overlay.h"

namespace obrol {

class VolatileDisk {
  public:
    struct Key {
        dev_t device;
        ino_t inode;
        friend auto operator<=>(const Key&, const Key&) = default;
    };

    // A covered file, the disk locked as long as this lives. Empty for any other descriptor.
    class Access {
      public:
        Access() = default;
        Access(std::unique_lock<std::mutex> lock, Overlay& overlay) : lock_(std::move(lock)), overlay_(&overlay) {}
        explicit operator bool() const { return overlay_ != nullptr; }
        Overlay* operator->() const { return overlay_; }

      private:
        std::unique_lock<std::mutex> lock_;
        Overlay* overlay_ = nullptr;
    };

    // One for the process, never destroyed: the program may write until its last instruction.
    static VolatileDisk& instance();

    // Whether VOLATILE_DISK_DIR is set: otherwise nothing is covered.
    bool enabled() const { return !requested_directory_.empty(); }
    // After an open: covers the file if it is a regular one below the directory, not a SQLite shared memory file, and
    // has a name. Answers whether it does.
    bool cover(int descriptor);
    Access access(int descriptor);
    // Replaces the size in what a stat call answered by the one that the program should see.
    void correct_size(struct stat& status);
    // Puts the file's unsynced bytes into it: 0 or an errno value.
    int sync(Access& file);
    // The file lost its last name: no power cut can leave anything of it, it needs no overlay any more.
    void forget_nameless(const struct stat& before);

  private:
    VolatileDisk();

    static Key key_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }
    bool is_below_directory(const std::string& path);
    void close_spare_descriptors();

    const std::string requested_directory_;
    std::mutex mutex_;
    std::string directory_;  // canonical, with a slash at the end; empty until it exists
    std::map<Key, Overlay> files_;
    std::size_t descriptor_limit_ = 64;
};

}  // namespace obrol
