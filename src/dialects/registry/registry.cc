#include "dialects/registry/registry.h"

#include "base/check.h"
#include "dialects/auto/auto_dialect.h"
#include "dialects/chat_service/chat_service.h"
#include "dialects/multithread_chat/multithread_chat.h"
#include "dialects/native/native.h"
#include "dialects/protokol_chat/protokol_chat.h"
#include "dialects/py_chat/py_chat.h"
#include "dialects/simple_chat/simple_chat.h"

namespace obrol {

DialectRegistry::DialectRegistry(const DialectLimits& limits) {
    kinds_.push_back(simple_chat::make_kind(limits));
    kinds_.push_back(multithread_chat::make_kind(limits));
    kinds_.push_back(chat_service::make_kind(limits));
    kinds_.push_back(py_chat::make_kind(limits));
    kinds_.push_back(protokol_chat::make_kind(limits));
    kinds_.push_back(native::make_kind(limits));
    const DialectKind* words = find(limits.auto_words);
    OBROL_CHECK(words);
    kinds_.push_back(auto_dialect::make_kind({*find("py-chat"), *find("native"), *words}, limits));
}

const DialectKind* DialectRegistry::find(std::string_view name) const {
    for (const auto& kind : kinds_)
        if (kind->name() == name) return kind.get();
    return nullptr;
}

}  // namespace obrol
