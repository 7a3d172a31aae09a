#include "server/control/peer_json.h"

#include <chrono>
#include <fmt/core.h>

#include "base/check.h"
#include "server/control/json_members.h"

namespace obrol::control {
namespace {

using Identity = Administration::ServerTrial::Identity;

void add(Members& members, const Administration::ServerSummary& summary) {
    const Server& server = summary.server;
    members.text("peer", server.label)
        .text("host", server.host)
        .number("port", server.port)
        .flag("address_told", server.is_address_told)
        .text("state", to_string(summary.link))
        .text("named_by", summary.named_by)
        .text("fingerprint", server.key ? fingerprint(*server.key) : std::string())
        .number("queued", summary.queued)
        .time("oldest_queued_at", summary.oldest_queued);
}

std::string_view to_word(Administration::QueuedItem::Kind kind) {
    using enum Administration::QueuedItem::Kind;
    switch (kind) {
        case message:
            return "message";
        case file:
            return "file";
        case other:
            return "other";
        case group_post:
            return "group-post";
        case group_request:
            return "group-request";
        case group_invitation:
            return "group-invitation";
        case refusal:
            return "refusal";
    }
    OBROL_CHECK(false);
}

// What is to be done about a step that failed.
ControlRefusal refusal_of_step(const Administration::ServerTrial& result, const std::string& at) {
    const std::string& words = result.trial.words;
    switch (result.trial.failed_at) {
        case LinkTrial::Step::resolve:
            return {"test-name", fmt::format("name: {} has no address: {}", result.host, words),
                    "is the name right, and does this machine's resolver know it?"};
        case LinkTrial::Step::connect:
            return {"test-connect", fmt::format("connect: {} does not answer: {}", at, words),
                    "is the server running there, is that one of its ports, and does every firewall let it through?"};
        case LinkTrial::Step::secure:
            return {"test-tls", fmt::format("TLS: {} answers, but takes no link: {}", at, words),
                    "is that an obrold, of a version with links, and is peers.enabled set there?"};
        case LinkTrial::Step::identity:
            return {"test-identity", fmt::format("identity: who answers at {} does not prove who it is: {}", at, words),
                    "is it this server itself? If not, somebody stands between the two: do not connect"};
        case LinkTrial::Step::version:
            return {"test-version", fmt::format("version: {} speaks no version that this server speaks: {}", at, words),
                    "bring the older of the two up to date"};
        case LinkTrial::Step::echo:
            return {"test-echo", fmt::format("echo: {} proves who it is, but then says nothing: {}", at, words),
                    "its log may say why; is it stopping, or overloaded?"};
        case LinkTrial::Step::done:
            break;
    }
    OBROL_CHECK(false);
}

}  // namespace

std::string to_json(const Administration::Identity& identity) {
    return object([&](Members& members) {
        members.text("server", identity.label).text("fingerprint", fingerprint(identity.key));
    });
}

std::string to_json(const Administration::ServerSummary& server) {
    return object([&](Members& members) { add(members, server); });
}

std::string to_json(const std::vector<Administration::ServerSummary>& servers) {
    return object([&](Members& members) {
        write_list(members.under("peers"), servers, [](Members& each, const auto& server) { add(each, server); });
    });
}

std::string to_json(const Administration::ServerDetails& server) {
    return object([&](Members& members) {
        add(members, server.summary);
        const Server& known = server.summary.server;
        members.time("met_at", known.key ? std::optional(known.met_at) : std::nullopt);
        write_object(members.under("sent"), [&](Members& sent) {
            sent.number("epoch", server.progress.last.epoch)
                .number("last", server.progress.last.number)
                .number("acknowledged", server.progress.acknowledged.number);
        });
        write_object(members.under("received"), [&](Members& received) {
            received.number("epoch", server.progress.received.epoch).number("last", server.progress.received.number);
        });
        write_texts(members.under("groups_here"), server.groups_here);
        write_texts(members.under("groups_there"), server.groups_there);
        const auto& trouble = server.trouble;
        members.text("last_error", trouble ? trouble->words : std::string())
            .time("last_error_at", trouble ? std::optional(trouble->at) : std::nullopt);
    });
}

std::string to_json(const Administration::Queue& queue) {
    return object([&](Members& members) {
        add(members, queue.summary);
        write_list(members.under("items"), queue.items, [](Members& each, const auto& item) {
            each.number("number", item.number)
                .text("id", item.id.to_string())
                .text("kind", to_word(item.kind))
                .text("from", item.from)
                .text("to", item.to)
                .time("at", item.at);
        });
        if (queue.next != 0) members.number("next", queue.next);
    });
}

ControlAnswer to_answer(const Administration::ServerTrial& result) {
    const std::string at = fmt::format("{}:{}", result.host, result.port);
    const LinkTrial& trial = result.trial;
    if (trial.failed_at != LinkTrial::Step::done) return std::unexpected(refusal_of_step(result, at));
    const std::string answers = fingerprint(trial.met->key);
    if (result.identity == Identity::another_key) {
        return std::unexpected(ControlRefusal{
            "test-identity",
            fmt::format("identity: at {} answers \"{}\" with the key {}, but {} has the key {}", at, trial.met->label,
                        answers, result.label, fingerprint(*result.pinned)),
            fmt::format("somebody else may stand there: do not connect. Ask the operator of {0} for the fingerprint "
                        "(obrolctl peer fingerprint there): if he has lost his key, obrolctl peer remove {0}, then add "
                        "and connect it anew",
                        result.label)});
    }
    if (result.identity == Identity::another_server) {
        return std::unexpected(ControlRefusal{
            "test-identity", fmt::format("identity: at {} answers \"{}\", not {}", at, trial.met->label, result.label),
            fmt::format("add it under the label that it has: obrolctl peer remove {}, then peer add", result.label)});
    }
    return object([&](Members& members) {
        members.text("peer", result.label)
            .text("host", result.host)
            .number("port", result.port)
            .text("label", trial.met->label)
            .text("fingerprint", answers)
            .flag("known", result.identity == Identity::pinned)
            .number("round_trip_us", std::chrono::ceil<std::chrono::microseconds>(trial.round_trip).count());
    });
}

}  // namespace obrol::control
