#include "core/chat_peering.h"

#include <algorithm>
#include <fmt/core.h>
#include <list>
#include <utility>

#include "core/chat_state.h"
#include "core/server_rules.h"
#include "model/name.h"

namespace obrol {

ChatPeering::ChatPeering(Chat::State& state)
    : state_(state),
      servers_(state.parts.store),
      verdicts_(state.parts.timers, state.options.peers.verdict_timeout),
      arrivals_(state.parts.timers, state.options.peers.verdict_timeout),
      pulls_(FilePulls::Parts{state.files, state.parts.commits, state.parts.logger}, state.options.peers.pulls_max),
      translation_(state, *this),
      items_per_server_(state.options.peers.items_per_server, rate_keys_max),
      kib_per_server_(state.options.peers.kib_per_server, rate_keys_max),
      refusals_per_server_(state.options.peers.refusals_per_server, rate_keys_max),
      items_per_user_(state.options.peers.items_per_user, rate_keys_max),
      presence_per_server_(state.options.peers.presence_per_server, rate_keys_max),
      upkeep_timer_(state.parts.timers) {}

ChatPeering::Complaints::Complaints(ChatPeering& peering)
    : log(peering.state_.parts.timers, [this, &peering](std::size_t times) {
          Logger& logger = peering.state_.parts.logger;
          if (times == 1)
              logger.warning("{}", words);
          else
              logger.warning("{} (the last of {} like it)", words, times);
          if (event) peering.tell_managers(*event);
      }) {}

void ChatPeering::complain(Wrong kind, std::string words, std::optional<ServerEvent> event) {
    Complaints& complaints = complaints_.try_emplace(kind, *this).first->second;
    complaints.words = std::move(words);
    complaints.event = std::move(event);
    complaints.log.note();
}

Task<Result<void>> ChatPeering::prepare() {
    Result<void> loaded = co_await servers_.load();
    if (!loaded) co_return loaded;
    const Result<std::vector<LinkProgress>> progress = co_await state_.parts.store.link_progress();
    if (!progress) co_return Failure<Error>(progress.error());
    for (const LinkProgress& each : *progress)
        epoch_ = each.last.epoch;
    Result<void> origins = co_await load_origins();
    if (!origins) co_return origins;
    recovery_awaited_until_ = state_.now() + recovery_patience;
    co_return co_await load_shared_groups();
}

bool ChatPeering::is_own_key(const PublicKey& key) const {
    return key == state_.parts.key.public_key() || std::ranges::find(own_former_keys_, key) != own_former_keys_.end();
}

void ChatPeering::own_key_changed(std::vector<PublicKey> former) {
    own_former_keys_ = std::move(former);
    state_.parts.store.set_own_key(state_.parts.key.public_key());
}

bool ChatPeering::is_own_label(std::string_view label) const {
    return name_key(label) == name_key(state_.options.server_label);
}

std::optional<Refused> ChatPeering::refusal_to_reach(ServerId server) const {
    const Server* known = servers_.find(server);
    if (!known) return Refused{ChatError::unknown_server, {}, false};
    switch (known->state) {
        case ServerState::connected:
            return std::nullopt;
        case ServerState::blocked:
            return Refused{ChatError::server_blocked, known->label, false};
        case ServerState::known:
        case ServerState::disconnected:
            break;
    }
    return Refused{ChatError::server_not_connected, known->label, false};
}

std::optional<Refused> ChatPeering::refusal_to_reach(const std::vector<UserRef>& users) const {
    for (const UserRef& user : users) {
        if (!user->server) continue;
        std::optional<Refused> refused = refusal_to_reach(user->server);
        if (!refused) continue;
        refused->of_several = users.size() > 1;
        return refused;
    }
    return std::nullopt;
}

LinkState ChatPeering::link_state(const Server& server) const {
    switch (server.state) {
        case ServerState::known:
            return LinkState::idle;
        case ServerState::disconnected:
            return LinkState::disconnected;
        case ServerState::blocked:
            return LinkState::blocked;
        case ServerState::connected:
            break;
    }
    return links_ ? links_->state(server.id) : LinkState::down;
}

Task<std::expected<void, ChatError>> ChatPeering::set_state(ServerId server, ServerState state) {
    Serial::Turn turn = co_await meeting_.enter();
    co_return co_await change_state(server, state);
}

Task<std::expected<void, ChatError>> ChatPeering::change_state(ServerId server, ServerState state) {
    const SetServerState set{server, state};
    const ChangeResult result = co_await state_.parts.commits.submit(set);
    if (!result) co_return Failure<ChatError>(result.error());
    if (const Server* known = servers_.find(server)) {
        Server changed = *known;
        changed.state = state;
        servers_.put(std::move(changed));
    }
    co_return std::expected<void, ChatError>();
}

Task<std::expected<void, ChatError>> ChatPeering::reload() {
    state_.accounts.forget_all();
    Result<void> loaded = co_await servers_.load();
    if (loaded)
        loaded = co_await state_.groups.reload_names([this](const Group& group) {
            const Server* home = servers_.find(group.home);
            return group.home && !(home && group.card.id.ends_with('@' + home->label));
        });
    if (!loaded) co_return Failure<ChatError>(state_.unavailable(loaded.error()));
    co_return std::expected<void, ChatError>();
}

Task<std::expected<Server, ChatError>> ChatPeering::add(AddKnownServer wanted) {
    Serial::Turn turn = co_await meeting_.enter();
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(wanted));
    if (!result) co_return Failure<ChatError>(result.error());
    const auto loaded = co_await reload();
    if (!loaded) co_return Failure<ChatError>(loaded.error());
    co_return *std::get<ServerAdded>(*result).server;
}

