// Two servers, A and B, in memory and on virtual time, whose links a test carries by hand: nothing crosses on its own.
#pragma once

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/peering.h"
#include "tests/support/people.h"
#include "tests/support/run_task.h"

namespace obrol {

// Links that do nothing but note what core asked of them.
class HandedLinks final : public Links {
  public:
    LinkState state(ServerId server) const override {
        const auto found = states.find(server);
        return found == states.end() ? LinkState::idle : found->second;
    }
    Task<std::expected<bool, Refused>> connect(Server server) override {
        connected.push_back(server);
        const bool was_up = state(server.id) == LinkState::up;
        if (connect_fails) co_return Failure<Refused>(*connect_fails);
        states[server.id] = LinkState::up;
        co_return was_up;
    }
    void disconnect(ServerId server) override {
        disconnected.push_back(server);
        states[server] = LinkState::disconnected;
    }
    Task<LinkTrial> try_link(std::string host, std::uint16_t port) override {
        tried.push_back(host + ":" + std::to_string(port));
        co_return trial;
    }
    std::optional<LinkTrouble> trouble(ServerId server) const override {
        const auto found = troubles.find(server);
        return found == troubles.end() ? std::nullopt : std::optional(found->second);
    }
    void wake(ServerId server) override { woken.push_back(server); }
    void group_advanced(ConversationId group) override { advanced.push_back(group); }
    Task<std::optional<std::vector<std::string>>> online_among(ServerId, std::string viewer,
                                                               std::vector<std::string> names) override {
        asked.push_back(viewer);
        for (const std::string& name : names)
            asked.back().append(" ").append(name);
        co_await sleep_for(*timers, presence_delay);
        co_return presence ? presence(viewer, names) : std::nullopt;
    }
    Task<std::expected<void, ChatError>> pull(ServerId, BlobDigest blob, std::uint64_t offset,
                                              BlobWriter& into) override {
        ++pulls;
        const UnderWay counted(*this);
        if (!puller) co_return Failure<ChatError>(ChatError::unavailable);
        const std::expected<std::string, ChatError> bytes = puller(blob, offset);
        if (!bytes) co_return Failure<ChatError>(bytes.error());
        co_await sleep_for(*timers, std::chrono::milliseconds(1));
        const Result<void> written = co_await into.write(*executor, *bytes);
        if (!written) co_return Failure<ChatError>(ChatError::unavailable);
        co_return std::expected<void, ChatError>();
    }

    std::map<ServerId, LinkState> states;
    std::optional<Refused> connect_fails;
    LinkTrial trial;
    std::vector<std::string> tried;
    std::map<ServerId, LinkTrouble> troubles;
    std::function<std::expected<std::string, ChatError>(BlobDigest, std::uint64_t)> puller;
    Executor* executor = nullptr;
    TimerService* timers = nullptr;
    std::size_t pulls = 0;
    std::size_t pulls_under_way = 0;
    std::size_t pulls_at_once = 0;  // at most
    std::function<std::optional<std::vector<std::string>>(std::string, std::vector<std::string>)> presence;
    Duration presence_delay{};
    std::vector<std::string> asked;  // "viewer name name"
    std::vector<Server> connected;
    std::vector<ServerId> disconnected;
    std::vector<ServerId> woken;
    std::vector<ConversationId> advanced;

  private:
    struct UnderWay {
        explicit UnderWay(HandedLinks& of) : links(of) {
            links.pulls_at_once = std::max(links.pulls_at_once, ++links.pulls_under_way);
        }
        ~UnderWay() { --links.pulls_under_way; }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;
        HandedLinks& links;
    };
};

// One of them.
struct JoinedServer {
    JoinedServer(const std::string& label, std::uint64_t seed, Chat::Options options,
                 ChatParts::Folders kind = ChatParts::Folders::in_store)
        : parts(seed, with_label(std::move(options), label), kind) {
        links.executor = &parts.executor;
        links.timers = &parts.executor;
        parts.chat.set_links(links);
        EXPECT_TRUE(parts.run(parts.chat.prepare()).has_value());
    }
    Peering& peering() { return parts.chat.peering(); }
    // What became of one item of the other server: nothing, or it was refused; an error: it was not taken.
    std::expected<std::optional<ChatError>, ChatError> take(OutboxPlace place, const std::string& bytes) {
        const Peering::Taken taken = parts.run(peering().receive(other, place, 1, std::span(&bytes, 1)));
        if (taken.trouble) return std::unexpected(*taken.trouble);
        return taken.refused.empty() ? std::nullopt : std::optional(taken.refused[0].why);
    }

    HandedLinks links;
    ChatParts parts;
    People people{parts};
    ServerId other;          // how the other one is known here
    OutboxPlace handed_out;  // the last item that the other one took

