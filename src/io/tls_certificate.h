// Certificates and their keys, as PEM files hold them (RFC 7468).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/secure_channel.h"

struct evp_pkey_st;
struct x509_st;

namespace obrol {

struct TlsCertificatePem {
    std::string certificate;
    std::string key;
};

// ECDSA on P-256, which every TLS client takes, valid for ten years from a day before `now` on. Made out to
// `common_name` and, so that programs on this machine may check the name, to "localhost".
Result<TlsCertificatePem> make_self_signed_certificate(const std::string& common_name, WallTime now);

// A certificate, those that vouch for it, and its key.
class TlsCertificate {
  public:
    // The certificate comes first, others may follow it. Errors say what is wrong: no PEM, a key with a passphrase, a
    // key that belongs to another certificate.
    static Result<TlsCertificate> parse(const TlsCertificatePem& pem);

    CertificateFingerprint fingerprint() const;
    WallTime valid_until() const;

  private:
    friend class TlsChannel;
    struct Free {
        void operator()(x509_st* certificate) const;
        void operator()(evp_pkey_st* key) const;
    };

    std::unique_ptr<x509_st, Free> certificate_;
    std::vector<std::unique_ptr<x509_st, Free>> others_;
    std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace obrol
