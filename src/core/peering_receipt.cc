// What other servers say: looked at closely, because they may say anything, then carried out in their order and once.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "core/account_rules.h"
#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "core/remote_users.h"
#include "model/name.h"

namespace obrol {
namespace {

// Whoever waits for his turn looks so often whether the server stops.
constexpr Duration pause_max = std::chrono::seconds(1);

double kib(std::size_t bytes) {
    return static_cast<double>(bytes) / 1024;
}

bool is_text(std::string_view text) {
    return is_valid_utf8(text) && !has_nul(text);
}

bool is_file_code(std::string_view code) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return (code.size() == file_code_size || code.size() == long_file_code_size) && std::ranges::all_of(code, is_digit);
}

}  // namespace

// At once; otherwise he waits.
bool ChatPeering::may_pass(RateLimiter& limiter, const std::string& key) {
    return !limiter.take(key, state_.now());
}

// False: the server stops.
Task<bool> ChatPeering::wait_for(RateLimiter& limiter, std::string key) {
    while (!is_stopping_) {
        const std::optional<Duration> wait = limiter.take(key, state_.now());
        if (!wait) co_return true;
        co_await sleep_for(state_.parts.timers, std::min(*wait, pause_max));
    }
    co_return false;
}

// Takes nothing. False: the server stops.
Task<bool> ChatPeering::wait_until_free(RateLimiter& limiter, std::string key) {
    while (!is_stopping_) {
        const std::optional<Duration> wait = limiter.look(key, state_.now());
        if (!wait) co_return true;
        co_await sleep_for(state_.parts.timers, std::min(*wait, pause_max));
    }
    co_return false;
}

// At once; otherwise it waits. Its bytes are counted when they are here already: the next one waits for them.
bool ChatPeering::may_come(const std::string& server, std::size_t bytes) {
    if (kib_per_server_.look(server, state_.now()) || !may_pass(items_per_server_, server)) return false;
    kib_per_server_.charge(server, state_.now(), kib(bytes));
    return true;
}

// False: the server stops.
Task<bool> ChatPeering::wait_to_come(std::string server, std::size_t bytes) {
    const bool are_bytes_free = co_await wait_until_free(kib_per_server_, server);
    if (!are_bytes_free) co_return false;
    kib_per_server_.charge(server, state_.now(), kib(bytes));
    co_return co_await wait_for(items_per_server_, std::move(server));
}

void ChatPeering::count_refusal(ServerId from) {
    refusals_per_server_.charge(std::to_string(from.value), state_.now());
    if (links_) links_->wake(from);
}

// Of one call of receive(): what became of its items, and a wait for those that are under way.
class ChatPeering::Receipt {
  public:
    // The next one has its place in the commit order; its index.
    std::size_t begin() {
        ++under_way_;
        return taken_.count++;
    }
    // May go on with whoever waits.
    void end(std::size_t index, std::expected<std::optional<ChatError>, ChatError> how) {
        if (how && *how) taken_.refused.push_back({index, **how});
        if (!how && index < taken_.count) {
            taken_.count = index;
            taken_.trouble = how.error();
        }
        if (--under_way_ == 0 && waiting_) waiting_.resume();
    }
    // None is taken behind those that were begun.
    void stop(ChatError trouble) {
        if (!is_stopped()) taken_.trouble = trouble;
    }
    bool is_stopped() const { return taken_.trouble.has_value(); }

    // co_await: until all that were begun have ended.
    bool await_ready() const { return under_way_ == 0; }
    void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
    Taken await_resume() { return std::move(taken_); }

  private:
    Taken taken_;
    std::size_t under_way_ = 0;
    std::coroutine_handle<> waiting_;
};

class ChatPeering::ItemUnderWay final : public GroupCommit::Continuation {
  public:
    ItemUnderWay(ChatPeering& peering, ServerId from, Announce announce, Receipt& receipt)
        : peering_(peering), from_(from), announce_(std::move(announce)), receipt_(receipt), index_(receipt.begin()) {}

  private:
    void committed(ChangeResult&& result) override {
        if (!result) return receipt_.end(index_, std::unexpected(result.error()));
        const Received& received = std::get<Received>(*result);
        if (received.done && announce_) announce_(received.done->done);
        if (received.refused) peering_.count_refusal(from_);
        receipt_.end(index_, received.refused);
    }

