// What the other server asks, answered: entries of groups, parts of blobs, who is online.
#pragma once

#include <cstddef>
#include <optional>

#include "dialects/peer/frame.h"
#include "federation/key_passing.h"
#include "federation/link_parts.h"
#include "io/task.h"

namespace obrol {

class Answers {
  public:
    Answers(const LinkParts& parts, KeyPassing& keys) : parts_(parts), keys_(keys) {}
    Answers(const Answers&) = delete;
    Answers& operator=(const Answers&) = delete;

    // None: fine, the answer will come.
    template <class Question>
    std::optional<LinkEnd> take(Question question) {
        if (under_way_ >= peer_requests_max) return LinkEnd::too_many;
        ++under_way_;
        parts_.gate.spawn(answer(*this, std::move(question)));
        return std::nullopt;
    }

  private:
    static Task<void> answer(Answers& self, PeerFetch fetch);
    static Task<void> answer(Answers& self, PeerBlobRequest request);
    static Task<void> answer(Answers& self, PeerPresenceQuery query);
    static Task<PeerEntries> entries_for(Answers& self, PeerFetch fetch);
    static Task<PeerBlobPart> part_for(Answers& self, PeerBlobRequest request);
    static Task<void> wait_for_room(Answers& self);
    void send(const PeerFrame& frame);

    const LinkParts& parts_;
    KeyPassing& keys_;
    std::size_t under_way_ = 0;
};

}  // namespace obrol
