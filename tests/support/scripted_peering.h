// A core that is scripted, for the tests of what goes between servers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/peering.h"
#include "core/transfer.h"
#include "io/executor.h"
#include "io/timer.h"

namespace obrol::testing {

inline MessageId numbered_id(std::uint32_t number) {
    MessageId id;
    for (std::size_t i = 0; i < 4; ++i)
        id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
}

// A core that does what the links must be able to rely on, and remembers all of it.
class ScriptedPeering final : public Peering {
  public:
    explicit ScriptedPeering(Executor& executor) : executor_(executor) {}

    struct Box {
        std::vector<Outgoing> items;  // of the present epoch, from number 1 on
        std::int64_t pruned = 0;      // so many of them are not kept any more
        OutboxPlace acknowledged;
        OutboxPlace received;
        MessageId received_id{};
    };
    struct Log {
        GlobalGroup group;
        std::vector<std::string> entries;
        bool is_recovering = false;
    };

    ServerId add(std::string label, std::string host, ServerState state = ServerState::connected) {
        Server server;
        server.id = ServerId(static_cast<std::int64_t>(known.size()) + 1);
        server.label = std::move(label);
        server.host = std::move(host);
        if (!server.host.empty()) server.port = 8889;
        server.state = state;
        known.push_back(server);
        return server.id;
    }
    Server& at(ServerId id) { return known[static_cast<std::size_t>(id.value) - 1]; }
    ServerId id_of(const PublicKey& key) const {
        const std::optional<Server> found = server_with_key(key);
        return found ? found->id : ServerId();
    }
    // Queues a message of that text.
    void queue(ServerId server, const std::string& text) {
        Box& box = boxes[server];
        DirectPost post;
        post.id = numbered_id(++last_id);
        post.to = "maya";
        post.body = text;
        queue_item(box, post.id, encode(PeerItem(post)));
    }
    static void queue_item(Box& box, MessageId id, std::string bytes) {
        box.items.push_back({static_cast<std::int64_t>(box.items.size()) + 1, id, std::move(bytes)});
    }

    std::vector<Server> servers() const override { return known; }
    std::optional<Server> server(ServerId id) const override {
        const auto place = static_cast<std::size_t>(id.value);
        return place >= 1 && place <= known.size() ? std::optional(known[place - 1]) : std::nullopt;
    }
    std::optional<Server> server_with_key(const PublicKey& key) const override {
        for (const Server& server : known) {
            if (server.key == key) return server;
        }
        return std::nullopt;
    }
    Task<std::expected<Server, ChatError>> met(PublicKey key, std::string label, ServerId dialled) override {
        const ServerId had = id_of(key);
        if (dialled) {
            Server& wanted = at(dialled);
            if ((wanted.key && wanted.key != key) || wanted.label != label || (had && had != dialled))
                co_return std::unexpected(ChatError::server_differs);
            wanted.key = key;
            co_return wanted;
        }
        if (had) {
            if (at(had).state == ServerState::blocked) co_return std::unexpected(ChatError::server_blocked);
            co_return at(had);
        }
        for (Server& server : known) {
            if (server.label != label) continue;
            if (server.key) co_return std::unexpected(ChatError::server_taken);
            server.key = key;
            co_return server;
        }
        if (accepts_listed_only) co_return std::unexpected(ChatError::server_unreachable);
        const ServerId id = add(std::move(label), "");
        at(id).key = key;
        co_return at(id);
    }
    Task<std::expected<void, ChatError>> rotated(ServerId server, KeyStatement statement) override {
        const bool is_kept = std::ranges::find(statements, statement) != statements.end();
        if (is_kept) co_return std::expected<void, ChatError>();
        if (at(server).key == statement.old_key) at(server).key = statement.new_key;
        statements.push_back(statement);
        co_return std::expected<void, ChatError>();
    }
    bool knows(const KeyStatement& statement) const override {
        return std::ranges::find(statements, statement) != statements.end();
    }
    Task<void> told_keys(std::vector<KeyStatement> told) override {
        statements.insert(statements.end(), told.begin(), told.end());
        co_return;
    }
    Task<std::vector<KeyStatement>> statements_for(ServerId, GlobalGroup) override { co_return to_pass; }
    void own_key_changed(std::vector<PublicKey>) override {}
    Task<std::expected<void, ChatError>> reachable_at(ServerId server, std::string host, std::uint16_t port) override {
        at(server).host = std::move(host);
        at(server).port = port;
        at(server).is_address_told = true;
        co_return std::expected<void, ChatError>();
    }
    void link_changed(ServerId server, LinkState state) override {
        changes.push_back(std::string(at(server).label) + " " + std::string(to_string(state)));
    }

