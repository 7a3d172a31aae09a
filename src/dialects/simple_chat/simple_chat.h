// The dialect of document 000, "Simple Chat via Terminal" (docs/protocol/simple-chat.md).
#pragma once

#include <memory>

#include "dialects/client_dialect.h"
#include "dialects/dialect.h"

namespace obrol::simple_chat {

class SimpleChat final : public DialectKind {
  public:
    explicit SimpleChat(DialectLimits limits) : limits_(limits) {}

    std::string_view name() const override { return "simple-chat"; }
    std::uint16_t default_port() const override { return 8890; }
    std::unique_ptr<Dialect> make() const override;

  private:
    DialectLimits limits_;
};

std::unique_ptr<ClientDialect> make_client();

}  // namespace obrol::simple_chat
