#include "tests/sim/disk/recording_vfs.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/check.h"
#include "tests/sim/disk/file_locks.h"

namespace obrol {
namespace {

constexpr int sector_bytes = 4096;
constexpr int longest_name_bytes = 512;
constexpr sqlite3_int64 julian_milliseconds_at_1970 = 210'866'760'000'000;

std::string free_vfs_name() {
    for (int number = 1;; ++number) {
        std::string name = "recording-disk-" + std::to_string(number);
        if (sqlite3_vfs_find(name.c_str()) == nullptr) return name;
    }
}

std::span<const std::byte> bytes_of(const void* data, std::size_t count) {
    return {static_cast<const std::byte*>(data), count};
}

}  // namespace

struct RecordingDisk::StoredFile {
    std::uint32_t number = 0;
    bool recorded = true;  // a nameless temporary file leaves no trace: nobody could find it after a restart
    FileContent content;
    DatabaseLocks locks;
    std::weak_ptr<SharedMemory> shared_memory;
};

struct RecordingDisk::Handle {
    RecordingDisk& disk;
    std::uint64_t id;
    std::string name;  // empty: temporary
    std::shared_ptr<StoredFile> file;
    bool delete_on_close = false;
    bool directory_sync_due = false;
    bool persist_wal = false;
    bool dead = false;  // its process was killed
    std::shared_ptr<SharedMemory> shared_memory;
    SharedMemory::Held held_locks;
};

// What SQLite allocates and passes around.
struct RecordingDisk::OpenFile {
    sqlite3_file base;
    Handle* handle;
};

// The functions that SQLite calls.
struct RecordingDisk::Vfs {
    static RecordingDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<RecordingDisk*>(vfs->pAppData); }
    static Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->handle; }

    static const sqlite3_io_methods io_methods;

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) noexcept;
    static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory) noexcept;
    static int access(sqlite3_vfs* vfs, const char* path, int flags, int* answer) noexcept;
    static int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) noexcept;
    static int randomness(sqlite3_vfs* vfs, int size, char* out) noexcept;
    static int sleep(sqlite3_vfs* vfs, int microseconds) noexcept;
    static int current_time(sqlite3_vfs* vfs, double* julian_day) noexcept;
    static int current_time_int64(sqlite3_vfs* vfs, sqlite3_int64* julian_milliseconds) noexcept;
    static int last_error(sqlite3_vfs* vfs, int size, char* out) noexcept;

    static int close(sqlite3_file* file) noexcept;
    static int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) noexcept;
    static int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) noexcept;
    static int truncate(sqlite3_file* file, sqlite3_int64 size) noexcept;
    static int sync(sqlite3_file* file, int flags) noexcept;
    static int file_size(sqlite3_file* file, sqlite3_int64* size) noexcept;
    static int lock(sqlite3_file* file, int level) noexcept;
    static int unlock(sqlite3_file* file, int level) noexcept;
    static int check_reserved_lock(sqlite3_file* file, int* answer) noexcept;
    static int file_control(sqlite3_file* file, int operation, void* argument) noexcept;
    static int sector_size(sqlite3_file* file) noexcept;
    static int device_characteristics(sqlite3_file* file) noexcept;
    static int map_shared(sqlite3_file* file, int index, int size, int create, void volatile** out) noexcept;
    static int lock_shared(sqlite3_file* file, int first, int count, int flags) noexcept;
    static void barrier(sqlite3_file* file) noexcept;
    static int unmap_shared(sqlite3_file* file, int remove) noexcept;
};

