#include "tests/support/plain_secure_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/crypto/sha256.h"
#include "io/stream_watch.h"

namespace obrol {
namespace {

constexpr char first_byte = 0x16;
constexpr std::size_t nonce_bytes = 16;

std::string with_length(const std::string& text) {
    return static_cast<char>(text.size()) + text;
}

class PlainSecureStream : public SecureStream, private StreamWatch::Owner {
  public:
    PlainSecureStream(std::unique_ptr<Stream> below, std::string received, Random& random)
        : below_(std::move(below)), received_(std::move(received)) {
        for (std::size_t i = 0; i < nonce_bytes; ++i)
            nonce_.push_back(static_cast<char>(random.below(256)));
    }

    std::string alpn() const override { return alpn_; }
    const PeerCertificate& peer_certificate() const override { return peer_certificate_; }
    ExportedKey export_keying_material(std::string_view label) const override {
        OBROL_CHECK(!transcript_.empty());
        return sha256(transcript_ + std::string(label));
    }

    IoResult read_some(std::span<char> into) override {
        if (received_.empty() || is_closed_) return below_->read_some(into);
        const std::size_t count = received_.copy(into.data(), into.size());
        received_.erase(0, count);
        return {IoStatus::ok, count};
    }
    IoResult writev(std::span<const iovec> buffers) override { return below_->writev(buffers); }
    void shutdown_write() override { below_->shutdown_write(); }
    void close() override {
        is_closed_ = true;
        below_->close();
    }
    std::string peer_host() const override { return below_->peer_host(); }

  protected:
    const std::string& nonce() const { return nonce_; }

    // False: it ended before so many had come.
    Task<bool> read_exactly(std::size_t bytes, std::string& into) {
        while (received_.size() < bytes) {
            std::array<char, 512> piece;
            const IoResult result = below_->read_some(piece);
            if (result.status == IoStatus::ok) received_.append(piece.data(), result.bytes);
            if (result.status == IoStatus::closed || result.status == IoStatus::failed) co_return false;
            if (result.status == IoStatus::would_block) co_await below_->wait_readable();
        }
        into = received_.substr(0, bytes);
        received_.erase(0, bytes);
        co_return true;
    }
    Task<bool> read_text(std::string& into) {
        std::string length;
        const bool has_length = co_await read_exactly(1, length);
        if (!has_length) co_return false;
        const auto size = static_cast<unsigned char>(length.front());
        const bool has_text = co_await read_exactly(size, into);
        co_return has_text;
    }
    Task<bool> write_all(std::string bytes) {
        while (!bytes.empty()) {
            const iovec buffer{bytes.data(), bytes.size()};
            const IoResult result = below_->writev({&buffer, 1});
            if (result.status == IoStatus::closed || result.status == IoStatus::failed) co_return false;
            bytes.erase(0, result.bytes);
            if (result.status == IoStatus::would_block) co_await below_->wait_writable();
        }
        co_return true;
    }
    void agree(std::string alpn, std::string transcript, const CertificateFingerprint& shown_to_client) {
        alpn_ = std::move(alpn);
        transcript_ = std::move(transcript);
        peer_certificate_.fingerprint = shown_to_client;
    }

  private:
    bool readable() const override { return !received_.empty() || below_->wait_readable().await_ready(); }
    bool writable() const override { return below_->wait_writable().await_ready(); }
    void want_readable() override { below_readable_.start(*below_); }
    void want_writable() override { below_writable_.start(*below_); }
    void change_owner(Executor& owner) override { below_->move_to(owner); }
    void below_is_ready(StreamWatch::Direction direction) override {
        direction == StreamWatch::Direction::read ? resume_reader() : resume_writer();
    }

    std::unique_ptr<Stream> below_;
    StreamWatch below_readable_{*this, StreamWatch::Direction::read};
    StreamWatch below_writable_{*this, StreamWatch::Direction::write};
    std::string received_;
    std::string nonce_;
    std::string alpn_;
    std::string transcript_;
    PeerCertificate peer_certificate_;
    bool is_closed_ = false;
};

class ServerEnd final : public PlainSecureStream {
  public:
    ServerEnd(std::unique_ptr<Stream> below, std::string received, Random& random,
              const CertificateFingerprint& fingerprint)
        : PlainSecureStream(std::move(below), std::move(received), random), fingerprint_(fingerprint) {}

    Task<Result<void>> handshake() override {
        std::string hello;
        std::string asked;
        const bool has_hello = co_await read_exactly(1 + nonce_bytes, hello);
        if (!has_hello || hello.front() != first_byte) co_return fail("no secure connection: no handshake");
        const bool has_asked = co_await read_text(asked);
        if (!has_asked) co_return fail("no secure connection: the other side went away");
        const std::string alpn = asked == peer_alpn ? asked : std::string();
        const std::string shown(fingerprint_.begin(), fingerprint_.end());
        const std::string answer = first_byte + nonce() + shown + with_length(alpn);
        const bool has_answered = co_await write_all(answer);
        if (!has_answered) co_return fail("no secure connection: the other side went away");
        agree(alpn, hello + with_length(asked) + answer, CertificateFingerprint());
        co_return Result<void>();
    }

  private:
    CertificateFingerprint fingerprint_;
};

class ClientEnd final : public PlainSecureStream {
  public:
    ClientEnd(std::unique_ptr<Stream> below, Random& random, std::string asked_alpn)
        : PlainSecureStream(std::move(below), std::string(), random), asked_alpn_(std::move(asked_alpn)) {}

    Task<Result<void>> handshake() override {
        const std::string hello = first_byte + nonce() + with_length(asked_alpn_);
        const bool has_asked = co_await write_all(hello);
        std::string answer;
        std::string alpn;
        CertificateFingerprint fingerprint{};
        const bool has_answer = has_asked && co_await read_exactly(1 + nonce_bytes + fingerprint.size(), answer);
        if (!has_answer || answer.front() != first_byte) co_return fail("no secure connection: no handshake");
        const bool has_alpn = co_await read_text(alpn);
        if (!has_alpn) co_return fail("no secure connection: the other side went away");
        if (alpn != asked_alpn_) co_return fail("no secure connection: the other side does not speak " + asked_alpn_);
        std::copy(answer.end() - static_cast<std::ptrdiff_t>(fingerprint.size()), answer.end(), fingerprint.begin());
        agree(alpn, hello + answer + with_length(alpn), fingerprint);
        co_return Result<void>();
    }

  private:
    std::string asked_alpn_;
};

}  // namespace

std::unique_ptr<SecureStream> PlainSecureChannel::server_end(std::unique_ptr<Stream> stream, std::string received) {
    return std::make_unique<ServerEnd>(std::move(stream), std::move(received), random_, fingerprint_of(identity_));
}

std::unique_ptr<SecureStream> PlainSecureChannel::client_end(std::unique_ptr<Stream> stream, ClientOptions options) {
    return std::make_unique<ClientEnd>(std::move(stream), random_, std::move(options.alpn));
}

CertificateFingerprint PlainSecureChannel::fingerprint_of(const std::string& identity) {
    return sha256(identity);
}

}  // namespace obrol
