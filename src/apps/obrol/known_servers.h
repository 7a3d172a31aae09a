// The certificates of the servers that this user has connected to, one on a line: "chat.example.org:8890 3f9a…". A
// later line for the same server counts.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "io/secure_channel.h"

namespace obrol {

class KnownServers {
  public:
    // An empty path: nothing is known or kept.
    explicit KnownServers(std::string path) : path_(std::move(path)) {}

    // `server` is "HOST:PORT".
    std::optional<CertificateFingerprint> find(const std::string& server) const;
    // The folder is made with the first one.
    Result<void> remember(const std::string& server, const CertificateFingerprint& fingerprint) const;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace obrol
