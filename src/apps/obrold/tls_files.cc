#include "apps/obrold/tls_files.h"

#include <fmt/format.h>
#include <system_error>
#include <utility>

#include "apps/obrold/whole_file.h"
#include "base/hexadecimal.h"
#include "base/rfc3339.h"

namespace obrol {
namespace {

Result<TlsCertificate> read_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    Result<std::string> certificate_text = read_whole_file(certificate);
    if (!certificate_text) return Failure<Error>(std::move(certificate_text.error()));
    Result<std::string> key_text = read_whole_file(key);
    if (!key_text) return Failure<Error>(std::move(key_text.error()));
    Result<TlsCertificate> parsed = TlsCertificate::parse({std::move(*certificate_text), std::move(*key_text)});
    if (!parsed) return fail(fmt::format("{} {}", certificate.string(), parsed.error().what));
    return parsed;
}

// The key first: where there is a certificate there is its key.
Result<void> make_own(const std::filesystem::path& folder, const std::filesystem::path& certificate,
                      const std::filesystem::path& key, const std::string& server_id, WallTime now) {
    std::error_code trouble;
    std::filesystem::create_directory(folder, trouble);
    if (trouble) return fail(fmt::format("cannot make {}: {}", folder.string(), trouble.message()));
    Result<TlsCertificatePem> made = make_self_signed_certificate(server_id, now);
    if (!made) return Failure<Error>(std::move(made.error()));
    if (Result<void> written = write_whole_file(key, made->key); !written) return written;
    return write_whole_file(certificate, made->certificate);
}

}  // namespace

Result<TlsCertificate> load_certificate(const TlsFiles& files, const std::filesystem::path& own_folder,
                                        const std::string& server_id, WallTime now) {
    if (files.are_given()) {
        Result<TlsCertificate> configured = read_certificate(files.certificate, files.key);
        if (!configured) return fail("tls.certificate, tls.key: " + configured.error().what);
        return configured;
    }
    const std::filesystem::path certificate = own_folder / "certificate.pem";
    const std::filesystem::path key = own_folder / "key.pem";
    std::error_code unknown;
    if (!std::filesystem::exists(certificate, unknown) && !unknown) {
        Result<void> made = make_own(own_folder, certificate, key, server_id, now);
        if (!made) return Failure<Error>(std::move(made.error()));
    }
    return read_certificate(certificate, key);
}

std::string describe(const TlsCertificate& certificate) {
    return fmt::format("{}, valid until {}", to_hexadecimal(certificate.fingerprint()),
                       rfc3339(certificate.valid_until()));
}

}  // namespace obrol
