#include "io/tls_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <utility>

#include "base/check.h"
#include "io/openssl_words.h"

namespace obrol {
namespace {

// A record's content (RFC 8446 section 5.1): more would become several.
constexpr std::size_t record_bytes_max = 16 * 1024;
// What OpenSSL allocates for a record that comes or goes, about.
constexpr std::size_t record_buffer_bytes = 17 * 1024;
// What a connection holds until its handshake is done: buffers in both directions, a message, keys. Measured.
constexpr std::size_t handshake_bytes = 48 * 1024;

std::size_t total_size(std::span<const iovec> buffers) {
    std::size_t total = 0;
    for (const iovec& buffer : buffers)
        total += buffer.iov_len;
    return total;
}

// The next bytes to go, record by record.
class Gatherer {
  public:
    explicit Gatherer(std::span<const iovec> buffers) : buffers_(buffers), left_(total_size(buffers)) {}

    std::size_t left() const { return left_; }

    // The next `size` bytes in one piece: where they are, or copied to `scratch`.
    const char* next(std::size_t size, std::span<char> scratch) {
        skip_empty();
        if (buffers_.front().iov_len - taken_ >= size) {
            const char* const bytes = static_cast<const char*>(buffers_.front().iov_base) + taken_;
            take(size);
            return bytes;
        }
        for (std::size_t copied = 0; copied < size;) {
            skip_empty();
            const std::size_t part = std::min(size - copied, buffers_.front().iov_len - taken_);
            std::memcpy(scratch.data() + copied, static_cast<const char*>(buffers_.front().iov_base) + taken_, part);
            take(part);
            copied += part;
        }
        return scratch.data();
    }

  private:
    void skip_empty() {
        while (buffers_.front().iov_len == taken_) {
            buffers_ = buffers_.subspan(1);
            taken_ = 0;
        }
    }
    void take(std::size_t size) {
        taken_ += size;
        left_ -= size;
    }

    std::span<const iovec> buffers_;
    std::size_t taken_ = 0;  // of the first one
    std::size_t left_;
};

}  // namespace

void FreeSsl::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

TlsStream::TlsStream(SslPointer ssl, std::unique_ptr<Stream> below, std::string received, Asked asked)
    : below_(std::move(below)), ssl_(std::move(ssl)), received_(std::move(received)), asked_(std::move(asked)) {
    BIO* const bio = BIO_new(below_method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() {
    if (is_gone_) *is_gone_ = true;
}

const bio_method_st* TlsStream::below_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
        OBROL_CHECK(made != nullptr);
        BIO_meth_set_read_ex(made, &TlsStream::read_below);
        BIO_meth_set_write_ex(made, &TlsStream::write_below);
        BIO_meth_set_ctrl(made, &TlsStream::control_below);
        return made;
    }();
    return method;
}

int TlsStream::read_below(bio_st* bio, char* into, std::size_t size, std::size_t* count) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *count = 0;
    if (!self.received_.empty()) {
        *count = self.received_.copy(into, size);
        self.received_.erase(0, *count);
        if (self.received_.empty()) std::string().swap(self.received_);
        return 1;
    }
    // Asking the stream costs nothing, asking the kernel does.
    const bool may_have_some = self.below_->wait_readable().await_ready();
    const IoResult result = may_have_some ? self.below_->read_some({into, size}) : IoResult{IoStatus::would_block};
    switch (result.status) {
        case IoStatus::ok:
            *count = result.bytes;
            return 1;
        case IoStatus::would_block:
            BIO_set_retry_read(bio);
            return 0;
        case IoStatus::closed:
            self.below_ended_ = true;
            return 0;
        case IoStatus::failed:
            return 0;
    }
    return 0;
}

int TlsStream::write_below(bio_st* bio, const char* bytes, std::size_t size, std::size_t* count) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const iovec buffer{const_cast<char*>(bytes), size};
    const IoResult result = self.below_->writev({&buffer, 1});
    *count = result.bytes;
    if (result.status == IoStatus::would_block) BIO_set_retry_write(bio);
    return result.status == IoStatus::ok ? 1 : 0;
}

long TlsStream::control_below(bio_st* bio, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return static_cast<const TlsStream*>(BIO_get_data(bio))->below_ended_ ? 1 : 0;
        default:
            return 0;
    }
}

Task<Result<void>> TlsStream::handshake() {
    OBROL_CHECK(!is_established_);
    for (;;) {
        if (is_closed_) co_return fail("no secure connection: it was closed");
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result == 1) co_return finish_handshake();
        switch (SSL_get_error(ssl_.get(), result)) {
            case SSL_ERROR_WANT_READ:
                co_await below_->wait_readable();
                break;
            case SSL_ERROR_WANT_WRITE:
                co_await below_->wait_writable();
                break;
            case SSL_ERROR_SSL:
                co_return fail("no secure connection: " + take_openssl_reason());
            default:
                ERR_clear_error();
                co_return fail("no secure connection: the other side went away");
        }
    }
}

Result<void> TlsStream::finish_handshake() {
    if (alpn() != asked_.alpn && !asked_.alpn.empty())
        return fail("no secure connection: the other side does not speak " + asked_.alpn);
    is_established_ = true;
    note_peer_certificate();
    return {};
}

