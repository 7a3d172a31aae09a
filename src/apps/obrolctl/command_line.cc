#include "apps/obrolctl/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/core.h>
#include <functional>
#include <sstream>
#include <utility>

#include "apps/obrolctl/exit_codes.h"
#include "io/network.h"

namespace obrol {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  obrolctl user add budi --name \"Budi Santoso\"   asks for the password twice\n"
    "  obrolctl user add bot --generate               prints the password it made\n"
    "  obrolctl user role budi admin\n"
    "  obrolctl user list --json\n"
    "  obrolctl session revoke --all budi             logs budi out everywhere\n"
    "  obrolctl invite --uses 5 --expires 7d          a code for five new accounts\n"
    "  obrolctl group set lab --retention 30          erases what is older than 30 days\n"
    "  obrolctl quota set budi 500M                   how much budi's files may hold together\n"
    "  obrolctl peer add B chat.example.org 8889      then: obrolctl peer test B; obrolctl peer connect B\n"
    "  obrolctl --data /var/lib/obrol status\n"
    "  obrolctl config check /etc/obrol/obrold.toml\n"
    "Commands but `config` need a running obrold, and the rights of the user it runs as. `man obrolctl` says more.";

void add_member(JsonValue::Object& members, std::string name, JsonValue value) {
    members.push_back({std::move(name), std::move(value)});
}

// The command line as it is being read.
class Reader {
  public:
    Reader() {
        app_.set_version_flag("--version", "obrolctl " OBROL_VERSION);
        app_.require_subcommand(0, 1);  // "a subcommand is required" would hide what was misspelt
        app_.fallthrough();             // --json and --data may stand behind the command
        app_.add_option("--data", line_.data_directory, "The server's data directory (default ./data)")
            ->type_name("DIR");
        app_.add_option("--config", line_.config_file, "The server's settings; they say where its data is")
            ->type_name("FILE");
        app_.add_flag("--json", line_.json, "Answers as JSON, for scripts");
        add_user_commands();
        add_session_commands();
        add_invitation_commands();
        add_group_commands();
        add_file_commands();
        add_folder_commands();
        add_quota_commands();
        add_peer_commands();
        add_queue_commands();
        command(app_, "status", "How the server is", [](AskServer& ask) { ask.command = "status"; });
        add_config_commands();
        app_.footer(examples);  // last, so that it is not every command's
    }

    std::variant<ControlCommandLine, NothingToDo> read(int count, const char* const* arguments) {
        try {
            app_.parse(count, arguments);
        } catch (const CLI::Success& asked) {
            std::ostringstream out;
            app_.exit(asked, out, out);
            return NothingToDo{out.str(), 0};
        } catch (const CLI::ParseError& problem) {
            return NothingToDo{fmt::format("obrolctl: {} (obrolctl --help shows what there is)\n", problem.what()),
                               exit_usage};
        }
        if (!action_)
            return NothingToDo{"obrolctl: no command is given (obrolctl --help shows what there is)\n", exit_usage};
        line_.action = std::move(*action_);
        return std::move(line_);
    }

  private:
    using Fill = std::function<void(AskServer&)>;

    // `fill` runs once the whole command line has been read.
    CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what, Fill fill) {
        CLI::App* made = parent.add_subcommand(name, what);
        made->final_callback([this, fill = std::move(fill)] {
            AskServer ask;
            fill(ask);
            action_ = std::move(ask);
        });
        return made;
    }
    CLI::App* command_for_user(CLI::App& parent, const std::string& name, const std::string& what, Fill fill) {
        CLI::App* made = command(parent, name, what, [this, fill = std::move(fill)](AskServer& ask) {
            add_member(ask.members, "user", JsonValue(user_));
            fill(ask);
        });
        made->add_option("USER", user_, "The account's name")->required();
        return made;
    }
    void add_password_options(CLI::App* to) {
        CLI::Option* standard_input = to->add_flag("--password-stdin", password_from_standard_input_,
                                                   "Read the password from the first line of standard input");
        to->add_flag("--generate", generate_password_, "Make a password and print it")->excludes(standard_input);
    }
    AskServer::Password password() const {
        if (generate_password_) return AskServer::Password::generate;
        if (password_from_standard_input_) return AskServer::Password::from_standard_input;
        return AskServer::Password::ask;
    }