Task<std::expected<void, ChatError>> ChatPeering::forget(ServerId server) {
    Serial::Turn turn = co_await meeting_.enter();
    const ForgetServer change{server};
    const ChangeResult result = co_await state_.parts.commits.submit(change);
    if (!result) co_return Failure<ChatError>(result.error());
    const Result<void> loaded = co_await servers_.load();
    if (!loaded) co_return Failure<ChatError>(state_.unavailable(loaded.error()));
    co_return std::expected<void, ChatError>();
}

Task<std::vector<Outcome>> ChatPeering::deliver(std::vector<Sent> sent) {
    struct Awaited {
        Awaited(std::size_t at, Verdicts& verdicts, const Sent& what)
            : place(at), wait(verdicts, what.server, what.item) {}
        std::size_t place;
        Verdicts::Wait wait;
    };
    std::vector<Outcome> outcomes(sent.size(), Delivery::queued);
    std::list<Awaited> awaited;
    for (std::size_t i = 0; i < sent.size(); ++i)
        if (is_up(sent[i].server)) awaited.emplace_back(i, verdicts_, sent[i]);
    for (const Sent& each : sent)
        if (links_) links_->wake(each.server);
    for (Awaited& each : awaited)
        outcomes[each.place] = co_await each.wait;
    co_return outcomes;
}

Task<std::expected<std::vector<Outcome>, ChatError>> ChatPeering::delivered_before(std::vector<Sent> sent) {
    std::vector<Outcome> outcomes;
    for (const Sent& each : sent) {
        const Result<std::optional<OutboxFate>> fate = co_await state_.parts.store.outbox_fate(each.server, each.item);
        if (!fate) co_return Failure<ChatError>(state_.unavailable(fate.error()));
        // What is not kept any more was acknowledged long ago.
        if (!*fate || ((*fate)->is_acknowledged && !(*fate)->failed))
            outcomes.emplace_back(Delivery::done);
        else if ((*fate)->failed)
            outcomes.push_back(std::unexpected(*(*fate)->failed));
        else
            outcomes.emplace_back(Delivery::queued);
    }
    co_return outcomes;
}

