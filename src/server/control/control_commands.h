// What an operator can ask a running server for: each command one row of a table, with what it takes
// (docs/protocol/control.md). Every request that makes sense is one line in the log, without passwords and codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/administration.h"
#include "io/task.h"
#include "server/control/control_answer.h"
#include "wire/json_value.h"

namespace obrol {

// What the process knows about itself, for `status`.
struct ServerFacts {
    std::string server;  // its id
    std::string version;
    std::string data_directory;
    std::int64_t process_id = 0;
    WallTime started_at{};
    Duration uptime{};
    std::vector<std::string> listeners;  // DIALECT:HOST:PORT
    std::size_t connections = 0;         // of chat
    std::uint64_t commits = 0;           // since the start
    std::uint64_t store_bytes = 0;       // on the disk
    std::uint64_t memory_bytes = 0;      // resident
};

class ControlCommands {
  public:
    struct Parts {
        Administration& administration;
        std::function<ServerFacts()> facts;
        Logger& logger;
        // Replaces the server's key by a new one; an error says why it is as it was.
        std::function<Task<Result<void>>()> rotate_key;
    };

    // The parts must outlive it.
    explicit ControlCommands(Parts parts) : parts_(std::move(parts)) {}

    // The answer to a request line, with the line end. Never fails: what is wrong is the answer.
    Task<std::string> answer(std::string line);

  private:
    class Arguments;
    struct Member;
    struct Command;

    static const std::vector<Command>& commands();
    static std::expected<const Command*, ControlRefusal> find(const JsonValue& request);

    Task<ControlAnswer> add_user(Arguments arguments);
    Task<ControlAnswer> list_users(Arguments arguments);
    Task<ControlAnswer> show_user(Arguments arguments);
    Task<ControlAnswer> set_password(Arguments arguments);
    Task<ControlAnswer> set_profile(Arguments arguments);
    Task<ControlAnswer> set_role(Arguments arguments);
    Task<ControlAnswer> disable_user(Arguments arguments);
    Task<ControlAnswer> enable_user(Arguments arguments);
    Task<ControlAnswer> delete_user(Arguments arguments);
    Task<ControlAnswer> list_sessions(Arguments arguments);
    Task<ControlAnswer> revoke_sessions(Arguments arguments);
    Task<ControlAnswer> create_invitation(Arguments arguments);
    Task<ControlAnswer> list_invitations(Arguments arguments);
    Task<ControlAnswer> revoke_invitation(Arguments arguments);
    Task<ControlAnswer> list_groups(Arguments arguments);
    Task<ControlAnswer> show_group(Arguments arguments);
    Task<ControlAnswer> set_group_options(Arguments arguments);
    Task<ControlAnswer> renew_group_code(Arguments arguments);
    Task<ControlAnswer> read_group(Arguments arguments);
    Task<ControlAnswer> end_recovery(Arguments arguments);
    Task<ControlAnswer> adopt_group(Arguments arguments);
    Task<ControlAnswer> list_files(Arguments arguments);
    Task<ControlAnswer> remove_file(Arguments arguments);
    Task<ControlAnswer> list_folder(Arguments arguments);
    Task<ControlAnswer> remove_folder_file(Arguments arguments);
    Task<ControlAnswer> show_quota(Arguments arguments);
    Task<ControlAnswer> set_quota(Arguments arguments);
    Task<ControlAnswer> reset_quota(Arguments arguments);
    Task<ControlAnswer> status(Arguments arguments);
    // peer_commands.cc
    Task<ControlAnswer> show_identity(Arguments arguments);
    Task<ControlAnswer> rotate_key(Arguments arguments);
    Task<ControlAnswer> list_servers(Arguments arguments);
    Task<ControlAnswer> show_server(Arguments arguments);
    Task<ControlAnswer> add_server(Arguments arguments);
    Task<ControlAnswer> set_server_address(Arguments arguments);
    Task<ControlAnswer> connect_server(Arguments arguments);
    Task<ControlAnswer> disconnect_server(Arguments arguments);
    Task<ControlAnswer> block_server(Arguments arguments);
    Task<ControlAnswer> unblock_server(Arguments arguments);
    Task<ControlAnswer> remove_server(Arguments arguments);
    Task<ControlAnswer> test_server(Arguments arguments);
    Task<ControlAnswer> list_queue(Arguments arguments);
    Task<ControlAnswer> flush_queue(Arguments arguments);
    Task<ControlAnswer> drop_queue(Arguments arguments);

    Task<ControlAnswer> set_state(Arguments arguments, AccountState state);

    Parts parts_;
};

}  // namespace obrol