    void add_user_commands() {
        CLI::App& user = *app_.add_subcommand("user", "Accounts")->require_subcommand(0, 1);
        CLI::App* add = command_for_user(user, "add", "Make an account", [this](AskServer& ask) {
            ask.command = "user-add";
            if (!name_.empty()) add_member(ask.members, "name", JsonValue(name_));
            if (!country_.empty()) add_member(ask.members, "country", JsonValue(country_));
            add_member(ask.members, "role", JsonValue(role_));
            ask.password = password();
        });
        add->add_option("--name", name_, "The person's full name")->type_name("NAME");
        add->add_option("--country", country_, "The person's country")->type_name("COUNTRY");
        add->add_option("--role", role_, "member (default) or admin")->type_name("ROLE");
        add_password_options(add);
        command(user, "list", "All accounts", [](AskServer& ask) { ask.command = "user-list"; });
        command_for_user(user, "show", "One account", [](AskServer& ask) { ask.command = "user-show"; });
        CLI::App* passwd =
            command_for_user(user, "passwd", "Set a new password and end all sessions", [this](AskServer& ask) {
                ask.command = "user-password";
                ask.password = password();
            });
        add_password_options(passwd);
        CLI::App* profile = command_for_user(user, "profile", "Change how somebody is shown", [this](AskServer& ask) {
            ask.command = "user-profile";
            if (!name_given_->empty()) add_member(ask.members, "name", JsonValue(name_));
            if (!country_given_->empty()) add_member(ask.members, "country", JsonValue(country_));
            if (ask.members.size() == 1) throw CLI::RequiredError("--name or --country");
        });
        name_given_ = profile->add_option("--name", name_, "The person's full name; empty: the user name");
        country_given_ = profile->add_option("--country", country_, "The person's country; empty: none");
        CLI::App* role =
            command_for_user(user, "role", "Make somebody an admin, or a member again", [this](AskServer& ask) {
                ask.command = "user-role";
                add_member(ask.members, "role", JsonValue(role_));
            });
        role->add_option("ROLE", role_, "member or admin")->required();
        command_for_user(user, "disable", "End all sessions and allow no login",
                         [](AskServer& ask) { ask.command = "user-disable"; });
        command_for_user(user, "enable", "Allow logins again", [](AskServer& ask) { ask.command = "user-enable"; });
        CLI::App* remove = command_for_user(user, "delete", "Delete an account for ever", [this](AskServer& ask) {
            ask.command = "user-delete";
            if (!is_sure_)
                ask.question = fmt::format(
                    "Delete {}? Messages stay, nobody gets the name again, and there is no way "
                    "back.",
                    user_);
        });
        add_yes(remove);
    }

    void add_yes(CLI::App* to) { to->add_flag("--yes", is_sure_, "Do not ask whether that is meant"); }

    void add_session_commands() {
        CLI::App& session = *app_.add_subcommand("session", "Logins")->require_subcommand(0, 1);
        command_for_user(session, "list", "The sessions of a user",
                         [](AskServer& ask) { ask.command = "session-list"; });
        CLI::App* revoke = command(session, "revoke", "End a session, or all of a user", [this](AskServer& ask) {
            ask.command = "session-revoke";
            if (!all_of_.empty()) return add_member(ask.members, "user", JsonValue(all_of_));
            if (id_ == 0) throw CLI::RequiredError("ID or --all USER");
            add_member(ask.members, "id", JsonValue(id_));
        });
        CLI::Option* all = revoke->add_option("--all", all_of_, "All sessions of this user")->type_name("USER");
        revoke->add_option("ID", id_, "As `session list` shows it")->check(CLI::PositiveNumber)->excludes(all);
    }