    std::int64_t epoch() const override { return present_epoch; }
    Task<Result<LinkProgress>> progress(ServerId server) override {
        const Box& box = boxes[server];
        LinkProgress progress;
        progress.server = server;
        progress.last = {present_epoch, static_cast<std::int64_t>(box.items.size())};
        progress.acknowledged = box.acknowledged;
        if (!box.items.empty()) progress.last_id = box.items.back().id;
        progress.received = box.received;
        progress.received_id = box.received_id;
        co_return progress;
    }
    Task<Result<std::optional<std::int64_t>>> oldest(ServerId server) override {
        const Box& box = boxes[server];
        std::optional<std::int64_t> oldest;
        if (static_cast<std::int64_t>(box.items.size()) > box.pruned) oldest = box.pruned + 1;
        co_return oldest;
    }
    Task<Result<std::vector<Outgoing>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                               std::size_t bytes_max) override {
        co_await sleep_for(executor_, std::chrono::microseconds(50));
        const Box& box = boxes[server];
        std::vector<Outgoing> page;
        std::size_t bytes = 0;
        for (auto place = static_cast<std::size_t>(std::max(after, box.pruned)); place < box.items.size(); ++place) {
            bytes += box.items[place].bytes.size();
            if (page.size() == items_max || (bytes > bytes_max && !page.empty())) break;
            page.push_back(box.items[place]);
        }
        pages.push_back(page.size());
        co_return page;
    }
    void acknowledged(ServerId server, OutboxPlace upto, std::vector<Verdict> of) override {
        boxes[server].acknowledged = upto;
        for (const Verdict& verdict : of)
            verdicts.push_back(verdict);
    }
    Task<Result<void>> begin_epoch() override {
        co_await sleep_for(executor_, std::chrono::milliseconds(1));
        ++present_epoch;
        for (Log& log : logs)
            log.is_recovering = log.group.home == own_key;
        for (auto& [id, box] : boxes) {
            const std::int64_t done = box.acknowledged.number;
            box.items.erase(box.items.begin(), box.items.begin() + done);
            for (Outgoing& item : box.items)
                item.number -= done;
            box.acknowledged = {present_epoch, 0};
            box.pruned = 0;
        }
        co_return Result<void>();
    }
    void start() override {}
    Task<void> stop() override { co_return; }

