#include "federation/answers.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace obrol {

// Answers are made one by one as the other side takes them, so that they do not pile up here.
Task<void> Answers::wait_for_room(Answers& self) {
    FrameStream& frames = self.parts_.frames;
    while (!frames.is_ending() && frames.queued_bytes() > self.parts_.options.output_pause_bytes)
        co_await frames.progress().wait();
}

void Answers::send(const PeerFrame& frame) {
    --under_way_;
    parts_.frames.send(frame);
}

Task<void> Answers::answer(Answers& self, PeerFetch fetch) {
    co_await wait_for_room(self);
    co_await KeyPassing::pass(self.keys_, fetch.group);
    const PeerEntries entries = co_await entries_for(self, std::move(fetch));
    self.send(entries);
}

Task<PeerEntries> Answers::entries_for(Answers& self, PeerFetch fetch) {
    PeerEntries answer{fetch.request, {}, false, {}};
    auto found = co_await self.parts_.peering.entries(self.parts_.server.id, std::move(fetch.group), fetch.after,
                                                      peer_list_max, peer_batch_bytes_max);
    if (!found) {
        answer.why_not = to_string(found.error());
        co_return answer;
    }
    answer.more = found->more;
    answer.entries = std::move(found->entries);
    // One that is larger than all that a frame carries stays here.
    if (answer.entries.size() == 1 && answer.entries.front().size() > peer_batch_bytes_max) {
        answer.why_not = to_string(ChatError::unavailable);
        answer.entries.clear();
    }
    co_return answer;
}

Task<void> Answers::answer(Answers& self, PeerBlobRequest request) {
    co_await wait_for_room(self);
    const PeerBlobPart part = co_await part_for(self, std::move(request));
    self.send(part);
}

Task<PeerBlobPart> Answers::part_for(Answers& self, PeerBlobRequest request) {
    PeerBlobPart part{request.request, {}, 0, {}};
    auto blob = co_await self.parts_.peering.blob_for(self.parts_.server.id, request.blob, request.offset);
    if (!blob) {
        part.why_not = to_string(blob.error());
        co_return part;
    }
    Download& download = **blob;
    part.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(download.bytes_left(), request.bytes_max)));
    if (part.bytes.empty()) co_return part;
    const bool is_read = co_await download.read(self.parts_.executor, std::span(part.bytes));
    if (!is_read) {
        part.bytes.clear();
        part.why_not = to_string(ChatError::unavailable);
        co_return part;
    }
    part.left = download.bytes_left();
    co_return part;
}

Task<void> Answers::answer(Answers& self, PeerPresenceQuery query) {
    co_await wait_for_room(self);
    PeerPresence presence{query.request, {}};
    presence.online = co_await self.parts_.peering.online_among(self.parts_.server.id, std::move(query.viewer),
                                                                std::move(query.names));
    self.send(presence);
}

}  // namespace obrol
