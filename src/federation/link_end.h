// Why a link ends, or does not come about; the codes of `bye` (docs/protocol/federation.md).
#pragma once

#include <string_view>

#include "federation/frame_stream.h"

namespace obrol {

enum class LinkEnd {
    closed,        // without a word
    by_other,      // it said so
    malformed,     // no frame of this protocol
    too_large,     // a frame beyond its limit
    unexpected,    // a frame that does not belong there
    version,       // none that both speak
    label,         // it calls itself what no server may be called
    own_server,    // it has this server's own key
    identity,      // it does not have the key that it claims
    refused,       // this server does not want a link to it
    disconnected,  // an administrator has ended it
    duplicate,     // there is another one, which stays
    replaced,      // by a newer one
    silent,        // nothing was heard of it, or it took nothing
    signature,     // items were not signed by it
    order,         // items do not come one after the other, or were never sent
    not_stored,    // items could not be stored now
    too_many,      // requests, or frames of items, at once
    epoch,         // it says too often that this server's store was put back
    stopping,
};
inline constexpr std::size_t link_end_count = static_cast<std::size_t>(LinkEnd::stopping) + 1;

// The code of `bye`.
std::string_view to_string(LinkEnd end);
// For people, where there is nothing more exact to say.
std::string_view words_for(LinkEnd end);
LinkEnd link_end_of(FrameStream::End end);
// Whether the other side is to blame, or whoever it is: worth a line in the log.
bool is_violation(LinkEnd end);

}  // namespace obrol
