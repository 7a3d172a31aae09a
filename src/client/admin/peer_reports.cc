#include "client/admin/peer_reports.h"

#include <fmt/format.h>

#include "client/admin/report_parts.h"
#include "client/admin/text_table.h"

namespace obrol::admin {
namespace {

std::string peer_of(const JsonValue& data) {
    return shown_text(text(data, "peer"));
}

// "127.0.0.1:8889"; empty: not known.
std::string address_of(const JsonValue& peer) {
    const std::string host = text(peer, "host");
    if (host.empty()) return {};
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", number(peer, "port"));
}

std::string joined(const JsonValue::Array& texts) {
    std::string all;
    for (const JsonValue& each : texts) {
        if (const std::string* one = each.as_string()) all += (all.empty() ? "" : ", ") + *one;
    }
    return all;
}

// "named by B": nobody here has added or met it.
std::string named(const JsonValue& peer) {
    const std::string by = text(peer, "named_by");
    return by.empty() ? by : "named by " + by;
}

// "17 in epoch 2".
std::string place(const JsonValue& progress, std::string_view name) {
    return fmt::format("{} in epoch {}", number(progress, name), number(progress, "epoch"));
}

}  // namespace

std::string own_identity(const JsonValue& data) {
    return fmt::format("{}\n{} is known to other servers by this fingerprint\n", shown_text(text(data, "fingerprint")),
                       shown_text(text(data, "server")));
}

std::string peer_list(const JsonValue& data) {
    const JsonValue::Array& peers = items(data, "peers");
    if (peers.empty()) return "no other servers are known\n";
    TextTable table({"PEER", "ADDRESS", "LINK", "QUEUED", "SINCE", "FINGERPRINT"});
    for (const JsonValue& peer : peers) {
        std::string link = named(peer);
        if (link.empty()) link = text(peer, "state");
        table.add({text(peer, "peer"), address_of(peer), std::move(link), number(peer, "queued"),
                   time(peer, "oldest_queued_at"), text(peer, "fingerprint")});
    }
    return table.to_string();
}

std::string peer_shown(const JsonValue& data) {
    std::string address = address_of(data);
    if (member(data, "address_told").as_boolean() == true) address += " (told by that server)";
    const std::string by = named(data);
    const JsonValue& sent = member(data, "sent");
    const JsonValue& received = member(data, "received");
    std::string error = text(data, "last_error");
    if (!error.empty()) error = fmt::format("{} ({})", error, time(data, "last_error_at"));
    return lines({{"peer", text(data, "peer")},
                  {"address", std::move(address)},
                  {"link", text(data, "state")},
                  {"fingerprint", text(data, "fingerprint")},
                  {"met", by.empty() ? time(data, "met_at", "never") : fmt::format("never ({})", by)},
                  {"queued", number(data, "queued")},
                  {"oldest", time(data, "oldest_queued_at")},
                  {"sent", place(sent, "last")},
                  {"acknowledged", place(sent, "acknowledged")},
                  {"received", place(received, "last")},
                  {"groups here", joined(items(data, "groups_here"))},
                  {"groups there", joined(items(data, "groups_there"))},
                  {"last error", error}});
}

std::string peer_added(const JsonValue& data) {
    return fmt::format("{0} is known at {1}; obrolctl peer connect {0} connects it\n", peer_of(data),
                       shown_text(address_of(data)));
}

std::string peer_address_changed(const JsonValue& data) {
    return fmt::format("{} is dialled at {} from now on\n", peer_of(data), shown_text(address_of(data)));
}

std::string peer_connected(const JsonValue& data) {
    const bool already = member(data, "already").as_boolean() == true;
    return fmt::format("{} {}\n", peer_of(data), already ? "was connected already" : "is connected");
}

std::string peer_disconnected(const JsonValue& data) {
    return fmt::format("{} is disconnected, until somebody connects it again\n", peer_of(data));
}

std::string peer_blocked(const JsonValue& data) {
    return fmt::format("{} is blocked: no link to it, none from it\n", peer_of(data));
}

std::string peer_unblocked(const JsonValue& data) {
    return fmt::format("{0} is not blocked; obrolctl peer connect {0} connects it\n", peer_of(data));
}

std::string peer_removed(const JsonValue& data) {
    return fmt::format("the server is forgotten; {} that waited for it will not be sent\n",
                       counted(integer(data, "items_dropped").value_or(0), "item"));
}

std::string peer_tested(const JsonValue& data) {
    constexpr double us_per_ms = 1000;
    const bool is_known = member(data, "known").as_boolean() == true;
    return fmt::format(
        "{} answers at {}: connection, TLS, key, version and echo are good, in {:.1f} ms\n"
        "its fingerprint: {}\n{}\n",
        shown_text(text(data, "label")), shown_text(address_of(data)),
        static_cast<double>(integer(data, "round_trip_us").value_or(0)) / us_per_ms,
        shown_text(text(data, "fingerprint")),
        is_known ? "that is the key by which it is known here"
                 : "it was never met: compare that with what its operator says before you connect it");
}

std::string queue_list(const JsonValue& data) {
    const JsonValue::Array& waiting = items(data, "items");
    if (waiting.empty()) return fmt::format("nothing waits for {}\n", peer_of(data));
    TextTable table({"NUMBER", "WHAT", "FROM", "TO", "SINCE"});
    for (const JsonValue& item : waiting)
        table.add({number(item, "number"), text(item, "kind"), text(item, "from"), text(item, "to"), time(item, "at")});
    return table.to_string();
}

std::string queue_flushed(const JsonValue& data) {
    return fmt::format("the link to {} is {}; what waits is on its way\n", peer_of(data),
                       shown_text(text(data, "state")));
}

std::string queue_dropped(const JsonValue& data) {
    return fmt::format("{} will not be sent; whoever sent them is told\n",
                       counted(integer(data, "items_dropped").value_or(0), "item"));
}

}  // namespace obrol::admin
