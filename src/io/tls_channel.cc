#include "io/tls_channel.h"

#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "io/openssl_words.h"
#include "io/tls_stream.h"

namespace obrol {
namespace {

// Of TLS 1.2; those of 1.3 are all of this kind.
constexpr const char* authenticated_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// As the handshake carries names of protocols (RFC 7301 section 3.1): each after its length.
std::string alpn_list(std::string_view name) {
    std::string list(1, static_cast<char>(name.size()));
    list += name;
    return list;
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Between servers nothing older than TLS 1.3 is spoken. Whoever asks for something else gets no answer to that, and may
// be a client of chat that names what it does not need.
int choose_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* asked,
                unsigned asked_size, void*) {
    const std::string ours = alpn_list(peer_alpn);
    unsigned char* found = nullptr;
    // What is found stands in the first of the two lists.
    const int result = SSL_select_next_proto(&found, chosen_size, asked, asked_size, bytes_of(ours),
                                             static_cast<unsigned>(ours.size()));
    if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    if (SSL_version(ssl) < TLS1_3_VERSION) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool is_numeric(const std::string& host) {
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> address(a2i_IPADDRESS(host.c_str()),
                                                                                        &ASN1_OCTET_STRING_free);
    return address != nullptr;
}

// Whether a certificate can be for it.
bool expect_name(SSL* ssl, const std::string& name) {
    if (name.empty()) return false;
    if (is_numeric(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
    // A name that is too long for the handshake is not told.
    SSL_set_tlsext_host_name(ssl, name.c_str());
    return SSL_set1_host(ssl, name.c_str()) == 1;
}

SslPointer new_ssl(ssl_ctx_st* context) {
    SslPointer ssl(SSL_new(context));
    if (!ssl) throw std::bad_alloc();
    return ssl;
}

}  // namespace

TlsChannel::TlsChannel(TimerService& timers, Vouching vouching)
    : SecureChannel(timers), client_context_(new_context()) {
    // Whoever uses the channel decides about a certificate: the handshake goes on with any.
    SSL_CTX_set_verify(client_context_.get(), SSL_VERIFY_NONE, nullptr);
    if (vouching == Vouching::system) SSL_CTX_set_default_verify_paths(client_context_.get());
}

TlsChannel::~TlsChannel() = default;

TlsChannel::Context TlsChannel::new_context() {
    const Context made(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
    SSL_CTX* const context = made.get();
    OBROL_CHECK(context != nullptr);
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    OBROL_CHECK(SSL_CTX_set_num_tickets(context, 0) == 1);
    OBROL_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    OBROL_CHECK(SSL_CTX_set_cipher_list(context, authenticated_ciphers) == 1);
    return made;
}

Result<void> TlsChannel::show(const TlsCertificate& certificate) {
    Context context = new_context();
    ERR_clear_error();
    bool is_taken = SSL_CTX_use_certificate(context.get(), certificate.certificate_.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context.get(), certificate.key_.get()) == 1;
    for (const auto& other : certificate.others_)
        is_taken = is_taken && SSL_CTX_add1_chain_cert(context.get(), other.get()) == 1;
    if (!is_taken) return fail("the certificate cannot be used: " + take_openssl_reason());
    SSL_CTX_set_alpn_select_cb(context.get(), &choose_alpn, nullptr);
    const std::lock_guard lock(mutex_);
    server_context_ = std::move(context);
    return {};
}

TlsChannel::Context TlsChannel::server_context() const {
    const std::lock_guard lock(mutex_);
    OBROL_CHECK(server_context_);
    return server_context_;
}

std::unique_ptr<SecureStream> TlsChannel::server_end(std::unique_ptr<Stream> stream, std::string received) {
    SslPointer ssl = new_ssl(server_context().get());
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(ssl), std::move(stream), std::move(received), TlsStream::Asked());
}

std::unique_ptr<SecureStream> TlsChannel::client_end(std::unique_ptr<Stream> stream, ClientOptions options) {
    SslPointer ssl = new_ssl(client_context_.get());
    SSL_set_connect_state(ssl.get());
    if (options.tls13_only) OBROL_CHECK(SSL_set_min_proto_version(ssl.get(), TLS1_3_VERSION) == 1);
    TlsStream::Asked asked{std::move(options.alpn), expect_name(ssl.get(), options.server_name)};
    if (!asked.alpn.empty()) {
        const std::string list = alpn_list(asked.alpn);
        // Unlike most of OpenSSL, 0 is success here.
        OBROL_CHECK(SSL_set_alpn_protos(ssl.get(), bytes_of(list), static_cast<unsigned>(list.size())) == 0);
    }
    return std::make_unique<TlsStream>(std::move(ssl), std::move(stream), std::string(), std::move(asked));
}

}  // namespace obrol
