"""The floors of the house: which folder of src/ may include what (docs/ARCHITECTURE.md). Data only; check_floors.py reads it.

How a permission is written:
    "base"          the folder and everything below it
    "storage/*.h"   the files directly in the folder, not its subfolders
    "io/task.h"     one file
"""

# What a folder may include besides itself. The longest matching name counts; "*" stands for one folder name. Lines below
# the same floor never name one another.
FLOORS = {
    # F0
    "base": [],
    "base/crypto": ["base/*.h"],
    # F1
    "model": ["base"],
    "wire": ["base"],
    "io": ["base"],
    # F2
    "dialects": ["base", "wire", "model"],
    "dialects/*": ["base", "wire", "model", "dialects/*.h"],
    "dialects/registry": ["base", "wire", "model", "dialects"],
    "dialects/auto": ["base", "wire", "model", "dialects"],
    "storage": ["base", "io", "model"],
    "storage/*": ["base", "io", "model", "storage/*.h"],
    "storage/sqlite": ["base", "io", "model", "storage/*.h", "storage/migrations"],
    "storage/memory": ["base", "io", "model", "storage/*.h", "storage/migrations"],
    "storage/migrations": ["base"],
    "bus": ["base", "io", "model"],
    "bus/*": ["base", "io", "model", "bus/*.h"],
    # F3
    "core": ["base", "model", "io/task.h", "io/timer.h", "io/paced_log.h", "storage/*.h", "bus/bus.h"],
    # F4
    "server": ["base", "io", "wire", "model", "dialects", "core"],
    "server/control": ["base", "io", "wire", "model", "core"],
    "federation": ["base", "io", "wire", "model", "dialects/peer", "core", "storage/*.h", "bus/bus.h"],
    "client": ["base", "io", "wire", "model", "dialects"],
    "client/session": ["base", "io", "wire", "model", "dialects"],
    "client/classic": ["base", "io", "wire", "model", "dialects", "client/session"],
    "client/admin": ["base", "io", "wire", "model"],
    "bench": ["base", "io", "wire", "model", "dialects"],
    "bench/peers": ["base", "io", "wire", "model", "dialects", "bench/*.h"],
    # F5
    "apps": [
        "base", "model", "wire", "io", "dialects", "storage", "bus", "core", "server", "federation", "client", "bench",
        "apps",
    ],
}

# What *_test.cc and *_bench.cc may include besides.
TESTS_ALSO = ["storage/memory", "bus/local", "tests/support"]
TESTS_ALSO_IN = {
    "base": ["base/crypto"],
    "bench": ["bench/peers"],  # the clients that a test drives
    "core": ["io"],  # the executor that a test runs core on
}

BENCHES_ALSO = ["tests/benchmark"]

