// What must hold over the files that users of several servers found and fetched in the end.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/federation_checker.h"
#include "tests/sim/federation_history.h"

namespace obrol {

// The broken rules, in words; none when all is well. That the stores have the files that were sent is for
// broken_federation_rules().
//
//   fetched    both sides of a direct conversation, and whoever stays in a group, were shown each file of its log once,
//              under its code; what somebody was shown he could fetch, and it had the right size, digest and bytes
//   folder     in somebody's folder is, with the right bytes, what was sent into it, what other servers brought into
//   his
//              groups, and what he was told to have there; and nothing that does not belong there
//   kept       what somebody fetched is on his server from then on, under its digest; where no life of the server ended
//              otherwise than in peace, nothing else is, and nothing is left of uploads
//
// Bytes may be lost only where the author's server was put back to a state before it had them.
std::vector<std::string> broken_federated_file_rules(const FederationObserved& observed,
                                                     const std::vector<FederatedStore>& stores);

}  // namespace obrol
