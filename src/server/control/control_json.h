// Core's answers as the control socket's JSON (docs/protocol/control.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/administration.h"
#include "server/control/control_answer.h"
#include "server/control/control_commands.h"

namespace obrol::control {

std::string_view to_word(Role role);
std::optional<Role> to_role(std::string_view word);

// The data of an answer, each one JSON value.
std::string to_json(const Administration::UserSummary& user);
std::string to_json(const Administration::UserList& list);
std::string to_json(const Administration::UserDetails& user);
std::string to_json(const std::vector<SessionList::Item>& sessions);
std::string to_json(const Administration::CreatedInvitation& invitation);
std::string to_json(const std::vector<Administration::InvitationSummary>& invitations);
std::string to_json(const Administration::GroupSummary& group);
std::string to_json(const Administration::GroupPage& page);
std::string to_json(const Administration::GroupDetails& group);
std::string to_json(const Administration::GroupLog& log);
std::string to_json(const FileList& list);
std::string to_json(const FolderList& folder);
std::string to_json(const FolderList::Item& file);
std::string to_json(const FileCard& file);
std::string to_json(const Administration::FileQuota& quota);
std::string to_json(const ServerFacts& facts, const Administration::Counts& counts);

// Why core refused it. `what` is not found when core finds something missing that has no error of its own: "session",
// "invitation".
ControlRefusal to_refusal(const Refused& refused, std::string_view what);

}  // namespace obrol::control