// Version 2: shared memory, but no memory-mapped reading, which a record could not see.
const sqlite3_io_methods RecordingDisk::Vfs::io_methods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap_shared,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int RecordingDisk::Vfs::open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags,
                             int* out_flags) noexcept {
    out->pMethods = nullptr;  // SQLite then knows that there is nothing to close
    RecordingDisk& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    const std::string name = path == nullptr ? "" : path;
    if (const auto error = disk.due_fault(DiskFault::Kind::open, name)) return *error;

    std::shared_ptr<StoredFile> file;
    bool created = false;
    if (const auto found = disk.files_.find(name); found != disk.files_.end()) {
        if ((flags & SQLITE_OPEN_EXCLUSIVE) != 0) return SQLITE_CANTOPEN;
        file = found->second;
    } else {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        file = disk.create_file(name, (flags & SQLITE_OPEN_DELETEONCLOSE) == 0);
        created = true;
    }
    constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    const std::uint64_t id = ++disk.last_handle_;
    auto handle = std::make_unique<Handle>(Handle{.disk = disk,
                                                  .id = id,
                                                  .name = name,
                                                  .file = std::move(file),
                                                  .delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0,
                                                  // As the unix VFS: a new journal's first sync covers the directory.
                                                  .directory_sync_due = created && (flags & journals) != 0,
                                                  .persist_wal = false,
                                                  .dead = false,
                                                  .shared_memory = nullptr,
                                                  .held_locks = {}});
    auto* open_file = reinterpret_cast<OpenFile*>(out);
    open_file->handle = handle.get();
    open_file->base.pMethods = &io_methods;
    disk.handles_.emplace(id, std::move(handle));
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int RecordingDisk::Vfs::remove(sqlite3_vfs* vfs, const char* path, int sync_directory) noexcept {
    RecordingDisk& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    if (!disk.files_.contains(path)) return SQLITE_IOERR_DELETE_NOENT;
    disk.remove_name(path, sync_directory != 0);
    return SQLITE_OK;
}

int RecordingDisk::Vfs::access(sqlite3_vfs* vfs, const char* path, int flags, int* answer) noexcept {
    RecordingDisk& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    const auto found = disk.files_.find(path);
    *answer = found != disk.files_.end();
    // As the unix VFS: an empty file does not count as existing.
    if (*answer != 0 && flags == SQLITE_ACCESS_EXISTS) *answer = found->second->content.size() > 0;
    return SQLITE_OK;
}

int RecordingDisk::Vfs::full_path(sqlite3_vfs*, const char* path, int size, char* out) noexcept {
    const std::string full = path[0] == '/' ? path : std::string("/") + path;
    if (full.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(out, full.c_str(), full.size() + 1);
    return SQLITE_OK;
}

int RecordingDisk::Vfs::randomness(sqlite3_vfs* vfs, int size, char* out) noexcept {
    RecordingDisk& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    std::generate_n(out, size, [&disk] { return static_cast<char>(disk.random_.next()); });
    return size;
}

int RecordingDisk::Vfs::sleep(sqlite3_vfs*, int microseconds) noexcept {
    return microseconds;
}

int RecordingDisk::Vfs::current_time(sqlite3_vfs* vfs, double* julian_day) noexcept {
    sqlite3_int64 milliseconds = 0;
    current_time_int64(vfs, &milliseconds);
    *julian_day = static_cast<double>(milliseconds) / 86'400'000.0;
    return SQLITE_OK;
}

int RecordingDisk::Vfs::current_time_int64(sqlite3_vfs* vfs, sqlite3_int64* julian_milliseconds) noexcept {
    *julian_milliseconds = julian_milliseconds_at_1970 + disk_of(vfs).clock_.wall_now().time_since_epoch().count();
    return SQLITE_OK;
}

int RecordingDisk::Vfs::last_error(sqlite3_vfs*, int, char*) noexcept {
    return 0;
}

int RecordingDisk::Vfs::close(sqlite3_file* file) noexcept {
    Handle& handle = handle_of(file);
    RecordingDisk& disk = handle.disk;
    const std::lock_guard lock(disk.mutex_);
    handle.file->locks.lower(handle.id, SQLITE_LOCK_NONE);
    if (handle.delete_on_close && !handle.dead && disk.files_.contains(handle.name))
        disk.remove_name(handle.name, false);
    disk.handles_.erase(handle.id);
    return SQLITE_OK;
}

int RecordingDisk::Vfs::read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_READ;
    if (const auto error = handle.disk.due_fault(DiskFault::Kind::read, handle.name)) return *error;
    const std::span<std::byte> bytes(static_cast<std::byte*>(out), static_cast<std::size_t>(count));
    const std::size_t got = handle.file->content.read(static_cast<std::uint64_t>(offset), bytes);
    return got == bytes.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int RecordingDisk::Vfs::write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) noexcept {
    Handle& handle = handle_of(file);
    RecordingDisk& disk = handle.disk;
    const std::lock_guard lock(disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_WRITE;
    if (const auto error = disk.due_fault(DiskFault::Kind::write, handle.name)) return *error;
    const auto at = static_cast<std::uint64_t>(offset);
    const std::size_t fits = disk.room_for(*handle.file, at, static_cast<std::size_t>(count));
    const std::span<const std::byte> bytes = bytes_of(data, fits);
    if (fits > 0) {
        handle.file->content.write(at, bytes);
        disk.record(*handle.file, {.kind = DiskOperation::Kind::write,
                                   .file = handle.file->number,
                                   .offset = at,
                                   .bytes = {bytes.begin(), bytes.end()}});
    }
    return fits == static_cast<std::size_t>(count) ? SQLITE_OK : SQLITE_FULL;
}

int RecordingDisk::Vfs::truncate(sqlite3_file* file, sqlite3_int64 size) noexcept {
    Handle& handle = handle_of(file);
    RecordingDisk& disk = handle.disk;
    const std::lock_guard lock(disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_TRUNCATE;
    handle.file->content.truncate(static_cast<std::uint64_t>(size));
    disk.record(*handle.file, {.kind = DiskOperation::Kind::truncate,
                               .file = handle.file->number,
                               .offset = static_cast<std::uint64_t>(size)});
    return SQLITE_OK;
}

int RecordingDisk::Vfs::sync(sqlite3_file* file, int) noexcept {
    Handle& handle = handle_of(file);
    RecordingDisk& disk = handle.disk;
    const std::lock_guard lock(disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_FSYNC;
    using Kind = DiskOperation::Kind;
    const auto error = disk.due_fault(DiskFault::Kind::sync, handle.name);
    disk.record(*handle.file, {.kind = error ? Kind::failed_sync : Kind::sync, .file = handle.file->number});
    if (error) return *error;
    if (handle.directory_sync_due) {
        disk.record(*handle.file, {.kind = Kind::sync_directory});
        handle.directory_sync_due = false;
    }
    return SQLITE_OK;
}

int RecordingDisk::Vfs::file_size(sqlite3_file* file, sqlite3_int64* size) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(handle.file->content.size());
    return SQLITE_OK;
}

int RecordingDisk::Vfs::lock(sqlite3_file* file, int level) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_LOCK;
    return handle.file->locks.raise(handle.id, level);
}

int RecordingDisk::Vfs::unlock(sqlite3_file* file, int level) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    handle.file->locks.lower(handle.id, level);
    return SQLITE_OK;
}

int RecordingDisk::Vfs::check_reserved_lock(sqlite3_file* file, int* answer) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (handle.dead) return SQLITE_IOERR_CHECKRESERVEDLOCK;
    *answer = handle.file->locks.reserved();
    return SQLITE_OK;
}

