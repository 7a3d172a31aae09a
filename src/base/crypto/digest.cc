#include "base/crypto/digest.h"

#include <cstring>
#include <sodium.h>

namespace obrol {

Digest digest(std::string_view data) {
    Digest out;
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                       nullptr, 0);
    return out;
}

std::size_t DigestHash::operator()(const Digest& value) const noexcept {
    std::size_t word = 0;
    std::memcpy(&word, value.data(), sizeof word);
    return word;
}

}  // namespace obrol
