#include "core/chat.h"

#include <algorithm>
#include <utility>

#include "base/crypto/digest.h"
#include "core/accounts.h"
#include "core/fanout.h"
#include "core/inbox.h"
#include "core/sessions.h"
#include "model/name.h"

namespace obrol {
namespace {

Reply refused(ChatError why) {
    return Refused{why, {}, false};
}

}  // namespace

struct Chat::State {
    State(Parts given, Options chosen);

    Task<Reply> run(Client& client, std::optional<Token> token, Refuse request);
    Task<Reply> run(Client& client, std::optional<Token> token, Authenticate request);
    Task<Reply> run(Client& client, std::optional<Token> token, SendMessage request);
    Task<Reply> run(Client& client, std::optional<Token> token, FetchInbox request);
    Task<Reply> run(Client& client, std::optional<Token> token, ListOnline request);
    Task<Reply> run(Client& client, std::optional<Token> token, Logout request);
    Task<Reply> run(Client& client, std::optional<Token> token, FetchHistory request);

    // The session a request acts for, or why there is none; notes its use.
    Task<std::expected<LiveSessionRef, ChatError>> authorize(Client& client, std::optional<Token> token);
    // An active or disabled account of this server.
    Task<std::expected<UserRef, Refused>> resolve(Address address);
    // Each once, in the order of the request.
    Task<std::expected<std::vector<UserRef>, Refused>> resolve(std::vector<Address> addresses);
    Task<std::expected<UserRef, ChatError>> user_of(UserId id);
    void announce(const UserRef& from, const std::vector<UserRef>& to, const Posted& posted, const std::string& text);
    ChatError unavailable(const Error& error);

