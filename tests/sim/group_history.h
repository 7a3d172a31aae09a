// What the members of groups on one simulated server did and saw, and their contacts, as far as anybody outside the
// server can know it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/history.h"

namespace obrol {

// Where an acknowledgement says that something stands.
struct GroupPlace {
    std::int64_t conversation = 0;
    std::int64_t seq = 0;
    std::string id;

    friend bool operator==(const GroupPlace&, const GroupPlace&) = default;
};

// A message, or a file.
struct PostInGroup {
    std::string sender;
    std::string group;
    std::string text;                       // unique in its world; of a file: its name
    std::optional<std::size_t> file_bytes;  // none: a message
    SimulatedNetwork::ConnectionNumber connection = 0;
    SentMessage::Fate fate = SentMessage::Fate::unknown;
    std::optional<GroupPlace> place;  // once acknowledged
    std::string file_code;            // once acknowledged
    // The number of the server's last disk operation when the acknowledgement arrived.
    std::uint64_t acknowledged_at = 0;
};
// What is in a file of that name and size.
std::string content_of_file(const std::string& name, std::size_t bytes);

// Something that was asked to be done to a group.
struct GroupDeed {
    std::string group;
    std::string action;  // as the group's log calls it
    std::string by;
    std::vector<std::string> who;
    SentMessage::Fate fate = SentMessage::Fate::unknown;
    std::uint64_t acknowledged_at = 0;
};

// Somebody was to be among the owner's contacts, or not any more.
struct ContactChange {
    std::string owner;
    std::string other;
    bool wanted = true;
    SimulatedNetwork::ConnectionNumber connection = 0;
    SentMessage::Fate fate = SentMessage::Fate::unknown;
    std::uint64_t acknowledged_at = 0;
};

// An answer to `history`: entries that follow one another, as far as the reader may see them.
struct SeenEntries {
    std::string reader;
    std::string group;
    std::vector<std::pair<std::int64_t, std::string>> entries;  // seq, id
};

struct GroupsObserved {
    std::vector<PostInGroup> posts;  // in the order of sending
    std::vector<GroupDeed> deeds;
    std::vector<ContactChange> contacts;  // in the order of sending
    std::vector<SeenEntries> seen;
    // Receiver: what came out of his inbox in the end, which was never fetched before. Texts, and names of files.
    std::map<std::string, std::vector<std::string>> delivered;
    std::vector<std::string> complaints;  // answers that no server may give
    // Group: code; of those that live, as far as their members know.
    std::map<std::string, std::string> codes;
    std::size_t founded = 0;
};

}  // namespace obrol
