// Which dialect a connection speaks must not depend on the segmentation. Input: one byte that seeds the segmentation,
// then the stream.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "dialects/registry/registry.h"
#include "tests/fuzz/dialect_talk.h"

namespace obrol {
namespace {

const DialectRegistry& small_registry() {
    static const DialectRegistry registry = [] {
        DialectLimits limits;
        limits.line_bytes_max = 300;
        limits.py_chat.line_bytes_max = 100;
        return DialectRegistry(limits);
    }();
    return registry;
}

}  // namespace

void fuzz_auto_dialect(std::string_view input) {
    if (input.empty()) return;
    const DialectKind& kind = *small_registry().find("auto");
    const std::uint32_t seed = static_cast<unsigned char>(input[0]) + 1u;
    const std::string told = talk(kind, input.substr(1), 0);
    OBROL_CHECK(talk(kind, input.substr(1), seed) == told);
}

}  // namespace obrol