# Headers that do not belong to obrol: pattern → who may include it. "*" is everybody, "tests" every *_test.cc, "benches"
# every *_bench.cc. A header that is neither here nor in STANDARD is refused.
PARTS = [
    ("fmt/*", ["*"]),
    ("gtest/*", ["tests"]),
    ("gmock/*", ["tests"]),
    ("benchmark/*", ["benches"]),
    ("spdlog/*", ["base/log_spdlog.cc"]),
    ("sodium.h", ["base/crypto"]),
    ("openssl/*", ["io", "base/crypto"]),
    ("boost/json*", ["wire"]),
    ("sqlite3.h", ["storage/sqlite"]),
    ("toml++/*", ["apps"]),
    ("CLI/*", ["apps"]),
    ("libpq-fe.h", ["bench"]),
    # Sockets and readiness.
    ("sys/uio.h", ["io", "server", "bench"]),  # only struct iovec, which Stream::writev takes
    ("sys/socket.h", ["io", "bench"]),
    ("sys/un.h", ["io", "bench"]),
    ("sys/epoll.h", ["io", "bench"]),
    ("sys/eventfd.h", ["io", "bench"]),
    ("sys/timerfd.h", ["io", "bench"]),
    ("sys/signalfd.h", ["io", "bench"]),
    ("sys/select.h", ["io", "bench"]),
    ("poll.h", ["io", "bench"]),
    ("netdb.h", ["io", "bench"]),
    ("net/*", ["io", "bench"]),
    ("netinet/*", ["io", "bench"]),
    ("arpa/*", ["io", "bench", "base/host.cc"]),  # only inet_pton, which reads a text
    # Threads. The logger in base/ is called from all of them; the store's work runs on the threads of its work queues.
    ("thread", ["io", "base/log*", "bench", "apps"]),
    ("stop_token", ["io", "bench", "apps"]),
    ("mutex", ["io", "base/log*", "storage/sqlite", "bench", "apps"]),
    ("shared_mutex", ["io", "base/log*", "bench", "apps"]),
    ("condition_variable", ["io", "bench", "apps"]),
    ("semaphore", ["io", "bench", "apps"]),
    ("latch", ["io", "bench", "apps"]),
    ("barrier", ["io", "bench", "apps"]),
    ("future", ["io", "bench", "apps"]),
    ("pthread.h", ["io", "bench", "apps"]),
    # Files.
    ("filesystem", ["io", "storage", "bench", "apps", "tests"]),
    ("fstream", ["io", "storage", "bench", "apps", "tests"]),
    ("fcntl.h", ["io", "storage", "bench", "apps"]),
    ("unistd.h", ["io", "storage", "bench", "apps"]),
    ("dirent.h", ["io", "storage", "bench", "apps"]),
    ("limits.h", ["io", "storage", "bench", "apps"]),  # IOV_MAX, PATH_MAX: POSIX, not in <climits>
    ("sys/file.h", ["io", "storage", "bench", "apps"]),
    ("sys/mman.h", ["io", "storage", "bench", "apps"]),
    ("sys/stat.h", ["io", "storage", "bench", "apps"]),
    ("sys/types.h", ["io", "storage", "bench", "apps"]),
    ("sys/vfs.h", ["io", "storage", "bench", "apps"]),
    ("sys/statfs.h", ["io", "storage", "bench", "apps"]),
    ("sys/statvfs.h", ["io", "storage", "bench", "apps"]),
    ("linux/*", ["io", "storage", "bench", "apps"]),
    # The process and its terminal.
    ("csignal", ["io", "bench", "apps", "tests"]),
    ("signal.h", ["io", "bench", "apps"]),
    ("link.h", ["apps"]),
    ("sched.h", ["io", "bench", "apps"]),
    ("spawn.h", ["bench", "apps"]),
    ("sys/prctl.h", ["io", "bench", "apps"]),
    ("sys/resource.h", ["io", "bench", "apps", "benches"]),
    ("sys/syscall.h", ["io", "bench", "apps"]),
    ("sys/pidfd.h", ["bench"]),
    ("pwd.h", ["bench"]),
    ("stdlib.h", ["io", "storage", "bench", "apps", "tests"]),  # mkdtemp, setenv: POSIX, not in <cstdlib>
    ("sys/wait.h", ["bench", "apps", "tests", "benches"]),
    ("termios.h", ["client", "apps"]),
    ("histedit.h", ["apps/obrol"]),
    ("clocale", ["apps/obrol"]),
    ("iostream", ["bench", "apps", "tests", "benches"]),
    ("cstdio", ["base", "io", "bench", "apps", "tests", "benches"]),
    # Randomness that no seed reproduces.
    ("random", ["base"]),
]

# The rest of the standard library: for everybody.
STANDARD = set(
    """
    algorithm any array atomic bit bitset cassert cctype cerrno charconv chrono cinttypes climits cmath compare complex
    concepts coroutine cstdarg cstddef cstdint cstdlib cstring ctime cwchar deque exception expected forward_list
    functional initializer_list iomanip ios iosfwd istream iterator limits list locale map memory memory_resource new
    numbers numeric optional ostream queue ranges ratio regex scoped_allocator set source_location span spanstream
    sstream stack stdexcept streambuf string string_view system_error tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version
    """.split()
)

# Calls that go around a seam: name in messages and exceptions, regular expression over code without comments and
# strings, who may.
CALLS = [
    ("the system's clock", r"\b(?:system|steady|high_resolution)_clock\s*::\s*now\b", ["base", "io", "bench"]),
    ("the system's clock", r"\b(?:clock_gettime|gettimeofday|timespec_get)\s*\(", ["base", "io", "bench"]),
    ("the system's clock", r"(?<![\w.>])(?:std::)?time\s*\(\s*(?:NULL|nullptr|0|&\w+)\s*\)", ["base", "io", "bench"]),
    ("sleeping", r"\bthis_thread\s*::\s*sleep|(?<![\w.>:])(?:usleep|nanosleep|sleep)\s*\(", ["io", "bench"]),
    ("random numbers without a seed", r"\brandom_device\b|(?<![\w.>:])(?:std::)?s?rand\s*\(", ["base"]),
    ("a thread", r"\bstd\s*::\s*(?:j?thread|async)\b", ["io", "bench", "apps"]),
    ("the environment", r"\b(?:secure_)?getenv\s*\(", ["base", "io", "bench", "apps"]),
]

# Library targets that do not belong to obrol: who may link them.
LINKS = {
    "fmt::fmt": ["*"],
    "spdlog::spdlog": ["base"],
    "Threads::Threads": ["io", "bench", "apps"],
    "PkgConfig::sodium": ["base/crypto"],
    "OpenSSL::SSL": ["io"],
    "OpenSSL::Crypto": ["io", "base/crypto"],
    "Boost::headers": ["wire"],
    "Boost::json": ["wire"],
    "SQLite::SQLite3": ["storage/sqlite"],
    "PkgConfig::tomlplusplus": ["apps"],
    "CLI11::CLI11": ["apps"],
    "PkgConfig::libedit": ["apps/obrol"],
    "PkgConfig::libpq": ["bench"],
    "PkgConfig::jemalloc": ["apps/obrold"],
}
