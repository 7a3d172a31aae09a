// One end of a TLS connection (RFC 8446; RFC 5246 from the server's side, too), by OpenSSL. Made by TlsChannel.
//
// OpenSSL reads from and writes to the stream below directly; nothing is buffered in between. It keeps memory for a
// record while a part of one has come or waits to be taken, and none while the connection is idle.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "io/secure_channel.h"
#include "io/stream_watch.h"

struct bio_method_st;
struct bio_st;
struct ssl_st;

namespace obrol {

struct FreeSsl {
    void operator()(ssl_st* ssl) const;
};
using SslPointer = std::unique_ptr<ssl_st, FreeSsl>;

class TlsStream final : public SecureStream, private StreamWatch::Owner {
  public:
    struct Asked {
        std::string alpn;     // what the other side must agree to, if anything
        bool a_name = false;  // that the certificate is to be for
    };

    // `ssl` is set up for its side and has done nothing yet.
    TlsStream(SslPointer ssl, std::unique_ptr<Stream> below, std::string received, Asked asked);
    ~TlsStream() override;

    Task<Result<void>> handshake() override;
    std::string alpn() const override;
    ExportedKey export_keying_material(std::string_view label) const override;
    const PeerCertificate& peer_certificate() const override { return peer_certificate_; }

    IoResult read_some(std::span<char> into) override;
    IoResult writev(std::span<const iovec> buffers) override;
    void shutdown_write() override;
    void close() override;
    std::string peer_host() const override { return below_->peer_host(); }
    std::size_t held_bytes() const override;

  private:
    // How OpenSSL reaches the stream below.
    static const bio_method_st* below_method();
    static int read_below(bio_st* bio, char* into, std::size_t size, std::size_t* count);
    static int write_below(bio_st* bio, const char* bytes, std::size_t size, std::size_t* count);
    static long control_below(bio_st* bio, int command, long number, void* pointer);

    Result<void> finish_handshake();
    void note_peer_certificate();
    IoStatus reading_stopped(int result);
    IoStatus write_record(const char* bytes, std::size_t size);
    void end_writing();

    bool readable() const override;
    bool writable() const override;
    void want_readable() override;
    void want_writable() override;
    void change_owner(Executor& owner) override { below_->move_to(owner); }
    void below_is_ready(StreamWatch::Direction direction) override;

    std::unique_ptr<Stream> below_;
    SslPointer ssl_;
    StreamWatch below_readable_{*this, StreamWatch::Direction::read};
    StreamWatch below_writable_{*this, StreamWatch::Direction::write};
    std::string received_;  // from below, before this stream was there
    Asked asked_;
    PeerCertificate peer_certificate_;
    std::optional<IoStatus> read_end_;  // every further read gives this
    std::size_t blocked_bytes_ = 0;     // of the record that waits to be taken below
    bool* is_gone_ = nullptr;           // set when the stream is destroyed in the middle of a call
    bool is_established_ = false;
    bool is_drained_ = false;        // nothing more can be read until the stream below is ready
    bool read_wants_write_ = false;  // because OpenSSL has to answer something first
    bool below_ended_ = false;
    bool is_ending_ = false;       // no more is written
    bool end_is_blocked_ = false;  // saying so waits for the stream below
    bool is_closed_ = false;
};

}  // namespace obrol
