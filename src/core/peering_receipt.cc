// What other servers say: looked at closely, because they may say anything, then carried out in their order and once.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "core/account_rules.h"
#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {
namespace {

// Whoever waits for his turn looks so often whether the server stops.
constexpr Duration pause_max = std::chrono::seconds(1);

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

Task<std::expected<std::optional<ChatError>, ChatError>> ChatPeering::receive(ServerId from, OutboxPlace place,
                                                                              std::int64_t first, std::string bytes) {
    Serial::Turn turn = co_await receiving_[from].enter();
    const std::string server = std::to_string(from.value);
    if (!may_pass(items_per_server_, server)) {
        const bool may_go_on = co_await wait_for(items_per_server_, server);
        if (!may_go_on) co_return Failure<ChatError>(ChatError::busy);
    }
    if (const std::optional<Refused> refused = refusal_to_reach(from)) co_return Failure<ChatError>(refused->why);

    Arrival arrival;
    Receive receive;
    std::optional<PeerItem> item = parse_peer_item(bytes);
    const std::optional<MessageId> id = item ? std::optional(id_of(*item)) : peer_item_id(bytes);
    if (!id) co_return Failure<ChatError>(ChatError::bad_argument);
    if (item) {
        Prepared prepared = co_await prepare(from, std::move(*item));
        if (!prepared) co_return Failure<ChatError>(prepared.error());
        arrival = std::move(*prepared);
    } else {
        arrival.why = ChatError::unknown_command;  // of a later version
    }
    receive.from = from;
    receive.place = place;
    receive.first = first;
    receive.item = *id;
    receive.why = arrival.why;
    if (arrival.change && !arrival.why)
        receive.change = std::make_shared<const ReceivedChange>(ReceivedChange{std::move(*arrival.change)});
    receive.at = state_.parts.timers.clock().wall_now();
    receive.refusal_id = Uuid::version7(receive.at, state_.parts.random);
    GroupCommit::Submission submission = state_.parts.commits.submit(std::move(receive));
    turn.end();  // the place in the commit order is taken
    const ChangeResult result = co_await submission;
    if (!result) co_return Failure<ChatError>(result.error());

    const Received& received = std::get<Received>(*result);
    if (received.done && arrival.announce) arrival.announce(received.done->done);
    if (received.refused && links_) links_->wake(from);
    co_return received.refused;
}

Task<ChatPeering::Prepared> ChatPeering::prepare(ServerId from, PeerItem item) {
    return std::visit([&](auto& kind) { return arrival_of(from, std::move(kind)); }, item);
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
    arrival.change = bounce;
    arrival.announce = [this, from, refused](const ChangeDone& done) {
        verdicts_.settle(from, refused.item, std::unexpected(refused.why));
        arrivals_.settle(from, refused.item, std::unexpected(refused.why));
        if (const auto* bounced = std::get_if<Bounced>(&done)) tell_bounced(*bounced);
    };
    co_return arrival;
}

std::optional<ChatError> ChatPeering::problem_of_body(EntryKind kind, const std::string& body) const {
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
            if (file->size > state_.options.files.bytes_max) return ChatError::file_too_large;
            return std::nullopt;
        }
        case EntryKind::message:
        case EntryKind::edit:
        case EntryKind::remove:
        case EntryKind::reaction:
            break;
    }
    if (body.size() > state_.options.peers.text_bytes_max) return ChatError::line_too_long;
    if (kind == EntryKind::message && body.empty()) return ChatError::missing_argument;
    return std::nullopt;
}

// Why nobody here has to read it.
std::optional<ChatError> ChatPeering::problem_of(const DirectPost& post) const {
    if (check_user_name(post.from.name) != NameProblem::none) return ChatError::bad_name;
    return problem_of_body(post.kind, post.body);
}

// Found here under its code there and the name of the server.
NewFile ChatPeering::file_elsewhere(const std::string& body) {
    FileCard card = parse_file_card(body).value();
    NewFile file;
    file.name = std::move(card.name);
    file.size = card.size;
    file.blob = card.blob;
    file.codes.push_back(card.code);
    return file;
}