    ChatPeering& peering_;
    const ServerId from_;
    Announce announce_;
    Receipt& receipt_;
    const std::size_t index_;
};

Task<Peering::Taken> ChatPeering::receive(ServerId from, OutboxPlace place, std::int64_t first,
                                          std::span<const std::string> items) {
    Serial::Turn turn = co_await receiving_[from].enter();
    const std::string server = std::to_string(from.value);
    co_await wait_until_free(refusals_per_server_, server);
    Receipt receipt;
    for (const std::string& bytes : items) {
        if (!may_come(server, bytes.size())) {
            const bool may_go_on = co_await wait_to_come(server, bytes.size());
            if (!may_go_on) receipt.stop(ChatError::busy);
        }
        if (const std::optional<Refused> refused = refusal_to_reach(from)) receipt.stop(refused->why);
        std::optional<PeerItem> item = parse_peer_item(bytes);
        const std::optional<MessageId> id = item ? std::optional(id_of(*item)) : peer_item_id(bytes);
        if (!id) receipt.stop(ChatError::bad_argument);
        if (receipt.is_stopped()) break;
        std::optional<Prepared> prepared = prepared_at_once(from, item);
        if (!prepared) {
            Prepared looked_up = co_await prepare(from, *std::move(item));
            prepared = std::move(looked_up);
        }
        if (!*prepared) receipt.stop(prepared->error());
        if (receipt.is_stopped()) break;
        submit(Receive{from, place, first, *id}, **std::move(prepared), receipt);
        ++place.number;
    }
    turn.end();  // the places in the commit order are taken
    co_return co_await receipt;
}

void ChatPeering::submit(Receive receive, Arrival arrival, Receipt& receipt) {
    receive.why = arrival.why;
    if (!arrival.why) receive.change = std::move(arrival.change);
    receive.at = state_.parts.timers.clock().wall_now();
    receive.refusal_id = Uuid::version7(receive.at, state_.parts.random);
    // Refusals go beyond the queue's limit: whoever takes none of them is not listened to any more.
    receive.queue_max = 2 * state_.options.peers.queue_items_max;
    const ServerId from = receive.from;
    auto under_way = std::make_unique<ItemUnderWay>(*this, from, std::move(arrival.announce), receipt);
    state_.parts.commits.submit(std::move(receive), std::move(under_way));
}

// Of a direct post, as a rule. None: prepare() has to ask the store, to wait for somebody's turn, or to refuse.
std::optional<ChatPeering::Prepared> ChatPeering::prepared_at_once(ServerId from, std::optional<PeerItem>& item) {
    Arrival arrival;
    if (!item) {
        arrival.why = ChatError::unknown_command;  // of a later version
        return arrival;
    }
    auto* post = std::get_if<DirectPost>(&*item);
    if (!post || problem_of(*post)) return std::nullopt;
    if (post->into_folder && state_.folders.directories()) return std::nullopt;  // which have to be looked into
    Parties parties = known_parties(from, *post);
    if (!parties.are_known()) return std::nullopt;
    if (!may_pass(items_per_user_, std::to_string(parties.from->id.value))) return std::nullopt;
    return arrival_between(std::move(parties), from, std::move(*post));
}

Task<ChatPeering::Prepared> ChatPeering::prepare(ServerId from, PeerItem item) {
    Task<Prepared> looking = std::visit([&](auto& kind) { return arrival_of(from, std::move(kind)); }, item);
    Prepared prepared = co_await std::move(looking);
    if (!prepared || !prepared->by) co_return prepared;
    const bool may_go_on = co_await wait_for(items_per_user_, std::to_string(prepared->by.value));
    if (!may_go_on) co_return Failure<ChatError>(ChatError::busy);
    co_return prepared;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId, NoItem) {
    co_return Arrival{};
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, ItemRefused refused) {
    BounceItem bounce;
    bounce.server = from;
    bounce.item = refused.item;
    bounce.why = refused.why;
    state_.stamp(bounce);
    Arrival arrival;
    arrival.carry_out(bounce);
    arrival.announce = [this, from, refused](const ChangeDone& done) {
        verdicts_.settle(from, refused.item, std::unexpected(refused.why));
        arrivals_.settle(from, refused.item, std::unexpected(refused.why));
        if (const auto* bounced = std::get_if<Bounced>(&done)) tell_bounced(*bounced);
    };
    co_return arrival;
}

