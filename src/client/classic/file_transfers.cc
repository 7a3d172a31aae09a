#include "client/classic/file_transfers.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "client/classic/menu_texts.h"
#include "client/classic/printable.h"
#include "client/classic/transfer_progress.h"
#include "model/file.h"

namespace obrol {
namespace {

constexpr std::size_t names_max = 1000;

std::string joined(std::string_view folder, std::string_view name) {
    if (folder.empty()) return std::string(name);
    return fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", name);
}

// With the slash; empty: the current one.
std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

}  // namespace

bool is_file_code(std::string_view text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return (text.size() == file_code_size || text.size() == long_file_code_size) && std::ranges::all_of(text, is_digit);
}

// Where a download goes.
class FileTransfers::Target final : public FileSink {
  public:
    Target(FileTransfers& transfers, const Download& download) : transfers_(transfers), code_(download.code) {
        const bool into_folder = download.path.empty() || transfers.files_.is_folder(download.path);
        folder_ = into_folder ? download.path : folder_of(download.path);
        if (!into_folder) path_ = download.path;
        const auto known = transfers.names_.find(download.code);
        if (into_folder && known != transfers.names_.end()) path_ = joined(folder_, known->second);
        part_ = transfers.files_.part(joined(folder_, code_ + ".part"));
    }

    Result<void> begin(const FileOffered& offered) override {
        if (path_.empty()) {
            const auto name = file_name_of(offered.file.name);
            if (!name) return fail(fmt::format("nama file tidak sah: {}", offered.file.name));
            transfers_.remember(code_, *name);
            path_ = joined(folder_, *name);
        }
        if (Result<void> cut = part_->cut(offered.offset); !cut) return cut;
        progress_.emplace(transfers_.clock_, transfers_.screen_, printable(path_), offered.file.size, offered.offset);
        return {};
    }
    Result<void> write(std::string_view bytes) override {
        Result<void> written = part_->append(bytes);
        if (written) progress_->advance(bytes.size());
        return written;
    }
    // No bytes come any more.
    void pause() { progress_.reset(); }

    // Empty: not known before the server says how the file is called.
    const std::string& path() const { return path_; }
    PartFile& part() { return *part_; }

  private:
    FileTransfers& transfers_;
    const std::string code_;
    std::string folder_;
    std::string path_;
    std::unique_ptr<PartFile> part_;
    std::optional<TransferProgress> progress_;
};

void FileTransfers::remember(const std::string& code, const std::string& name) {
    const auto safe_name = file_name_of(name);
    if (!safe_name || !is_file_code(code)) return;
    if (names_.size() >= names_max) names_.clear();
    names_[code] = *safe_name;
}

Task<void> FileTransfers::send(std::string_view word, Place chat, std::string path) {
    const Result<LocalFiles::Opened> file = files_.open(path);
    if (!file) {
        screen_.print(error_line(fmt::format("{}: {}", path, file.error().what)));
        co_return;
    }
    const bool ready = co_await session_.be_ready(word);
    if (!ready) co_return;
    SendFile request;
    request.to = std::move(chat);
    request.name = path.substr(folder_of(path).size());
    request.size = file->size;
    std::optional<MenuSession::Answer> answer;
    {
        TransferProgress progress(clock_, screen_, printable(request.name), file->size, 0);
        WatchedSource source(*file->bytes, progress);
        const ServerSession::Exchange exchange = co_await session_.send_file(std::move(request), source);
        answer = session_.judge(word, exchange);
    }
    if (!answer) co_return;
    const FileCard& sent = std::get<FileSent>(answer->reply).file;
    screen_.print(fmt::format("{} terkirim, file_code: {}", printable(sent.name), printable(sent.code)));
}

bool FileTransfers::is_free(const Download& download, const std::string& path) const {
    return download.replace || path.empty() || !files_.exists(path);
}

Task<std::optional<std::string>> FileTransfers::fetch(std::string_view word, Download download) {
    if (!is_file_code(download.code)) {
        screen_.print(error_line("kode file tidak sah: " + download.code));
        co_return std::nullopt;
    }
    Target target(*this, download);
    if (is_free(download, target.path())) {
        const bool whole = co_await fetch_bytes(word, download, target);
        if (!whole) co_return std::nullopt;
        if (is_free(download, target.path())) {
            const Result<void> finished = target.part().finish(target.path(), download.replace);
            if (finished)
                screen_.print(fmt::format("{} diunduh", printable(target.path())));
            else
                screen_.print(error_line(fmt::format("{}: {}", target.path(), finished.error().what)));
            co_return std::nullopt;
        }
    }
    if (screen_.is_watched()) co_return target.path();
    screen_.print(
        error_line(fmt::format("{} sudah ada; gunakan {} {} [nama file baru]", target.path(), word, download.code)));
    co_return std::nullopt;
}

// Until it is whole, or comes no further.
Task<bool> FileTransfers::fetch_bytes(std::string_view word, const Download& download, Target& target) {
    for (;;) {
        const std::uint64_t offset = target.part().size();
        const bool ready = co_await session_.be_ready(word);
        if (!ready) co_return false;
        GetFile request{download.code, download.chat, offset};
        const ServerSession::Exchange exchange = co_await session_.get_file(std::move(request), target);
        target.pause();
        const auto* answered = std::get_if<ServerSession::Answered>(&exchange);
        const auto* refused = answered ? std::get_if<Refused>(&answered->reply) : nullptr;
        if (refused && refused->why == ChatError::bad_file_size && offset > 0) {
            // What is there cannot be the beginning of this file.
            const Result<void> cut = target.part().cut(0);
            if (cut) continue;
        }
        const auto* broken = std::get_if<ServerSession::FateUnknown>(&exchange);
        if (broken && broken->loss != ServerSession::Loss::stopped && target.part().size() > offset) {
            screen_.notice(fmt::format("Unduhan terputus setelah {} byte; dilanjutkan", target.part().size()));
            continue;
        }
        const std::optional<MenuSession::Answer> answer = session_.judge(word, exchange);
        co_return answer.has_value();
    }
}

}  // namespace obrol
