// A conversation of many (DESIGN section 5): an id that stays, a name for people, a code to join by, members with
// roles.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"

namespace obrol {

// Stored as numbers: never renumber. Each may do what the ones before it may.
enum class GroupRole : std::uint8_t {
    member = 0,
    admin = 1,  // invites, kicks and bans members, makes a new code
    owner = 2,  // one in each group; gives and takes roles
};
std::string_view to_string(GroupRole role);
std::optional<GroupRole> parse_group_role(std::string_view word);

// What everybody who meets the group may see of it.
struct GroupCard {
    std::string id;    // "#id" on the wire; of the form of a user name, compared without case, never given twice
    std::string name;  // for people; several groups may have the same

    friend bool operator==(const GroupCard&, const GroupCard&) = default;
};

struct Group {
    ConversationId conversation;
    ServerId home;  // that numbers its log and decides about its members; its id there is what stands before '@' in the
                    // card's
    GroupCard card;
    std::string code;                            // whoever knows it can join; empty once the group has ended
    bool history_open = false;                   // members may read what was written before they came
    std::optional<std::chrono::days> retention;  // older texts and files are erased; none: kept
    bool ended = false;                          // nobody is left; former members can still read what they saw
    WallTime created_at{};
};

struct GroupMember {
    UserId user;
    GroupRole role = GroupRole::member;
    Seq joined;  // of the entry by which he came last; the order of seniority

    friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

// What an entry of kind `member` says; `who` are user names. Its sender is whoever did it.
struct MemberNote {
    enum class Action : std::uint8_t { create, join, leave, invite, kick, ban, unban, role, end };
    Action action = Action::join;
    GroupRole role = GroupRole::member;  // Action::role
    std::vector<std::string> who;        // create, invite: the new members; else the one it is about
};
std::string_view to_string(MemberNote::Action action);
// The entry's body: words with blanks between them, e.g. "invite maya nania" or "role admin maya".
std::string encode(const MemberNote& note);
// None: no such body.
std::optional<MemberNote> parse_member_note(std::string_view body);

// Join codes: six hexadecimal digits in lower case (PROTOCOLS.md: py-chat).
inline constexpr std::size_t join_code_size = 6;
bool is_join_code(std::string_view text);

}  // namespace obrol
