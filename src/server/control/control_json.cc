#include "server/control/control_json.h"

#include <chrono>
#include <fmt/core.h>

#include "base/check.h"
#include "server/control/json_members.h"

namespace obrol::control {
namespace {

std::string_view to_word(AccountState state) {
    switch (state) {
        case AccountState::active:
            return "active";
        case AccountState::disabled:
            return "disabled";
        case AccountState::deleted:
            return "deleted";
    }
    OBROL_CHECK(false);
}

void add(Members& members, const Administration::UserSummary& user) {
    members.text("user", user.user.name)
        .text("name", user.user.display_name)
        .text("country", user.user.country)
        .text("role", control::to_word(user.role))
        .text("state", to_word(user.state))
        .time("created_at", user.created_at)
        .flag("online", user.online);
}

void add(Members& members, const SessionList::Item& session) {
    members.number("id", session.id.value)
        .time("started_at", session.started_at)
        .time("last_used_at", session.used_at)
        .flag("online", session.online)
        .flag("connected", session.held);
}

void add(Members& members, const Invitation& invitation) {
    members.number("id", invitation.id.value)
        .text("role", control::to_word(invitation.role))
        .number("uses", invitation.uses_max)
        .number("used", invitation.used)
        .time("expires_at", invitation.expires_at)
        .text("note", invitation.note)
        .time("created_at", invitation.created_at);
}

void add(Members& members, const Administration::GroupSummary& summary) {
    const Group& group = summary.group;
    std::optional<std::int64_t> retention_days;
    if (group.retention) retention_days = group.retention->count();
    members.text("group", group.card.id)
        .text("name", group.card.name)
        .text("code", group.code)
        .number("members", summary.members)
        .text("history", group.history_open ? "open" : "closed")
        .number("retention_days", retention_days)
        .text("state", group.ended ? "ended" : "active")
        .time("created_at", group.created_at);
}

void add(Members& members, const FileCard& file) {
    members.text("file", file.code)
        .text("name", file.name)
        .number("size", file.size)
        .text("sha256", to_string(file.blob));
}

// What the body says, by kind; nothing more of kinds that this version does not know.
void add_body(Members& members, const LogEntry& entry) {
    if (entry.erased) {
        members.flag("erased", true);
        return;
    }
    switch (entry.header.kind) {
        case EntryKind::file:
            if (const std::optional<FileCard> file = parse_file_card(entry.body))
                write_object(members.under("file"), [&](Members& each) { add(each, *file); });
            return;
        case EntryKind::member:
            if (const std::optional<MemberNote> note = parse_member_note(entry.body)) {
                members.text("action", to_string(note->action));
                if (note->action == MemberNote::Action::role) members.text("role", to_string(note->role));
                write_texts(members.under("who"), note->who);
            }
            return;
        case EntryKind::message:
        case EntryKind::edit:
        case EntryKind::remove:
        case EntryKind::reaction:
        case EntryKind::bounce:
        case EntryKind::notice:
            members.text("text", entry.body);
            return;
    }
}

}  // namespace

std::string_view to_word(Role role) {
    switch (role) {
        case Role::member:
            return "member";
        case Role::admin:
            return "admin";
    }
    OBROL_CHECK(false);
}

std::optional<Role> to_role(std::string_view word) {
    for (const Role role : {Role::member, Role::admin}) {
        if (word == to_word(role)) return role;
    }
    return std::nullopt;
}

std::string to_json(const Administration::UserSummary& user) {
    return object([&](Members& members) { add(members, user); });
}

std::string to_json(const Administration::UserList& list) {
    return object([&](Members& members) {
        write_list(members.under("users"), list.users, [](Members& each, const auto& user) { add(each, user); });
        if (list.more) members.text("next", list.users.back().user.name);
    });
}

std::string to_json(const Administration::UserDetails& user) {
    return object([&](Members& members) {
        add(members, user.summary);
        members.time("last_used_at", user.last_used_at).number("sessions", user.sessions.size());
    });
}

std::string to_json(const std::vector<SessionList::Item>& sessions) {
    return object([&](Members& members) {
        write_list(members.under("sessions"), sessions, [](Members& each, const auto& session) { add(each, session); });
    });
}

std::string to_json(const Administration::CreatedInvitation& invitation) {
    return object([&](Members& members) {
        members.text("code", invitation.code);
        add(members, invitation.invitation);
    });
}

std::string to_json(const std::vector<Administration::InvitationSummary>& invitations) {
    return object([&](Members& members) {
        write_list(members.under("invitations"), invitations, [](Members& each, const auto& summary) {
            add(each, summary.invitation);
            each.text("created_by", summary.created_by).flag("usable", summary.usable);
        });
    });
}

std::string to_json(const Administration::GroupSummary& group) {
    return object([&](Members& members) { add(members, group); });
}

std::string to_json(const Administration::GroupPage& page) {
    return object([&](Members& members) {
        write_list(members.under("groups"), page.groups, [](Members& each, const auto& group) { add(each, group); });
        if (page.more) members.text("next", page.groups.back().group.card.id);
    });
}

std::string to_json(const Administration::GroupDetails& group) {
    return object([&](Members& members) {
        add(members, group.summary);
        if (group.is_recovering) members.flag("recovering", true);
        members.number("entries", group.entries);
        write_list(members.under("who"), group.members, [](Members& each, const auto& member) {
            each.text("user", member.user.name)
                .text("name", member.user.display_name)
                .text("role", to_string(member.role))
                .flag("online", member.online);
        });
        JsonWriter& banned = members.under("banned");
        banned.begin_array();
        for (const UserCard& user : group.banned)
            banned.string(user.name);
        banned.end_array();
    });
}

std::string to_json(const Administration::GroupLog& log) {
    return object([&](Members& members) {
        write_list(members.under("entries"), log.items, [](Members& each, const auto& item) {
            const EntryHeader& header = item.entry.header;
            each.number("seq", header.seq.value)
                .text("id", header.id.to_string())
                .text("kind", to_string(header.kind))
                .text("from", item.from.name)
                .text("name", item.from.display_name)
                .time("at", header.at);
            add_body(each, item.entry);
        });
        if (log.more && !log.items.empty()) members.number("next", log.items.back().entry.header.seq.value);
    });
}

std::string to_json(const FileList& list) {
    return object([&](Members& members) {
        write_list(members.under("files"), list.files, [](Members& each, const auto& item) {
            add(each, item.file);
            each.text("from", item.from.name).text("in", item.in).time("at", item.at);
        });
        members.flag("more", list.more);
    });
}

std::string to_json(const FolderList& folder) {
    return object([&](Members& members) {
        write_list(members.under("files"), folder.files, [](Members& each, const auto& file) {
            each.text("name", file.name).number("size", file.size).time("at", file.at);
        });
    });
}

std::string to_json(const FolderList::Item& file) {
    return object(
        [&](Members& members) { members.text("name", file.name).number("size", file.size).time("at", file.at); });
}

std::string to_json(const FileCard& file) {
    return object([&](Members& members) { add(members, file); });
}

std::string to_json(const Administration::FileQuota& quota) {
    return object([&](Members& members) {
        members.text("user", quota.user.name)
            .number("files", quota.files)
            .number("bytes", quota.bytes)
            .number("bytes_max", quota.bytes_max)
            .flag("own", quota.is_own);
    });
}

std::string to_json(const ServerFacts& facts, const Administration::Counts& counts) {
    return object([&](Members& members) {
        members.text("server", facts.server)
            .text("version", facts.version)
            .number("pid", facts.process_id)
            .text("data", facts.data_directory)
            .time("started_at", facts.started_at)
            .number("uptime_s", std::chrono::floor<std::chrono::seconds>(facts.uptime).count());
        JsonWriter& listeners = members.under("listeners");
        listeners.begin_array();
        for (const std::string& listener : facts.listeners)
            listeners.string(listener);
        listeners.end_array();
        members.number("connections", facts.connections).number("online", counts.users_online);
        write_object(members.under("users"), [&](Members& users) {
            users.number("active", counts.stored.users_active)
                .number("admins", counts.stored.admins)
                .number("disabled", counts.stored.users_disabled)
                .number("deleted", counts.stored.users_deleted);
        });
        members.number("sessions", counts.stored.sessions)
            .number("invitations", counts.stored.invitations)
            .number("conversations", counts.stored.conversations)
            .number("messages", counts.stored.entries)
            .number("groups", counts.stored.groups)
            .number("files", counts.stored.files)
            .number("file_bytes", counts.stored.file_bytes)
            .number("blob_bytes", counts.stored.blob_bytes)
            .number("commits", facts.commits)
            .number("store_bytes", facts.store_bytes)
            .number("memory_bytes", facts.memory_bytes);
    });
}

ControlRefusal to_refusal(const Refused& refused, std::string_view what) {
    const std::string& subject = refused.subject;
    switch (refused.why) {
        case ChatError::unknown_user:
            return {"user-not-found", fmt::format("there is no user {}", subject),
                    "obrolctl user list shows who there is"};
        case ChatError::unknown_group:
            return {"group-not-found", fmt::format("there is no group {}", subject),
                    "obrolctl group list shows what there is"};
        case ChatError::unknown_file:
            return {"file-not-found", fmt::format("there is no file {}", subject),
                    "obrolctl file list shows what there is"};
        case ChatError::name_taken:
            return {"name-taken", "that name is taken", "choose another; the name of a deleted account stays taken"};
        case ChatError::bad_name:
            return {"bad-name", "that name cannot be used: " + subject, ""};
        case ChatError::bad_password:
            return {"bad-password", "that password cannot be used: " + subject,
                    "obrolctl makes a good one with --generate"};
        case ChatError::bad_profile:
        case ChatError::bad_argument:
            return {std::string(to_string(refused.why)), subject, ""};
        case ChatError::unknown_server:
            return {"peer-not-found", fmt::format("there is no server {}", subject),
                    "obrolctl peer list shows which are known"};
        case ChatError::server_taken:
            return {"peer-taken", fmt::format("{} is known already, or another server has that address", subject),
                    "obrolctl peer list shows all; peer address changes an address, peer remove forgets a server"};
        case ChatError::own_server:
            return {"own-server", "that is this server itself", ""};
        case ChatError::bad_server:
            return {"bad-peer", subject, ""};
        case ChatError::server_not_connected:
            return {"peer-not-connected", fmt::format("{} is not connected", subject),
                    fmt::format("obrolctl peer connect {} connects it", subject)};
        case ChatError::server_unreachable:
            return {"peer-unreachable", "it cannot be reached: " + subject,
                    "obrolctl peer test shows at which step; one that was connected before is tried again by itself"};
        case ChatError::server_differs:
            return {"peer-differs", "another server answers there: " + subject,
                    "obrolctl peer test shows who; do not connect before you know why"};
        case ChatError::server_blocked:
            return {"peer-blocked", fmt::format("{} is blocked", subject),
                    fmt::format("obrolctl peer unblock {} takes that back", subject)};
        case ChatError::too_many_servers:
            return {"too-many-peers", "as many servers are known as may be", "peers.servers_max says how many"};
        case ChatError::group_taken:
            return {"group-taken", fmt::format("there is, or was, another group {}", subject),
                    "choose another id: obrolctl group adopt GROUP NEWID"};
        case ChatError::bad_group_name:
            return {"bad-group-name", "that id cannot be used: " + subject, ""};
        case ChatError::not_found:
            return {"not-found", fmt::format("there is no such {}: {}", what, subject),
                    "it may have ended already; the list shows what there is"};
        case ChatError::busy:
            return {"busy", "too many passwords are being checked now: nothing was changed", "try again in a moment"};
        case ChatError::not_stored:
            return {"not-stored", "it could not be stored: nothing was changed",
                    "the server's log says why; is the disk full?"};
        case ChatError::unavailable:
            return {"unavailable", "the store could not be read", "the server's log says why"};
        case ChatError::unknown_command:
        case ChatError::missing_argument:
        case ChatError::bad_json:
        case ChatError::bad_text:
        case ChatError::line_too_long:
        case ChatError::not_authorized:
        case ChatError::wrong_password:
        case ChatError::account_disabled:
        case ChatError::unknown_recipient:
        case ChatError::too_many_recipients:
        case ChatError::blocked:
        case ChatError::registration_closed:
        case ChatError::invitation_needed:
        case ChatError::bad_invitation:
        case ChatError::too_many_sessions:
        case ChatError::too_many_requests:
        case ChatError::too_many_messages:
        case ChatError::too_many_accounts:
        case ChatError::too_many_connections:
        case ChatError::server_full:
        case ChatError::out_of_memory:
        case ChatError::tls_needed:
        case ChatError::key_conflict:
        case ChatError::key_expired:
        case ChatError::not_a_member:
        case ChatError::not_allowed:
        case ChatError::banned:
        case ChatError::already_member:
        case ChatError::group_full:
        case ChatError::too_many_groups:
        case ChatError::too_many_contacts:
        case ChatError::oneself:
        case ChatError::not_a_contact:
        case ChatError::bad_file_name:
        case ChatError::bad_file_size:
        case ChatError::file_too_large:
        case ChatError::quota_exceeded:
        case ChatError::storage_full:
        case ChatError::too_many_uploads:
        case ChatError::file_exists:
        case ChatError::folder_full:
        case ChatError::admins_only:
        case ChatError::queue_full:
        case ChatError::request_pending:
        case ChatError::home_recovering:
        case ChatError::argument_too_long:
        case ChatError::passwords_differ:
            // Not what an operator is refused for; said as it is all the same.
            break;
    }
    return {std::string(to_string(refused.why)), std::string(to_string(refused.why)), ""};
}

}  // namespace obrol::control
