// The record of everything that was done to a simulated disk, and what a power cut at any point of it could leave.
//
// What survives: everything a completed sync of the file covers. What came after that sync may be there or not, in any
// order, the last write in part. A file's creation is durable with the file's first sync or the directory's; a removal
// with a sync of the directory, until then the file may come back. Writes that a sync refused are not made durable by a
// later sync that succeeds, as on Linux, where a failed fsync marks the pages clean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/sim/disk/file_content.h"

namespace obrol {

// The files of a disk at rest, by name.
using DiskImage = std::map<std::string, FileContent, std::less<>>;

// A disk writes this many bytes or none of them; a torn write is torn at multiples of it.
inline constexpr std::size_t disk_sector_bytes = 512;

// What becomes of the operations after a file's last sync.
enum class CrashPolicy {
    drop_unsynced,  // none of them reached the disk
    keep_unsynced,  // all of them did
    subset,         // any of them, in any order, the last write torn; each name as it was at any time since its sync
    random,         // one of the above
};

struct DiskOperation {
    enum class Kind : std::uint8_t {
        create,          // `file` begins to exist, empty, as `name`
        write,           // `bytes` at `offset`
        truncate,        // to `offset` bytes
        sync,            // `file` is durable, and that its name stands for it
        failed_sync,     // a sync that was refused
        sync_directory,  // every creation and removal so far is durable
        remove,          // `name` stands for nothing; `file` may still be open
        corrupt,         // the disk itself damages `bytes` (a mask for exclusive or) at `offset`
    };

    Kind kind;
    std::uint32_t file = 0;  // the files of the first image in the order of their names, then in the order of creation
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes{};
    std::string name{};
};

// Append-only. May be used from several threads.
class DiskRecord {
  public:
    explicit DiskRecord(DiskImage initial) : initial_(std::move(initial)) {}

    const DiskImage& initial() const { return initial_; }
    // Operations are numbered from 1; 0 is the state before the first.
    std::uint64_t operation_count() const;
    // Valid as long as the record.
    const DiskOperation& operation(std::uint64_t number) const;
    void append(DiskOperation operation);
    // Equal for equal sequences of operations (not: equal initial images).
    std::uint64_t fingerprint() const;

  private:
    const DiskImage initial_;
    mutable std::mutex mutex_;
    std::deque<DiskOperation> operations_;
};

// Walks along a record and says at every step what a power cut could leave. Each step costs its operation, each image
// the unsynced operations plus a pointer per 4 KiB of the files. `record` must outlive it; it may grow meanwhile.
class ImageWalker {
  public:
    explicit ImageWalker(const DiskRecord& record);

    std::uint64_t position() const { return position_; }
    // `number` is neither below position() nor above the record's operation_count().
    void advance_to(std::uint64_t number);
    // What is on the disk when the power fails right after the operation at position().
    DiskImage image(CrashPolicy policy, Random& random) const;

  private:
    struct Unsynced {
        const DiskOperation* operation;
        bool refused;  // a sync of it failed: the next one does not cover it
    };
    struct File {
        std::string name;
        FileContent durable;
        FileContent current;
        std::vector<Unsynced> unsynced;
    };
    // What a name stood for: first what is durable, last what is current.
    using NameHistory = std::vector<std::optional<std::uint32_t>>;

    void apply(const DiskOperation& operation);
    void sync_file(std::uint32_t number);
    void sync_directory();
    static FileContent surviving_subset(const File& file, Random& random);

    const DiskRecord& record_;
    std::uint64_t position_ = 0;
    std::vector<File> files_;
    std::map<std::string, NameHistory, std::less<>> names_;
};

}  // namespace obrol
