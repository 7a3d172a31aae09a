// The dialect of document 000, "Simple Chat via Terminal" (docs/protocol/simple-chat.md).
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::simple_chat {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);
std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::simple_chat