// Whoever is shown here as his server says now. Null: author() has to look.
UserRef ChatPeering::known_author(ServerId server, const Author& author) {
    UserRef known = state_.accounts.cached(server, author.name);
    const bool is_same =
        known && known->card.display_name == author.display_name && known->card.country == author.country;
    return is_same ? known : nullptr;
}

Task<std::expected<UserRef, ChatError>> ChatPeering::author(ServerId server, Author author) {
    if (check_user_name(author.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    UserCard shown{author.name, author.display_name, author.country};
    // Shown by his name, then.
    const bool is_fit =
        is_text(shown.display_name) && is_text(shown.country) && profile_problem(shown, state_.options).empty();
    if (!is_fit) author.display_name = author.country = {};
    const Result<UserRef> found = co_await state_.accounts.find(server, author.name);
    if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
    if (const UserRef& known = *found) {
        const bool is_same_name = author.display_name.empty() || author.display_name == known->card.display_name;
        const bool is_same_country = author.country.empty() || author.country == known->card.country;
        if (is_same_name && is_same_country) co_return known;
    }
    co_return co_await state_.meet(server, std::move(author));
}

// Nobody is made known here who may not be.
ChatPeering::Prepared ChatPeering::without_author(ChatError why) {
    if (why != ChatError::bad_name && why != ChatError::too_many_accounts) return std::unexpected(why);
    Arrival arrival;
    arrival.why = why;
    return arrival;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, DirectPost post) {
    Arrival arrival;
    arrival.why = problem_of(post);
    if (arrival.why) co_return arrival;
    // As a rule all of them are at hand.
    UserRef to = state_.accounts.cached(post.to);
    if (!to) {
        Result<UserRef> found = co_await state_.accounts.find(post.to);
        if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
        to = std::move(*found);
    }
    if (!to || to->state == AccountState::deleted) {
        arrival.why = ChatError::unknown_recipient;
        co_return arrival;
    }
    UserRef sender = known_author(from, post.from);
    if (!sender) {
        auto found = co_await author(from, std::move(post.from));
        if (!found) co_return without_author(found.error());
        sender = std::move(*found);
    }
    const std::string user = std::to_string(sender->id.value);
    if (!may_pass(items_per_user_, user)) {
        const bool may_go_on = co_await wait_for(items_per_user_, user);
        if (!may_go_on) co_return Failure<ChatError>(ChatError::busy);
    }
    WaitingStrangers held = state_.strangers.cached(to->id);
    if (!held) {
        auto waiting = co_await state_.strangers_for(to->id);
        if (!waiting) co_return Failure<ChatError>(waiting.error());
        held = std::move(*waiting);
    }

    PostDirect change;
    change.sender = sender->id;
    change.copies.push_back({to->id, post.id});
    change.kind = post.kind;
    const PeerOptions& options = state_.options.peers;
    const WallTime now = state_.parts.timers.clock().wall_now();
    const WallTime latest = now + std::chrono::floor<std::chrono::milliseconds>(options.clock_ahead_max);
    change.at = post.at < WallTime() || post.at > latest ? now : post.at;
    if (options.strangers == PeerOptions::Strangers::request)
        change.stranger_messages_max = options.stranger_messages_max;
    post.body = translation_.local_body(post.kind, std::move(post.body), from);
    if (post.kind == EntryKind::file) change.file = file_elsewhere(post.body);
    change.body = post.body;
    arrival.change = std::move(change);
    // With what is known of strangers held until then.
    arrival.announce = [this, from_user = std::move(sender), to_user = std::move(to), held = std::move(held),
                        body = std::move(post.body)](const ChangeDone& done) {
        if (const auto* posted = std::get_if<Posted>(&done)) announce(from_user, to_user, *posted, body);
    };
    co_return arrival;
}

void ChatPeering::announce(const UserRef& from, const UserRef& to, const Posted& posted, const std::string& body) {
    const EntryHeader& entry = posted.entries.front();
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