  private:
    static Chat::Options with_label(Chat::Options options, const std::string& label) {
        options.server_label = label;
        return options;
    }
};

// Of a server whose users hear of everybody at once.
inline Chat::Options allowing_strangers() {
    Chat::Options options;
    options.peers.strangers = PeerOptions::Strangers::allow;
    return options;
}

class JoinedServers {
  public:
    explicit JoinedServers(Chat::Options for_a = {}, Chat::Options for_b = {},
                           ChatParts::Folders kind = ChatParts::Folders::in_store)
        : a("A", 1, std::move(for_a), kind), b("B", 2, std::move(for_b), kind) {}

    // They have met, and the link is up.
    void join() {
        meet(a, b, "B");
        meet(b, a, "A");
        set_link(LinkState::up);
    }
    void set_link(LinkState state) {
        for (JoinedServer* side : {&a, &b}) {
            side->links.states[side->other] = state;
            side->peering().link_changed(side->other, state);
            side->parts.executor.run_until_idle();
        }
    }

    // Takes whatever waits on `from` to the other side, and the answers back. How many items there were.
    std::size_t carry(JoinedServer& from) {
        JoinedServer& to = &from == &a ? b : a;
        const OutboxPlace start{from.peering().epoch(), from.handed_out.number};
        auto items = from.parts.run(from.peering().outbox(from.other, start.number, 1000, 1024 * 1024));
        EXPECT_TRUE(items.has_value());
        std::vector<Peering::Verdict> verdicts;
        for (Peering::Outgoing& item : *items) {
            const OutboxPlace place{start.epoch, item.number};
            const auto taken = to.take(place, item.bytes);
            EXPECT_TRUE(taken.has_value()) << to_string(taken.error());
            verdicts.push_back({item.id, taken.value_or(std::nullopt)});
            from.handed_out = place;
        }
        if (!verdicts.empty()) from.peering().acknowledged(from.other, from.handed_out, verdicts);
        for (JoinedServer* side : {&a, &b})
            side->parts.executor.run_until_idle();
        return verdicts.size();
    }
    // Brings the groups at home on `home` up to date on the other side. How many entries that took.
    std::size_t carry_groups(JoinedServer& home) {
        JoinedServer& copy = &home == &a ? b : a;
        const auto heads = home.parts.run(home.peering().heads_for(home.other));
        EXPECT_TRUE(heads.has_value());
        std::size_t count = 0;
        for (const Peering::GroupHead& head : *heads) {
            const auto after = copy.parts.run(copy.peering().wanted(copy.other, true, head));
            EXPECT_TRUE(after.has_value()) << to_string(after.error());
            if (!after || !*after) continue;
            count += fetch(home, copy, GlobalGroup{home.parts.key.public_key(), head.group}, **after);
        }
        return count;
    }
    // What `reader` may read of a group's log on `side`, applied there. How many entries there were.
    std::size_t fetch(JoinedServer& side, JoinedServer& reader, const GlobalGroup& group, Seq after) {
        auto read = side.parts.run(side.peering().entries(side.other, group, after, 1000, 1024 * 1024));
        if (!read || read->entries.empty()) return 0;
        const std::size_t count = read->entries.size();
        const auto applied = reader.parts.run(reader.peering().apply(reader.other, group, std::move(read->entries)));
        EXPECT_TRUE(applied.has_value()) << to_string(applied.error());
        return count;
    }

    // Until nothing waits on either side.
    void carry_all() {
        while (carry(a) + carry(b) + carry_groups(a) + carry_groups(b) > 0) {
        }
    }

    // Runs a task that needs the other side to its end.
    template <class Value>
    Value run(JoinedServer& side, Task<Value> task) {
        std::optional<Value> value;
        Gate gate("test");
        gate.spawn(keep_value(std::move(task), value));
        for (int rounds = 0; !value && rounds < 10; ++rounds) {
            side.parts.executor.run_until_idle();
            carry_all();
        }
        OBROL_CHECK(value);
        return std::move(*value);
    }
    Reply ask(JoinedServer& side, const std::string& name, People::Body body) {
        return run(side, side.parts.chat.execute(side.people.client(name), Command{std::nullopt, std::move(body)}));
    }
    template <class Wanted>
    Wanted get(JoinedServer& side, const std::string& name, People::Body body) {
        Reply reply = ask(side, name, std::move(body));
        const auto* refused = std::get_if<Refused>(&reply);
        EXPECT_TRUE(std::holds_alternative<Wanted>(reply)) << (refused ? to_string(refused->why) : "something else");
        if (auto* wanted = std::get_if<Wanted>(&reply)) return std::move(*wanted);
        return Wanted{};
    }
    MessageSent send(JoinedServer& side, const std::string& name, const std::string& to, const std::string& text) {
        return get<MessageSent>(side, name, SendMessage{parse_address_list(to), text, std::nullopt});
    }

    JoinedServer a;
    JoinedServer b;

  private:
    static void meet(JoinedServer& side, JoinedServer& other, const std::string& label) {
        const auto met = side.parts.run(side.peering().met(other.parts.key.public_key(), label, ServerId()));
        ASSERT_TRUE(met.has_value()) << to_string(met.error());
        side.other = met->id;
    }
};

}  // namespace obrol