    Task<Taken> receive(ServerId from, OutboxPlace place, std::int64_t first,
                        std::span<const std::string> items) override {
        Taken taken;
        for (const std::string& bytes : items) {
            const std::expected<std::optional<ChatError>, ChatError> one = receive_one(from, place, first, bytes);
            if (!one) {
                taken.trouble = one.error();
                break;
            }
            if (*one) taken.refused.push_back({taken.count, **one});
            ++taken.count;
            ++place.number;
        }
        under_way += taken.count;
        under_way_max = std::max(under_way_max, under_way);
        co_await sleep_for(executor_, commit_delay);
        under_way -= taken.count;
        co_return taken;
    }
    std::expected<std::optional<ChatError>, ChatError> receive_one(ServerId from, OutboxPlace place, std::int64_t first,
                                                                   const std::string& bytes) {
        Box& box = boxes[from];
        if (trouble && place.number >= trouble_from) return std::unexpected(*trouble);
        const bool is_next = place.epoch == box.received.epoch
                                 ? place.number == box.received.number + 1
                                 : place.epoch > box.received.epoch && place.number == first;
        const bool is_behind = place <= box.received;
        if (!is_next && !is_behind) return std::unexpected(ChatError::busy);
        std::optional<ChatError> refused;
        if (is_next) {
            box.received = place;
            box.received_id = peer_item_id(bytes).value();
            const auto item = parse_peer_item(bytes);
            const auto* post = item ? std::get_if<DirectPost>(&*item) : nullptr;
            if (post && post->body == refused_text) refused = ChatError::unknown_recipient;
            if (post && !refused && seen.insert(post->id).second) inbox.push_back(post->body);
        }
        if (on_receive) on_receive();
        return refused;
    }

    GroupHead head_of(const Log& log) const {
        const auto last = log.entries.empty() ? std::nullopt : parse_group_entry(log.entries.back());
        return {log.group.id,
                log.group.id,
                Seq(static_cast<std::int64_t>(log.entries.size())),
                last ? last->id : MessageId(),
                {}};
    }
    Task<Result<std::vector<GroupHead>>> heads_for(ServerId) override { co_return heads(true, {}); }
    Task<Result<std::vector<GroupHead>>> heads_of_replicas(ServerId home) override {
        co_return heads(false, at(home).key.value_or(PublicKey()));
    }
    Task<Result<std::vector<ServerId>>> servers_of(ConversationId) override {
        std::vector<ServerId> all;
        for (const Server& server : known)
            all.push_back(server.id);
        co_return all;
    }
    Task<Result<GroupHead>> head(ConversationId) override { co_return head_of(logs.front()); }
    Task<std::expected<std::optional<Seq>, ChatError>> wanted(ServerId from, bool at_home_there,
                                                              GroupHead head) override {
        const PublicKey home = at_home_there ? *at(from).key : own_key;
        Log& log = log_of({home, head.group});
        std::optional<Seq> after;
        const Seq last(static_cast<std::int64_t>(log.entries.size()));
        if (head.last <= last) co_return after;
        if (!at_home_there && !log.is_recovering) co_return std::unexpected(ChatError::home_recovering);
        after = last;
        co_return after;
    }
    Task<std::expected<Entries, ChatError>> entries(ServerId, GlobalGroup group, Seq after, std::size_t entries_max,
                                                    std::size_t bytes_max) override {
        ++entry_reads;
        Entries page;
        if (entries_trouble) co_return std::unexpected(*entries_trouble);
        if (!find_log(group)) co_return std::unexpected(ChatError::not_found);
        const Log& log = log_of(group);
        std::size_t bytes = 0;
        for (auto place = static_cast<std::size_t>(after.value); place < log.entries.size(); ++place) {
            bytes += log.entries[place].size();
            page.more = page.entries.size() == std::min(entries_max, entries_page_max) ||
                        (bytes > bytes_max && !page.entries.empty());
            if (page.more) break;
            page.entries.push_back(log.entries[place]);
        }
        co_return page;
    }
    Task<std::expected<Seq, ChatError>> apply(ServerId, GlobalGroup group, std::vector<std::string> entries) override {
        Log& log = log_of(group);
        applied.push_back(entries.size());
        for (std::string& bytes : entries) {
            const auto entry = parse_group_entry(bytes);
            if (!entry) co_return std::unexpected(ChatError::bad_argument);
            const auto seq = static_cast<std::size_t>(entry->seq.value);
            if (seq > log.entries.size() + 1) co_return std::unexpected(ChatError::busy);
            if (seq == log.entries.size() + 1) log.entries.push_back(std::move(bytes));
        }
        co_await sleep_for(executor_, std::chrono::milliseconds(1));
        co_return Seq(static_cast<std::int64_t>(log.entries.size()));
    }
    Task<void> recovered(GlobalGroup group, ServerId from) override {
        log_of(group).is_recovering = false;
        recoveries.push_back(group.id + " from " + at(from).label);
        co_return;
    }
    void append(const GlobalGroup& group, const std::string& text) {
        Log& log = log_of(group);
        GroupEntry entry;
        entry.seq = Seq(static_cast<std::int64_t>(log.entries.size()) + 1);
        entry.id = numbered_id(++last_id);
        entry.from = {.server = group.home, .label = "barcelona", .name = "messi"};
        entry.body = text;
        log.entries.push_back(encode(entry));
    }
    const Log* find_log(const GlobalGroup& group) const {
        const auto found = std::ranges::find(logs, group, &Log::group);
        return found == logs.end() ? nullptr : &*found;
    }
    Log& log_of(const GlobalGroup& group) {
        const auto found = std::ranges::find(logs, group, &Log::group);
        if (found != logs.end()) return *found;
        logs.push_back(Log{group, {}, false});
        return logs.back();
    }

