// `auto`: a connection's first request decides which dialect it speaks from then on (PROTOCOLS.md: the table). It never
// greets.
#pragma once

#include <memory>

#include "dialects/dialect.h"

namespace obrol::auto_dialect {

// Its kinds outlive it.
struct Choices {
    const DialectKind& py_chat;  // an object with the key COMMAND, or a word in capitals with '-'
    const DialectKind& native;   // any other object; and what is said to whom nothing has been heard of
    const DialectKind& words;    // any other word; may be one of the two
};

std::unique_ptr<DialectKind> make_kind(const Choices& choices, const DialectLimits& limits);

}  // namespace obrol::auto_dialect
