#include "core/chat.h"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_set>
#include <utility>

#include "base/crypto/digest.h"
#include "base/crypto/signing.h"
#include "base/host.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {

Chat::State::State(Parts given, Options chosen)
    : parts(given),
      options(std::move(chosen)),
      accounts(parts.store, options.cached_users_max),
      sessions(parts.store, parts.commits, parts.timers,
               Sessions::Options{options.online_window, options.session_idle_limit, options.cached_sessions_max},
               Sessions::Hooks{[this](UserId user) { presence.changed(user); },
                               [this](const LiveSessionRef& session) {
                                   fanout.deliver_end(std::make_shared<const Event>(SessionEndedEvent{}), *session);
                               }}),
      presence(parts.store, accounts, sessions, fanout, parts.logger),
      inbox(parts.store, parts.commits,
            Inbox::Options{options.inbox_entries_max, options.inbox_bytes_max, options.cached_inboxes_max}),
      groups(parts.store, options.cached_groups_max),
      files(Files::Parts{parts.store, parts.blobs, parts.logger}, options.files),
      strangers(parts.store, options.cached_users_max),
      peering(*this),
      remote_presence(peering, parts.timers, options.peers),
      folders(Folders::Parts{parts.store, parts.folders, parts.commits, accounts, files, parts.timers, parts.logger},
              options.files,
              [this](ServerId from, FileCard file) { return peering.pull_for_folders(from, std::move(file)); }),
      administration(*this),
      retention(parts.store, parts.commits, parts.timers, parts.logger,
                Retention::Options{.interval = options.retention_interval},
                [this](const BlobDigest& blob) { files.blob_unused(blob); }),
      sweep_timer(parts.timers),
      logins(options.failed_logins, rate_keys_max),
      failed_invitations_per_source(options.failed_invitations_per_source, rate_keys_max),
      registrations_per_source(options.registrations_per_source, rate_keys_max),
      sends_per_user(options.sends_per_user, rate_keys_max),
      sends_per_source(options.sends_per_source, rate_keys_max),
      failed_codes_per_source(options.failed_codes_per_source, rate_keys_max),
      failed_codes_per_user(options.failed_codes_per_user, rate_keys_max) {
    parts.store.set_own_key(parts.key.public_key());
    parts.bus.subscribe([this](const ConversationAdvanced& advanced) {
        inbox.advanced(advanced);
        fanout.deliver(advanced);
    });
}

Chat::Chat(Parts parts, Options options) : state_(std::make_unique<State>(parts, std::move(options))) {}
Chat::~Chat() = default;

Task<Result<void>> Chat::prepare() {
    Result<void> prepared = co_await state_->peering.prepare();
    if (prepared) prepared = co_await state_->files.sweep();
    if (prepared) prepared = co_await state_->folders.prepare();
    co_return prepared;
}

void Chat::start() {
    state_->sweep_later();
    state_->retention.start();
    state_->folders.place_all();
}

Task<void> Chat::stop() {
    state_->sweep_timer.cancel();
    co_await state_->sweeping.close();
    co_await state_->retention.stop();
    co_await state_->presence.stop();
    co_await state_->telling.close();
    co_await state_->peering.end();
    co_await state_->folders.stop();
    co_await state_->files.stop();
}

Administration& Chat::administration() {
    return state_->administration;
}

Peering& Chat::peering() {
    return state_->peering;
}

void Chat::set_links(Links& links) {
    state_->peering.set_links(links);
}

void Chat::State::sweep_later() {
    sweep_timer.start_after(sessions.use_note_interval(), [this] { sweeping.spawn(sweep()); });
}

Task<void> Chat::State::sweep() {
    const Result<void> swept = co_await sessions.sweep();
    if (!swept) parts.logger.warning("idle sessions are looked for again later: {}", swept.error().what);
    if (!sweeping.is_closed()) sweep_later();
}

std::unique_ptr<Client> Chat::connect(std::string source) {
    return std::make_unique<Client>(state_->sessions, state_->fanout, std::move(source));
}

Task<Reply> Chat::execute(Client& client, Command&& command) {
    return std::visit([&](auto& request) { return state_->run(client, command.token, std::move(request)); },
                      command.body);
}

void Chat::confirm_inbox(std::uint64_t reservation) {
    state_->inbox.confirm(reservation);
}
void Chat::release_inbox(std::uint64_t reservation) {
    state_->inbox.release(reservation);
}

ChatError Chat::State::unavailable(const Error& error) {
    parts.logger.error("store: {}", error.what);
    return ChatError::unavailable;
}

bool Chat::State::is_loopback(const Client& client) {
    return obrol::is_loopback(client.source_);
}

bool Chat::State::is_limited(const Client& client) const {
    return !(options.loopback_exempt && is_loopback(client));
}

Chat::State::Authorized Chat::State::note_use(Client& client, LiveSessionRef session) {
    if (!session || session->ended()) return Failure<ChatError>(ChatError::not_authorized);
    sessions.used(session);
    client.use_last(session);
    return session;
}

std::optional<Chat::State::Authorized> Chat::State::authorize_now(Client& client, const std::optional<Token>& token) {
    if (!token || token == client.token_) return note_use(client, client.own_);
    LiveSessionRef session = sessions.cached(digest(token->to_string()));
    if (!session || sessions.is_idle(*session)) return std::nullopt;
    return note_use(client, std::move(session));
}