void ChatPeering::tell_bounced(Bounced bounced) {
    if (state_.fanout.is_listening(bounced.sender)) telling_.spawn(tell_bounce(std::move(bounced)));
}

Task<void> ChatPeering::tell_bounce(Bounced bounced) {
    std::optional<BounceNote> note = parse_bounce_note(bounced.entry->body);
    if (!note) co_return;
    BounceEvent event;
    if (bounced.to) {
        const auto to = co_await state_.user_of(bounced.to);
        if (!to) co_return;
        event.to = (*to)->card;
    }
    if (!note->group.empty()) event.group = GroupCard{note->group.substr(1), note->group.substr(1)};
    event.entry = *std::move(bounced.entry);
    event.note = std::move(*note);
    state_.fanout.deliver(std::make_shared<const Event>(std::move(event)), std::span(&bounced.sender, 1), nullptr);
}

Task<std::expected<void, ChatError>> ChatPeering::pull(ServerId from, FileCard file) {
    if (file.size > state_.options.files.bytes_max) co_return Failure<ChatError>(ChatError::file_too_large);
    if (!is_up(from)) co_return Failure<ChatError>(ChatError::server_unreachable);
    const auto room = co_await room_for(file.size, 100);
    if (!room) co_return room;
    co_return co_await pulls_.pull(*links_, from, std::move(file), FilePulls::For::somebody);
}

Task<std::expected<void, ChatError>> ChatPeering::room_for(std::uint64_t bytes, std::uint64_t percent) {
    const Result<FileUsage> usage = co_await state_.parts.store.file_usage(UserId());
    if (!usage) co_return Failure<ChatError>(state_.unavailable(usage.error()));
    const std::uint64_t bytes_max = state_.options.files.server_bytes_max;
    const bool is_room = bytes_max == 0 ? percent > 0 : usage->bytes + bytes <= bytes_max * percent / 100;
    if (!is_room) co_return Failure<ChatError>(ChatError::storage_full);
    co_return std::expected<void, ChatError>();
}

Task<std::expected<void, ChatError>> ChatPeering::pull_for_folders(ServerId from, FileCard file) {
    if (!is_up(from)) co_return Failure<ChatError>(ChatError::server_unreachable);
    const std::string name = file.name;
    auto pulled = co_await room_for(file.size, state_.options.files.unasked_percent);
    if (pulled) pulled = co_await pulls_.pull(*links_, from, std::move(file), FilePulls::For::folders);
    if (pulled) co_return pulled;
    if (!is_up(from)) co_return Failure<ChatError>(ChatError::server_unreachable);
    const Server* server = servers_.find(from);
    complain(Wrong::file, fmt::format("folders: {} of {} is not copied into directories: {}", name,
                                      server ? server->label : "a forgotten server", to_string(pulled.error())));
    co_return pulled;
}

std::optional<Server> ChatPeering::server(ServerId id) const {
    const Server* known = servers_.find(id);
    return known ? std::optional(*known) : std::nullopt;
}

std::optional<Server> ChatPeering::server_with_key(const PublicKey& key) const {
    const Server* known = servers_.with_key(key);
    return known ? std::optional(*known) : std::nullopt;
}