std::optional<ChatError> ChatPeering::problem_of_body_in_log(EntryKind kind, const std::string& body) {
    if (!is_text(body)) return ChatError::bad_text;
    switch (kind) {
        case EntryKind::member:
        case EntryKind::bounce:
        case EntryKind::notice:
            return ChatError::bad_argument;  // each server writes its own
        case EntryKind::file: {
            const std::optional<FileCard> file = parse_file_card(body);
            if (!file || !is_file_code(file->code)) return ChatError::bad_argument;
            if (file_name_of(file->name) != file->name) return ChatError::bad_file_name;
            return std::nullopt;
        }
        case EntryKind::message:
            return body.empty() ? std::optional(ChatError::missing_argument) : std::nullopt;
        case EntryKind::edit:
        case EntryKind::remove:
        case EntryKind::reaction:
            break;
    }
    return std::nullopt;
}

std::optional<ChatError> ChatPeering::problem_of_body(EntryKind kind, const std::string& body) const {
    if (const std::optional<ChatError> why = problem_of_body_in_log(kind, body)) return why;
    if (kind == EntryKind::file) {
        const bool is_too_large = parse_file_card(body).value().size > state_.options.files.bytes_max;
        return is_too_large ? std::optional(ChatError::file_too_large) : std::nullopt;
    }
    return body.size() > state_.options.peers.text_bytes_max ? std::optional(ChatError::line_too_long) : std::nullopt;
}

// Why nobody here has to read it.
std::optional<ChatError> ChatPeering::problem_of(const DirectPost& post) const {
    if (check_user_name(post.from.name) != NameProblem::none) return ChatError::bad_name;
    if (post.into_folder && post.kind != EntryKind::file) return ChatError::bad_argument;
    return problem_of_body(post.kind, post.body);
}

// Found here under its code there and the name of the server.
NewFile ChatPeering::file_elsewhere(const std::string& body, bool into_folder) const {
    FileCard card = parse_file_card(body).value();
    NewFile file;
    file.into_folder = into_folder;
    file.folder_files_max = state_.options.files.folder_files_max;
    file.name = std::move(card.name);
    file.size = card.size;
    file.blob = card.blob;
    file.codes.push_back(card.code);
    return file;
}

// Whoever is shown here as his server says now. Null: author() has to look.
UserRef ChatPeering::known_author(ServerId server, const Author& author) {
    UserRef known = state_.accounts.cached(server, author.name);
    const bool is_same = known && known->named_by == server && name_at_home(*known) == author.name &&
                         known->card.display_name == author.display_name && known->card.country == author.country;
    return is_same ? known : nullptr;
}

