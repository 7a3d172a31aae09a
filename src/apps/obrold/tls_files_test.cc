#include "apps/obrold/tls_files.h"

#include <chrono>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "apps/obrold/whole_file.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

constexpr WallTime now{std::chrono::days(20'000)};

struct TlsFilesTest : testing::Test {
    Result<TlsCertificate> load(const TlsFiles& files = {}) const {
        return load_certificate(files, folder.path() / "tls", "shire", now);
    }

    TemporaryFolder folder;
};

TEST_F(TlsFilesTest, AreMadeOnceAndKept) {
    const Result<TlsCertificate> made = load();
    ASSERT_TRUE(made.has_value()) << made.error().what;
    const Result<TlsCertificate> found = load();
    ASSERT_TRUE(found.has_value()) << found.error().what;
    EXPECT_EQ(made->fingerprint(), found->fingerprint());
    EXPECT_GT(made->valid_until(), now + std::chrono::days(3650));
    struct stat key {};
    ASSERT_EQ(::stat(folder.file("tls/key.pem").c_str(), &key), 0);
    EXPECT_EQ(key.st_mode & 0777u, 0600u);
}

TEST_F(TlsFilesTest, AStartThatWasCutOffBeforeTheCertificateMakesBothAgain) {
    std::filesystem::create_directory(folder.file("tls"));
    ASSERT_TRUE(write_whole_file(folder.file("tls/key.pem"), "half").has_value());
    EXPECT_TRUE(load().has_value());
}

TEST_F(TlsFilesTest, OwnOnesThatAreBrokenAreNotReplaced) {
    ASSERT_TRUE(load().has_value());
    std::filesystem::remove(folder.file("tls/key.pem"));
    EXPECT_EQ(load().error().what, "cannot read " + folder.file("tls/key.pem") + ": No such file or directory");
}

TEST_F(TlsFilesTest, ConfiguredOnesAreReadAndErrorsNameTheSetting) {
    ASSERT_TRUE(load().has_value());
    const std::string certificate = folder.file("tls/certificate.pem");
    const std::string key = folder.file("tls/key.pem");
    EXPECT_TRUE(load({certificate, key}).has_value());
    EXPECT_EQ(load({"/nowhere/c.pem", key}).error().what,
              "tls.certificate, tls.key: cannot read /nowhere/c.pem: No such file or directory");
    EXPECT_TRUE(load({key, key})
                    .error()
                    .what.starts_with("tls.certificate, tls.key: " + key + " holds no certificate in PEM form"));
}

TEST_F(TlsFilesTest, AreDescribedByFingerprintAndEnd) {
    const std::string words = describe(*load());
    EXPECT_EQ(words.find(", valid until 20"), 64u) << words;
}

}  // namespace
}  // namespace obrol
