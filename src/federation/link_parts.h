// What the parts of one link share.
#pragma once

#include <functional>

#include "base/crypto/signing.h"
#include "base/log.h"
#include "core/peering.h"
#include "federation/frame_stream.h"
#include "federation/link_end.h"
#include "federation/options.h"
#include "io/executor.h"
#include "model/server.h"

namespace obrol {

// All of them outlive the parts.
struct LinkParts {
    Executor& executor;
    Peering& peering;
    const SigningKey& key;
    const FederationOptions& options;
    Logger& logger;
    FrameStream& frames;
    Gate& gate;     // of the link: what runs beside its reader
    Server server;  // at the other end
    // What the other server has betrays that this store was put back: whether a new epoch has begun. Not often.
    std::function<Task<bool>()> begin_epoch;
    // Ends the link.
    std::function<void(LinkEnd why, std::string words)> end;
};

}  // namespace obrol