Task<std::expected<UserRef, ChatError>> ChatPeering::author(ServerId server, Author author, ServerId by,
                                                            std::size_t users_max) {
    if (check_user_name(author.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    UserCard shown{author.name, author.display_name, author.country};
    // Shown by his name, then.
    const bool is_fit =
        is_text(shown.display_name) && is_text(shown.country) && profile_problem(shown, state_.options).empty();
    if (!is_fit) author.display_name = author.country = {};
    const Result<UserRef> found = co_await state_.accounts.find(server, author.name);
    if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
    if (const UserRef& known = *found) {
        const bool is_own_word = by == server;
        if (!is_own_word && known->named_by && known->named_by != by) co_return known;
        const bool was_own_word = known->named_by == server;
        const bool is_same_word = !is_own_word || (was_own_word && name_at_home(*known) == author.name);
        const bool is_same_name = author.display_name.empty() || author.display_name == known->card.display_name;
        const bool is_same_country = author.country.empty() || author.country == known->card.country;
        if (is_same_word && is_same_name && is_same_country) co_return known;
    }
    co_return co_await state_.meet(server, std::move(author), by, users_max);
}

// Nobody is made known here who may not be.
ChatPeering::Prepared ChatPeering::without_author(ChatError why) {
    if (why != ChatError::bad_name && why != ChatError::too_many_accounts) return std::unexpected(why);
    Arrival arrival;
    arrival.why = why;
    return arrival;
}

// As a rule all of them are at hand.
ChatPeering::Parties ChatPeering::known_parties(ServerId from, const DirectPost& post) {
    Parties parties;
    parties.to = state_.accounts.cached(post.to);
    if (!parties.to || parties.to->state == AccountState::deleted) return {};
    parties.from = known_author(from, post.from);
    parties.held = state_.strangers.cached(parties.to->id);
    return parties;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, DirectPost post) {
    Arrival refused;
    refused.why = problem_of(post);
    if (refused.why) co_return refused;
    Parties parties;
    Result<UserRef> to = co_await state_.accounts.find(post.to);
    if (!to) co_return Failure<ChatError>(state_.unavailable(to.error()));
    parties.to = *std::move(to);
    if (!parties.to || parties.to->state == AccountState::deleted) {
        refused.why = ChatError::unknown_recipient;
        co_return refused;
    }
    auto sender = co_await author(from, post.from, from, state_.options.peers.users_max);
    if (!sender) co_return without_author(sender.error());
    parties.from = *std::move(sender);
    auto waiting = co_await state_.strangers_for(parties.to->id);
    if (!waiting) co_return Failure<ChatError>(waiting.error());
    parties.held = *std::move(waiting);
    if (post.into_folder) {
        FileCard card = parse_file_card(post.body).value();
        refused.why = co_await refusal_of_directory(parties.from, parties.to, std::move(card.name));
        if (refused.why == ChatError::unavailable) co_return Failure<ChatError>(ChatError::unavailable);
        if (refused.why) co_return refused;
    }
    co_return arrival_between(std::move(parties), from, std::move(post));
}

// As for users of this server. What a stranger sends does not come into the folder before he is accepted.
Task<std::optional<ChatError>> ChatPeering::refusal_of_directory(UserRef from, UserRef to, std::string name) {
    if (!state_.folders.directories()) co_return std::nullopt;
    const auto waits = co_await is_stranger(*from, *to);
    if (!waits) co_return waits.error();
    if (*waits) co_return std::nullopt;
    co_return co_await state_.folders.make_room(to, std::move(name));
}

ChatPeering::Arrival ChatPeering::arrival_between(Parties parties, ServerId from, DirectPost post) {
    Arrival arrival;
    arrival.by = parties.from->id;
    PostDirect change;
    change.sender = parties.from->id;
    change.copies.push_back({parties.to->id, post.id});
    change.kind = post.kind;
    const PeerOptions& options = state_.options.peers;
    const WallTime now = state_.parts.timers.clock().wall_now();
    const WallTime latest = now + std::chrono::floor<std::chrono::milliseconds>(options.clock_ahead_max);
    change.at = post.at < WallTime() || post.at > latest ? now : post.at;
    if (options.strangers == PeerOptions::Strangers::request)
        change.stranger_messages_max = options.stranger_messages_max;
    change.body = translation_.local_body(post.kind, std::move(post.body), from);
    if (post.kind == EntryKind::file) change.file = file_elsewhere(change.body, post.into_folder);
    arrival.carry_out(std::move(change));
    // With what is known of strangers held until then.
    arrival.announce = [this, parties = std::move(parties), stored = arrival.change](const ChangeDone& done) {
        const auto* posted = std::get_if<Posted>(&done);
        if (posted) announce(parties.from, parties.to, *posted, std::get<PostDirect>(stored->change).body);
    };
    return arrival;
}

void ChatPeering::announce(const UserRef& from, const UserRef& to, const Posted& posted, const std::string& body) {
    const EntryHeader& entry = posted.entries.front();
    state_.folders.place(posted.folders);
    if (!posted.is_request) {
        state_.stranger_settled(to, from);  // if he was accepted right before
        state_.announce(from, to, entry, body);
        return;
    }
    if (!state_.strangers.arrived(to->id, entry)) return;
    const RequestEvent event{from->card};
    state_.fanout.deliver(std::make_shared<const Event>(event), std::span(&to->id, 1), nullptr);
}

}  // namespace obrol
