#include "apps/obrol/trusting_network.h"

#include <fmt/format.h>
#include <utility>

#include "base/hexadecimal.h"

namespace obrol {

Task<Result<std::unique_ptr<Stream>>> TrustingNetwork::connect(const Endpoint& to, Duration timeout) {
    // A task starts later than it is made, so it gets a copy.
    return connect_to(to, parts_.clock.monotonic_now() + timeout);
}

Task<Result<std::unique_ptr<Stream>>> TrustingNetwork::connect_to(Endpoint to, MonotonicTime deadline) {
    const Duration timeout = deadline - parts_.clock.monotonic_now();
    auto stream = co_await parts_.below.connect(to, timeout);
    if (!stream) co_return Failure<Error>(std::move(stream.error()));
    SecureChannel::ClientOptions options;
    options.server_name = to.host;
    auto secure = co_await parts_.channel.connect(std::move(*stream), std::move(options), deadline);
    if (!secure) co_return Failure<Error>(std::move(secure.error()));
    Result<void> trusted = judge(to_string(to), (*secure)->peer_certificate());
    if (!trusted) co_return Failure<Error>(std::move(trusted.error()));
    co_return std::move(*secure);
}

Result<void> TrustingNetwork::judge(const std::string& server, const PeerCertificate& certificate) const {
    const std::string shown = to_hexadecimal(certificate.fingerprint);
    if (pinned_) {
        if (certificate.fingerprint == *pinned_) return {};
        return fail(
            fmt::format("{} shows another certificate than the one with the given fingerprint: {}", server, shown));
    }
    if (certificate.is_vouched_for) return {};
    const std::optional<CertificateFingerprint> known = known_.find(server);
    if (known && *known == certificate.fingerprint) return {};
    if (known)
        return fail(
            fmt::format("the certificate of {0} has changed: somebody may be listening in. Its fingerprint was "
                        "{1} and is {2} now. If the server's operator says that this is right, remove the line "
                        "of {0} from {3}",
                        server, to_hexadecimal(*known), shown, known_.path()));
    const Result<void> remembered = known_.remember(server, certificate.fingerprint);
    parts_.notice(fmt::format("{} is trusted from now on; the fingerprint of its certificate is {}", server, shown));
    if (!remembered) parts_.notice("it could not be remembered: " + remembered.error().what);
    return {};
}

}  // namespace obrol
