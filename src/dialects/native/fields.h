// What answers and events have in common: members of JSON objects, in the order of docs/protocol/native.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/bounce.h"
#include "model/entry.h"
#include "model/file.h"
#include "model/group.h"
#include "model/user.h"
#include "wire/json_writer.h"

namespace obrol::native {

void write_boolean(JsonWriter& json, std::string_view name, bool value);

// "#lab"
std::string address_of(const GroupCard& group);

void write_user(JsonWriter& json, const UserCard& user);
// Its id and name.
void write_group(JsonWriter& json, const GroupCard& group);
// Which message did not arrive, whether that is certain, and why.
void write_bounce_note(JsonWriter& json, const BounceNote& note);
void write_file(JsonWriter& json, const FileCard& file);

// A whole message: from its header; `to` is a user name or a group's address. Its content is the file, or else the
// text.
void write_message(JsonWriter& json, const EntryHeader& header, const UserCard& from, std::string_view to,
                   std::string_view text, const std::optional<FileCard>& file);
// The same with what the entry's body says.
void write_entry(JsonWriter& json, const LogEntry& entry, const UserCard& from, std::string_view to);
// Without what its place in the conversation stands for: its id, time and kind, and the sender's other name.
void write_brief_entry(JsonWriter& json, const LogEntry& entry, const UserCard& from, std::string_view to);

}  // namespace obrol::native
