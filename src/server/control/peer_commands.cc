// What an operator can ask about other servers, and about what waits for them.
#include <fmt/core.h>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "server/control/control_arguments.h"
#include "server/control/control_commands.h"

namespace obrol {

using control::page_max;
using control::refuse;
using control::to_answer;

namespace {

// Empty: nothing that anybody would miss.
std::string what_is_lost(const Administration::ServerDetails& server) {
    std::vector<std::string> lost;
    if (const std::size_t queued = server.summary.queued; queued > 0)
        lost.push_back(fmt::format("{} items that wait for it are given up", queued));
    if (!server.groups_there.empty())
        lost.push_back(fmt::format("groups at home there stand still: {}", fmt::join(server.groups_there, ", ")));
    if (!server.groups_here.empty())
        lost.push_back(fmt::format("its users hear nothing of groups here: {}", fmt::join(server.groups_here, ", ")));
    return fmt::format("{}", fmt::join(lost, "; "));
}

// How many items were given up.
ControlAnswer items_dropped(const Administration::Answer<std::size_t>& count) {
    if (!count) return std::unexpected(control::to_refusal(count.error(), "server"));
    return fmt::format("{{\"items_dropped\":{}}}", *count);
}

}  // namespace

Task<ControlAnswer> ControlCommands::show_identity(Arguments) {
    co_return control::to_json(parts_.administration.identity());
}

Task<ControlAnswer> ControlCommands::rotate_key(Arguments) {
    const Result<void> rotated = co_await parts_.rotate_key();
    if (!rotated) co_return refuse("not-stored", rotated.error().what);
    co_return control::to_json(parts_.administration.identity());
}

Task<ControlAnswer> ControlCommands::list_servers(Arguments) {
    const auto servers = co_await parts_.administration.list_servers();
    co_return to_answer(servers);
}

Task<ControlAnswer> ControlCommands::show_server(Arguments arguments) {
    const auto server = co_await parts_.administration.show_server(arguments.text("peer"));
    co_return to_answer(server);
}

Task<ControlAnswer> ControlCommands::add_server(Arguments arguments) {
    const auto added =
        co_await parts_.administration.add_server(arguments.text("peer"), arguments.text("host"), arguments.port());
    co_return to_answer(added);
}

Task<ControlAnswer> ControlCommands::set_server_address(Arguments arguments) {
    const auto changed = co_await parts_.administration.set_server_address(arguments.text("peer"),
                                                                           arguments.text("host"), arguments.port());
    co_return to_answer(changed);
}

Task<ControlAnswer> ControlCommands::connect_server(Arguments arguments) {
    const auto connected = co_await parts_.administration.connect_server(arguments.text("peer"));
    if (!connected) co_return std::unexpected(control::to_refusal(connected.error(), "server"));
    co_return fmt::format("{{\"peer\":{},\"already\":{}}}", control::quoted(arguments.text("peer")), *connected);
}

Task<ControlAnswer> ControlCommands::disconnect_server(Arguments arguments) {
    const auto disconnected = co_await parts_.administration.disconnect_server(arguments.text("peer"));
    co_return to_answer(disconnected);
}

Task<ControlAnswer> ControlCommands::block_server(Arguments arguments) {
    const auto blocked = co_await parts_.administration.block_server(arguments.text("peer"));
    co_return to_answer(blocked);
}

Task<ControlAnswer> ControlCommands::unblock_server(Arguments arguments) {
    const auto unblocked = co_await parts_.administration.unblock_server(arguments.text("peer"));
    co_return to_answer(unblocked);
}

Task<ControlAnswer> ControlCommands::remove_server(Arguments arguments) {
    const std::string peer = arguments.text("peer");
    const auto server = co_await parts_.administration.show_server(peer);
    if (!server) co_return to_answer(server);
    const std::string lost = what_is_lost(*server);
    if (!lost.empty() && arguments.number("lose").value_or(0) != 1)
        co_return refuse("would-lose", fmt::format("without {} {}", peer, lost), "obrolctl peer remove --lose does it");
    const auto dropped = co_await parts_.administration.remove_server(peer);
    co_return items_dropped(dropped);
}

Task<ControlAnswer> ControlCommands::test_server(Arguments arguments) {
    const std::optional<std::string> peer = arguments.optional_text("peer");
    const std::optional<std::string> host = arguments.optional_text("host");
    if (peer.has_value() == host.has_value())
        co_return refuse("bad-argument", "either peer or host and port must be given");
    auto testing =
        peer ? parts_.administration.test_server(*peer) : parts_.administration.test_address(*host, arguments.port());
    const auto trial = co_await std::move(testing);
    if (!trial) co_return std::unexpected(control::to_refusal(trial.error(), "server"));
    co_return control::to_answer(*trial);
}

Task<ControlAnswer> ControlCommands::list_queue(Arguments arguments) {
    const std::expected<std::size_t, ControlRefusal> limit = arguments.limit(page_max);
    if (!limit) co_return std::unexpected(limit.error());
    const std::int64_t after = arguments.number("after").value_or(0);
    const auto queue = co_await parts_.administration.list_queue(arguments.text("peer"), after, *limit);
    co_return to_answer(queue);
}

Task<ControlAnswer> ControlCommands::flush_queue(Arguments arguments) {
    const auto flushed = co_await parts_.administration.flush_queue(arguments.text("peer"));
    co_return to_answer(flushed);
}

Task<ControlAnswer> ControlCommands::drop_queue(Arguments arguments) {
    const auto dropped = co_await parts_.administration.drop_queue(arguments.text("peer"));
    co_return items_dropped(dropped);
}

}  // namespace obrol