Task<Chat::State::Authorized> Chat::State::authorize(Client& client, std::optional<Token> token) {
    if (std::optional<Authorized> known = authorize_now(client, token)) co_return std::move(*known);
    Result<LiveSessionRef> found = co_await sessions.find(digest(token->to_string()));
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    co_return note_use(client, std::move(*found));
}

Task<std::expected<UserRef, ChatError>> Chat::State::authorize_user(Client& client, std::optional<Token> token) {
    const Authorized session = co_await authorize(client, token);
    if (!session) co_return Failure<ChatError>(session.error());
    co_return co_await user_of((*session)->user());
}

UserRef Chat::State::authorize_user_now(Client& client, const std::optional<Token>& token) {
    const std::optional<Authorized> session = authorize_now(client, token);
    return session && *session ? accounts.cached((**session)->user()) : nullptr;
}

Task<std::expected<UserRef, ChatError>> Chat::State::user_of(UserId id) {
    Result<UserRef> found = co_await accounts.find(id);
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    if (!*found) co_return Failure<ChatError>(unavailable(Error{fmt::format("user {} is missing", id.value)}));
    co_return *found;
}

Task<std::expected<std::vector<UserRef>, ChatError>> Chat::State::users_of(std::vector<UserId> ids) {
    Result<std::vector<UserRef>> found = co_await accounts.find(ids);
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    const auto missing = std::ranges::find(*found, nullptr);
    if (missing == found->end()) co_return std::move(*found);
    const UserId id = ids[static_cast<std::size_t>(missing - found->begin())];
    co_return Failure<ChatError>(unavailable(Error{fmt::format("user {} is missing", id.value)}));
}

Task<std::expected<std::vector<UserRef>, ChatError>> Chat::State::senders_of(const std::vector<LogEntry>& entries) {
    std::vector<UserId> senders;
    senders.reserve(entries.size());
    for (const LogEntry& entry : entries)
        senders.push_back(entry.header.sender);
    return users_of(std::move(senders));
}

Task<std::expected<UserRef, Refused>> Chat::State::resolve(Address address) {
    return resolve(std::move(address), true);
}

Task<std::expected<UserRef, Refused>> Chat::State::resolve_known(Address address) {
    return resolve(std::move(address), false);
}

Task<std::expected<UserRef, Refused>> Chat::State::resolve(Address address, bool may_be_new) {
    if (!address.server.empty() && !peering.is_own_label(address.server))
        co_return co_await resolve_remote(std::move(address), may_be_new);
    UserRef user = accounts.cached(address.name);
    if (!user) {
        Result<UserRef> found = co_await accounts.find(address.name);
        if (!found) co_return Failure<Refused>(Refused{unavailable(found.error()), {}, false});
        user = *found;
    }
    if (!user || user->state == AccountState::deleted)
        co_return Failure<Refused>(Refused{ChatError::unknown_recipient, to_string(address), false});
    co_return user;
}

Task<std::expected<std::vector<UserRef>, Refused>> Chat::State::resolve(std::vector<Address> addresses) {
    std::vector<UserRef> users;
    std::unordered_set<UserId> seen;
    for (Address& address : addresses) {
        std::expected<UserRef, Refused> user = co_await resolve(std::move(address));
        if (!user) {
            user.error().of_several = addresses.size() > 1;
            co_return Failure<Refused>(std::move(user.error()));
        }
        if (seen.insert((*user)->id).second) users.push_back(std::move(*user));
    }
    co_return users;
}

Task<std::expected<std::vector<Chat::State::Named>, ChatError>> Chat::State::resolve_each(
    std::vector<Address> addresses) {
    std::vector<Named> named;
    std::unordered_set<std::string> names;
    std::unordered_set<UserId> seen;
    for (Address& address : addresses) {
        std::string name = to_string(address);
        if (!names.insert(name_key(name)).second) continue;
        std::expected<UserRef, Refused> user = co_await resolve(std::move(address));
        if (user) {
            if (seen.insert((*user)->id).second) named.push_back(Named{std::move(name), std::move(*user)});
        } else if (user.error().why == ChatError::unavailable) {
            co_return Failure<ChatError>(ChatError::unavailable);
        } else {
            named.push_back(Named{std::move(name), nullptr, user.error().why});
        }
    }
    co_return named;
}

UserRef Chat::State::resolve_now(const std::vector<Address>& addresses) {
    if (addresses.size() != 1 || !addresses.front().server.empty()) return nullptr;
    UserRef user = accounts.cached(addresses.front().name);
    return user && user->state == AccountState::active ? user : nullptr;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Refuse request) {
    if (request.login_first) {
        Serial::Turn turn = co_await client.admission_.enter();
        const auto session = co_await authorize(client, token);
        if (!session) co_return refused(session.error());
    }
    co_return refused(request.why);
}

Task<Reply> Chat::State::run(Client&, std::optional<Token>, Hello) {
    Welcome welcome;
    welcome.server = options.server_label;
    welcome.recipients_max = options.recipients_max;
    welcome.inbox_entries_max = options.inbox_entries_max;
    welcome.history_entries_max = options.history_entries_max;
    welcome.group_members_max = options.group_members_max;
    welcome.file_bytes_max = options.files.bytes_max;
    co_return welcome;
}

Task<Reply> Chat::State::run(Client&, std::optional<Token>, Ping) {
    co_return Acknowledged{};
}

// Events belong to the connection's own session, so a token that comes with the request becomes it.
Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Listen) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    if (token && client.own_ != *session) client.log_in(*session, *token);
    co_return Acknowledged{};
}

}  // namespace obrol
