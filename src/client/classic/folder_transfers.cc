#include "client/classic/folder_transfers.h"

#include <fmt/format.h>
#include <utility>

#include "client/classic/printable.h"
#include "client/classic/transfer_progress.h"
#include "model/file.h"

namespace obrol {
namespace {

constexpr const char* part_ending = ".obrol-part";

// The two requests that carry a file, by what they have in common.
struct Upload {
    std::string& name;
    std::uint64_t& size;
};

Upload upload_of(Command& command) {
    if (auto* put = std::get_if<PutFile>(&command.body)) return {put->name, put->size};
    auto& send = std::get<SendFile>(command.body);
    return {send.name, send.size};
}

class Target final : public FileSink {
  public:
    Target(std::unique_ptr<PartFile> part, std::string name, const Clock& clock, ClassicClient::Screen& screen)
        : part_(std::move(part)), name_(std::move(name)), clock_(clock), screen_(screen) {}

    Result<void> begin(const FileOffered& offered) override {
        if (Result<void> cut = part_->cut(0); !cut) return cut;
        progress_.emplace(clock_, screen_, printable(name_), offered.file.size, 0);
        return {};
    }
    Result<void> write(std::string_view bytes) override {
        Result<void> written = part_->append(bytes);
        if (written) progress_->advance(bytes.size());
        return written;
    }
    Result<void> finish(bool replace) {
        progress_.reset();
        return part_->finish(name_, replace);
    }

  private:
    const std::unique_ptr<PartFile> part_;
    const std::string name_;
    const Clock& clock_;
    ClassicClient::Screen& screen_;
    std::optional<TransferProgress> progress_;
};

}  // namespace

Task<std::optional<ServerSession::Exchange>> FolderTransfers::send(Command command) {
    const Upload upload = upload_of(command);
    const std::string path = upload.name;
    const Result<LocalFiles::Opened> file = files_.open(path);
    if (!file) {
        screen_.print(error_line(fmt::format("{}: {}", path, file.error().what)));
        co_return std::nullopt;
    }
    upload.name = path.substr(path.rfind('/') + 1);
    upload.size = file->size;
    TransferProgress progress(clock_, screen_, printable(upload.name), file->size, 0);
    WatchedSource source(*file->bytes, progress);
    ServerSession::Exchange exchange = co_await session_.send_file(std::move(command), source);
    co_return exchange;
}

std::optional<std::string> FolderTransfers::place_for(const std::string& name) {
    return file_name_of(name);
}

Task<std::optional<ServerSession::Exchange>> FolderTransfers::fetch(Command command, std::string place, bool replace) {
    Target target(files_.part(place + part_ending), place, clock_, screen_);
    ServerSession::Exchange exchange = co_await session_.get_file(std::move(command), target);
    const auto* answered = std::get_if<ServerSession::Answered>(&exchange);
    if (!answered || !std::holds_alternative<FileOffered>(answered->reply)) co_return exchange;
    const Result<void> finished = target.finish(replace);
    if (finished)
        screen_.print(fmt::format("{} diunduh", printable(place)));
    else
        screen_.print(error_line(fmt::format("{}: {}", place, finished.error().what)));
    co_return std::nullopt;
}

}  // namespace obrol
