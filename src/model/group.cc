#include "model/group.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/body_words.h"

namespace obrol {
namespace {

using Action = MemberNote::Action;

constexpr std::array<std::pair<Action, std::string_view>, 9> actions{{{Action::create, "create"},
                                                                      {Action::join, "join"},
                                                                      {Action::leave, "leave"},
                                                                      {Action::invite, "invite"},
                                                                      {Action::kick, "kick"},
                                                                      {Action::ban, "ban"},
                                                                      {Action::unban, "unban"},
                                                                      {Action::role, "role"},
                                                                      {Action::end, "end"}}};
constexpr std::array<std::pair<GroupRole, std::string_view>, 3> roles{
    {{GroupRole::member, "member"}, {GroupRole::admin, "admin"}, {GroupRole::owner, "owner"}}};

template <class Value, std::size_t size>
std::optional<Value> value_of(const std::array<std::pair<Value, std::string_view>, size>& table,
                              std::string_view word) {
    const auto found = std::ranges::find(table, word, &std::pair<Value, std::string_view>::second);
    return found == table.end() ? std::nullopt : std::optional(found->first);
}

template <class Value, std::size_t size>
std::string_view word_of(const std::array<std::pair<Value, std::string_view>, size>& table, Value value) {
    const auto found = std::ranges::find(table, value, &std::pair<Value, std::string_view>::first);
    return found == table.end() ? std::string_view("unknown") : found->second;
}

}  // namespace

std::string_view to_string(GroupRole role) {
    return word_of(roles, role);
}

std::optional<GroupRole> parse_group_role(std::string_view word) {
    return value_of(roles, word);
}

std::string_view to_string(MemberNote::Action action) {
    return word_of(actions, action);
}

std::string encode(const MemberNote& note) {
    std::string body(to_string(note.action));
    if (note.action == Action::role) body.append(" ").append(to_string(note.role));
    for (const std::string& name : note.who)
        body.append(" ").append(name);
    return body;
}

std::optional<MemberNote> parse_member_note(std::string_view body) {
    const auto action = value_of(actions, take_word(body));
    if (!action) return std::nullopt;
    MemberNote note;
    note.action = *action;
    if (note.action == Action::role) {
        const auto role = parse_group_role(take_word(body));
        if (!role) return std::nullopt;
        note.role = *role;
    }
    while (!body.empty())
        note.who.emplace_back(take_word(body));
    return note;
}

bool is_join_code(std::string_view text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == join_code_size && std::ranges::all_of(text, is_digit);
}

}  // namespace obrol
