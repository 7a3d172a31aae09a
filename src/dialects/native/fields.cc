#include "dialects/native/fields.h"

#include "dialects/native/error_words.h"

namespace obrol::native {
namespace {

// The members of a message stand in the order of PROTOCOLS.md, native: its content comes between these two.
void write_before_content(JsonWriter& json, const EntryHeader& header, const UserCard& from, std::string_view to) {
    json.member("id", header.id);
    json.member("conv", header.conversation.value);
    json.member("seq", header.seq.value);
    json.member("kind", to_string(header.kind));
    json.member("from", from.name);
    json.member("name", from.display_name);
    json.member("to", to);
}

void write_after_content(JsonWriter& json, const EntryHeader& header) {
    json.member("at", header.at);
}

void write_file_content(JsonWriter& json, const FileCard& file) {
    json.key("file");
    json.begin_object();
    write_file(json, file);
    json.end_object();
}

void write_note(JsonWriter& json, const MemberNote& note) {
    json.key("member");
    json.begin_object();
    json.member("action", to_string(note.action));
    json.key("who");
    json.begin_array();
    for (const std::string& name : note.who)
        json.string(name);
    json.end_array();
    if (note.action == MemberNote::Action::role) json.member("role", to_string(note.role));
    json.end_object();
}

void write_bounce(JsonWriter& json, const BounceNote& note) {
    json.key("bounce");
    json.begin_object();
    write_bounce_note(json, note);
    json.end_object();
}

void write_content(JsonWriter& json, const LogEntry& entry) {
    if (entry.erased) return write_boolean(json, "erased", true);
    if (entry.header.kind == EntryKind::file) {
        if (const auto file = parse_file_card(entry.body)) return write_file_content(json, *file);
    }
    if (entry.header.kind == EntryKind::member) {
        if (const auto note = parse_member_note(entry.body)) return write_note(json, *note);
    }
    if (entry.header.kind == EntryKind::bounce) {
        if (const auto note = parse_bounce_note(entry.body)) return write_bounce(json, *note);
    }
    json.member("text", entry.body);
}

}  // namespace

void write_boolean(JsonWriter& json, std::string_view name, bool value) {
    json.key(name);
    json.boolean(value);
}

std::string address_of(const GroupCard& group) {
    return '#' + group.id;
}

void write_user(JsonWriter& json, const UserCard& user) {
    json.member("user", user.name);
    json.member("name", user.display_name);
    json.member("country", user.country);
}

void write_group(JsonWriter& json, const GroupCard& group) {
    json.member("id", address_of(group));
    json.member("name", group.name);
}

void write_file(JsonWriter& json, const FileCard& file) {
    // What lies in a folder has none.
    if (!file.code.empty()) json.member("code", file.code);
    json.member("name", file.name);
    json.member("size", file.size);
    // What lies in a directory of the operator's is not known before it is sent.
    if (file.blob != BlobDigest{}) json.member("sha256", to_string(file.blob));
}

void write_bounce_note(JsonWriter& json, const BounceNote& note) {
    json.member("message", note.id);
    write_boolean(json, "final", note.is_final);
    json.member("why", error_code(note.why));
}

void write_message(JsonWriter& json, const EntryHeader& header, const UserCard& from, std::string_view to,
                   std::string_view text, const std::optional<FileCard>& file) {
    write_before_content(json, header, from, to);
    if (file)
        write_file_content(json, *file);
    else
        json.member("text", text);
    write_after_content(json, header);
}

void write_entry(JsonWriter& json, const LogEntry& entry, const UserCard& from, std::string_view to) {
    write_before_content(json, entry.header, from, to);
    write_content(json, entry);
    write_after_content(json, entry.header);
}

void write_brief_entry(JsonWriter& json, const LogEntry& entry, const UserCard& from, std::string_view to) {
    json.member("conv", entry.header.conversation.value);
    json.member("seq", entry.header.seq.value);
    json.member("from", from.name);
    json.member("to", to);
    write_content(json, entry);
}

}  // namespace obrol::native
