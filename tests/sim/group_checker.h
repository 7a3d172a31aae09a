// What must hold over what the members of one server's groups saw and what its store holds in the end: groups, files,
// contacts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/entry.h"
#include "model/ids.h"
#include "storage/memory/memory_blob_store.h"
#include "tests/sim/checker.h"
#include "tests/sim/group_history.h"

namespace obrol {

struct CheckedGroupEntry {
    Seq seq;
    std::string id;
    EntryKind kind = EntryKind::message;
    std::string sender;
    std::string body;
};

struct CheckedGroup {
    std::string id;
    ConversationId conversation;
    std::vector<CheckedGroupEntry> entries;  // by seq
};

// The broken rules, in words; none when all is well. Who is a member when follows from the group's own log.
//
//   acknowledged   an acknowledged post stands where its sender was told, and an acknowledged change is in the log
//   invented       nothing is there that was not asked for so, or was refused, or twice
//   numbered       seq is 1, 2, 3 …
//   rights         only members post; only who may changes the group; a group has an owner until it ends
//   ordered        the posts of a connection are in the order of sending
//   seen           a history shows what its reader may see, without gaps
//   delivered      once drained, an inbox has handed over every post of others that its owner may see, once, in the
//                  order of the log, and nothing else
//
// and what the members complained about. Of `options`, only `drained` matters here.
std::vector<std::string> broken_group_rules(const GroupsObserved& observed, const std::vector<CheckedGroup>& groups,
                                            const CheckOptions& options);

// Of each pair, by owner.
using CheckedContacts = std::map<std::string, std::set<std::string>>;

// acknowledged: the last acknowledged change of a pair holds, unless one of unknown fate may have come after it.
std::vector<std::string> broken_contact_rules(const GroupsObserved& observed, const CheckedContacts& contacts);

// `blobs` has what the groups' files name, with the right bytes. Where no server died, it has nothing else, and nothing
// is left of uploads: what a crash leaves is removed by the start of a process (kill rounds, tests/e2e), not in a
// world.
std::vector<std::string> broken_file_rules(const std::vector<CheckedGroup>& groups, const MemoryBlobs& blobs,
                                           bool somebody_died);

}  // namespace obrol
