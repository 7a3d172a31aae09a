// The libFuzzer entry of every target; the build names the function.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obrol {
void OBROL_FUZZ_FUNCTION(std::string_view input);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    obrol::OBROL_FUZZ_FUNCTION({reinterpret_cast<const char*>(data), size});
    return 0;
}