std::optional<ChatError> ChatPeering::refusal_to_meet(const PublicKey& key, std::string_view label,
                                                      ServerId dialled) const {
    if (is_own_key(key)) return ChatError::own_server;
    if (!is_server_label(label)) return ChatError::bad_server;
    const Server* holder = servers_.with_key(key);
    if (holder && holder->state == ServerState::blocked) return ChatError::server_blocked;
    if (dialled) {
        const Server* expected = servers_.find(dialled);
        if (!expected) return ChatError::not_found;
        if (expected->state == ServerState::blocked) return ChatError::server_blocked;
        // Who was pinned is known by his key alone; who is met for the first time must be called as he was added.
        const bool is_expected = expected->key ? *expected->key == key : name_key(expected->label) == name_key(label);
        return is_expected ? std::nullopt : std::optional(ChatError::server_differs);
    }
    if (holder && holder->state == ServerState::disconnected) return ChatError::server_not_connected;
    if (holder && !holder->named_by) return std::nullopt;
    const Server* namesake = servers_.with_label(label);
    if (is_own_label(label) || (namesake && namesake->key && !namesake->named_by)) return ChatError::server_taken;
    if (state_.options.peers.accept == PeerOptions::Accept::listed) return ChatError::server_unreachable;
    const std::size_t servers_max = state_.options.peers.servers_max;
    if (servers_max != 0 && servers_.met_count() >= servers_max) return ChatError::too_many_servers;
    return std::nullopt;
}

void ChatPeering::refuse_link(const PublicKey& key, const std::string& label, ServerId dialled, ChatError why) {
    const Server* claimed = dialled ? servers_.find(dialled) : servers_.with_label(label);
    std::optional<ServerEvent> event;
    if (claimed) event = ServerEvent{claimed->label, link_state(*claimed), why};
    complain(Wrong::link,
             fmt::format("servers: a link of \"{}\" with the key {} is refused: {}", label, fingerprint(key),
                         to_string(why)),
             std::move(event));
}

Task<std::expected<Server, ChatError>> ChatPeering::met(PublicKey key, std::string label, ServerId dialled) {
    // One after the other, so that everybody sees what was pinned before.
    Serial::Turn turn = co_await meeting_.enter();
    if (const std::optional<ChatError> why = refusal_to_meet(key, label, dialled)) {
        refuse_link(key, label, dialled, *why);
        co_return Failure<ChatError>(*why);
    }
    const Server* known = servers_.with_key(key);
    if (!known || known->named_by || (dialled && known->id != dialled)) {
        MeetServer meet;
        meet.key = key;
        meet.label = std::move(label);
        meet.expected = dialled;
        meet.at = state_.parts.timers.clock().wall_now();
        const ChangeResult result = co_await state_.parts.commits.submit(std::move(meet));
        if (!result) co_return Failure<ChatError>(result.error());
        // Two of them may have become one, or changed their labels: users are called otherwise from now on.
        const auto loaded = co_await reload();
        if (!loaded) co_return Failure<ChatError>(loaded.error());
        known = servers_.find(std::get<ServerAdded>(*result).server->id);
        if (!known) co_return Failure<ChatError>(ChatError::not_found);
        state_.parts.logger.info("servers: {} has the key {}", known->label, fingerprint(key));
    }
    const ServerId id = known->id;
    if (known->state == ServerState::known) {
        const auto connected = co_await change_state(id, ServerState::connected);
        if (!connected) co_return Failure<ChatError>(connected.error());
    }
    const Server* now = servers_.find(id);
    if (!now) co_return Failure<ChatError>(ChatError::not_found);
    co_return *now;
}

Task<std::expected<ServerId, ChatError>> ChatPeering::heard_of(PublicKey key, std::string label, ServerId by) {
    if (const Server* known = servers_.with_any_key(key)) co_return known->id;
    const auto made = co_await make_known(key, std::move(label), by);
    if (!made) co_return made;
    // It may have had other keys before that one, and since.
    const auto leads_to = [](const PublicKey& to) {
        return [to](const auto& one) { return one.second.new_key == to; };
    };
    PublicKey oldest = key;
    for (auto before = std::ranges::find_if(told_, leads_to(oldest)); before != told_.end();
         before = std::ranges::find_if(told_, leads_to(oldest))) {
        const KeyStatement statement = before->second;
        oldest = statement.old_key;
        co_await keep(statement);
        if (!servers_.is_kept(statement)) break;
    }
    for (auto next = told_.find(key); next != told_.end(); next = told_.find(key)) {
        const KeyStatement statement = next->second;
        key = statement.new_key;
        co_await keep(statement);
        if (!servers_.is_kept(statement)) break;
    }
    co_return made;
}