    void add_invitation_commands() {
        CLI::App& invite = *app_.add_subcommand("invite", "Invite people to make an account; their list");
        invite.require_subcommand(0, 1);
        invite.add_option("--uses", uses_, "How many accounts can be made with it (default 1)")
            ->type_name("N")
            ->check(CLI::PositiveNumber);
        invite.add_option("--expires", expires_, "For how long it is good: 90s, 15m, 12h, 7d (default), 2w, never")
            ->type_name("TIME")
            ->check([](const std::string& text) {
                return text == "never" || parse_duration(text) ? std::string()
                                                               : "must be like 90s, 15m, 12h, 7d, 2w, or never";
            });
        invite.add_option("--role", role_, "Of the accounts made with it: member (default) or admin")
            ->type_name("ROLE");
        invite.add_option("--note", note_, "For the list: whom it is for")->type_name("TEXT");
        invite.final_callback([this, &invite] {
            if (!invite.get_subcommands().empty()) return;
            AskServer ask;
            ask.command = "invitation-create";
            add_member(ask.members, "uses", JsonValue(uses_));
            if (expires_ != "never") add_member(ask.members, "expires_s", JsonValue(*parse_duration(expires_)));
            add_member(ask.members, "role", JsonValue(role_));
            if (!note_.empty()) add_member(ask.members, "note", JsonValue(note_));
            action_ = std::move(ask);
        });
        command(invite, "list", "All invitations", [](AskServer& ask) { ask.command = "invitation-list"; });
        CLI::App* revoke = command(invite, "revoke", "Make an invitation useless", [this](AskServer& ask) {
            ask.command = "invitation-revoke";
            // Codes hold dashes; what is a number alone is an id.
            std::int64_t id = 0;
            const auto [end, error] = std::from_chars(invitation_.data(), invitation_.data() + invitation_.size(), id);
            const bool is_id = error == std::errc() && end == invitation_.data() + invitation_.size();
            add_member(ask.members, is_id ? "id" : "code", is_id ? JsonValue(id) : JsonValue(invitation_));
        });
        revoke->add_option("CODE", invitation_, "The code, or its ID as `invite list` shows it")->required();
    }

    CLI::App* command_for_group(CLI::App& parent, const std::string& name, const std::string& what, Fill fill) {
        CLI::App* made = command(parent, name, what, [this, fill = std::move(fill)](AskServer& ask) {
            add_member(ask.members, "group", JsonValue(group_));
            fill(ask);
        });
        made->add_option("GROUP", group_, "The group's id, as `group list` shows it")->required();
        return made;
    }

    void add_group_commands() {
        CLI::App& group = *app_.add_subcommand("group", "Groups")->require_subcommand(0, 1);
        command(group, "list", "All groups, ended ones too", [](AskServer& ask) { ask.command = "group-list"; });
        command_for_group(group, "show", "One group, with its members",
                          [](AskServer& ask) { ask.command = "group-show"; });
        CLI::App* set = command_for_group(group, "set", "What a group keeps and shows", [this](AskServer& ask) {
            ask.command = "group-set";
            if (!history_.empty()) add_member(ask.members, "history", JsonValue(history_));
            if (!retention_.empty()) add_member(ask.members, "retention_days", JsonValue(retention_days(retention_)));
            if (ask.members.size() == 1) throw CLI::RequiredError("--retention or --history");
        });
        set->add_option("--retention", retention_, "Erase what is older than so many days; none: keep it for ever")
            ->type_name("DAYS")
            ->check([](const std::string& text) {
                return text == "none" || retention_days(text) > 0 ? std::string() : "must be a number of days, or none";
            });
        set->add_option("--history", history_, "open: who joins may read what was said before; closed: he may not")
            ->type_name("open|closed")
            ->check([](const std::string& text) {
                return text == "open" || text == "closed" ? std::string() : "must be open or closed";
            });
        command_for_group(group, "newcode", "Make a new join code; the old one is of no use any more",
                          [](AskServer& ask) { ask.command = "group-newcode"; });
        add_groups_of_others_commands(group);
    }

