// The dialect of document 004, "Protokol Chat" (docs/protocol/protokol-chat.md).
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::protokol_chat {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);
std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::protokol_chat
