#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace obrol {

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "obrol: broken expectation: %s (%s:%d)\n", expression, file, line);
    std::abort();
}

}  // namespace obrol
