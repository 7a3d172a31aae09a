// The lines of earlier times, one on a line, oldest first. Only its owner may read it: it holds what he wrote to
// others. A history that cannot be read or written is no reason not to chat, so nothing here fails.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace obrol {

class HistoryFile {
  public:
    static constexpr std::size_t lines_max = 500;

    // An empty path: nothing is kept. The folder is made when the first line is kept.
    explicit HistoryFile(std::string path) : path_(std::move(path)) {}

    // The newest `lines_max`. A file that has grown to twice as many is cut down to them.
    std::vector<std::string> load() const;
    // At once, so that several programs may share the file. `line` holds no line end.
    void append(const std::string& line) const;

  private:
    void rewrite(const std::vector<std::string>& lines) const;

    std::string path_;
};

// state_path("NAME.history").
std::string history_path(const std::string& name);

}  // namespace obrol