Task<void> ChatPeering::told_keys(std::vector<KeyStatement> statements) {
    for (const KeyStatement& statement : statements) {
        if (servers_.is_kept(statement)) continue;
        if (told_.size() >= state_.options.peers.told_keys_max && !told_.contains(statement.old_key)) told_.clear();
        told_.insert_or_assign(statement.old_key, statement);
    }
    // A chain whose beginning is known, then one whose end is.
    for (std::size_t i = 0; i < statements.size(); ++i)
        co_await keep(statements[i]);
    for (std::size_t i = statements.size(); i > 0; --i)
        co_await keep(statements[i - 1]);
}

// If it is about a server that is known.
Task<void> ChatPeering::keep(KeyStatement statement) {
    if (servers_.is_kept(statement)) co_return;
    const Server* server = servers_.with_any_key(statement.old_key);
    if (!server) server = servers_.with_any_key(statement.new_key);
    if (!server) co_return;
    told_.erase(statement.old_key);
    const auto kept = co_await rotated(server->id, statement);
    if (!kept)
        state_.parts.logger.info("servers: what was told of the key {} is not kept: {}", fingerprint(statement.old_key),
                                 to_string(kept.error()));
}

Task<std::vector<KeyStatement>> ChatPeering::statements_for(ServerId reader, GlobalGroup group) {
    std::vector<KeyStatement> found;
    const auto known = co_await group_called(std::move(group));
    if (!known) co_return found;
    const Result<std::vector<ServerId>> authors = co_await servers_of((*known)->group.conversation);
    if (!authors) co_return found;
    for (const ServerId author : *authors) {
        if (author == reader) continue;
        for (const KeyStatement& statement : servers_.statements_of(author))
            if (found.size() < peering_statements_max) found.push_back(statement);
    }
    co_return found;
}

Task<std::expected<ServerId, ChatError>> ChatPeering::make_known(PublicKey key, std::string label, ServerId by) {
    Serial::Turn turn = co_await meeting_.enter();
    if (const Server* known = servers_.with_any_key(key)) co_return known->id;
    if (is_own_key(key)) co_return Failure<ChatError>(ChatError::own_server);
    // Whoever names it may call it "C~1a2b" where it has another "C".
    label.resize(std::min(label.size(), label.find('~')));
    if (!is_server_label(label)) co_return Failure<ChatError>(ChatError::bad_server);
    if (is_own_label(label)) label += '~';  // nobody is shown as somebody of this server
    MeetServer meet;
    meet.key = key;
    meet.label = std::move(label);
    meet.at = state_.parts.timers.clock().wall_now();
    meet.named_by = by;
    meet.named_max = state_.options.peers.named_servers_max;
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(meet));
    if (!result) co_return Failure<ChatError>(result.error());
    const Server& server = *std::get<ServerAdded>(*result).server;
    servers_.put(server);
    co_return server.id;
}

Task<std::expected<void, ChatError>> ChatPeering::rotated(ServerId server, KeyStatement statement) {
    Serial::Turn turn = co_await meeting_.enter();
    if (servers_.is_kept(statement)) co_return std::expected<void, ChatError>();
    const bool is_news = servers_.with_key(statement.old_key) == servers_.find(server);
    const Server* other = servers_.with_key(is_news ? statement.new_key : statement.old_key);
    const bool were_two = other && other->id != server;
    const RotateServerKey rotate{server, statement};
    const ChangeResult result = co_await state_.parts.commits.submit(rotate);
    if (!result) co_return Failure<ChatError>(result.error());
    if (were_two) {  // users of the other one are called otherwise from now on
        const auto loaded = co_await reload();
        if (!loaded) co_return loaded;
    } else {
        const Result<void> loaded = co_await servers_.load();
        if (!loaded) co_return Failure<ChatError>(state_.unavailable(loaded.error()));
    }
    if (const Server* known = servers_.find(server); known && is_news)
        state_.parts.logger.warning("servers: {} has the key {} from now on, as it stated under its old one",
                                    known->label, fingerprint(statement.new_key));
    co_return std::expected<void, ChatError>();
}

