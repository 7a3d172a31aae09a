// The disk of one simulated server: a SQLite VFS that keeps its files in memory and records every operation that
// changes them, so that a test can ask what a power cut at any of them would have left (disk_record.h) and start
// another disk from that. It behaves as SQLite's unix VFS does on Debian: 4096-byte sectors,
// SQLITE_IOCAP_POWERSAFE_OVERWRITE, shared memory for the write-ahead log. Nothing reads the operating system's clock,
// sleeps or draws its randomness.
//
//     RecordingDisk disk(random, clock);
//     sqlite3_open_v2("/obrol.db", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, disk.vfs_name().c_str());
//     …commit; const auto acknowledged = disk.operation_count();…
//     RecordingDisk after_power_cut(random, clock, disk.image_after(acknowledged, CrashPolicy::subset, random));
//
// Power cut: take image_after(). Killed process: kill_process(), then open the same disk again: the kernel's cache
// survives, and a later power cut can still take what was never synced.
//
// Meant for one thread; a mutex per disk keeps an accidental second one from harm (it may see SQLITE_BUSY and
// SQLITE_PROTOCOL more often: SQLite's attempts do not wait).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "tests/sim/disk/disk_record.h"

namespace obrol {

// An operation that fails instead of being done.
struct DiskFault {
    enum class Kind : std::uint8_t { open, read, write, sync };

    Kind kind;
    // What the VFS answers: SQLITE_CANTOPEN, SQLITE_IOERR_READ, SQLITE_IOERR_WRITE or SQLITE_FULL, SQLITE_IOERR_FSYNC.
    int error;
    // How many such operations still succeed before.
    std::uint64_t after_n = 0;
    // Every one from then on until clear_faults(), or only one.
    bool persistent = false;
    // Only files whose names end so ("-wal"); empty: all.
    std::string name_suffix;
};

class RecordingDisk {
  public:
    // Registers a VFS under a name of its own. `random` and `clock` must outlive the disk.
    RecordingDisk(Random& random, const Clock& clock, DiskImage initial = {});
    // Every connection must have been closed, those of a killed process as well.
    ~RecordingDisk();
    RecordingDisk(const RecordingDisk&) = delete;
    RecordingDisk& operator=(const RecordingDisk&) = delete;

    // For sqlite3_open_v2. Disks that live at the same time have different names.
    const std::string& vfs_name() const { return vfs_name_; }

    // The number of the last operation; what was acknowledged now is durable in every image from here on.
    std::uint64_t operation_count() const { return record_.operation_count(); }
    const DiskRecord& record() const { return record_; }
    // What a power cut right after operation `number` could leave. Walks from the beginning: for many numbers in
    // ascending order use an ImageWalker.
    DiskImage image_after(std::uint64_t number, CrashPolicy policy, Random& random) const;
    // The files as programs see them now, synced or not.
    DiskImage current_image() const;

    // kill -9: what connections opened so far do from now on fails and leaves no trace, their locks and shared memory
    // are gone. They must still be closed.
    void kill_process();

    // Faults are asked in the order in which they were set; the first that is due decides.
    void fail_next(DiskFault fault);
    void clear_faults();
    // The disk damages `count` stored bytes. The file must exist.
    void corrupt(std::string_view name, std::uint64_t offset, std::size_t count);
    // The disk is full at this many bytes, counting the sizes of all named files: a write does what fits and
    // answers SQLITE_FULL. None: without limit.
    void set_capacity(std::optional<std::uint64_t> bytes);

  private:
    struct StoredFile;
    struct Handle;
    struct OpenFile;
    struct Vfs;

    std::optional<int> due_fault(DiskFault::Kind kind, const std::string& name);
    std::shared_ptr<StoredFile> create_file(const std::string& name, bool recorded);
    void remove_name(const std::string& name, bool sync_directory);
    // How many of `count` bytes at `offset` there is room for.
    std::size_t room_for(const StoredFile& file, std::uint64_t offset, std::size_t count) const;
    void record(const StoredFile& file, DiskOperation operation);

    Random& random_;
    const Clock& clock_;
    std::string vfs_name_;
    sqlite3_vfs vfs_{};
    DiskRecord record_;

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<StoredFile>, std::less<>> files_;
    std::map<std::uint64_t, std::unique_ptr<Handle>> handles_;
    std::uint64_t last_handle_ = 0;
    std::uint32_t next_file_ = 0;
    std::vector<DiskFault> faults_;
    std::optional<std::uint64_t> capacity_bytes_;
};

// SQLite draws salts and file identifiers from one generator for the whole process, which no VFS of ours feeds: a world
// that is to repeat itself restarts it from its own seed.
void seed_sqlite_randomness(Random& random);

}  // namespace obrol
