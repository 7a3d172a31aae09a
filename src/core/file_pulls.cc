#include "core/file_pulls.h"

#include <fmt/core.h>
#include <optional>
#include <utility>

#include "core/serial.h"

namespace obrol {
namespace {

// Takes no more than the file is said to have.
class BoundedWriter final : public BlobWriter {
  public:
    BoundedWriter(BlobWriter& writer, std::uint64_t bytes) : writer_(writer), left_(bytes) {}

    Task<Result<void>> write(Executor& caller, std::string_view bytes) override {
        if (bytes.size() > left_) {
            Result<void> too_many = fail("more bytes came than the file has");
            co_return too_many;
        }
        left_ -= bytes.size();
        co_return co_await writer_.write(caller, bytes);
    }
    Task<Result<BlobDigest>> seal() override { return writer_.seal(); }
    Task<Result<void>> publish() override { return writer_.publish(); }

    bool is_full() const { return left_ == 0; }

  private:
    BlobWriter& writer_;
    std::uint64_t left_;
};

}  // namespace

struct FilePulls::Pull {
    Serial turns;
    std::optional<std::expected<void, ChatError>> outcome;
};

Task<std::expected<void, ChatError>> FilePulls::pull(Links& links, ServerId from, FileCard file, For whom) {
    const Wanted key(from, file.blob, file.size);
    const auto known = under_way_.find(key);
    const bool is_first = known == under_way_.end();
    const bool counts = is_first && whom == For::somebody;
    if (counts && for_somebody_ >= pulls_max_) co_return Failure<ChatError>(ChatError::busy);
    const std::shared_ptr<Pull> pull = is_first ? std::make_shared<Pull>() : known->second;
    if (is_first) under_way_.emplace(key, pull);
    if (counts) ++for_somebody_;
    Serial::Turn turn = co_await pull->turns.enter();
    if (!pull->outcome) {
        pull->outcome = co_await fetch(links, from, std::move(file), whom);
        under_way_.erase(key);
    }
    if (counts) --for_somebody_;
    co_return *pull->outcome;
}

Task<std::expected<void, ChatError>> FilePulls::fetch(Links& links, ServerId from, FileCard file, For whom) {
    const std::unique_ptr<BlobWriter> writer = parts_.files.blobs().begin();
    BoundedWriter bounded(*writer, file.size);
    const auto pulled = co_await links.pull(from, file.blob, 0, bounded);
    if (!pulled) co_return pulled;
    const Result<BlobDigest> blob = co_await writer->seal();
    if (blob && (*blob != file.blob || !bounded.is_full())) {
        // What nobody waits for may come again and again; whoever asked for it says so.
        if (whom == For::somebody)
            parts_.logger.warning("files: {} came from server {} with other bytes", file.name, from.value);
        co_return Failure<ChatError>(ChatError::unavailable);
    }
    Result<void> stored;
    if (!blob) stored = Failure<Error>(blob.error());
    // From before it can be found until a file has it for its own.
    Files::Pin pin(parts_.files, file.blob);
    if (stored) stored = co_await writer->publish();
    if (!stored) {
        parts_.logger.error("files: {} is not stored: {}", file.code, stored.error().what);
        co_return Failure<ChatError>(ChatError::not_stored);
    }
    const BlobArrived arrived{file.blob, file.size};
    const ChangeResult result = co_await parts_.commits.submit(arrived);
    if (!result) co_return Failure<ChatError>(result.error());
    pin.named();
    co_return std::expected<void, ChatError>();
}

}  // namespace obrol
