#include "client/admin/reports.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include "client/admin/peer_reports.h"
#include "client/admin/report_parts.h"
#include "client/admin/text_table.h"
#include "wire/write_json_value.h"

namespace obrol {

using namespace admin;

namespace {

// What a sentence says of the user.
std::string user_of(const JsonValue& data) {
    return shown_text(text(data, "user"));
}

std::string user_added(const JsonValue& data) {
    return fmt::format("{} has an account now, role {}\n", user_of(data), shown_text(text(data, "role")));
}

std::string user_list(const JsonValue& data) {
    const JsonValue::Array& users = items(data, "users");
    if (users.empty()) return "there are no accounts\n";
    TextTable table({"USER", "NAME", "COUNTRY", "ROLE", "STATE", "SINCE"});
    for (const JsonValue& user : users)
        table.add({text(user, "user"), text(user, "name"), text(user, "country"), text(user, "role"),
                   text(user, "state"), time(user, "created_at")});
    return table.to_string();
}

std::string user_shown(const JsonValue& data) {
    return lines({{"user", text(data, "user")},
                  {"name", text(data, "name")},
                  {"country", text(data, "country")},
                  {"role", text(data, "role")},
                  {"state", text(data, "state")},
                  {"since", time(data, "created_at")},
                  {"online", std::string(yes_or_no(data, "online"))},
                  {"last used", time(data, "last_used_at", "never")},
                  {"sessions", number(data, "sessions")}});
}

std::string password_changed(const JsonValue& data) {
    return fmt::format("{} has a new password and is logged out everywhere\n", user_of(data));
}

std::string profile_changed(const JsonValue& data) {
    const std::string country = shown_text(text(data, "country"));
    return fmt::format("{} is shown as {}{} now\n", user_of(data), shown_text(text(data, "name")),
                       country.empty() ? "" : ", " + country);
}

std::string role_changed(const JsonValue& data) {
    return fmt::format("{} has the role {} now\n", user_of(data), shown_text(text(data, "role")));
}

std::string user_disabled(const JsonValue& data) {
    return fmt::format("{} is logged out everywhere and cannot log in\n", user_of(data));
}

std::string user_enabled(const JsonValue& data) {
    return fmt::format("{} can log in\n", user_of(data));
}

std::string user_deleted(const JsonValue& data) {
    return fmt::format("{} is deleted: the messages stay, and nobody gets the name again\n", user_of(data));
}

std::string session_list(const JsonValue& data) {
    const JsonValue::Array& sessions = items(data, "sessions");
    if (sessions.empty()) return "there are no sessions\n";
    TextTable table({"ID", "STARTED", "LAST USED", "CONNECTED"});
    for (const JsonValue& session : sessions)
        table.add({number(session, "id"), time(session, "started_at"), time(session, "last_used_at"),
                   std::string(yes_or_no(session, "connected"))});
    return table.to_string();
}

std::string sessions_revoked(const JsonValue& data) {
    return counted(integer(data, "sessions_ended").value_or(0), "session") + " ended\n";
}

std::string invitation_made(const JsonValue& data) {
    const std::int64_t uses = integer(data, "uses").value_or(1);
    return fmt::format("{}\n", shown_text(text(data, "code"))) +
           fmt::format("good for {}, role {}, {}; the code is not shown again (invitation {})\n",
                       counted(uses, "account"), shown_text(text(data, "role")),
                       text(data, "expires_at").empty() ? "without end" : "until " + time(data, "expires_at"),
                       number(data, "id"));
}

std::string invitation_list(const JsonValue& data) {
    const JsonValue::Array& invitations = items(data, "invitations");
    if (invitations.empty()) return "there are no invitations\n";
    TextTable table({"ID", "USED", "OF", "ROLE", "UNTIL", "USABLE", "NOTE"});
    for (const JsonValue& invitation : invitations)
        table.add({number(invitation, "id"), number(invitation, "used"), number(invitation, "uses"),
                   text(invitation, "role"), time(invitation, "expires_at", "always"),
                   std::string(yes_or_no(invitation, "usable")), text(invitation, "note")});
    return table.to_string();
}

std::string invitation_revoked(const JsonValue&) {
    return "the invitation is of no use any more\n";
}

// How long a group keeps its messages.
std::string retention(const JsonValue& group) {
    const std::optional<std::int64_t> days = integer(group, "retention_days");
    return days ? counted(*days, "day") : "for ever";
}

std::string group_list(const JsonValue& data) {
    const JsonValue::Array& groups = items(data, "groups");
    if (groups.empty()) return "there are no groups\n";
    TextTable table({"GROUP", "NAME", "MEMBERS", "HISTORY", "KEPT", "STATE", "SINCE"});
    for (const JsonValue& group : groups)
        table.add({text(group, "group"), text(group, "name"), number(group, "members"), text(group, "history"),
                   retention(group), text(group, "state"), time(group, "created_at")});
    return table.to_string();
}

std::string group_shown(const JsonValue& data) {
    std::string banned;
    for (const JsonValue& user : items(data, "banned")) {
        if (const std::string* name = user.as_string()) banned += (banned.empty() ? "" : ", ") + *name;
    }
    const bool is_recovering = member(data, "recovering").as_boolean() == true;
    const std::string shown = lines({{"group", text(data, "group")},
                                     {"name", text(data, "name")},
                                     {"code", text(data, "code")},
                                     {"state", is_recovering ? "recovering" : text(data, "state")},
                                     {"since", time(data, "created_at")},
                                     {"history", text(data, "history")},
                                     {"kept", retention(data)},
                                     {"entries", number(data, "entries")},
                                     {"banned", banned},
                                     {"members", number(data, "members")}});
    const JsonValue::Array& who = items(data, "who");
    if (who.empty()) return shown;
    TextTable table({"USER", "NAME", "ROLE", "ONLINE"});
    for (const JsonValue& each : who)
        table.add({text(each, "user"), text(each, "name"), text(each, "role"), std::string(yes_or_no(each, "online"))});
    return shown + "\n" + table.to_string();
}

std::string group_changed(const JsonValue& data) {
    const std::optional<std::int64_t> days = integer(data, "retention_days");
    return fmt::format("{} keeps what is said {}; whoever joins can{} read what was said before\n",
                       shown_text(text(data, "group")), days ? "for " + counted(*days, "day") : "for ever",
                       text(data, "history") == "open" ? "" : "not");
}

std::string group_code_renewed(const JsonValue& data) {
    return fmt::format("{}\nwhoever knows this code can join {}; the old one is of no use any more\n",
                       shown_text(text(data, "code")), shown_text(text(data, "group")));
}

std::string recovery_ended(const JsonValue& data) {
    return fmt::format("{} takes posts\n", shown_text(text(data, "group")));
}

std::string group_adopted(const JsonValue& data) {
    return fmt::format("{} is at home here now; whoever knows the code {} can join it\n",
                       shown_text(text(data, "group")), shown_text(text(data, "code")));
}

// Of a member; empty when it is not there.
std::string sized(const JsonValue& object, std::string_view name) {
    const std::optional<std::int64_t> bytes = integer(object, name);
    return bytes ? size(*bytes) : std::string();
}

std::string file_list(const JsonValue& data) {
    const JsonValue::Array& files = items(data, "files");
    if (files.empty()) return "there are no files\n";
    TextTable table({"CODE", "FROM", "IN", "SIZE", "SENT", "NAME"});
    for (const JsonValue& file : files)
        table.add({text(file, "file"), text(file, "from"), text(file, "in"), sized(file, "size"), time(file, "at"),
                   text(file, "name")});
    const bool more = member(data, "more").as_boolean() == true;
    return table.to_string() + (more ? "there are older ones; --limit shows more\n" : "");
}

std::string file_removed(const JsonValue& data) {
    return fmt::format("{} ({}) is removed; nobody can get it any more\n", shown_text(text(data, "name")),
                       sized(data, "size"));
}

std::string folder_list(const JsonValue& data) {
    const JsonValue::Array& files = items(data, "files");
    if (files.empty()) return "the folder is empty\n";
    TextTable table({"NAME", "SIZE", "AT"});
    for (const JsonValue& file : files)
        table.add({text(file, "name"), sized(file, "size"), time(file, "at")});
    return table.to_string();
}

std::string folder_file_removed(const JsonValue& data) {
    return fmt::format("{} ({}) is in the folder no more\n", shown_text(text(data, "name")), sized(data, "size"));
}

std::string quota(const JsonValue& data) {
    const std::string limit = sized(data, "bytes_max");
    const bool is_own = member(data, "own").as_boolean() == true;
    return lines({{"user", text(data, "user")},
                  {"files", number(data, "files")},
                  {"used", sized(data, "bytes")},
                  {"limit", limit.empty() ? "none" : limit + (is_own ? ", his own" : ", as everybody")}});
}

std::string server_status(const JsonValue& data) {
    const JsonValue& users = member(data, "users");
    std::string listeners;
    for (const JsonValue& listener : items(data, "listeners")) {
        if (const std::string* name = listener.as_string()) listeners += (listeners.empty() ? "" : ", ") + *name;
    }
    return lines({{"server", text(data, "server")},
                  {"version", text(data, "version")},
                  {"process", number(data, "pid")},
                  {"running", fmt::format("{}, since {}", duration(integer(data, "uptime_s").value_or(0)),
                                          time(data, "started_at"))},
                  {"data", text(data, "data")},
                  {"listeners", listeners},
                  {"connections", number(data, "connections")},
                  {"users", fmt::format("{} active ({}), {} disabled, {} deleted", number(users, "active"),
                                        counted(integer(users, "admins").value_or(0), "admin"),
                                        number(users, "disabled"), number(users, "deleted"))},
                  {"online", number(data, "online")},
                  {"sessions", number(data, "sessions")},
                  {"messages", number(data, "messages")},
                  {"groups", number(data, "groups")},
                  {"files", fmt::format("{}, {} ({} on the disk)", number(data, "files"), sized(data, "file_bytes"),
                                        sized(data, "blob_bytes"))},
                  {"commits", number(data, "commits")},
                  {"store", sized(data, "store_bytes")},
                  {"memory", sized(data, "memory_bytes")}});
}

constexpr std::array<std::pair<std::string_view, std::string (*)(const JsonValue&)>, 43> reports{{
    {"user-add", user_added},
    {"user-list", user_list},
    {"user-show", user_shown},
    {"user-password", password_changed},
    {"user-profile", profile_changed},
    {"user-role", role_changed},
    {"user-disable", user_disabled},
    {"user-enable", user_enabled},
    {"user-delete", user_deleted},
    {"session-list", session_list},
    {"session-revoke", sessions_revoked},
    {"invitation-create", invitation_made},
    {"invitation-list", invitation_list},
    {"invitation-revoke", invitation_revoked},
    {"group-list", group_list},
    {"group-show", group_shown},
    {"group-set", group_changed},
    {"group-newcode", group_code_renewed},
    {"group-recover", recovery_ended},
    {"group-adopt", group_adopted},
    {"file-list", file_list},
    {"file-remove", file_removed},
    {"folder-list", folder_list},
    {"folder-remove", folder_file_removed},
    {"quota-show", quota},
    {"quota-set", quota},
    {"quota-reset", quota},
    {"peer-identity", own_identity},
    {"peer-rotate", own_identity},
    {"peer-list", peer_list},
    {"peer-show", peer_shown},
    {"peer-add", peer_added},
    {"peer-address", peer_address_changed},
    {"peer-connect", peer_connected},
    {"peer-disconnect", peer_disconnected},
    {"peer-block", peer_blocked},
    {"peer-unblock", peer_unblocked},
    {"peer-remove", peer_removed},
    {"peer-test", peer_tested},
    {"queue-list", queue_list},
    {"queue-flush", queue_flushed},
    {"queue-drop", queue_dropped},
    {"status", server_status},
}};

}  // namespace

std::string report(std::string_view command, const JsonValue& data) {
    for (const auto& [name, render] : reports) {
        if (name == command) return render(data);
    }
    std::string json_text;
    JsonWriter json(json_text, JsonStyle::compact);
    write_json_value(json, data);
    return json_text + "\n";
}

}  // namespace obrol
