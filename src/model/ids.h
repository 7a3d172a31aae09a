// Identifiers of stored things. Integers are local to one server's store; a MessageId is the same on every server.
#pragma once

#include "base/strong_id.h"
#include "base/uuid.h"

namespace obrol {

using UserId = StrongId<struct UserTag>;
using ConversationId = StrongId<struct ConversationTag>;
using SessionId = StrongId<struct SessionTag>;
using InvitationId = StrongId<struct InvitationTag>;
using ServerId = StrongId<struct ServerTag>;  // 0: this server

// Number of an entry within its conversation: 1, 2, 3 … without gaps (DESIGN section 1, promise 2). 0: before the
// first.
using Seq = StrongId<struct SeqTag>;
// Place of an entry in this server's whole store, in commit order. Has gaps; never crosses to another server.
using Position = StrongId<struct PositionTag>;

using MessageId = Uuid;  // version 7
using Token = Uuid;      // version 4; stored only as its digest

constexpr Seq next(Seq seq) {
    return Seq(seq.value + 1);
}

}  // namespace obrol