    void add_groups_of_others_commands(CLI::App& group) {
        CLI::App* recover = command_for_group(
            group, "recover", "Let a group take posts although its log may not be whole", [this](AskServer& ask) {
                ask.command = "group-recover";
                ask_whether_sure(
                    ask,
                    "Entries that only servers have which cannot be reached are lost then, and their copies "
                    "of the group go another way. Go on?");
            });
        add_yes(recover);
        CLI::App* save = command_for_group(group, "export", "A group's log into a file, one entry a line (JSON)",
                                           [this](AskServer& ask) {
                                               ask.command = "group-log";
                                               ask.file = file_;
                                           });
        save->add_option("FILE", file_, "Replaced, if it is there")->required();
        CLI::App* adopt = command_for_group(
            group, "adopt", "Make a group of a server that is gone at home here", [this](AskServer& ask) {
                ask.command = "group-adopt";
                if (!new_id_.empty()) add_member(ask.members, "as", JsonValue(new_id_));
                ask_whether_sure(ask,
                                 "That is for a group whose home is gone for good: should it come back, there are two. "
                                 "Go on?");
            });
        adopt->add_option("NEWID", new_id_, "Its id here; as it was, if that is left out");
        add_yes(adopt);
    }

    void ask_whether_sure(AskServer& ask, std::string question) const {
        if (!is_sure_) ask.question = std::move(question);
    }

    CLI::App* command_for_peer(CLI::App& parent, const std::string& name, const std::string& what,
                               const std::string& asked) {
        CLI::App* made = command(parent, name, what, [this, asked](AskServer& ask) {
            ask.command = asked;
            add_member(ask.members, "peer", JsonValue(peer_));
        });
        made->add_option("ID", peer_, "The server, as `peer list` shows it")->required();
        return made;
    }
    CLI::App* command_with_address(CLI::App& parent, const std::string& name, const std::string& what,
                                   const std::string& asked) {
        CLI::App* made = command(parent, name, what, [this, asked](AskServer& ask) {
            ask.command = asked;
            add_member(ask.members, "peer", JsonValue(peer_));
            add_member(ask.members, "host", JsonValue(host_));
            add_member(ask.members, "port", JsonValue(port_));
        });
        made->add_option("ID", peer_, "The server's id, as it stands behind @")->required();
        made->add_option("HOST", host_, "A name or a numeric address")->required();
        made->add_option("PORT", port_, "Any port on which it listens")->required();
        return made;
    }

    void add_peer_commands() {
        CLI::App& peer = *app_.add_subcommand("peer", "Other servers")->require_subcommand(0, 1);
        command_with_address(peer, "add", "Make a server known; `peer connect` connects it", "peer-add");
        command(peer, "list", "All that are known, how their links are, what waits for them",
                [](AskServer& ask) { ask.command = "peer-list"; });
        command_for_peer(peer, "show", "One server", "peer-show");
        CLI::App* test = command(peer, "test", "Whether a link could be, and which step fails", [this](AskServer& ask) {
            ask.command = "peer-test";
            const std::optional<Endpoint> at = parse_endpoint(peer_);
            if (!at) return add_member(ask.members, "peer", JsonValue(peer_));
            add_member(ask.members, "host", JsonValue(at->host));
            add_member(ask.members, "port", JsonValue(std::int64_t{at->port}));
        });
        test->add_option("ID", peer_, "The server, or HOST:PORT")->required();
        command_for_peer(peer, "connect", "Connect it, and keep the link up", "peer-connect");
        command_for_peer(peer, "disconnect", "End the link, until somebody connects it again", "peer-disconnect");
        command_for_peer(peer, "block", "No link to it, none from it", "peer-block");
        command_for_peer(peer, "unblock", "Links may be again", "peer-unblock");
        command_with_address(peer, "address", "It is reached elsewhere from now on", "peer-address");
        CLI::App* remove = command(peer, "remove", "Forget a server, until it is added again", [this](AskServer& ask) {
            ask.command = "peer-remove";
            add_member(ask.members, "peer", JsonValue(peer_));
            if (may_lose_) add_member(ask.members, "lose", JsonValue(std::int64_t{1}));
            ask_whether_sure(ask, fmt::format("Forget {}? Its users' messages stay.", peer_));
        });
        remove->add_option("ID", peer_, "The server, as `peer list` shows it")->required();
        remove->add_flag("--lose", may_lose_, "Although items wait for it, or groups are shared with it");
        add_yes(remove);
        CLI::App* rotate = command(peer, "rotate", "Give this server a new key", [this](AskServer& ask) {
            ask.command = "peer-rotate";
            ask_whether_sure(ask,
                             "Every link ends, and comes back with the new key. A copy of the data directory from "
                             "before is no use to other servers any more. Go on?");
        });
        add_yes(rotate);
        command(peer, "fingerprint", "By what other servers know this one",
                [](AskServer& ask) { ask.command = "peer-identity"; });
    }

