#include "server/control/control_commands.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "server/control/control_arguments.h"
#include "server/control/control_json.h"
#include "wire/json_reader.h"

namespace obrol {

using control::page_max;
using control::quoted;
using control::refuse;
using control::to_answer;

namespace {

// Lines are bounded by the connection (ControlLimits); here only the depth is.
constexpr JsonLimits request_limits{.bytes_max = std::numeric_limits<std::int32_t>::max()};
// The list of files has no pages: so many may be asked for at once, a few MiB.
constexpr std::int64_t files_max = 10'000;
// As much as the setting files.user_bytes_max can be.
constexpr std::int64_t quota_bytes_max = std::int64_t{1} << 50;
// Further in the future than any clock goes wrong.
constexpr std::int64_t expires_s_max = std::int64_t{100} * 365 * 86'400;

std::string number_member(std::string_view name, std::int64_t value) {
    return fmt::format("{{\"{}\":{}}}", name, value);
}

}  // namespace

struct ControlCommands::Member {
    enum class Kind { text, number };
    std::string_view name;
    Kind kind = Kind::text;
    bool is_required = true;
};

struct ControlCommands::Command {
    std::string_view name;
    std::vector<Member> members;
    Task<ControlAnswer> (ControlCommands::*run)(Arguments);
};

const std::vector<ControlCommands::Command>& ControlCommands::commands() {
    using enum Member::Kind;
    static const std::vector<Command> table{
        {"user-add",
         {{"user"}, {"password"}, {"name", text, false}, {"country", text, false}, {"role", text, false}},
         &ControlCommands::add_user},
        {"user-list", {{"after", text, false}, {"limit", number, false}}, &ControlCommands::list_users},
        {"user-show", {{"user"}}, &ControlCommands::show_user},
        {"user-password", {{"user"}, {"password"}}, &ControlCommands::set_password},
        {"user-profile", {{"user"}, {"name", text, false}, {"country", text, false}}, &ControlCommands::set_profile},
        {"user-role", {{"user"}, {"role"}}, &ControlCommands::set_role},
        {"user-disable", {{"user"}}, &ControlCommands::disable_user},
        {"user-enable", {{"user"}}, &ControlCommands::enable_user},
        {"user-delete", {{"user"}}, &ControlCommands::delete_user},
        {"session-list", {{"user"}}, &ControlCommands::list_sessions},
        {"session-revoke", {{"id", number, false}, {"user", text, false}}, &ControlCommands::revoke_sessions},
        {"invitation-create",
         {{"uses", number, false}, {"expires_s", number, false}, {"role", text, false}, {"note", text, false}},
         &ControlCommands::create_invitation},
        {"invitation-list", {}, &ControlCommands::list_invitations},
        {"invitation-revoke", {{"id", number, false}, {"code", text, false}}, &ControlCommands::revoke_invitation},
        {"group-list", {{"after", text, false}, {"limit", number, false}}, &ControlCommands::list_groups},
        {"group-show", {{"group"}}, &ControlCommands::show_group},
        {"group-set",
         {{"group"}, {"history", text, false}, {"retention_days", number, false}},
         &ControlCommands::set_group_options},
        {"group-newcode", {{"group"}}, &ControlCommands::renew_group_code},
        {"group-log", {{"group"}, {"after", number, false}, {"limit", number, false}}, &ControlCommands::read_group},
        {"group-recover", {{"group"}}, &ControlCommands::end_recovery},
        {"group-adopt", {{"group"}, {"as", text, false}}, &ControlCommands::adopt_group},
        {"file-list", {{"user", text, false}, {"limit", number, false}}, &ControlCommands::list_files},
        {"file-remove", {{"file"}}, &ControlCommands::remove_file},
        {"folder-list", {{"user"}}, &ControlCommands::list_folder},
        {"folder-remove", {{"user"}, {"name"}}, &ControlCommands::remove_folder_file},
        {"quota-show", {{"user"}}, &ControlCommands::show_quota},
        {"quota-set", {{"user"}, {"bytes", number}}, &ControlCommands::set_quota},
        {"quota-reset", {{"user"}}, &ControlCommands::reset_quota},
        {"peer-identity", {}, &ControlCommands::show_identity},
        {"peer-rotate", {}, &ControlCommands::rotate_key},
        {"peer-list", {}, &ControlCommands::list_servers},
        {"peer-show", {{"peer"}}, &ControlCommands::show_server},
        {"peer-add", {{"peer"}, {"host"}, {"port", number}}, &ControlCommands::add_server},
        {"peer-address", {{"peer"}, {"host"}, {"port", number}}, &ControlCommands::set_server_address},
        {"peer-connect", {{"peer"}}, &ControlCommands::connect_server},
        {"peer-disconnect", {{"peer"}}, &ControlCommands::disconnect_server},
        {"peer-block", {{"peer"}}, &ControlCommands::block_server},
        {"peer-unblock", {{"peer"}}, &ControlCommands::unblock_server},
        {"peer-remove", {{"peer"}, {"lose", number, false}}, &ControlCommands::remove_server},
        {"peer-test",
         {{"peer", text, false}, {"host", text, false}, {"port", number, false}},
         &ControlCommands::test_server},
        {"queue-list", {{"peer"}, {"after", number, false}, {"limit", number, false}}, &ControlCommands::list_queue},
        {"queue-flush", {{"peer"}}, &ControlCommands::flush_queue},
        {"queue-drop", {{"peer"}}, &ControlCommands::drop_queue},
        {"status", {}, &ControlCommands::status},
    };
    return table;
}

// The command that a request names, if the request is one.
std::expected<const ControlCommands::Command*, ControlRefusal> ControlCommands::find(const JsonValue& request) {
    const JsonValue::Object* members = request.as_object();
    if (!members) return refuse("bad-json", "a request is a JSON object on one line");
    const JsonValue* cmd = request.find("cmd");
    const std::string* name = cmd ? cmd->as_string() : nullptr;
    if (!name) return refuse("missing-argument", "cmd is missing: it names the command");
    const auto is_it = [&](const Command& command) { return command.name == *name; };
    const auto found = std::find_if(commands().begin(), commands().end(), is_it);
    if (found == commands().end()) {
        std::vector<std::string_view> names;
        for (const Command& command : commands())
            names.push_back(command.name);
        return refuse("unknown-command", fmt::format("there is no command {}", *name),
                      fmt::format("there are: {}", fmt::join(names, ", ")));
    }
    for (const JsonMember& given : *members) {
        const auto is_given = [&](const Member& member) { return member.name == given.name; };
        const auto member = std::find_if(found->members.begin(), found->members.end(), is_given);
        if (given.name == "cmd") continue;
        if (member == found->members.end())
            return refuse("bad-argument", fmt::format("{} takes no {}", found->name, given.name));
        const bool is_text = member->kind == Member::Kind::text;
        if (is_text ? !given.value.as_string() : !given.value.as_integer())
            return refuse("bad-argument",
                          fmt::format("{} must be {}", given.name, is_text ? "a text" : "a whole number"));
    }
    for (const Member& member : found->members) {
        if (member.is_required && !request.find(member.name))
            return refuse("missing-argument", fmt::format("{} is missing", member.name));
    }
    return &*found;
}

Task<std::string> ControlCommands::answer(std::string line) {
    Result<JsonValue, JsonError> request = read_json(line, request_limits);
    if (!request) {
        ControlAnswer wrong = refuse("bad-json", fmt::format("the request is no JSON: {} at byte {}",
                                                             request.error().what, request.error().offset));
        co_return to_line(wrong);
    }
    const std::expected<const Command*, ControlRefusal> command = find(*request);
    if (!command) {
        const ControlAnswer wrong = std::unexpected(command.error());
        co_return to_line(wrong);
    }
    Arguments arguments(std::move(*request));
    const std::string subject = arguments.logged_subject();
    const ControlAnswer answer = co_await (this->*(*command)->run)(std::move(arguments));
    parts_.logger.info("control: {}{}: {}", (*command)->name, subject, answer ? "done" : answer.error().error);
    co_return to_line(answer);
}

Task<ControlAnswer> ControlCommands::add_user(Arguments arguments) {
    const std::expected<Role, ControlRefusal> role = arguments.role("member");
    if (!role) co_return std::unexpected(role.error());
    UserCard card{arguments.text("user"), arguments.text("name"), arguments.text("country")};
    const auto added = co_await parts_.administration.add_user(std::move(card), arguments.text("password"), *role);
    co_return to_answer(added);
}

Task<ControlAnswer> ControlCommands::list_users(Arguments arguments) {
    const std::expected<std::size_t, ControlRefusal> limit = arguments.limit(page_max);
    if (!limit) co_return std::unexpected(limit.error());
    const auto page = co_await parts_.administration.list_users(arguments.text("after"), *limit);
    co_return to_answer(page);
}

Task<ControlAnswer> ControlCommands::show_user(Arguments arguments) {
    const auto shown = co_await parts_.administration.show_user(arguments.text("user"));
    co_return to_answer(shown);
}

Task<ControlAnswer> ControlCommands::set_password(Arguments arguments) {
    const auto changed =
        co_await parts_.administration.set_password(arguments.text("user"), arguments.text("password"));
    co_return to_answer(changed);
}

Task<ControlAnswer> ControlCommands::set_profile(Arguments arguments) {
    const auto changed = co_await parts_.administration.set_profile(
        arguments.text("user"), arguments.optional_text("name"), arguments.optional_text("country"));
    co_return to_answer(changed);
}

Task<ControlAnswer> ControlCommands::set_role(Arguments arguments) {
    const std::expected<Role, ControlRefusal> role = arguments.role("");
    if (!role) co_return std::unexpected(role.error());
    const auto changed = co_await parts_.administration.set_role(arguments.text("user"), *role);
    co_return to_answer(changed);
}

Task<ControlAnswer> ControlCommands::set_state(Arguments arguments, AccountState state) {
    const auto changed = co_await parts_.administration.set_state(arguments.text("user"), state);
    co_return to_answer(changed);
}

Task<ControlAnswer> ControlCommands::disable_user(Arguments arguments) {
    return set_state(std::move(arguments), AccountState::disabled);
}

Task<ControlAnswer> ControlCommands::enable_user(Arguments arguments) {
    return set_state(std::move(arguments), AccountState::active);
}

Task<ControlAnswer> ControlCommands::delete_user(Arguments arguments) {
    return set_state(std::move(arguments), AccountState::deleted);
}

Task<ControlAnswer> ControlCommands::list_sessions(Arguments arguments) {
    const auto sessions = co_await parts_.administration.list_sessions(arguments.text("user"));
    co_return to_answer(sessions);
}

Task<ControlAnswer> ControlCommands::revoke_sessions(Arguments arguments) {
    const std::optional<std::int64_t> id = arguments.number("id");
    const std::optional<std::string> user = arguments.optional_text("user");
    if (id.has_value() == user.has_value())
        co_return refuse("bad-argument", "either id or user must be given", "obrolctl session list USER shows the ids");
    if (user) {
        const auto revoked = co_await parts_.administration.revoke_sessions(*user);
        if (!revoked) co_return std::unexpected(control::to_refusal(revoked.error(), "session"));
        co_return number_member("sessions_ended", *revoked);
    }
    const auto revoked = co_await parts_.administration.revoke_session(SessionId(*id));
    if (!revoked) co_return std::unexpected(control::to_refusal(revoked.error(), "session"));
    co_return number_member("sessions_ended", 1);
}

Task<ControlAnswer> ControlCommands::create_invitation(Arguments arguments) {
    const std::expected<Role, ControlRefusal> role = arguments.role("member");
    if (!role) co_return std::unexpected(role.error());
    Administration::NewInvitation wanted;
    wanted.role = *role;
    wanted.uses_max = arguments.number("uses").value_or(1);
    if (const std::optional<std::int64_t> expires_s = arguments.number("expires_s")) {
        if (*expires_s < 1 || *expires_s > expires_s_max)
            co_return refuse("bad-argument", fmt::format("expires_s must be from 1 to {}", expires_s_max));
        wanted.lifetime = std::chrono::seconds(*expires_s);
    }
    wanted.note = arguments.text("note");
    const auto created = co_await parts_.administration.create_invitation(std::move(wanted));
    co_return to_answer(created);
}

Task<ControlAnswer> ControlCommands::list_invitations(Arguments) {
    const auto invitations = co_await parts_.administration.list_invitations();
    co_return to_answer(invitations);
}

Task<ControlAnswer> ControlCommands::revoke_invitation(Arguments arguments) {
    const std::optional<std::int64_t> id = arguments.number("id");
    const std::optional<std::string> code = arguments.optional_text("code");
    if (id.has_value() == code.has_value())
        co_return refuse("bad-argument", "either id or code must be given", "obrolctl invite list shows the ids");
    auto revoking = id ? parts_.administration.revoke_invitation(InvitationId(*id))
                       : parts_.administration.revoke_invitation(*code);
    const auto revoked = co_await std::move(revoking);
    if (!revoked) co_return std::unexpected(control::to_refusal(revoked.error(), "invitation"));
    co_return "{}";
}

Task<ControlAnswer> ControlCommands::list_groups(Arguments arguments) {
    const std::expected<std::size_t, ControlRefusal> limit = arguments.limit(page_max);
    if (!limit) co_return std::unexpected(limit.error());
    const auto page = co_await parts_.administration.list_groups(arguments.text("after"), *limit);
    co_return to_answer(page);
}

Task<ControlAnswer> ControlCommands::show_group(Arguments arguments) {
    const auto shown = co_await parts_.administration.show_group(arguments.group());
    co_return to_answer(shown);
}

Task<ControlAnswer> ControlCommands::set_group_options(Arguments arguments) {
    const std::optional<std::string> history = arguments.optional_text("history");
    const std::optional<std::int64_t> retention_days = arguments.number("retention_days");
    if (!history && !retention_days)
        co_return refuse("bad-argument", "either history or retention_days must be given, or both");
    std::optional<bool> history_open;
    if (history) {
        history_open = *history == "open";
        if (!*history_open && *history != "closed")
            co_return refuse("bad-argument", "there is no such history: " + *history, "it is open or closed");
    }
    std::optional<std::chrono::days> retention;
    if (retention_days) {
        // Core says what is wrong with a number that it can count.
        constexpr std::int64_t counted_max = std::numeric_limits<std::int32_t>::max();
        retention = std::chrono::days(std::clamp(*retention_days, -counted_max, counted_max));
    }
    const auto changed = co_await parts_.administration.set_group_options(arguments.group(), history_open, retention);
    co_return to_answer(changed, "group");
}

Task<ControlAnswer> ControlCommands::renew_group_code(Arguments arguments) {
    const auto renewed = co_await parts_.administration.renew_group_code(arguments.group());
    co_return to_answer(renewed, "group");
}

Task<ControlAnswer> ControlCommands::read_group(Arguments arguments) {
    const std::expected<std::size_t, ControlRefusal> limit = arguments.limit(page_max);
    if (!limit) co_return std::unexpected(limit.error());
    const std::int64_t after = arguments.number("after").value_or(0);
    if (after < 0) co_return refuse("bad-argument", "after must be a number from 0 on");
    const auto log = co_await parts_.administration.read_group(arguments.group(), Seq(after), *limit);
    co_return to_answer(log);
}

Task<ControlAnswer> ControlCommands::end_recovery(Arguments arguments) {
    const auto ended = co_await parts_.administration.end_recovery(arguments.group());
    co_return to_answer(ended);
}

Task<ControlAnswer> ControlCommands::adopt_group(Arguments arguments) {
    const auto adopted = co_await parts_.administration.adopt_group(arguments.group(), arguments.text("as"));
    co_return to_answer(adopted);
}

Task<ControlAnswer> ControlCommands::list_files(Arguments arguments) {
    const std::expected<std::size_t, ControlRefusal> limit = arguments.limit(files_max);
    if (!limit) co_return std::unexpected(limit.error());
    const auto list = co_await parts_.administration.list_files(arguments.optional_text("user"), *limit);
    co_return to_answer(list);
}

Task<ControlAnswer> ControlCommands::remove_file(Arguments arguments) {
    const auto removed = co_await parts_.administration.remove_file(arguments.text("file"));
    co_return to_answer(removed, "file");
}

Task<ControlAnswer> ControlCommands::list_folder(Arguments arguments) {
    const auto folder = co_await parts_.administration.list_folder(arguments.text("user"));
    co_return to_answer(folder);
}

Task<ControlAnswer> ControlCommands::remove_folder_file(Arguments arguments) {
    const auto removed =
        co_await parts_.administration.remove_folder_file(arguments.text("user"), arguments.text("name"));
    co_return to_answer(removed);
}

Task<ControlAnswer> ControlCommands::show_quota(Arguments arguments) {
    const auto quota = co_await parts_.administration.file_quota(arguments.text("user"));
    co_return to_answer(quota);
}

Task<ControlAnswer> ControlCommands::set_quota(Arguments arguments) {
    const std::int64_t bytes = *arguments.number("bytes");
    if (bytes < 0 || bytes > quota_bytes_max)
        co_return refuse("bad-argument", fmt::format("bytes must be from 0 to {}", quota_bytes_max));
    const auto quota =
        co_await parts_.administration.set_file_quota(arguments.text("user"), static_cast<std::uint64_t>(bytes));
    co_return to_answer(quota);
}

Task<ControlAnswer> ControlCommands::reset_quota(Arguments arguments) {
    const auto quota = co_await parts_.administration.set_file_quota(arguments.text("user"), std::nullopt);
    co_return to_answer(quota);
}

Task<ControlAnswer> ControlCommands::status(Arguments) {
    const auto counts = co_await parts_.administration.counts();
    if (!counts) co_return std::unexpected(control::to_refusal(counts.error(), ""));
    co_return control::to_json(parts_.facts(), *counts);
}

}  // namespace obrol
