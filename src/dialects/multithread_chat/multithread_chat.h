// The dialect of document 001, a multithreaded chat server (docs/protocol/multithread-chat.md).
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::multithread_chat {

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits);
std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::multithread_chat
