#include "overlay.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "kernel.h"

namespace obrol {

Overlay::~Overlay() {
    if (descriptor_ >= 0) kernel::close(descriptor_);
}

std::size_t Overlay::read(off_t offset, std::span<std::byte> out) const {
    if (offset >= size_) return 0;
    const std::size_t available = std::min(out.size(), static_cast<std::size_t>(size_ - offset));
    Page loaded;
    std::size_t done = 0;
    while (done < available) {
        const off_t position = offset + static_cast<off_t>(done);
        const off_t number = position / page_bytes;
        const auto within = static_cast<std::size_t>(position % page_bytes);
        const std::size_t count = std::min(static_cast<std::size_t>(page_bytes) - within, available - done);
        const auto found = pages_.find(number);
        if (found == pages_.end()) load(number, loaded);
        const Page& page = found == pages_.end() ? loaded : found->second;
        std::copy_n(page.data() + within, count, out.data() + done);
        done += count;
    }
    return available;
}

int Overlay::write(int descriptor, off_t offset, std::span<const std::byte> bytes) {
    if (const int error = begin(descriptor); error != 0) return error;
    std::size_t done = 0;
    while (done < bytes.size()) {
        const off_t position = offset + static_cast<off_t>(done);
        const off_t number = position / page_bytes;
        const auto within = static_cast<std::size_t>(position % page_bytes);
        const std::size_t count = std::min(static_cast<std::size_t>(page_bytes) - within, bytes.size() - done);
        const auto [page, added] = pages_.try_emplace(number);
        if (added) load(number, page->second);
        std::copy_n(bytes.data() + done, count, page->second.data() + within);
        done += count;
    }
    size_ = std::max(size_, offset + static_cast<off_t>(bytes.size()));
    return 0;
}

int Overlay::truncate(int descriptor, off_t size) {
    if (const int error = begin(descriptor); error != 0) return error;
    if (size < size_) {
        pages_.erase(pages_.lower_bound((size + page_bytes - 1) / page_bytes), pages_.end());
        if (const auto last = pages_.find(size / page_bytes); last != pages_.end())
            std::fill(last->second.begin() + size % page_bytes, last->second.end(), std::byte{0});
        visible_ = std::min(visible_, size);
    }
    size_ = size;
    return 0;
}

int Overlay::apply() {
    if (!dirty_) return 0;
    if (kernel::ftruncate(descriptor_, visible_) != 0) return errno;
    for (const auto& [number, page] : pages_) {
        const off_t begin = number * page_bytes;
        const auto count = static_cast<std::size_t>(std::min(page_bytes, size_ - begin));
        const ssize_t written = kernel::pwrite(descriptor_, page.data(), count, begin);
        if (written < 0) return errno;
        if (static_cast<std::size_t>(written) != count) return ENOSPC;
    }
    if (kernel::ftruncate(descriptor_, size_) != 0) return errno;
    pages_.clear();
    dirty_ = false;
    return 0;
}

int Overlay::begin(int descriptor) {
    if (dirty_) return 0;
    if (descriptor_ < 0) {
        // Opened anew rather than duplicated: the program's may be write-only or appending.
        const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
        descriptor_ = kernel::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (descriptor_ < 0) return errno;
    }
    struct stat status {};
    if (kernel::fstat(descriptor_, &status) != 0) return errno;
    size_ = status.st_size;
    visible_ = status.st_size;
    dirty_ = true;
    return 0;
}

void Overlay::load(off_t page_number, Page& page) const {
    page.fill(std::byte{0});
    const off_t begin = page_number * page_bytes;
    if (begin >= visible_) return;
    const auto count = static_cast<std::size_t>(std::min(page_bytes, visible_ - begin));
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got =
            kernel::pread(descriptor_, page.data() + done, count - done, begin + static_cast<off_t>(done));
        if (got <= 0) return;
        done += static_cast<std::size_t>(got);
    }
}

}  // namespace obrol