    Parts parts;
    Options options;
    Accounts accounts;
    Sessions sessions;
    Fanout fanout;
    Inbox inbox;
};

Chat::State::State(Parts given, Options chosen)
    : parts(given),
      options(std::move(chosen)),
      accounts(parts.store, options.cached_users_max),
      sessions(parts.store, parts.timers, options.online_window, options.cached_sessions_max),
      inbox(parts.store, parts.commits,
            Inbox::Options{options.inbox_entries_max, options.inbox_bytes_max, options.cached_inboxes_max}) {
    parts.bus.subscribe([this](const ConversationAdvanced& advanced) {
        inbox.advanced(advanced);
        fanout.deliver(advanced);
    });
}

Chat::Chat(Parts parts, Options options) : state_(std::make_unique<State>(parts, std::move(options))) {}
Chat::~Chat() = default;

std::unique_ptr<Client> Chat::connect() {
    return std::make_unique<Client>(state_->sessions, state_->fanout);
}

Task<Reply> Chat::execute(Client& client, Command command) {
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

Task<std::expected<LiveSessionRef, ChatError>> Chat::State::authorize(Client& client, std::optional<Token> token) {
    LiveSessionRef session = client.own_;
    if (token && token != client.token_) {
        const Digest key = digest(token->to_string());
        session = sessions.cached(key);
        if (!session) {
            Result<LiveSessionRef> found = co_await sessions.find(key);
            if (!found) co_return Failure<ChatError>(unavailable(found.error()));
            session = *found;
        }
    }
    if (!session || session->ended()) co_return Failure<ChatError>(ChatError::not_authorized);
    sessions.used(session);
    client.use_last(session);
    co_return session;
}

Task<std::expected<UserRef, ChatError>> Chat::State::user_of(UserId id) {
    Result<UserRef> found = co_await accounts.find(id);
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    if (!*found) co_return Failure<ChatError>(unavailable(Error{fmt::format("user {} is missing", id.value)}));
    co_return *found;
}

Task<std::expected<UserRef, Refused>> Chat::State::resolve(Address address) {
    if (!address.server.empty() && name_key(address.server) != name_key(options.server_label))
        co_return Failure<Refused>(Refused{ChatError::unknown_server, address.server, false});
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
    if (addresses.size() > options.recipients_max)
        co_return Failure<Refused>(Refused{ChatError::too_many_recipients, {}, false});
    std::vector<UserRef> users;
    for (Address& address : addresses) {
        std::expected<UserRef, Refused> user = co_await resolve(std::move(address));
        if (!user) {
            user.error().of_several = addresses.size() > 1;
            co_return Failure<Refused>(std::move(user.error()));
        }
        const auto is_same = [&](const UserRef& other) { return other->id == (*user)->id; };
        if (std::none_of(users.begin(), users.end(), is_same)) users.push_back(std::move(*user));
    }
    co_return users;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Refuse request) {
    if (request.login_first) {
        Serial::Turn turn = co_await client.admission_.enter();
        const auto session = co_await authorize(client, token);
        if (!session) co_return refused(session.error());
    }
    co_return refused(request.why);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token>, Authenticate request) {
    Result<UserRef> found = co_await accounts.find(request.user);
    if (!found) co_return refused(unavailable(found.error()));
    const UserRef user = *found;
    if (!user || user->state == AccountState::deleted) co_return refused(ChatError::unknown_user);
    if (user->password_hash.empty()) co_return refused(ChatError::wrong_password);
    const std::optional<bool> matches = co_await parts.hasher.verify(std::move(request.password), user->password_hash);
    if (!matches) co_return refused(ChatError::busy);
    if (!*matches) co_return refused(ChatError::wrong_password);

    const Token token = Uuid::version4(parts.secure_random);
    const Digest key = digest(token.to_string());
    const WallTime now = parts.timers.clock().wall_now();
    const StartSession start{user->id, key, now};
    const ChangeResult result = co_await parts.commits.submit(start);
    if (!result) co_return refused(result.error());
    const SessionId id = std::get<SessionCreated>(*result).session;
    client.log_in(sessions.started(Session{id, user->id, now}, key), token);
    co_return SessionStarted{token, user->card};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendMessage request) {
    Serial::Turn turn = co_await client.admission_.enter();
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto from = co_await user_of((*session)->user());
    if (!from) co_return refused(from.error());
    auto to = co_await resolve(std::move(request.to));
    if (!to) co_return Reply(std::move(to.error()));

    const WallTime now = parts.timers.clock().wall_now();
    PostDirect post;
    post.sender = (*from)->id;
    for (const UserRef& user : *to)
        post.copies.push_back({user->id, Uuid::version7(now, parts.random)});
    post.body = request.text;
    post.at = now;
    post.key = std::move(request.key);
    GroupCommit::Submission submission = parts.commits.submit(std::move(post));
    turn.end();  // the place in the commit order is taken
    const ChangeResult result = co_await submission;
    if (!result) co_return refused(result.error());

    const Posted& posted = std::get<Posted>(*result);
    MessageSent sent;
    sent.at = posted.entries.front().at;
    for (const EntryHeader& entry : posted.entries)
        sent.copies.push_back({entry.conversation, entry.seq, entry.id});
    if (!posted.repeated) announce(*from, *to, posted, request.text);
    co_return sent;
}

void Chat::State::announce(const UserRef& from, const std::vector<UserRef>& to, const Posted& posted,
                           const std::string& text) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        ConversationAdvanced advanced;
        advanced.event = std::make_shared<const Event>(
            MessageEvent{LogEntry{posted.entries[i], text, false}, from->card, to[i]->card});
        advanced.from = from->id;
        advanced.readers.push_back(from->id);
        if (to[i]->id != from->id) advanced.readers.push_back(to[i]->id);
        parts.bus.publish(std::move(advanced));
    }
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchInbox) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto receiver = co_await user_of((*session)->user());
    if (!receiver) co_return refused(receiver.error());
    Result<Inbox::Taken> taken = co_await inbox.take((*receiver)->id);
    if (!taken) co_return refused(unavailable(taken.error()));

    InboxPage page;
    page.reservation = taken->reservation;
    std::unordered_map<UserId, std::size_t> places;
    for (LogEntry& entry : taken->entries) {
        const auto [place, is_new] = places.try_emplace(entry.header.sender, page.senders.size());
        if (is_new) {
            const auto sender = co_await user_of(entry.header.sender);
            if (!sender) {
                inbox.release(taken->reservation);
                co_return refused(sender.error());
            }
            page.senders.push_back({(*sender)->card, {}});
        }
        page.senders[place->second].messages.push_back(
            {entry.header, (*receiver)->card.display_name, std::move(entry.body)});
    }
    co_return page;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListOnline) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    OnlineList list;
    for (const UserId id : sessions.online()) {
        const auto user = co_await user_of(id);
        if (!user) co_return refused(user.error());
        list.users.push_back((*user)->card);
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Logout request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef ending = *session;
    const Token ended = token ? *token : *client.token_;
    const EndSession end{ending->session().id};
    const ChangeResult result = co_await parts.commits.submit(end);
    if (!result) co_return refused(result.error() == ChatError::not_found ? ChatError::not_authorized : result.error());
    sessions.ended(*ending);
    if (client.own_ == ending) client.log_out();
    client.use_last(nullptr);
    co_return SessionEnded{ended, request.then_close};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchHistory request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto self = co_await user_of((*session)->user());
    if (!self) co_return refused(self.error());
    auto peer = co_await resolve(std::move(request.with));
    if (!peer) co_return Reply(std::move(peer.error()));
    const auto conversation = co_await parts.store.find_direct((*self)->id, (*peer)->id);
    if (!conversation) co_return refused(unavailable(conversation.error()));

    HistoryPage page;
    if (!*conversation) co_return page;
    page.conversation = (*conversation)->conversation;
    EntryRange range;
    range.conversation = page.conversation;
    range.before = request.before;
    range.entries_max = std::min<std::size_t>(request.limit, options.history_entries_max);
    range.newest_first = true;
    std::vector<EntryRange> ranges(1, range);
    auto pages = co_await parts.store.read(std::move(ranges), options.inbox_bytes_max);
    if (!pages) co_return refused(unavailable(pages.error()));
    for (LogEntry& entry : pages->front().entries) {
        const auto sender = co_await user_of(entry.header.sender);
        if (!sender) co_return refused(sender.error());
        page.items.push_back({std::move(entry), (*sender)->card});
    }
    co_return page;
}

Task<std::expected<UserId, ChatError>> Chat::add_user(UserCard card, std::string password, Role role) {
    if (check_user_name(card.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    std::optional<std::string> hash = co_await state_->parts.hasher.hash(std::move(password));
    if (!hash) co_return Failure<ChatError>(ChatError::busy);
    if (card.display_name.empty()) card.display_name = card.name;
    CreateUser create{std::move(card), std::move(*hash), role, state_->parts.timers.clock().wall_now()};
    const ChangeResult result = co_await state_->parts.commits.submit(std::move(create));
    if (!result) co_return Failure<ChatError>(result.error());
    co_return std::get<UserCreated>(*result).user;
}

}  // namespace obrol
