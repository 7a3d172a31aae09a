// What users of several simulated servers that are peers wrote each other, as far as anybody outside the servers can
// know it. People and groups are named as every server would: "peer1@server1", "#group1@server1".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/history.h"

namespace obrol {

// A message, or a file.
struct FederatedMessage {
    std::string sender;
    std::vector<std::string> to;  // people, or one group
    std::string text;             // unique in its world; of a file: its name
    std::size_t number = 0;       // counts the sender's, in the order of sending
    bool is_file = false;
    bool into_folder = false;  // the receiver's
    // It may be refused, or be reported as failed: its receiver does not exist, or the sender comes to the group and
    // leaves it.
    bool may_fail = false;
    SentMessage::Fate fate = SentMessage::Fate::unknown;
    bool was_asked_again = false;                               // under its key
    bool is_given_up = false;                                   // it has no key, and its answer was lost
    std::vector<std::string> ids;                               // once acknowledged
    std::optional<std::pair<std::int64_t, std::string>> place;  // seq and id in the group, where the answer said so
    std::string file_code;                                      // once acknowledged
    // The sender's server was put back to a state before the acknowledgement.
    bool is_forgotten = false;
    // It had no answer yet when the sender's server was put back. What that server had made of it is forgotten, the key
    // too; so it may come a second time when it is asked again, and that it was acknowledged means something only then.
    bool was_cut_off = false;

    bool is_in_group() const { return to.front().starts_with('#'); }
};

// Somebody put a file into his own folder.
struct KeptFile {
    std::string owner;
    std::string name;
    bool is_acknowledged = false;
};

// A file as somebody found it in the end: in a conversation, or in his folder.
struct FoundFile {
    std::string reader;
    std::string code;  // as his server calls it; empty: it is in his folder
    std::string name;
    std::size_t size = 0;
    std::string digest;                // as his server tells it
    std::optional<std::string> bytes;  // none: it could not be fetched
    std::string refusal;               // why
};

struct FederationObserved {
    std::vector<FederatedMessage> messages;
    std::map<std::string, std::string> contents;  // name of a file: its bytes
    std::vector<KeptFile> kept;
    std::vector<FoundFile> found;
    // Group: the code by which one comes in.
    std::map<std::string, std::string> codes;
    std::set<std::string> staying;        // who are in all groups, all the time
    std::multiset<std::string> put_back;  // labels of the servers that were, to an earlier state
    std::vector<std::string> complaints;  // answers that no server may give
};

}  // namespace obrol
