#include "io/tls_certificate.h"

#include <chrono>
#include <gtest/gtest.h>

namespace obrol {
namespace {

constexpr WallTime now{std::chrono::days(20'000)};

TlsCertificatePem made() {
    return make_self_signed_certificate("shire", now).value();
}

TEST(TlsCertificate, SelfSignedOnesHoldForTenYears) {
    const Result<TlsCertificate> parsed = TlsCertificate::parse(made());
    ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
    EXPECT_GT(parsed->valid_until(), now + std::chrono::days(3650));
    EXPECT_LT(parsed->valid_until(), now + std::chrono::days(3655));
}

TEST(TlsCertificate, EachOneIsAnother) {
    EXPECT_NE(TlsCertificate::parse(made())->fingerprint(), TlsCertificate::parse(made())->fingerprint());
}

TEST(TlsCertificate, OthersMayFollow) {
    TlsCertificatePem pem = made();
    const CertificateFingerprint first = TlsCertificate::parse(pem)->fingerprint();
    pem.certificate += made().certificate;
    EXPECT_EQ(TlsCertificate::parse(pem).value().fingerprint(), first);
}

TEST(TlsCertificate, SaysWhatIsWrong) {
    const TlsCertificatePem one = made();
    const TlsCertificatePem other = made();
    const auto complaint = [](const std::string& certificate, const std::string& key) {
        return TlsCertificate::parse({certificate, key}).error().what;
    };
    EXPECT_EQ(complaint("", one.key), "holds no certificate in PEM form: no start line");
    EXPECT_TRUE(complaint(one.certificate.substr(0, 200), one.key).starts_with("holds no certificate in PEM form: "));
    EXPECT_TRUE(complaint(one.certificate + other.certificate.substr(0, 200), one.key)
                    .starts_with("holds a certificate that cannot be read: "));
    EXPECT_TRUE(complaint(one.certificate, one.certificate).starts_with("its key cannot be read"));
    EXPECT_EQ(complaint(one.certificate, other.key), "its key is that of another certificate");
    // Made by: openssl genpkey -algorithm ed25519 -aes128 -pass pass:secret
    constexpr const char* locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi/CUmG5gsGjAICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEByMPb4YPGBvzdk8wezQhd4EQKKF\n"
        "5GSqGfhtyGMi+bjEPZU0AkTdezkd1rbCDdJCQ7YoUzC/2D0r7py9t78wYvW9FEbh\n"
        "PaiHzdDGVxO9Xpqu3os=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    EXPECT_TRUE(complaint(one.certificate, locked).starts_with("its key cannot be read"));
}

}  // namespace
}  // namespace obrol
