#include "tests/store_suite/store_suite.h"

#include <algorithm>
#include <fmt/core.h>

namespace obrol {

void StoreSuite::in_every_state(const std::function<void()>& checks) {
    {
        SCOPED_TRACE("as it is");
        checks();
    }
    {
        SCOPED_TRACE("settled");
        fixture->settle();
        checks();
    }
    {
        SCOPED_TRACE("closed and opened");
        fixture->reopen(StoreFixture::Reopening::clean);
        checks();
    }
    if (!fixture->can_crash()) return;
    SCOPED_TRACE("after a crash");
    fixture->reopen(StoreFixture::Reopening::crash);
    checks();
}

std::vector<ChangeResult> StoreSuite::append(std::vector<Change> batch) {
    const std::size_t size = batch.size();
    auto outcome = run(store().append(std::move(batch)));
    if (!outcome) {
        ADD_FAILURE() << outcome.error().what;
        return std::vector<ChangeResult>(size, std::unexpected(ChatError::not_stored));
    }
    EXPECT_EQ(outcome->size(), size);
    return *std::move(outcome);
}

ChangeResult StoreSuite::apply(Change change) {
    std::vector<Change> batch;
    batch.push_back(std::move(change));
    return append(std::move(batch)).at(0);
}

UserId StoreSuite::create(std::string name) {
    CreateUser create;
    create.card = {name, name, ""};
    create.at = now;
    const ChangeResult result = apply(std::move(create));
    return std::get<UserCreated>(result.value()).user;
}

SessionId StoreSuite::start_session(UserId user, std::string_view token) {
    const ChangeResult result = apply(StartSession{user, token_digest(token), now});
    return std::get<SessionCreated>(result.value()).session;
}

MessageId StoreSuite::new_id() {
    now += std::chrono::milliseconds(1);
    return Uuid::version7(now, random);
}

PostDirect StoreSuite::post(UserId from, std::vector<UserId> to, std::string body) {
    now += std::chrono::milliseconds(1);
    PostDirect made;
    made.sender = from;
    for (const UserId user : to)
        made.copies.push_back({user, Uuid::version7(now, random)});
    made.body = std::move(body);
    made.at = now;
    return made;
}

PostDirect StoreSuite::keyed(PostDirect post, std::string client, std::int64_t number) {
    post.key = IdempotencyKey{std::move(client), number};
    return post;
}

std::vector<EntryHeader> StoreSuite::send(PostDirect post) {
    const ChangeResult result = apply(std::move(post));
    return std::get<Posted>(result.value()).entries;
}

ConversationId StoreSuite::fill(UserId one, UserId other, std::int64_t count) {
    std::vector<Change> batch;
    for (std::int64_t number = 1; number <= count; ++number) {
        const bool odd = number % 2 == 1;
        batch.emplace_back(post(odd ? one : other, {odd ? other : one}, std::to_string(number)));
        if (batch.size() == 50) append(std::exchange(batch, {}));
    }
    append(std::move(batch));
    return find_direct(one, other).value().conversation;
}

std::string StoreSuite::new_code() {
    return fmt::format("{:06x}", ++codes_);
}

PublicKey StoreSuite::key_of(std::string_view label) {
    PublicKey key{};
    std::ranges::copy(label, key.begin());
    return key;
}

std::vector<GroupOrigin> StoreSuite::origins_of(const Group& group) {
    std::vector<GroupOrigin> origins;
    const auto all = run(store().group_origins()).value();
    for (const auto& [conversation, origin] : all)
        if (conversation == group.conversation) origins.push_back(origin);
    return origins;
}

ServerId StoreSuite::connect(std::string label) {
    const ChangeResult met = apply(MeetServer{key_of(label), std::move(label), ServerId(), now});
    const ServerId server = std::get<ServerAdded>(met.value()).server->id;
    carry_out(SetServerState{server, ServerState::connected});
    return server;
}

UserId StoreSuite::meet(ServerId server, std::string name) {
    const ChangeResult met = apply(MeetUser{server, std::move(name), "", "", now});
    return std::get<UserCreated>(met.value()).user;
}

QueueItem StoreSuite::queuing(ServerId to, UserId sender, std::string payload) {
    QueueItem made;
    made.to = to;
    made.sender = sender;
    made.id = new_id();
    made.payload = std::move(payload);
    made.at = now;
    return made;
}

Receive StoreSuite::receiving(ServerId from, std::optional<Change> change) {
    const OutboxPlace last = progress(from).received;
    Receive made;
    made.from = from;
    made.place = {std::max<std::int64_t>(last.epoch, 1), last.number + 1};
    made.item = new_id();
    made.refusal_id = new_id();
    made.at = now;
    if (change) made.change = std::make_shared<const ReceivedChange>(ReceivedChange{*std::move(change)});
    return made;
}

FoundGroup StoreSuite::founding(UserId owner, std::string id, std::vector<UserId> members) {
    FoundGroup made;
    made.owner = owner;
    made.card = {id, "The " + id};
    made.codes = {new_code()};
    made.members = std::move(members);
    made.id = new_id();
    made.at = now;
    return made;
}

EnterGroup StoreSuite::entering(UserId user, const Group& group) {
    const MessageId id = new_id();
    return {user, group.code, id, now, {}};
}

QuitGroup StoreSuite::quitting(UserId user, const Group& group) {
    const MessageId id = new_id();
    return {user, group.conversation, id, now};
}

AddMembers StoreSuite::adding(UserId by, const Group& group, std::vector<UserId> who) {
    const MessageId id = new_id();
    return {by, group.conversation, std::move(who), id, now, {}};
}

RemoveMember StoreSuite::removing(UserId by, const Group& group, UserId who, KickFromGroup::Action action) {
    const MessageId id = new_id();
    return {by, group.conversation, who, action, id, now};
}

SetMemberRole StoreSuite::giving(UserId by, const Group& group, UserId who, GroupRole role) {
    const MessageId id = new_id();
    return {by, group.conversation, who, role, id, now};
}

PostToGroup StoreSuite::group_post(UserId from, const Group& group, std::string body) {
    PostToGroup made;
    made.sender = from;
    made.group = group.conversation;
    made.id = new_id();
    made.body = std::move(body);
    made.at = now;
    return made;
}

std::vector<std::string> StoreSuite::notes_of(const Group& group) {
    std::vector<std::string> notes;
    for (const LogEntry& entry : log(group.conversation))
        if (entry.header.kind == EntryKind::member) notes.push_back(entry.body);
    return notes;
}

bool same(const EntryHeader& one, const EntryHeader& other) {
    return one.position == other.position && one.conversation == other.conversation && one.seq == other.seq &&
           one.id == other.id && one.sender == other.sender && one.at == other.at && one.kind == other.kind;
}

bool same(const LogEntry& one, const LogEntry& other) {
    return same(one.header, other.header) && one.body == other.body && one.erased == other.erased;
}

std::vector<std::int64_t> seqs_of(const std::vector<LogEntry>& entries) {
    std::vector<std::int64_t> seqs;
    for (const LogEntry& entry : entries)
        seqs.push_back(entry.header.seq.value);
    return seqs;
}

std::vector<std::string> bodies_of(const std::vector<LogEntry>& entries) {
    std::vector<std::string> bodies;
    for (const LogEntry& entry : entries)
        bodies.push_back(entry.body);
    return bodies;
}

std::optional<ChatError> refusal_of(const ChangeResult& result) {
    if (result) {
        ADD_FAILURE() << "the change was carried out";
        return std::nullopt;
    }
    return result.error();
}

bool same(const Invitation& one, const Invitation& other) {
    return one.id == other.id && one.created_by == other.created_by && one.role == other.role &&
           one.uses_max == other.uses_max && one.used == other.used && one.expires_at == other.expires_at &&
           one.note == other.note && one.created_at == other.created_at;
}

bool same(const Group& one, const Group& other) {
    return one.conversation == other.conversation && one.card == other.card && one.code == other.code &&
           one.history_open == other.history_open && one.retention == other.retention && one.ended == other.ended &&
           one.created_at == other.created_at;
}

Digest token_digest(std::string_view token) {
    return digest(token);
}

}  // namespace obrol
