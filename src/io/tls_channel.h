// TLS by OpenSSL: 1.2 and 1.3 with authenticated encryption (AEAD) only, no renegotiation, no compression, no
// certificates of clients. Sessions are not resumed: there is nothing to keep for whoever went away, and no key of
// theirs to guard.
#pragma once

#include <memory>
#include <mutex>

#include "io/secure_channel.h"
#include "io/tls_certificate.h"

struct ssl_ctx_st;

namespace obrol {

class TlsChannel final : public SecureChannel {
  public:
    enum class Vouching {
        ignored,  // no certificate is vouched for
        system,   // by those whom this system trusts
    };

    explicit TlsChannel(TimerService& timers, Vouching vouching = Vouching::ignored);
    ~TlsChannel() override;

    // What server ends show from now on; those that are there keep what they have. Before the first server_end().
    // Refused when OpenSSL does not take it (a key that is too weak). From any thread.
    Result<void> show(const TlsCertificate& certificate);

    std::unique_ptr<SecureStream> server_end(std::unique_ptr<Stream> stream, std::string received) override;
    std::unique_ptr<SecureStream> client_end(std::unique_ptr<Stream> stream, ClientOptions options) override;

  private:
    using Context = std::shared_ptr<ssl_ctx_st>;
    static Context new_context();
    Context server_context() const;

    Context client_context_;
    mutable std::mutex mutex_;
    Context server_context_;  // guarded by mutex_
};

}  // namespace obrol