Task<std::expected<void, ChatError>> ChatPeering::reachable_at(ServerId server, std::string host, std::uint16_t port) {
    if (!address_problem(host, port, state_.options.peers.private_addresses).empty())
        co_return Failure<ChatError>(ChatError::bad_server);
    SetServerAddress set{server, std::move(host), port, true};
    co_return co_await set_address(std::move(set));
}

Task<std::expected<void, ChatError>> ChatPeering::set_address(SetServerAddress set) {
    Serial::Turn turn = co_await meeting_.enter();
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(set));
    if (!result) co_return Failure<ChatError>(result.error());
    // Others may have lost theirs.
    const Result<void> loaded = co_await servers_.load();
    if (!loaded) co_return Failure<ChatError>(state_.unavailable(loaded.error()));
    co_return std::expected<void, ChatError>();
}

void ChatPeering::link_changed(ServerId server, LinkState state) {
    if (state == LinkState::up) {
        state_.folders.place_from(server);
    } else {
        verdicts_.settle_all(server);
        arrivals_.settle_all(server);
    }
    if (const Server* known = servers_.find(server)) tell_managers(ServerEvent{known->label, state});
}

// They may do something about it.
void ChatPeering::tell_managers(ServerEvent event) {
    if (state_.fanout.is_anybody_listening()) telling_.spawn(tell_link(std::move(event)));
}

Task<void> ChatPeering::tell_link(ServerEvent event) {
    Serial::Turn turn = co_await telling_in_order_.enter();
    std::vector<UserId> managers;
    for (const UserId id : state_.fanout.listening()) {
        const auto user = co_await state_.user_of(id);
        if (user && state_.may_manage_servers(**user)) managers.push_back(id);
    }
    state_.fanout.deliver(std::make_shared<const Event>(std::move(event)), managers, nullptr);
}

Task<std::expected<std::unique_ptr<Download>, ChatError>> ChatPeering::blob_for(ServerId server, BlobDigest blob,
                                                                                std::uint64_t offset) {
    const Result<std::optional<StoredFile>> file = co_await state_.parts.store.find_file_for(server, blob);
    if (!file) co_return Failure<ChatError>(state_.unavailable(file.error()));
    if (!*file || (*file)->elsewhere) co_return Failure<ChatError>(ChatError::not_found);
    if (offset > (*file)->card.size) co_return Failure<ChatError>(ChatError::bad_file_size);
    co_return co_await state_.files.open((*file)->card, offset);
}

Task<std::vector<std::string>> ChatPeering::online_among(ServerId asking, std::string viewer,
                                                         std::vector<std::string> names) {
    std::vector<std::string> online;
    const std::string key = std::to_string(asking.value);
    std::map<UserId, std::string> asked;
    for (std::string& name : names) {
        if (presence_per_server_.take(key, state_.now())) break;
        const Result<UserRef> user = co_await state_.accounts.find(name);
        if (user && *user && state_.sessions.is_online((*user)->id)) asked.emplace((*user)->id, std::move(name));
    }
    if (asked.empty()) co_return online;
    const Result<UserRef> who = co_await state_.accounts.find(asking, std::move(viewer));
    if (!who || !*who) co_return online;
    std::vector<UserId> users;
    for (const auto& [id, name] : asked)
        users.push_back(id);
    const Result<std::vector<UserId>> knowing = co_await state_.parts.store.who_know((*who)->id, std::move(users));
    if (!knowing) {
        state_.parts.logger.warning("servers: who is online is not told: {}", knowing.error().what);
        co_return online;
    }
    for (const UserId id : *knowing)
        online.push_back(std::move(asked.at(id)));
    co_return online;
}

}  // namespace obrol
