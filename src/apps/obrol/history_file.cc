#include "apps/obrol/history_file.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/obrol/state_path.h"

namespace obrol {
namespace {

void write_file(const std::string& path, int mode, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, S_IRUSR | S_IWUSR);
    if (fd < 0) return;
    // One write: lines of several programs do not mix.
    [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
    ::close(fd);
}

}  // namespace

std::vector<std::string> HistoryFile::load() const {
    std::vector<std::string> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);)
        lines.push_back(std::move(line));
    if (lines.size() <= lines_max) return lines;
    const bool is_long = lines.size() >= 2 * lines_max;
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lines_max));
    if (is_long) rewrite(lines);
    return lines;
}

void HistoryFile::append(const std::string& line) const {
    if (path_.empty()) return;
    std::error_code refused;
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    if (std::filesystem::create_directories(folder, refused))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, refused);
    write_file(path_, O_APPEND, line + '\n');
}

void HistoryFile::rewrite(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines)
        text.append(line).append(1, '\n');
    const std::string fresh = path_ + ".new";
    write_file(fresh, O_TRUNC, text);
    std::error_code refused;
    std::filesystem::rename(fresh, path_, refused);
}

std::string history_path(const std::string& name) {
    return state_path(name + ".history");
}

}  // namespace obrol