int RecordingDisk::Vfs::file_control(sqlite3_file* file, int operation, void* argument) noexcept {
    Handle& handle = handle_of(file);
    if (operation == SQLITE_FCNTL_PERSIST_WAL) {
        int& wanted = *static_cast<int*>(argument);
        if (wanted >= 0) handle.persist_wal = wanted != 0;
        wanted = handle.persist_wal;
        return SQLITE_OK;
    }
    if (operation == SQLITE_FCNTL_VFSNAME) {
        *static_cast<char**>(argument) = sqlite3_mprintf("%s", handle.disk.vfs_name_.c_str());
        return SQLITE_OK;
    }
    return SQLITE_NOTFOUND;
}

int RecordingDisk::Vfs::sector_size(sqlite3_file*) noexcept {
    return sector_bytes;
}

int RecordingDisk::Vfs::device_characteristics(sqlite3_file*) noexcept {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int RecordingDisk::Vfs::map_shared(sqlite3_file* file, int index, int size, int create, void volatile** out) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    *out = nullptr;
    if (handle.dead) return SQLITE_IOERR_SHMMAP;
    if (!handle.shared_memory) {
        handle.shared_memory = handle.file->shared_memory.lock();
        if (!handle.shared_memory) {
            handle.shared_memory = std::make_shared<SharedMemory>();
            handle.file->shared_memory = handle.shared_memory;
        }
    }
    *out = handle.shared_memory->region(static_cast<std::size_t>(index), static_cast<std::size_t>(size), create != 0);
    return SQLITE_OK;
}

int RecordingDisk::Vfs::lock_shared(sqlite3_file* file, int first, int count, int flags) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (handle.dead || !handle.shared_memory) return SQLITE_IOERR_SHMLOCK;
    SharedMemory& memory = *handle.shared_memory;
    const auto begin = static_cast<unsigned>(first);
    const auto size = static_cast<unsigned>(count);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        memory.unlock(handle.held_locks, begin, size);
        return SQLITE_OK;
    }
    const bool locked = (flags & SQLITE_SHM_EXCLUSIVE) != 0 ? memory.lock_exclusive(handle.held_locks, begin, size)
                                                            : memory.lock_shared(handle.held_locks, begin, size);
    return locked ? SQLITE_OK : SQLITE_BUSY;
}

void RecordingDisk::Vfs::barrier(sqlite3_file* file) noexcept {
    // Taking and leaving the mutex orders memory as the contract of xShmBarrier asks.
    const std::lock_guard lock(handle_of(file).disk.mutex_);
}

int RecordingDisk::Vfs::unmap_shared(sqlite3_file* file, int) noexcept {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk.mutex_);
    if (!handle.shared_memory) return SQLITE_OK;
    handle.shared_memory->unlock(handle.held_locks, 0, SharedMemory::lock_count);
    handle.shared_memory.reset();
    return SQLITE_OK;
}

