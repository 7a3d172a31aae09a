// For tests: the files of whoever sits at a client, kept in memory.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "client/classic/local_files.h"

namespace obrol {

struct MemoryFiles final : LocalFiles {
    struct Source final : FileSource {
        explicit Source(std::string all) : left(std::move(all)) {}
        Result<std::size_t> read(std::span<char> into) override {
            const std::size_t count = std::min(into.size(), left.size());
            std::copy_n(left.begin(), count, into.begin());
            left.erase(0, count);
            return count;
        }
        std::string left;
    };
    struct Part final : PartFile {
        Part(MemoryFiles& all, std::string name) : files(all), path(std::move(name)) {}
        std::uint64_t size() const override {
            const auto found = files.content.find(path);
            return found == files.content.end() ? 0 : found->second.size();
        }
        Result<void> cut(std::uint64_t size) override {
            if (files.is_full) return fail("No space left on device");
            files.content[path].resize(static_cast<std::size_t>(size));
            return {};
        }
        Result<void> append(std::string_view bytes) override {
            files.content[path] += bytes;
            return {};
        }
        Result<void> finish(const std::string& target, bool replace) override {
            if (!replace && files.content.contains(target)) return fail("File exists");
            files.content[target] = std::exchange(files.content[path], {});
            files.content.erase(path);
            return {};
        }
        MemoryFiles& files;
        std::string path;
    };

    Result<Opened> open(const std::string& path) override {
        const auto found = content.find(path);
        if (found == content.end()) return fail("No such file or directory");
        return Opened{std::make_unique<Source>(found->second), found->second.size()};
    }
    bool exists(const std::string& path) const override { return content.contains(path) || folders.contains(path); }
    bool is_folder(const std::string& path) const override { return folders.contains(path); }
    std::unique_ptr<PartFile> part(const std::string& path) override { return std::make_unique<Part>(*this, path); }

    std::map<std::string, std::string> content;
    std::set<std::string> folders;
    bool is_full = false;
};

}  // namespace obrol
