#include "dialects/native/readers.h"

namespace obrol::native {
namespace {

std::string_view without_sign(std::string_view group) {
    if (group.starts_with('#')) group.remove_prefix(1);
    return group;
}

// Requests that name a group and nothing else.
template <class Request>
std::optional<Body> read_of_group(Arguments& arguments) {
    const auto group = arguments.text("group");
    if (!group) return std::nullopt;
    return Request{group_place(*group)};
}

std::optional<Body> read_removal(Arguments& arguments, KickFromGroup::Action action) {
    const auto group = arguments.text("group");
    const auto who = arguments.text("who");
    if (!group || !who) return std::nullopt;
    return KickFromGroup{group_place(*group), parse_address(*who), action};
}

}  // namespace

Place group_place(std::string_view text) {
    return Place{Place::Kind::group, parse_address(without_sign(text))};
}

std::optional<Body> read_creategroup(Arguments& arguments) {
    const auto id = arguments.text("group");
    if (!id) return std::nullopt;
    CreateGroup create;
    create.id = without_sign(*id);
    // By word the name ends the line, with or without members before it.
    std::optional<std::string> name = arguments.replacement("name");
    if (arguments.has("members")) {
        const auto members = arguments.list("members");
        if (!members) return std::nullopt;
        create.members = parse_address_list(*members);
    }
    if (!name) name = arguments.replacement("name");
    create.name = name.value_or("");
    return create;
}

std::optional<Body> read_members(Arguments& arguments) {
    return read_of_group<ListMembers>(arguments);
}

std::optional<Body> read_joingroup(Arguments& arguments) {
    const auto code = arguments.text("code");
    if (!code) return std::nullopt;
    // "4f2a9c@B": of a group at home there.
    const Address at = parse_address(*code);
    return JoinGroup{at.name, arguments.named_text("server").value_or(at.server)};
}

std::optional<Body> read_leavegroup(Arguments& arguments) {
    return read_of_group<LeaveGroup>(arguments);
}

std::optional<Body> read_invite(Arguments& arguments) {
    const auto group = arguments.text("group");
    if (!group) return std::nullopt;
    InviteToGroup invite{group_place(*group), parse_address_list(arguments.list("who").value_or(""))};
    if (invite.who.empty()) return std::nullopt;
    return invite;
}

std::optional<Body> read_kick(Arguments& arguments) {
    return read_removal(arguments, KickFromGroup::Action::kick);
}

std::optional<Body> read_ban(Arguments& arguments) {
    return read_removal(arguments, KickFromGroup::Action::ban);
}

std::optional<Body> read_unban(Arguments& arguments) {
    return read_removal(arguments, KickFromGroup::Action::unban);
}

std::optional<Body> read_promote(Arguments& arguments) {
    const auto group = arguments.text("group");
    const auto who = arguments.text("who");
    if (!group || !who) return std::nullopt;
    SetGroupRole change{group_place(*group), parse_address(*who)};
    if (arguments.has("role")) {
        const auto role = parse_group_role(arguments.text("role").value_or(""));
        if (!role) return Refuse{ChatError::bad_argument, true};
        change.role = *role;
    }
    return change;
}

std::optional<Body> read_newcode(Arguments& arguments) {
    return read_of_group<RenewGroupCode>(arguments);
}

}  // namespace obrol::native
