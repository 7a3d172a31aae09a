// What users of several simulated servers that are peers wrote each other, as far as anybody outside the servers can
// know it. People and groups are named as every server would: "peer1@server1", "#group1@server1".
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/history.h"

namespace obrol {

struct FederatedMessage {
    std::string sender;
    std::vector<std::string> to;  // people, or one group
    std::string text;             // unique in its world
    std::size_t number = 0;       // counts the sender's, in the order of sending
    // It may be refused, or be reported as failed: its receiver does not exist, or the sender comes to the group and
    // leaves it.
    bool may_fail = false;
    SentMessage::Fate fate = SentMessage::Fate::unknown;
    bool was_asked_again = false;                               // under its key
    std::vector<std::string> ids;                               // once acknowledged
    std::optional<std::pair<std::int64_t, std::string>> place;  // seq and id in the group, where the answer said so
    // The sender's server was put back to a state before the acknowledgement.
    bool is_forgotten = false;
    // It had no answer yet when the sender's server was put back. What that server had made of it is forgotten, the key
    // too; so it may come a second time when it is asked again, and that it was acknowledged means something only then.
    bool was_cut_off = false;

    bool is_in_group() const { return to.front().starts_with('#'); }
};

struct FederationObserved {
    std::vector<FederatedMessage> messages;
    // Group: the code by which one comes in.
    std::map<std::string, std::string> codes;
    std::set<std::string> put_back;       // labels of the servers that were, to an earlier state
    std::vector<std::string> complaints;  // answers that no server may give
};

}  // namespace obrol