RecordingDisk::RecordingDisk(Random& random, const Clock& clock, DiskImage initial)
    : random_(random), clock_(clock), vfs_name_(free_vfs_name()), record_(std::move(initial)) {
    for (const auto& [name, content] : record_.initial()) {
        auto file = std::make_shared<StoredFile>();
        file->number = next_file_++;
        file->content = content;
        files_.emplace(name, std::move(file));
    }
    vfs_.iVersion = 2;
    vfs_.szOsFile = sizeof(OpenFile);
    vfs_.mxPathname = longest_name_bytes;
    vfs_.zName = vfs_name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = Vfs::open;
    vfs_.xDelete = Vfs::remove;
    vfs_.xAccess = Vfs::access;
    vfs_.xFullPathname = Vfs::full_path;
    vfs_.xRandomness = Vfs::randomness;
    vfs_.xSleep = Vfs::sleep;
    vfs_.xCurrentTime = Vfs::current_time;
    vfs_.xGetLastError = Vfs::last_error;
    vfs_.xCurrentTimeInt64 = Vfs::current_time_int64;
    OBROL_CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

RecordingDisk::~RecordingDisk() {
    OBROL_CHECK(handles_.empty());
    sqlite3_vfs_unregister(&vfs_);
}

DiskImage RecordingDisk::image_after(std::uint64_t number, CrashPolicy policy, Random& random) const {
    ImageWalker walker(record_);
    walker.advance_to(number);
    return walker.image(policy, random);
}

DiskImage RecordingDisk::current_image() const {
    const std::lock_guard lock(mutex_);
    DiskImage image;
    for (const auto& [name, file] : files_)
        if (file->recorded) image.emplace(name, file->content);
    return image;
}

void RecordingDisk::kill_process() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, handle] : handles_) {
        handle->dead = true;
        handle->file->locks.lower(id, SQLITE_LOCK_NONE);
        // The dead connections keep their memory until they are closed; whoever opens the file now gets fresh memory.
        handle->file->shared_memory.reset();
    }
}

void RecordingDisk::fail_next(DiskFault fault) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(std::move(fault));
}

void RecordingDisk::clear_faults() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
}

void RecordingDisk::corrupt(std::string_view name, std::uint64_t offset, std::size_t count) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(name);
    OBROL_CHECK(found != files_.end());
    StoredFile& file = *found->second;
    std::vector<std::byte> mask(count, std::byte{0xA5});
    file.content.flip(offset, mask);
    record(file,
           {.kind = DiskOperation::Kind::corrupt, .file = file.number, .offset = offset, .bytes = std::move(mask)});
}

void RecordingDisk::set_capacity(std::optional<std::uint64_t> bytes) {
    const std::lock_guard lock(mutex_);
    capacity_bytes_ = bytes;
}

std::optional<int> RecordingDisk::due_fault(DiskFault::Kind kind, const std::string& name) {
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (fault->kind != kind || !name.ends_with(fault->name_suffix)) continue;
        if (fault->after_n > 0) {
            --fault->after_n;
            continue;
        }
        const int error = fault->error;
        if (!fault->persistent) faults_.erase(fault);
        return error;
    }
    return std::nullopt;
}

std::shared_ptr<RecordingDisk::StoredFile> RecordingDisk::create_file(const std::string& name, bool recorded) {
    auto file = std::make_shared<StoredFile>();
    file->recorded = recorded;
    if (recorded) {
        file->number = next_file_++;
        record(*file, {.kind = DiskOperation::Kind::create, .file = file->number, .name = name});
    }
    if (!name.empty()) files_.emplace(name, file);
    return file;
}

void RecordingDisk::remove_name(const std::string& name, bool sync_directory) {
    using Kind = DiskOperation::Kind;
    const auto found = files_.find(name);
    const std::shared_ptr<StoredFile> file = found->second;
    files_.erase(found);
    record(*file, {.kind = Kind::remove, .file = file->number, .name = name});
    if (sync_directory) record(*file, {.kind = Kind::sync_directory});
}

std::size_t RecordingDisk::room_for(const StoredFile& file, std::uint64_t offset, std::size_t count) const {
    const std::uint64_t end = offset + count;
    const std::uint64_t size = file.content.size();
    if (!capacity_bytes_ || end <= size) return count;
    std::uint64_t used = 0;
    for (const auto& [name, stored] : files_)
        used += stored->content.size();
    const std::uint64_t free = *capacity_bytes_ > used ? *capacity_bytes_ - used : 0;
    const std::uint64_t furthest = std::min(end, size + free);
    return furthest > offset ? static_cast<std::size_t>(furthest - offset) : 0;
}

void RecordingDisk::record(const StoredFile& file, DiskOperation operation) {
    if (file.recorded) record_.append(std::move(operation));
}

void seed_sqlite_randomness(Random& random) {
    const int seed = static_cast<int>(1 + random.below(0x7FFFFFFFu));
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, static_cast<sqlite3*>(nullptr));
}

}  // namespace obrol
