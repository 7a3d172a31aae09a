// SHA-256 (FIPS 180-4) of bytes that come in pieces: the names of blobs. Through OpenSSL, which uses the processor's
// instructions for it where there are some.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;

namespace obrol {

class Sha256 {
  public:
    using Value = std::array<std::uint8_t, 32>;

    Sha256();

    void update(std::string_view bytes);
    // Of everything so far; nothing may be called afterwards.
    Value finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Of bytes that are there as a whole.
Sha256::Value sha256(std::string_view bytes);

}  // namespace obrol
