// The dialect of document 002, a chat service (docs/protocol/chat-service.md).
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::chat_service {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);
std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::chat_service
