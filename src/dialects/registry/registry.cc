#include "dialects/registry/registry.h"

#include "dialects/chat_service/chat_service.h"
#include "dialects/multithread_chat/multithread_chat.h"
#include "dialects/native/native.h"
#include "dialects/simple_chat/simple_chat.h"

namespace obrol {

DialectRegistry::DialectRegistry(const DialectLimits& limits) {
    kinds_.push_back(simple_chat::make_kind(limits));
    kinds_.push_back(multithread_chat::make_kind(limits));
    kinds_.push_back(chat_service::make_kind(limits));
    kinds_.push_back(native::make_kind(limits));
}

const DialectKind* DialectRegistry::find(std::string_view name) const {
    for (const auto& kind : kinds_)
        if (kind->name() == name) return kind.get();
    return nullptr;
}

}  // namespace obrol
