#include "bench/server_process.h"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "bench/system_error.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

constexpr const char* output_name = "/standard-output.txt";
constexpr const char* error_name = "/standard-error.txt";
constexpr auto look_again = std::chrono::milliseconds(5);

int to_poll_timeout(Duration time) {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
}

FileDescriptor open_log(const std::string& path) {
    return FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
}

// glibc 2.36 declares pidfd_open() without C linkage, so C++ cannot link it.
FileDescriptor open_process(pid_t process) {
    return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

struct ChildFiles {
    FileDescriptor output, error, nothing, failure_read, failure_write;
};

Result<ChildFiles> open_child_files(const std::string& directory) {
    int failure[2];
    if (::pipe2(failure, O_CLOEXEC) != 0) return system_failure("pipe", errno);
    ChildFiles files{open_log(directory + output_name), open_log(directory + error_name),
                     FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)), FileDescriptor(failure[0]),
                     FileDescriptor(failure[1])};
    if (!files.output || !files.error || !files.nothing) return system_failure("cannot write in " + directory, errno);
    return files;
}

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become_child(char* const* arguments, const char* directory, const ChildFiles& files, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // A group of its own: Ctrl-C reaches the generator alone, which then stops the server in order.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent && ::chdir(directory) == 0 && ::dup2(files.nothing.get(), STDIN_FILENO) >= 0 &&
        ::dup2(files.output.get(), STDOUT_FILENO) >= 0 && ::dup2(files.error.get(), STDERR_FILENO) >= 0)
        ::execvp(arguments[0], arguments);
    const int reason = errno;
    [[maybe_unused]] const auto written = ::write(files.failure_write.get(), &reason, sizeof reason);
    ::_exit(127);
}

}  // namespace

ServerProcess::ServerProcess(pid_t id, FileDescriptor handle, std::string directory)
    : id_(id), handle_(std::move(handle)), directory_(std::move(directory)) {}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), handle_(std::move(other.handle_)), directory_(std::move(other.directory_)) {}

ServerProcess::~ServerProcess() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    reap();
}

Result<ServerProcess> ServerProcess::start(const std::vector<std::string>& arguments, const std::string& directory) {
    OBROL_CHECK(!arguments.empty());
    auto files = open_child_files(directory);
    if (!files) return Failure<Error>(files.error());
    std::vector<std::string> copies = arguments;
    std::vector<char*> pointers;
    for (std::string& copy : copies)
        pointers.push_back(copy.data());
    pointers.push_back(nullptr);

    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return system_failure("fork", errno);
    if (child == 0) become_child(pointers.data(), directory.c_str(), *files, parent);

    ServerProcess process(child, open_process(child), directory);
    if (!process.handle_) return system_failure("pidfd_open", errno);
    files->failure_write = FileDescriptor();
    int reason = 0;
    // The pipe closes without a byte when exec succeeds.
    if (::read(files->failure_read.get(), &reason, sizeof reason) == sizeof reason)
        return system_failure("cannot start " + arguments[0], reason);
    return process;
}

Result<void> ServerProcess::wait_until(const Recogniser& found, Duration at_most, const Clock& clock,
                                       const StopSignal& interrupted) const {
    const MonotonicTime deadline = clock.monotonic_now() + at_most;
    for (;;) {
        const std::string output = read_text_file(directory_ + output_name).value_or("");
        const std::string error = read_text_file(directory_ + error_name).value_or("");
        if (found(output, error)) return {};
        if (wait_for_end(look_again)) return fail("it ended at once; its last words:\n" + last_words());
        if (interrupted.raised()) return fail("interrupted");
        if (clock.monotonic_now() > deadline) return fail("it did not become ready; its last words:\n" + last_words());
    }
}

bool ServerProcess::wait_for_end(Duration at_most) const {
    pollfd waiting{handle_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, to_poll_timeout(at_most)) > 0;
}

bool ServerProcess::stop(Duration at_most, int number) {
    OBROL_CHECK(id_ >= 0);
    ::kill(id_, number);
    const bool ended = wait_for_end(at_most);
    if (!ended) ::kill(id_, SIGKILL);
    reap();
    return ended;
}

void ServerProcess::reap() {
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
}

std::string ServerProcess::last_words() const {
    constexpr std::size_t lines = 10;
    const std::string error = last_lines_of(directory_ + error_name, lines);
    return error.empty() ? last_lines_of(directory_ + output_name, lines) : error;
}

Result<std::string> output_of(const std::vector<std::string>& arguments, const std::string& directory) {
    constexpr auto patience = std::chrono::seconds(10);
    auto process = ServerProcess::start(arguments, directory);
    if (!process) return Failure<Error>(process.error());
    if (!process->wait_for_end(patience)) return fail(arguments[0] + " does not end");
    return read_text_file(directory + output_name).value_or("");
}

Result<std::uint16_t> find_free_port() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!socket || ::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
        return system_failure("cannot find a free port", errno);
    return ntohs(address.sin_port);
}

}  // namespace obrol::bench
