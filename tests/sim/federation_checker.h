// What must hold over what users of several servers wrote each other and what the servers' stores hold in the end, once
// everything had time to arrive.
#pragma once

#include <string>
#include <vector>

#include "storage/memory/memory_blob_store.h"
#include "tests/sim/federation_history.h"
#include "tests/sim/store_reader.h"

namespace obrol {

struct FederatedStore {
    std::string label;
    CheckedStore stored;
    MemoryBlobs blobs = {};
    bool was_calm = false;  // no life of the server ended but in peace
};

// As every server would call what is called so on the server `label`.
std::string name_everywhere(const std::string& name, const std::string& label);
// The server of what every server calls so.
std::string home_of(const std::string& address);

// The broken rules, in words; none when all is well.
//
//   answered       every message was answered in the end
//   acknowledged   an acknowledged message is in the log of its conversation on its sender's server and on that of each
//                  receiver, under one id; an acknowledged post is in its group's log, where it was said to stand
//   invented       nothing is there that was not sent so, or was refused, or twice
//   carded         a file is everywhere the one that was sent: its size, its digest, and the code that its sender was
//                  told
//   numbered       seq is 1, 2, 3 …
//   ordered        the messages of a sender are in the order of sending, in every log
//   same           a group's log is the same on every server that has it, and on all of the members' servers
//   told           a sender is told that something failed once, if it did, and never otherwise
//
// and what the users complained about.
std::vector<std::string> broken_federation_rules(const FederationObserved& observed,
                                                 const std::vector<FederatedStore>& stores);

}  // namespace obrol
