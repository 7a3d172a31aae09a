// obrol's own dialect (docs/protocol/native.md): every capability of the core, by word or as one JSON object on a line.
#pragma once

#include <memory>

#include "dialects/dialect.h"

namespace obrol::native {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);

}  // namespace obrol::native
