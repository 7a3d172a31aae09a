#include "bench/text_file.h"

#include <fstream>
#include <sstream>

namespace obrol::bench {

std::optional<std::string> read_text_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string last_lines_of(const std::string& path, std::size_t lines) {
    std::string text = read_text_file(path).value_or("");
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    std::size_t begin = text.size();
    for (std::size_t i = 0; i < lines && begin != std::string::npos && begin > 0; ++i) {
        begin = text.rfind('\n', begin - 1);
    }
    return begin == std::string::npos || text.empty() ? text : text.substr(begin == 0 ? 0 : begin + 1);
}

}  // namespace obrol::bench
