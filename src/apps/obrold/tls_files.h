// The server's certificate and key: the configured files, or its own in the data directory.
#pragma once

#include <filesystem>
#include <string>

#include "apps/config/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/tls_certificate.h"

namespace obrol {

// What `files` name, or what stands in `own_folder`, where a self-signed certificate for `server_id` is made when there
// is none. The error names the setting or the file.
Result<TlsCertificate> load_certificate(const TlsFiles& files, const std::filesystem::path& own_folder,
                                        const std::string& server_id, WallTime now);

// What the log says of it: "3f9a…, valid until 2036-11-25T05:35:07.000Z".
std::string describe(const TlsCertificate& certificate);

}  // namespace obrol
