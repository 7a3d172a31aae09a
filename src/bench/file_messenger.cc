#include "bench/file_messenger.h"

namespace obrol::bench {
namespace {

// What a connection holds of its file beside the kernel's buffers.
constexpr std::size_t piece_bytes = 256 * 1024;

}  // namespace

bool FileMessenger::append_piece(std::string& out) {
    if (unsent_.empty()) return false;
    const std::string_view piece = unsent_.substr(0, piece_bytes);
    out.append(piece);
    unsent_.remove_prefix(piece.size());
    if (unsent_.empty()) out.append(tail_);
    return true;
}

void FileMessenger::begin_content(std::string_view tail, std::string& out) {
    unsent_ = content_;
    tail_ = tail;
    append_piece(out);
}

Result<std::size_t> FileMessenger::take_content(std::string_view received, Heard& heard) {
    const std::string_view piece = received.substr(0, due_);
    if (auto taken = heard.on_delivery(piece); !taken) return Failure<Error>(taken.error());
    due_ -= piece.size();
    return piece.size();
}

}  // namespace obrol::bench
