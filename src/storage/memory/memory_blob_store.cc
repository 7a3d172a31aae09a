#include "storage/memory/memory_blob_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/crypto/sha256.h"
#include "io/next_turn.h"

namespace obrol {

std::optional<std::string> MemoryBlobStore::State::take_failure(std::optional<std::string>& planned) const {
    if (is_cut_off) return "the process is dead";
    return std::exchange(planned, std::nullopt);
}

std::uint64_t MemoryBlobStore::State::used() const {
    std::uint64_t bytes = 0;
    for (const auto& [number, draft] : blobs->drafts)
        bytes += draft.size();
    for (const auto& [digest, blob] : blobs->blobs)
        bytes += blob.size();
    return bytes;
}

class MemoryBlobStore::Writer final : public BlobWriter {
  public:
    explicit Writer(std::shared_ptr<State> state) : state_(std::move(state)), number_(++state_->blobs->last_draft) {}
    ~Writer() override {
        if (!state_->is_cut_off) state_->blobs->drafts.erase(number_);
    }

    Task<Result<void>> write(Executor& caller, std::string_view bytes) override {
        co_await NextTurn{caller};
        std::optional<std::string> full;
        if (state_->capacity && state_->used() + bytes.size() > *state_->capacity) full = "the disk is full";
        if (const auto failure = state_->take_failure(full)) co_return fail(*failure);
        state_->blobs->drafts[number_] += bytes;
        co_return Result<void>();
    }
    Task<Result<BlobDigest>> seal() override {
        co_await NextTurn{state_->executor};
        if (const auto failure = state_->take_failure(state_->seal_failure)) co_return fail(*failure);
        digest_ = sha256(state_->blobs->drafts[number_]);
        co_return digest_;
    }
    Task<Result<void>> publish() override {
        co_await NextTurn{state_->executor};
        if (const auto failure = state_->take_failure(state_->publish_failure)) co_return fail(*failure);
        auto draft = state_->blobs->drafts.extract(number_);
        state_->blobs->blobs.emplace(digest_, std::move(draft.mapped()));
        co_return Result<void>();
    }

  private:
    std::shared_ptr<State> state_;
    std::uint64_t number_;
    BlobDigest digest_{};
};

class MemoryBlobStore::Reader final : public BlobReader {
  public:
    Reader(std::shared_ptr<State> state, std::string bytes) : state_(std::move(state)), bytes_(std::move(bytes)) {}

    std::uint64_t size() const override { return bytes_.size(); }
    Task<Result<void>> read(Executor& caller, std::uint64_t offset, std::span<char> into) override {
        co_await NextTurn{caller};
        if (const auto failure = state_->take_failure(state_->read_failure)) co_return fail(*failure);
        if (offset + into.size() > bytes_.size()) co_return fail("a blob ends before its end");
        state_->bytes_read += into.size();
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
        co_return Result<void>();
    }

  private:
    std::shared_ptr<State> state_;
    std::string bytes_;
};

std::unique_ptr<BlobWriter> MemoryBlobStore::begin() {
    return std::make_unique<Writer>(state_);
}

Task<Result<std::unique_ptr<BlobReader>>> MemoryBlobStore::open(BlobDigest blob) {
    co_await NextTurn{state_->executor};
    const auto found = state_->blobs->blobs.find(blob);
    if (found == state_->blobs->blobs.end()) co_return fail("there is no such blob");
    std::unique_ptr<BlobReader> reader = std::make_unique<Reader>(state_, found->second);
    co_return reader;
}

Task<Result<void>> MemoryBlobStore::remove(BlobDigest blob) {
    co_await NextTurn{state_->executor};
    if (!state_->is_cut_off) state_->blobs->blobs.erase(blob);
    co_return Result<void>();
}

Task<Result<BlobSweep>> MemoryBlobStore::sweep(std::vector<BlobDigest> named) {
    co_await NextTurn{state_->executor};
    BlobSweep swept;
    std::set<BlobDigest> kept(named.begin(), named.end());
    swept.unfinished = state_->blobs->drafts.size();
    state_->blobs->drafts.clear();
    swept.unnamed = std::erase_if(state_->blobs->blobs, [&](const auto& blob) { return kept.erase(blob.first) == 0; });
    swept.missing.assign(kept.begin(), kept.end());
    co_return swept;
}

}  // namespace obrol
