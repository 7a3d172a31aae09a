#include "io/tls_certificate.h"

#include <chrono>
#include <ctime>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <utility>

#include "base/check.h"
#include "io/openssl_words.h"

namespace obrol {
namespace {

constexpr int version_3 = 2;                           // X.509 counts from 0
constexpr auto valid_before = std::chrono::hours(24);  // for clocks that are behind
constexpr auto valid_after = std::chrono::hours(24) * 3652;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using BigNumber = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Extension = std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)>;

Bio reading(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all};
}

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

// Nobody is there to be asked for it.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

std::time_t seconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool set_times(X509* certificate, WallTime now) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(now - valid_before)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(now + valid_after)) != nullptr;
}

bool set_random_serial(X509* certificate) {
    constexpr int bits = 127;  // a positive number of at most 16 bytes
    const BigNumber serial(BN_new(), &BN_free);
    return serial && BN_rand(serial.get(), bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(common_name.data());
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, static_cast<int>(common_name.size()), -1, 0) ==
               1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Failure<Error> cannot_make() {
    return fail("cannot make a certificate: " + take_openssl_reason());
}

}  // namespace

void TlsCertificate::Free::operator()(x509_st* certificate) const {
    X509_free(certificate);
}

void TlsCertificate::Free::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

Result<TlsCertificatePem> make_self_signed_certificate(const std::string& common_name, WallTime now) {
    ERR_clear_error();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    X509* const certificate = made.get();
    const bool is_made =
        key && certificate && X509_set_version(certificate, version_3) == 1 && set_random_serial(certificate) &&
        set_times(certificate, now) && set_name(certificate, common_name) &&
        X509_set_pubkey(certificate, key.get()) == 1 &&
        add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
        add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
        add_extension(certificate, NID_subject_alt_name, "DNS:" + common_name + ",DNS:localhost,IP:127.0.0.1,IP:::1") &&
        X509_sign(certificate, key.get(), EVP_sha256()) > 0;
    if (!is_made) return cannot_make();
    const Bio certificate_text(BIO_new(BIO_s_mem()), &BIO_free_all);
    const Bio key_text(BIO_new(BIO_s_mem()), &BIO_free_all);
    const bool is_written =
        certificate_text && key_text && PEM_write_bio_X509(certificate_text.get(), certificate) == 1 &&
        PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
    if (!is_written) return cannot_make();
    return TlsCertificatePem{text_of(certificate_text.get()), text_of(key_text.get())};
}

Result<TlsCertificate> TlsCertificate::parse(const TlsCertificatePem& pem) {
    ERR_clear_error();
    TlsCertificate parsed;
    const Bio certificates = reading(pem.certificate);
    OBROL_CHECK(certificates);
    parsed.certificate_.reset(PEM_read_bio_X509_AUX(certificates.get(), nullptr, &no_passphrase, nullptr));
    if (!parsed.certificate_) return fail("holds no certificate in PEM form: " + take_openssl_reason());
    while (X509* const other = PEM_read_bio_X509(certificates.get(), nullptr, &no_passphrase, nullptr))
        parsed.others_.emplace_back(other);
    // The end of the file is the error that ends the loop.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return fail("holds a certificate that cannot be read: " + take_openssl_reason());
    ERR_clear_error();
    const Bio key = reading(pem.key);
    OBROL_CHECK(key);
    parsed.key_.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, &no_passphrase, nullptr));
    if (!parsed.key_)
        return fail("its key cannot be read (it must be in PEM form, without a passphrase): " + take_openssl_reason());
    if (X509_check_private_key(parsed.certificate_.get(), parsed.key_.get()) != 1) {
        ERR_clear_error();
        return fail("its key is that of another certificate");
    }
    return parsed;
}

CertificateFingerprint TlsCertificate::fingerprint() const {
    CertificateFingerprint fingerprint{};
    OBROL_CHECK(X509_digest(certificate_.get(), EVP_sha256(), fingerprint.data(), nullptr) == 1);
    return fingerprint;
}

WallTime TlsCertificate::valid_until() const {
    std::tm time{};
    OBROL_CHECK(ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &time) == 1);
    return WallTime(std::chrono::seconds(timegm(&time)));
}

}  // namespace obrol
