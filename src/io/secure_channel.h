// Encrypted streams as a seam: TLS (tls_channel.h), or a keyed fake where worlds are simulated.
//
// A channel proves who one is only as far as told here: the server side shows its certificate and asks for none; the
// client side takes every certificate and says which one it was. Whom to trust is decided by whoever uses it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "io/stream.h"
#include "io/task.h"
#include "io/timer.h"

namespace obrol {

// What a server offers and a peer asks for in the handshake when the connection is one between servers.
inline constexpr std::string_view peer_alpn = "obrol-peer/1";

// SHA-256 of a certificate as it goes over the wire (DER).
using CertificateFingerprint = std::array<std::uint8_t, 32>;

// What the other side showed.
struct PeerCertificate {
    CertificateFingerprint fingerprint{};
    // Signed, for the name that was asked for, by somebody whom this system trusts. Only where the channel was told to
    // look.
    bool is_vouched_for = false;
};

// A stream on top of another one, whose bytes nobody between the two ends can read or change. Before anything else:
// handshake().
//
// It differs from what it stands on in one way: after a writev() that would block, the next one begins with the same
// bytes. An end of the other side counts as one whether it was announced (close_notify) or not: what is said in obrol
// says itself where it ends. Ending one direction leaves the other usable.
class SecureStream : public Stream {
  public:
    using ExportedKey = std::array<std::uint8_t, 32>;

    // What both ends need before bytes can pass; once. Takes as long as the other side does: close() ends it with an
    // error. The stream must outlive it.
    virtual Task<Result<void>> handshake() = 0;

    // The rest after the handshake.
    // What both ends agreed to speak; empty: the client did not ask.
    virtual std::string alpn() const = 0;
    // The same at both ends and for no other connection (RFC 5705, RFC 8446 section 7.5).
    virtual ExportedKey export_keying_material(std::string_view label) const = 0;
    // At the client's side; at the server's there is none.
    virtual const PeerCertificate& peer_certificate() const = 0;

    // Keeps `place` until the stream is gone: so streams are counted whose owners do not count them.
    void hold(std::shared_ptr<const void> place) { place_ = std::move(place); }

  private:
    std::shared_ptr<const void> place_;
};

class SecureChannel {
  public:
    struct ClientOptions {
        std::string alpn;         // empty: none is asked for. A server that does not agree fails the handshake.
        std::string server_name;  // that the certificate should be for, and that the server is told; empty: none
        bool tls13_only = false;
    };

    // `timers`: of the executor on which accept() and connect() are called.
    explicit SecureChannel(TimerService& timers) : timers_(timers) {}
    virtual ~SecureChannel() = default;

    // One end on top of `stream`, on the thread of `stream`, whichever that is. Its handshake comes next.
    // `received`: what was read from `stream` already, to see that encryption begins.
    virtual std::unique_ptr<SecureStream> server_end(std::unique_ptr<Stream> stream, std::string received) = 0;
    virtual std::unique_ptr<SecureStream> client_end(std::unique_ptr<Stream> stream, ClientOptions options) = 0;

    // An end whose handshake is done, or why that failed; at `deadline` it does.
    Task<Result<std::unique_ptr<SecureStream>>> accept(std::unique_ptr<Stream> stream, MonotonicTime deadline);
    Task<Result<std::unique_ptr<SecureStream>>> connect(std::unique_ptr<Stream> stream, ClientOptions options,
                                                        MonotonicTime deadline);

  private:
    Task<Result<std::unique_ptr<SecureStream>>> shake_hands(std::unique_ptr<SecureStream> stream,
                                                            MonotonicTime deadline);

    TimerService& timers_;
};

}  // namespace obrol
