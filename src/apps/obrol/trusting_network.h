// Encrypted connections to servers that the user trusts: because he said which certificate they show, because somebody
// whom this system trusts vouches for them, or because they show what they showed at the first time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apps/obrol/known_servers.h"
#include "base/clock.h"
#include "io/network.h"
#include "io/secure_channel.h"

namespace obrol {

class TrustingNetwork final : public Network {
  public:
    // All of them must outlive the network.
    struct Parts {
        Network& below;
        SecureChannel& channel;  // told to look for who is vouched for
        const Clock& clock;
        std::function<void(const std::string& line)> notice;  // for the user
    };

    // `pinned`: no other certificate is taken.
    TrustingNetwork(Parts parts, KnownServers known, std::optional<CertificateFingerprint> pinned)
        : parts_(std::move(parts)), known_(std::move(known)), pinned_(pinned) {}

    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override { return parts_.below.listen(at); }
    // The error of a server that is not trusted says what to do.
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) override;

  private:
    Task<Result<std::unique_ptr<Stream>>> connect_to(Endpoint to, MonotonicTime deadline);
    Result<void> judge(const std::string& server, const PeerCertificate& certificate) const;

    Parts parts_;
    KnownServers known_;
    std::optional<CertificateFingerprint> pinned_;
};

}  // namespace obrol
