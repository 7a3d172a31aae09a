// Blobs in memory: for tests and simulated worlds. What a test keeps of it by sharing its MemoryBlobs survives the
// store, as a disk survives a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/executor.h"
#include "storage/blob_store.h"

namespace obrol {

// The disk.
struct MemoryBlobs {
    std::map<BlobDigest, std::string> blobs;
    std::map<std::uint64_t, std::string> drafts;  // uploads under way, or cut off by a crash
    std::uint64_t last_draft = 0;
};

class MemoryBlobStore final : public BlobStore {
  public:
    // Everything takes effect in a later turn of `executor`, which must outlive it and what it gives out.
    explicit MemoryBlobStore(Executor& executor) : MemoryBlobStore(executor, std::make_shared<MemoryBlobs>()) {}
    MemoryBlobStore(Executor& executor, std::shared_ptr<MemoryBlobs> blobs)
        : state_(std::make_shared<State>(executor, std::move(blobs))) {}

    std::unique_ptr<BlobWriter> begin() override;
    Task<Result<std::unique_ptr<BlobReader>>> open(BlobDigest blob) override;
    Task<Result<void>> remove(BlobDigest blob) override;
    Task<Result<BlobSweep>> sweep(std::vector<BlobDigest> named) override;

    const MemoryBlobs& blobs() const { return *state_->blobs; }
    // By all readers so far.
    std::uint64_t bytes_read() const { return state_->bytes_read; }

    // For tests. The disk is full once drafts and blobs hold so many bytes (none: never).
    void set_capacity(std::optional<std::uint64_t> bytes) { state_->capacity = bytes; }
    // For tests: the next call of that kind fails, once.
    void fail_next_seal(std::string what) { state_->seal_failure = std::move(what); }
    void fail_next_publish(std::string what) { state_->publish_failure = std::move(what); }
    void fail_next_read(std::string what) { state_->read_failure = std::move(what); }
    // For simulated worlds: the process is dead. Nothing has an effect any more.
    void cut_off() { state_->is_cut_off = true; }

  private:
    class Writer;
    class Reader;

    struct State {
        State(Executor& its_executor, std::shared_ptr<MemoryBlobs> its_blobs)
            : executor(its_executor), blobs(std::move(its_blobs)) {}
        // Whether something fails now, and why: `planned` once, or for good.
        std::optional<std::string> take_failure(std::optional<std::string>& planned) const;
        std::uint64_t used() const;

        Executor& executor;
        std::shared_ptr<MemoryBlobs> blobs;
        std::optional<std::uint64_t> capacity;
        std::optional<std::string> seal_failure;
        std::optional<std::string> publish_failure;
        std::optional<std::string> read_failure;
        std::uint64_t bytes_read = 0;
        bool is_cut_off = false;
    };

    std::shared_ptr<State> state_;
};

}  // namespace obrol
