#include "tests/sim/disk/disk_record.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

using Kind = DiskOperation::Kind;

// FNV-1a, 64 bits.
class Fingerprint {
  public:
    void add(std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes)
            value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001B3ull;
    }
    void add(std::uint64_t number) { add(std::as_bytes(std::span(&number, 1))); }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xCBF29CE484222325ull;
};

void apply_to(FileContent& content, const DiskOperation& operation) {
    if (operation.kind == Kind::write) content.write(operation.offset, operation.bytes);
    if (operation.kind == Kind::truncate) content.truncate(operation.offset);
}

// Half of the torn writes end somewhere (the power went while the disk wrote in order), half miss arbitrary sectors.
void apply_torn(FileContent& content, const DiskOperation& operation, Random& random) {
    const std::span<const std::byte> bytes(operation.bytes);
    const std::uint64_t first_sector = operation.offset / disk_sector_bytes;
    const std::uint64_t last_sector = (operation.offset + bytes.size() - 1) / disk_sector_bytes;
    const bool in_order = random.chance(1, 2);
    const std::uint64_t end_sector = first_sector + random.below(last_sector - first_sector + 2);
    for (std::uint64_t sector = first_sector; sector <= last_sector; ++sector) {
        const bool written = in_order ? sector < end_sector : random.chance(1, 2);
        if (!written) continue;
        const std::uint64_t begin = std::max(sector * disk_sector_bytes, operation.offset);
        const std::uint64_t end = std::min((sector + 1) * disk_sector_bytes, operation.offset + bytes.size());
        content.write(begin, bytes.subspan(static_cast<std::size_t>(begin - operation.offset),
                                           static_cast<std::size_t>(end - begin)));
    }
}

}  // namespace

std::uint64_t DiskRecord::operation_count() const {
    const std::lock_guard lock(mutex_);
    return operations_.size();
}

const DiskOperation& DiskRecord::operation(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    OBROL_CHECK(number >= 1 && number <= operations_.size());
    return operations_[static_cast<std::size_t>(number - 1)];
}

void DiskRecord::append(DiskOperation operation) {
    const std::lock_guard lock(mutex_);
    operations_.push_back(std::move(operation));
}

std::uint64_t DiskRecord::fingerprint() const {
    const std::lock_guard lock(mutex_);
    Fingerprint fingerprint;
    for (const DiskOperation& operation : operations_) {
        fingerprint.add(static_cast<std::uint64_t>(operation.kind));
        fingerprint.add(operation.file);
        fingerprint.add(operation.offset);
        fingerprint.add(operation.bytes.size());
        fingerprint.add(operation.bytes);
        fingerprint.add(operation.name.size());
        fingerprint.add(std::as_bytes(std::span(operation.name)));
    }
    return fingerprint.value();
}

ImageWalker::ImageWalker(const DiskRecord& record) : record_(record) {
    for (const auto& [name, content] : record.initial()) {
        names_[name] = {static_cast<std::uint32_t>(files_.size())};
        files_.push_back({name, content, content, {}});
    }
}

void ImageWalker::advance_to(std::uint64_t number) {
    OBROL_CHECK(number >= position_);
    while (position_ < number) {
        apply(record_.operation(position_ + 1));
        ++position_;
    }
}

void ImageWalker::apply(const DiskOperation& operation) {
    switch (operation.kind) {
        case Kind::create: {
            OBROL_CHECK(operation.file == files_.size());
            files_.push_back({operation.name, {}, {}, {}});
            NameHistory& history = names_[operation.name];
            if (history.empty()) history.push_back(std::nullopt);
            history.push_back(operation.file);
            return;
        }
        case Kind::write:
        case Kind::truncate:
            apply_to(files_[operation.file].current, operation);
            files_[operation.file].unsynced.push_back({&operation, false});
            return;
        case Kind::sync:
            sync_file(operation.file);
            return;
        case Kind::failed_sync:
            for (Unsynced& unsynced : files_[operation.file].unsynced)
                unsynced.refused = true;
            return;
        case Kind::sync_directory:
            sync_directory();
            return;
        case Kind::remove:
            names_[operation.name].push_back(std::nullopt);
            return;
        case Kind::corrupt:
            files_[operation.file].durable.flip(operation.offset, operation.bytes);
            files_[operation.file].current.flip(operation.offset, operation.bytes);
            return;
    }
}

void ImageWalker::sync_file(std::uint32_t number) {
    File& file = files_[number];
    for (const Unsynced& unsynced : file.unsynced)
        if (!unsynced.refused) apply_to(file.durable, *unsynced.operation);
    file.unsynced.clear();
    NameHistory& history = names_[file.name];
    // A file that was removed and only lives on in an open handle has left the history: nothing to keep.
    const auto own = std::find(history.begin(), history.end(), std::optional(number));
    if (own != history.end()) history.erase(history.begin(), own);
}

void ImageWalker::sync_directory() {
    for (auto& [name, history] : names_)
        history.erase(history.begin(), history.end() - 1);
}

FileContent ImageWalker::surviving_subset(const File& file, Random& random) {
    // Nearly none, about half, nearly all: each shape finds other mistakes.
    const std::uint64_t kept_of_eight = 1 + random.below(7);
    std::vector<const DiskOperation*> kept;
    for (const Unsynced& unsynced : file.unsynced)
        if (random.chance(kept_of_eight, 8)) kept.push_back(unsynced.operation);
    for (std::size_t i = kept.size(); i > 1; --i)
        std::swap(kept[i - 1], kept[random.below(i)]);

    FileContent content = file.durable;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const bool torn = i + 1 == kept.size() && kept[i]->kind == Kind::write;
        if (torn) {
            apply_torn(content, *kept[i], random);
        } else {
            apply_to(content, *kept[i]);
        }
    }
    return content;
}

DiskImage ImageWalker::image(CrashPolicy policy, Random& random) const {
    if (policy == CrashPolicy::random) {
        static constexpr CrashPolicy policies[] = {CrashPolicy::drop_unsynced, CrashPolicy::keep_unsynced,
                                                   CrashPolicy::subset};
        policy = policies[random.below(std::size(policies))];
    }
    DiskImage image;
    for (const auto& [name, history] : names_) {
        std::size_t at = 0;
        if (policy == CrashPolicy::keep_unsynced) at = history.size() - 1;
        if (policy == CrashPolicy::subset) at = static_cast<std::size_t>(random.below(history.size()));
        if (!history[at]) continue;
        const File& file = files_[*history[at]];
        if (policy == CrashPolicy::drop_unsynced) image.emplace(name, file.durable);
        if (policy == CrashPolicy::keep_unsynced) image.emplace(name, file.current);
        if (policy == CrashPolicy::subset) image.emplace(name, surviving_subset(file, random));
    }
    return image;
}

}  // namespace obrol