    void add_queue_commands() {
        CLI::App& queue = *app_.add_subcommand("queue", "What waits for other servers")->require_subcommand(0, 1);
        CLI::App* list =
            command(queue, "list", "How much waits for each, or all that waits for one", [this](AskServer& ask) {
                ask.command = peer_.empty() ? "peer-list" : "queue-list";
                if (!peer_.empty()) add_member(ask.members, "peer", JsonValue(peer_));
            });
        list->add_option("ID", peer_, "The server, as `peer list` shows it");
        command_for_peer(queue, "flush", "Dial the server and send now, not at the next try", "queue-flush");
        CLI::App* drop = command(queue, "drop", "Give up what waits; the senders are told", [this](AskServer& ask) {
            ask.command = "queue-drop";
            add_member(ask.members, "peer", JsonValue(peer_));
            ask_whether_sure(ask, fmt::format("Give up everything that waits for {}? There is no way back.", peer_));
        });
        drop->add_option("ID", peer_, "The server, as `peer list` shows it")->required();
        add_yes(drop);
    }

    // 0: for ever, and what is no number.
    static std::int64_t retention_days(const std::string& text) {
        std::int64_t days = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
        return error == std::errc() && end == text.data() + text.size() ? days : 0;
    }

    void add_file_commands() {
        CLI::App& file = *app_.add_subcommand("file", "Files that were sent")->require_subcommand(0, 1);
        CLI::App* list = command(file, "list", "The newest files", [this](AskServer& ask) {
            ask.command = "file-list";
            if (!user_.empty()) add_member(ask.members, "user", JsonValue(user_));
            if (limit_ > 0) add_member(ask.members, "limit", JsonValue(limit_));
        });
        list->add_option("--user", user_, "Those that this user sent")->type_name("USER");
        list->add_option("--limit", limit_, "At most so many (default 1000)")
            ->type_name("N")
            ->check(CLI::PositiveNumber);
        CLI::App* remove = command(file, "remove", "Remove a file for ever", [this](AskServer& ask) {
            ask.command = "file-remove";
            add_member(ask.members, "file", JsonValue(code_));
            if (!is_sure_)
                ask.question =
                    fmt::format("Remove the file {}? Nobody can get it any more, there is no way back.", code_);
        });
        remove->add_option("CODE", code_, "As `file list` shows it")->required();
        add_yes(remove);
    }

    void add_folder_commands() {
        CLI::App& folder = *app_.add_subcommand("folder", "Users' folders")->require_subcommand(0, 1);
        command_for_user(folder, "list", "What lies in a user's folder",
                         [](AskServer& ask) { ask.command = "folder-list"; });
        CLI::App* remove =
            command_for_user(folder, "remove", "Take a file out of a user's folder", [this](AskServer& ask) {
                ask.command = "folder-remove";
                add_member(ask.members, "name", JsonValue(file_));
                ask_whether_sure(ask,
                                 fmt::format("Take {} out of the folder of {}? There is no way back.", file_, user_));
            });
        remove->add_option("NAME", file_, "As `folder list` shows it")->required();
        add_yes(remove);
    }

