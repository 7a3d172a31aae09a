#include "federation/link_end.h"

#include <array>

namespace obrol {
namespace {

struct Telling {
    std::string_view code;
    std::string_view words;
    bool is_violation = false;
};

constexpr std::array<Telling, link_end_count> tellings{{
    {"closed", "the connection has ended"},
    {"by-other", "the other server has ended it"},
    {"malformed", "what came is no frame", true},
    {"too-large", "a frame is too large", true},
    {"unexpected", "a frame came that does not belong there", true},
    {"version", "there is no version that both speak", true},
    {"label", "its label is not that of a server", true},
    {"own-server", "it has this server's own key", true},
    {"identity", "it does not have the key that it claims", true},
    {"refused", "it is not wanted here", true},
    {"disconnected", "an administrator has ended it"},
    {"duplicate", "there is another link already"},
    {"replaced", "there is a newer link"},
    {"silent", "nothing was heard for too long"},
    {"signature", "items were not signed by their sender", true},
    {"order", "items came out of order", true},
    {"not-stored", "items could not be stored now; try again later"},
    {"too-many", "too much was asked at once", true},
    {"epoch", "it says too often that this store was put back", true},
    {"stopping", "the server stops"},
}};

const Telling& telling_of(LinkEnd end) {
    return tellings[static_cast<std::size_t>(end)];
}

}  // namespace

std::string_view to_string(LinkEnd end) {
    return telling_of(end).code;
}

std::string_view words_for(LinkEnd end) {
    return telling_of(end).words;
}

bool is_violation(LinkEnd end) {
    return telling_of(end).is_violation;
}

LinkEnd link_end_of(FrameStream::End end) {
    switch (end) {
        case FrameStream::End::closed:
            return LinkEnd::closed;
        case FrameStream::End::too_large:
            return LinkEnd::too_large;
        case FrameStream::End::malformed:
            return LinkEnd::malformed;
    }
    return LinkEnd::closed;
}

}  // namespace obrol
