#include "tests/support/memory_stream.h"

#include <algorithm>
#include <cstring>

namespace obrol {

// One direction. An end that is gone is null.
struct MemoryStream::Pipe {
    MemoryStream* reader = nullptr;
    MemoryStream* writer = nullptr;
    std::string bytes;
    bool ended = false;   // no more will be written
    bool broken = false;  // reset
};

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> MemoryStream::make_pair(Executor& executor,
                                                                                                Options options) {
    auto forth = std::make_shared<Pipe>();
    auto back = std::make_shared<Pipe>();
    std::unique_ptr<MemoryStream> first(new MemoryStream(executor, back, forth, options, options.second_host));
    std::unique_ptr<MemoryStream> second(new MemoryStream(executor, forth, back, options, options.first_host));
    return {std::move(first), std::move(second)};
}

MemoryStream::MemoryStream(Executor& executor, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out,
                           const Options& options, std::string peer_host)
    : executor_(executor),
      in_(std::move(in)),
      out_(std::move(out)),
      buffer_bytes_(options.buffer_bytes),
      read_bytes_max_(options.read_bytes_max),
      peer_host_(std::move(peer_host)) {
    in_->reader = this;
    out_->writer = this;
}

MemoryStream::~MemoryStream() {
    close();
    in_->reader = nullptr;
    out_->writer = nullptr;
}

void MemoryStream::wake_reader_of(const std::shared_ptr<Pipe>& pipe) {
    executor_.post([pipe] {
        if (pipe->reader && pipe->reader->readable()) pipe->reader->resume_reader();
    });
}

void MemoryStream::wake_writer_of(const std::shared_ptr<Pipe>& pipe) {
    executor_.post([pipe] {
        if (pipe->writer && pipe->writer->writable()) pipe->writer->resume_writer();
    });
}

IoResult MemoryStream::read_some(std::span<char> into) {
    if (closed_ || in_->broken) return {IoStatus::failed, 0};
    if (in_->bytes.empty()) return {in_->ended ? IoStatus::closed : IoStatus::would_block, 0};
    const std::size_t count = std::min({into.size(), in_->bytes.size(), read_bytes_max_});
    std::memcpy(into.data(), in_->bytes.data(), count);
    in_->bytes.erase(0, count);
    wake_writer_of(in_);
    return {IoStatus::ok, count};
}

IoResult MemoryStream::writev(std::span<const iovec> buffers) {
    if (closed_ || out_->broken) return {IoStatus::failed, 0};
    if (out_->ended || !out_->reader) return {IoStatus::closed, 0};
    std::size_t count = 0;
    for (const iovec& buffer : buffers) {
        const std::size_t room = buffer_bytes_ - std::min(buffer_bytes_, out_->bytes.size());
        const std::size_t part = std::min(room, buffer.iov_len);
        out_->bytes.append(static_cast<const char*>(buffer.iov_base), part);
        count += part;
        if (part < buffer.iov_len) break;
    }
    if (count == 0) return {IoStatus::would_block, 0};
    wake_reader_of(out_);
    return {IoStatus::ok, count};
}

void MemoryStream::shutdown_write() {
    out_->ended = true;
    wake_reader_of(out_);
}

void MemoryStream::close() {
    if (closed_) return;
    closed_ = true;
    shutdown_write();
    // Nobody will read what comes.
    in_->broken = true;
    in_->bytes.clear();
    wake_writer_of(in_);
    wake_reader_of(in_);
    wake_writer_of(out_);
}

void MemoryStream::reset() {
    for (const std::shared_ptr<Pipe>& pipe : {in_, out_}) {
        pipe->broken = true;
        pipe->bytes.clear();
        wake_reader_of(pipe);
        wake_writer_of(pipe);
    }
}

std::size_t MemoryStream::incoming_bytes() const {
    return in_->bytes.size();
}

bool MemoryStream::readable() const {
    return closed_ || in_->broken || in_->ended || !in_->bytes.empty();
}

bool MemoryStream::writable() const {
    return closed_ || out_->broken || out_->ended || !out_->reader || out_->bytes.size() < buffer_bytes_;
}

}  // namespace obrol