    void add_quota_commands() {
        CLI::App& quota = *app_.add_subcommand("quota", "How much users' files may hold")->require_subcommand(0, 1);
        command_for_user(quota, "show", "What a user's files hold, and may hold",
                         [](AskServer& ask) { ask.command = "quota-show"; });
        CLI::App* set = command_for_user(quota, "set", "How much a user's files may hold", [this](AskServer& ask) {
            ask.command = size_ == "default" ? "quota-reset" : "quota-set";
            if (size_ != "default") add_member(ask.members, "bytes", JsonValue(*parse_size(size_)));
        });
        set->add_option("SIZE", size_, "In bytes, or like 500M, 20G; default: what the server's settings say")
            ->required()
            ->check([](const std::string& text) {
                return text == "default" || parse_size(text) ? std::string()
                                                             : "must be like 1048576, 500M, 20G, or default";
            });
    }

    void add_config_commands() {
        CLI::App& config =
            *app_.add_subcommand("config", "Settings of obrold; needs no server")->require_subcommand(0, 1);
        CLI::App* check = config.add_subcommand("check", "Whether obrold would start with this file");
        check->add_option("FILE", file_, "Settings (TOML)")->required();
        check->final_callback([this] { action_ = CheckConfig{file_}; });
        config.add_subcommand("example", "Every setting with its default, commented")->final_callback([this] {
            action_ = ShowExample{};
        });
    }

    CLI::App app_{
        "Administers a running obrold: accounts, sessions, invitations, groups, files, other servers, settings.",
        "obrolctl"};
    ControlCommandLine line_;
    std::optional<decltype(line_.action)> action_;
    std::string user_;
    std::string name_;
    std::string country_;
    CLI::Option* name_given_ = nullptr;  // to `user profile`
    CLI::Option* country_given_ = nullptr;
    std::string role_ = "member";
    bool password_from_standard_input_ = false;
    bool generate_password_ = false;
    bool is_sure_ = false;
    bool may_lose_ = false;
    std::string all_of_;
    std::int64_t id_ = 0;
    std::int64_t uses_ = 1;
    std::string expires_ = "7d";
    std::string note_;
    std::string invitation_;
    std::string group_;
    std::string new_id_;
    std::string peer_;
    std::string host_;
    std::int64_t port_ = 0;
    std::string history_;
    std::string retention_;
    std::int64_t limit_ = 0;
    std::string size_;
    std::string code_;
    std::string file_;
};

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
    constexpr std::int64_t day_s = 86'400;
    constexpr std::int64_t most_s = 100 * 365 * day_s;
    if (text.empty()) return std::nullopt;
    std::int64_t unit_s = 0;
    switch (text.back()) {
        case 's':
            unit_s = 1;
            break;
        case 'm':
            unit_s = 60;
            break;
        case 'h':
            unit_s = 3600;
            break;
        case 'd':
            unit_s = day_s;
            break;
        case 'w':
            unit_s = 7 * day_s;
            break;
        default:
            return std::nullopt;
    }
    std::int64_t count = 0;
    text.remove_suffix(1);
    const auto [read_to, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || read_to != text.data() + text.size() || count < 1 || count > most_s / unit_s)
        return std::nullopt;
    return count * unit_s;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    constexpr std::string_view units = "KMGT";
    constexpr std::int64_t most = std::int64_t{1} << 50;
    std::int64_t unit = 1;
    if (const std::size_t power = text.empty() ? text.npos : units.find(text.back()); power != text.npos) {
        unit = std::int64_t{1} << (10 * (power + 1));
        text.remove_suffix(1);
    }
    std::int64_t count = 0;
    const auto [read_to, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || read_to != text.data() + text.size() || count < 0 || count > most / unit)
        return std::nullopt;
    return count * unit;
}

std::variant<ControlCommandLine, NothingToDo> parse_control_command_line(int count, const char* const* arguments) {
    return Reader().read(count, arguments);
}

}  // namespace obrol
