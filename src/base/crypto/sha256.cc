#include "base/crypto/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace obrol {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    OBROL_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::string_view bytes) {
    OBROL_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256::Value Sha256::finish() {
    Value value{};
    OBROL_CHECK(EVP_DigestFinal_ex(context_.get(), value.data(), nullptr) == 1);
    return value;
}

Sha256::Value sha256(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

}  // namespace obrol
