// The program that volatile_disk_test preloads the library into. One of:
//   commit DATABASE SYNCHRONOUS READERS ROWS   commits rows 1, 2, 3 … (0 = until killed), printing each when
//   acknowledged,
//                                              while READERS threads look on
//   files DIRECTORY OUTSIDE SEED               uses files in every way that the library replaces
// Exits with 1 and a line on standard error if anything is not as it would be without the library.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <iterator>
#include <random>
#include <sqlite3.h>
#include <string>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "child: %s\n", what.c_str());
    std::_Exit(1);
}

#define EXPECT(condition) ((condition) ? static_cast<void>(0) : give_up(std::to_string(__LINE__) + ": " #condition))

// ---- commit ---------------------------------------------------------------------------------------------------------

sqlite3* open_database(const char* path, int flags) {
    sqlite3* database = nullptr;
    if (sqlite3_open_v2(path, &database, flags, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(database));
    sqlite3_busy_timeout(database, 5000);
    return database;
}

void run(sqlite3* database, const std::string& sql) {
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        give_up(sql + ": " + sqlite3_errmsg(database));
}

// A reader sees everything that was acknowledged before it asked, and never less than before.
void look_on(const char* path, const std::atomic<int>& acknowledged, const std::atomic<bool>& stop) {
    sqlite3* database = open_database(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
    sqlite3_stmt* statement = nullptr;
    const char* sql = "SELECT count(*), ifnull(max(id), 0) FROM entry";
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(database));
    while (!stop) {
        const int before = acknowledged;
        if (sqlite3_step(statement) != SQLITE_ROW) give_up(std::string("reader: ") + sqlite3_errmsg(database));
        const int count = sqlite3_column_int(statement, 0);
        EXPECT(count >= before);
        EXPECT(sqlite3_column_int(statement, 1) == count);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

int commit(const char* path, const std::string& synchronous, int readers, int rows) {
    sqlite3* database = open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    run(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=" + synchronous + "; PRAGMA wal_autocheckpoint=50");
    run(database, "CREATE TABLE entry(id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
    std::atomic<int> acknowledged = 0;
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i)
        threads.emplace_back(look_on, path, std::cref(acknowledged), std::cref(stop));
    for (int row = 1; rows == 0 || row <= rows; ++row) {
        run(database, "INSERT INTO entry VALUES(" + std::to_string(row) + ", printf('%0*d', 100 + " +
                          std::to_string(row % 700) + ", " + std::to_string(row) + "))");
        acknowledged = row;
        const std::string line = std::to_string(row) + "\n";
        if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return 1;
    }
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    sqlite3_close(database);
    return 0;
}

// ---- files ----------------------------------------------------------------------------------------------------------

int open_file(const std::string& path, int flags) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (descriptor < 0) give_up("open " + path + ": " + std::strerror(errno));
    return descriptor;
}

void put(int descriptor, const std::string& text) {
    EXPECT(write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string get(int descriptor, off_t offset, std::size_t count) {
    std::string text(count, '?');
    const ssize_t got = pread(descriptor, text.data(), count, offset);
    EXPECT(got >= 0);
    text.resize(static_cast<std::size_t>(got));
    return text;
}

void write_file(const std::string& path, const std::string& text, bool sync) {
    const int descriptor = open_file(path, O_CREAT | O_TRUNC | O_WRONLY);
    put(descriptor, text);
    if (sync) EXPECT(fsync(descriptor) == 0);
    close(descriptor);
}

off_t size_by_path(const std::string& path) {
    struct stat status {};
    EXPECT(stat(path.c_str(), &status) == 0);
    return status.st_size;
}

void every_descriptor_sees_one_file(const std::string& directory) {
    const std::string path = directory + "/shared";
    const int writer = open_file(path, O_CREAT | O_RDWR);
    const int reader = open_file(path, O_RDONLY);
    put(writer, "0123456789");
    EXPECT(get(reader, 0, 100) == "0123456789");
    const int duplicate = dup(writer);
    EXPECT(pwrite(duplicate, "ABC", 3, 4) == 3);
    EXPECT(get(reader, 2, 6) == "23ABC7");
    struct stat status {};
    EXPECT(fstat(reader, &status) == 0 && status.st_size == 10);
    EXPECT(size_by_path(path) == 10);
    EXPECT(lseek(reader, -3, SEEK_END) == 7);
    char tail[8];
    EXPECT(read(reader, tail, sizeof tail) == 3 && std::memcmp(tail, "789", 3) == 0);
    EXPECT(read(reader, tail, sizeof tail) == 0);
    errno = 0;
    EXPECT(write(reader, "x", 1) == -1 && errno == EBADF);
    close(duplicate);
    close(writer);
    close(reader);
    // What is not synced outlives its descriptors, as it does in the kernel's cache.
    const int again = open_file(path, O_RDONLY);
    EXPECT(get(again, 0, 100) == "0123ABC789");
    close(again);
}

void cutting_and_growing(const std::string& directory) {
    write_file(directory + "/cut", std::string(9000, 'c'), true);
    const int file = open_file(directory + "/cut", O_RDWR);
    EXPECT(ftruncate(file, 10) == 0);
    EXPECT(size_by_path(directory + "/cut") == 10);
    EXPECT(ftruncate(file, 20) == 0);
    EXPECT(get(file, 0, 100) == std::string(10, 'c') + std::string(10, '\0'));
    EXPECT(pwrite(file, "end", 3, 5000) == 3);
    EXPECT(get(file, 4990, 100) == std::string(10, '\0') + "end");
    close(file);
    // Opening with O_TRUNC is a change like any other.
    write_file(directory + "/opened-empty", "still there", true);
    close(open_file(directory + "/opened-empty", O_TRUNC | O_WRONLY));
    EXPECT(size_by_path(directory + "/opened-empty") == 0);
}

void appending_and_gathering(const std::string& directory) {
    const int first = open_file(directory + "/appended", O_CREAT | O_APPEND | O_RDWR);
    const int second = open_file(directory + "/appended", O_APPEND | O_WRONLY);
    put(first, "one ");
    put(second, "two ");
    char three[] = "thr", end[] = "ee";
    const iovec parts[] = {{three, 3}, {end, 2}};
    EXPECT(writev(first, parts, 2) == 5);
    EXPECT(fsync(second) == 0);
    put(second, " and lost");
    EXPECT(get(first, 0, 100) == "one two three and lost");
    EXPECT(lseek(first, 0, SEEK_SET) == 0);
    char a[4], b[4];
    const iovec out[] = {{a, 4}, {b, 4}};
    EXPECT(readv(first, out, 2) == 8);
    EXPECT(std::memcmp(a, "one ", 4) == 0 && std::memcmp(b, "two ", 4) == 0);
    close(first);
    close(second);
}

void names(const std::string& directory) {
    write_file(directory + "/moved.tmp", "synced before", true);
    EXPECT(rename((directory + "/moved.tmp").c_str(), (directory + "/moved").c_str()) == 0);
    write_file(directory + "/hollow.tmp", "not synced before", false);
    EXPECT(rename((directory + "/hollow.tmp").c_str(), (directory + "/hollow").c_str()) == 0);
    EXPECT(size_by_path(directory + "/hollow") == 17);

    const int nameless = open_file(directory + "/removed", O_CREAT | O_RDWR);
    put(nameless, "open");
    EXPECT(unlink((directory + "/removed").c_str()) == 0);
    EXPECT(access((directory + "/removed").c_str(), F_OK) == -1);
    EXPECT(get(nameless, 0, 10) == "open");
    put(nameless, " still");
    EXPECT(get(nameless, 0, 10) == "open still");
    close(nameless);
    // A new file of that name, perhaps with the same inode, begins empty.
    const int fresh = open_file(directory + "/removed", O_CREAT | O_RDWR);
    EXPECT(get(fresh, 0, 10).empty());
    close(fresh);

    write_file(directory + "/database-shm", "shared memory", false);
}

// Whether another process could lock the file.
bool free_for_others(const std::string& path) {
    const pid_t other = fork();
    if (other == 0) {
        const int file = open(path.c_str(), O_RDWR);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        _exit(fcntl(file, F_SETLK, &lock) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(other, &status, 0);
    return status == 0;
}

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

void locks_and_descriptors(const std::string& directory) {
    const std::string path = directory + "/locked";
    const int locked = open_file(path, O_CREAT | O_RDWR);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    EXPECT(fcntl(locked, F_SETLK, &lock) == 0);
    put(locked, "x");
    EXPECT(fdatasync(locked) == 0);
    EXPECT(!free_for_others(path));
    for (int i = 0; i < 500; ++i)
        write_file(directory + "/many-" + std::to_string(i % 300), std::to_string(i), true);
    EXPECT(open_descriptors() < 200);
    EXPECT(!free_for_others(path));
    close(locked);
}

// Random writes, cuts and syncs of one file, compared with a string. What was synced last is written to `outside`,
// which is not covered.
void as_a_string(const std::string& directory, const std::string& outside, unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
    const int file = open_file(directory + "/random", O_CREAT | O_RDWR);
    std::string expected, synced;
    for (int round = 0; round < 3000; ++round) {
        const std::size_t at = below(30'000);
        switch (below(8)) {
            case 0:
                EXPECT(ftruncate(file, static_cast<off_t>(at)) == 0);
                expected.resize(at, '\0');
                break;
            case 1:
                if (below(4) != 0) break;
                EXPECT(fdatasync(file) == 0);
                synced = expected;
                break;
            default: {
                const std::string piece(1 + below(9000), static_cast<char>('a' + round % 26));
                EXPECT(pwrite(file, piece.data(), piece.size(), static_cast<off_t>(at)) ==
                       static_cast<ssize_t>(piece.size()));
                if (expected.size() < at + piece.size()) expected.resize(at + piece.size(), '\0');
                expected.replace(at, piece.size(), piece);
            }
        }
        const std::size_t from = below(40'000);
        EXPECT(get(file, static_cast<off_t>(from), 10'000) ==
               (from < expected.size() ? expected.substr(from, 10'000) : ""));
        EXPECT(size_by_path(directory + "/random") == static_cast<off_t>(expected.size()));
    }
    EXPECT(synced != expected);
    close(file);
    write_file(outside, synced, false);
}

int files(const std::string& directory, const std::string& outside, unsigned seed) {
    every_descriptor_sees_one_file(directory);
    cutting_and_growing(directory);
    appending_and_gathering(directory);
    names(directory);
    locks_and_descriptors(directory);
    as_a_string(directory, outside, seed);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "commit" && argc == 6) return commit(argv[2], argv[3], std::atoi(argv[4]), std::atoi(argv[5]));
    if (mode == "files" && argc == 5)
        return files(argv[2], argv[3], static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10)));
    give_up("usage: commit DATABASE SYNCHRONOUS READERS ROWS | files DIRECTORY OUTSIDE SEED");
}
