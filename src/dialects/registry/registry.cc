#include "dialects/registry/registry.h"

#include "dialects/simple_chat/simple_chat.h"

namespace obrol {

DialectRegistry::DialectRegistry(const DialectLimits& limits) {
    kinds_.push_back(std::make_unique<simple_chat::SimpleChat>(limits));
}

const DialectKind* DialectRegistry::find(std::string_view name) const {
    for (const auto& kind : kinds_)
        if (kind->name() == name) return kind.get();
    return nullptr;
}

}  // namespace obrol
