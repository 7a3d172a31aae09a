// What a password, a profile and other texts of people may look like. Each gives what is wrong, in words for the person
// who wrote it; empty: nothing.
#pragma once

#include <string>
#include <string_view>

#include "core/chat.h"

namespace obrol {

std::string password_problem(std::string_view password, std::string_view user_name, const Chat::Options& options);
// Display name and country.
std::string profile_problem(const UserCard& card, const Chat::Options& options);
// Of an invitation.
std::string note_problem(std::string_view note, const Chat::Options& options);

// For people to see, beside the id.
std::string group_name_problem(std::string_view name, const Chat::Options& options);

}  // namespace obrol
