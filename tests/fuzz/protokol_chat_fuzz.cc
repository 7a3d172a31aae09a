// Requests must not depend on the segmentation, and every answer is one object of ASCII with its end. Input: one byte
// that seeds the segmentation, then the stream.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "dialects/protokol_chat/protokol_chat.h"
#include "tests/fuzz/dialect_talk.h"

namespace obrol {
namespace {

const DialectKind& small_kind() {
    static const std::unique_ptr<DialectKind> kind = [] {
        DialectLimits limits;
        limits.line_bytes_max = 100;
        limits.server_label = "A";
        return protokol_chat::make_kind(limits);
    }();
    return *kind;
}

}  // namespace

void fuzz_protokol_chat(std::string_view input) {
    if (input.empty()) return;
    const std::uint32_t seed = static_cast<unsigned char>(input[0]) + 1u;
    const std::string told = talk(small_kind(), input.substr(1), 0);
    OBROL_CHECK(talk(small_kind(), input.substr(1), seed) == told);
}

}  // namespace obrol