    class TextDownload final : public Download {
      public:
        explicit TextDownload(std::string text) : text_(std::move(text)) {}
        std::uint64_t bytes_left() const override { return text_.size(); }
        Task<bool> read(Executor&, std::span<char> into) override {
            std::ranges::copy(text_.substr(0, into.size()), into.begin());
            text_.erase(0, into.size());
            co_return true;
        }

      private:
        std::string text_;
    };
    Task<std::expected<std::unique_ptr<Download>, ChatError>> blob_for(ServerId, BlobDigest blob,
                                                                       std::uint64_t offset) override {
        co_await sleep_for(executor_, blob_delay);
        const auto found = blobs.find(blob);
        if (found == blobs.end() || offset > found->second.size()) co_return std::unexpected(ChatError::not_found);
        co_return std::make_unique<TextDownload>(found->second.substr(offset));
    }
    Task<std::vector<std::string>> online_among(ServerId, std::string viewer, std::vector<std::string> names) override {
        viewers.push_back(std::move(viewer));
        std::erase_if(names, [this](const std::string& name) { return !online.contains(name); });
        co_return names;
    }

    PublicKey own_key{};
    std::vector<Server> known;
    std::map<ServerId, Box> boxes;
    std::int64_t present_epoch = 1;
    std::uint32_t last_id = 0;
    bool accepts_listed_only = false;
    std::string refused_text = "refused";
    std::optional<ChatError> trouble;
    std::int64_t trouble_from = 1;   // the first number with it
    std::vector<std::string> inbox;  // texts of all direct posts that were taken
    std::set<MessageId> seen;
    std::vector<std::string> changes;
    std::vector<KeyStatement> statements;
    std::vector<KeyStatement> to_pass;  // with entries of groups
    std::vector<Verdict> verdicts;
    std::vector<std::size_t> pages;
    std::function<void()> on_receive;
    Duration commit_delay = std::chrono::milliseconds(1);
    std::size_t under_way = 0;
    std::size_t under_way_max = 0;
    std::deque<Log> logs;
    std::size_t entries_page_max = 1000;
    std::optional<ChatError> entries_trouble;  // whoever asks for entries is told
    std::size_t entry_reads = 0;
    std::vector<std::size_t> applied;
    std::vector<std::string> recoveries;
    std::map<BlobDigest, std::string> blobs;
    Duration blob_delay = std::chrono::milliseconds(1);
    std::set<std::string> online;
    std::vector<std::string> viewers;  // who asked

  private:
    std::vector<GroupHead> heads(bool own, const PublicKey& home) const {
        std::vector<GroupHead> heads;
        for (const Log& log : logs) {
            if (own ? log.group.home == own_key : log.group.home == home) heads.push_back(head_of(log));
        }
        return heads;
    }

    Executor& executor_;
};

}  // namespace obrol::testing
