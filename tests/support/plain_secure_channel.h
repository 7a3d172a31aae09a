// A SecureChannel for simulated worlds: the handshake of one, without its secrets. What it agrees on is what a real one
// does, what passes afterwards passes as it is. Nothing of it depends on anything but its seed.
//
// The handshake: the client sends 0x16, 16 random bytes, and what it asks to speak; the server answers with 0x16, 16
// random bytes, the fingerprint of its certificate, and what it agrees to speak (a byte with the length before each). A
// key that both export is a digest of all that.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "io/secure_channel.h"

namespace obrol {

class PlainSecureChannel final : public SecureChannel {
  public:
    // `identity` stands for the certificate and its key: equal ones have equal fingerprints. `random` must outlive the
    // channel and its streams.
    PlainSecureChannel(TimerService& timers, Random& random, std::string identity)
        : SecureChannel(timers), random_(random), identity_(std::move(identity)) {}

    std::unique_ptr<SecureStream> server_end(std::unique_ptr<Stream> stream, std::string received) override;
    std::unique_ptr<SecureStream> client_end(std::unique_ptr<Stream> stream, ClientOptions options) override;

    static CertificateFingerprint fingerprint_of(const std::string& identity);

  private:
    Random& random_;
    std::string identity_;
};

}  // namespace obrol
