// How the client of document 003 shows what the server answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/file.h"
#include "model/reply.h"

namespace obrol {

// "[2026-11-21 03:50 UTC] luka: halo", without the time where the answer has none (NOTIF-GET); from a group, where
// `names_group` wants it, "luka @ lab (c0ffee)".
std::string message_line(const UnreadPage::Message& message, bool names_group);
// A line for each, numbered from 1.
std::string contact_lines(const ContactList& contacts);
std::string group_lines(const std::vector<GroupView>& groups);
// None: it is no file.
std::optional<FileCard> file_of(const UnreadPage::Message& message);

}  // namespace obrol