void TlsStream::note_peer_certificate() {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    if (!certificate) return;
    CertificateFingerprint& fingerprint = peer_certificate_.fingerprint;
    OBROL_CHECK(X509_digest(certificate.get(), EVP_sha256(), fingerprint.data(), nullptr) == 1);
    peer_certificate_.is_vouched_for = asked_.a_name && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
}

std::string TlsStream::alpn() const {
    const unsigned char* bytes = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &bytes, &size);
    return {reinterpret_cast<const char*>(bytes), size};
}

SecureStream::ExportedKey TlsStream::export_keying_material(std::string_view label) const {
    OBROL_CHECK(is_established_);
    ExportedKey key{};
    OBROL_CHECK(
        SSL_export_keying_material(ssl_.get(), key.data(), key.size(), label.data(), label.size(), nullptr, 0, 0) == 1);
    return key;
}

IoResult TlsStream::read_some(std::span<char> into) {
    OBROL_CHECK(is_established_ && !into.empty());
    if (is_closed_) return {IoStatus::failed};
    if (read_end_) return {*read_end_};
    read_wants_write_ = false;
    std::size_t total = 0;
    while (total < into.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &count);
        if (result == 1) {
            is_drained_ = false;
            total += count;
            continue;
        }
        const IoStatus status = reading_stopped(result);
        if (total == 0) return {status};
        break;
    }
    return {IoStatus::ok, total};
}

IoStatus TlsStream::reading_stopped(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_WRITE:
            read_wants_write_ = true;
            [[fallthrough]];
        case SSL_ERROR_WANT_READ:
            is_drained_ = true;
            return IoStatus::would_block;
        case SSL_ERROR_ZERO_RETURN:
            read_end_ = IoStatus::closed;
            break;
        default:
            read_end_ = IoStatus::failed;
            ERR_clear_error();
            break;
    }
    return *read_end_;
}

IoResult TlsStream::writev(std::span<const iovec> buffers) {
    OBROL_CHECK(is_established_);
    if (is_closed_) return {IoStatus::failed};
    if (is_ending_) return {IoStatus::closed};
    Gatherer bytes(buffers);
    // What OpenSSL has encrypted once it must be offered again as it was.
    OBROL_CHECK(bytes.left() > 0 && bytes.left() >= blocked_bytes_);
    std::array<char, record_bytes_max> scratch;
    std::size_t total = 0;
    while (bytes.left() > 0) {
        const std::size_t size = blocked_bytes_ > 0 ? blocked_bytes_ : std::min(bytes.left(), record_bytes_max);
        const IoStatus status = write_record(bytes.next(size, scratch), size);
        if (status != IoStatus::ok) {
            if (total == 0) return {status};
            break;
        }
        total += size;
    }
    return {IoStatus::ok, total};
}

IoStatus TlsStream::write_record(const char* bytes, std::size_t size) {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes, size, &count);
    if (result == 1) {
        OBROL_CHECK(count == size);
        blocked_bytes_ = 0;
        return IoStatus::ok;
    }
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) {
        blocked_bytes_ = size;
        return IoStatus::would_block;
    }
    ERR_clear_error();
    return IoStatus::failed;
}

void TlsStream::shutdown_write() {
    if (is_closed_ || is_ending_) return;
    is_ending_ = true;
    end_writing();
}

// Says that nothing more comes, and then ends the stream below likewise.
void TlsStream::end_writing() {
    ERR_clear_error();
    const int result = SSL_shutdown(ssl_.get());
    end_is_blocked_ = result < 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE;
    ERR_clear_error();
    if (end_is_blocked_) return below_writable_.start(*below_);
    below_->shutdown_write();
}

void TlsStream::close() {
    if (is_closed_) return;
    is_closed_ = true;
    below_->close();
}

std::size_t TlsStream::held_bytes() const {
    if (is_closed_) return 0;
    if (!is_established_) return handshake_bytes + received_.capacity();
    std::size_t bytes = blocked_bytes_ > 0 ? record_buffer_bytes : 0;
    // A header has come, or a part of one or of what follows it.
    const bool is_in_record =
        !read_end_ && (SSL_has_pending(ssl_.get()) == 1 || std::strcmp(SSL_rstate_string(ssl_.get()), "RB") == 0);
    if (is_in_record) bytes += record_buffer_bytes;
    return bytes;
}

bool TlsStream::readable() const {
    if (is_closed_ || read_end_ || !is_drained_) return true;
    return read_wants_write_ ? below_->wait_writable().await_ready() : below_->wait_readable().await_ready();
}

bool TlsStream::writable() const {
    return is_closed_ || is_ending_ || blocked_bytes_ == 0 || below_->wait_writable().await_ready();
}

void TlsStream::want_readable() {
    if (read_wants_write_) return below_writable_.start(*below_);
    below_readable_.start(*below_);
}

void TlsStream::want_writable() {
    below_writable_.start(*below_);
}

void TlsStream::below_is_ready(StreamWatch::Direction direction) {
    if (direction == StreamWatch::Direction::read) return resume_reader();
    if (end_is_blocked_ && !is_closed_) end_writing();
    const bool wakes_reader = read_wants_write_;
    bool is_gone = false;
    is_gone_ = &is_gone;
    resume_writer();
    if (is_gone) return;
    is_gone_ = nullptr;
    if (wakes_reader) resume_reader();
}

}  // namespace obrol
