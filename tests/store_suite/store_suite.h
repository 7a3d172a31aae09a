// The test fixture of every case: a fresh, empty store and short words for what is asked of it.
#pragma once

#include <cstddef>
#include <functional>
#include <gtest/gtest.h>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "tests/store_suite/store_fixture.h"
#include "tests/support/run_task.h"

namespace obrol {

class StoreSuite : public testing::TestWithParam<StoreKind> {
  protected:
    static constexpr std::size_t unlimited = std::size_t{1} << 40;
    static constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

    StoreSuite() : fixture(GetParam().make()) {}

    Store& store() { return fixture->store(); }
    template <class T>
    T run(Task<T> task) {
        std::optional<T> value;
        fixture->run(keep_value(std::move(task), value));
        return std::move(value).value();
    }
    // Runs `checks` on the store as it is, after its background work, and after each way of reopening it.
    void in_every_state(const std::function<void()>& checks);

    // Fails the test when the batch as a whole is not stored.
    std::vector<ChangeResult> append(std::vector<Change> batch);
    ChangeResult apply(Change change);
    void carry_out(Change change) { EXPECT_TRUE(apply(std::move(change)).has_value()); }

    UserId create(std::string name);
    // A post at `now`, one millisecond later each time, with new message ids.
    PostDirect post(UserId from, std::vector<UserId> to, std::string body);
    static PostDirect keyed(PostDirect post, std::string client, std::int64_t number);
    std::vector<EntryHeader> send(PostDirect post);
    EntryHeader send(UserId from, UserId to, std::string body) { return send(post(from, {to}, std::move(body))).at(0); }
    // `count` entries "1", "2", …, alternately by both, in batches.
    ConversationId fill(UserId one, UserId other, std::int64_t count);

    // A server of that label, which has been met and connected, and a user of it.
    ServerId connect(std::string label);
    UserId meet(ServerId server, std::string name);
    static PublicKey key_of(std::string_view label);
    QueueItem queuing(ServerId to, UserId sender, std::string payload);
    std::vector<OutboxItem> outbox(ServerId server, std::int64_t after = 0, std::size_t items_max = unlimited,
                                   std::size_t bytes_max = unlimited) {
        return run(store().outbox(server, after, items_max, bytes_max)).value();
    }
    std::optional<OutboxFate> fate(ServerId server, MessageId item) {
        return run(store().outbox_fate(server, item)).value();
    }
    LinkProgress progress(ServerId server) { return run(store().link_progress(server)).value().value(); }
    // The next item from that server, which asks for `change` (none: for nothing).
    Receive receiving(ServerId from, std::optional<Change> change = std::nullopt);
    Received received(Receive change) { return std::get<Received>(apply(std::move(change)).value()); }
    std::vector<GroupOrigin> origins_of(const Group& group);
    std::vector<StrangerRequest> requests(UserId user) { return run(store().stranger_requests(user)).value(); }

    // Changes of groups at `now`, as post(); without limits.
    FoundGroup founding(UserId owner, std::string id, std::vector<UserId> members = {});
    EnterGroup entering(UserId user, const Group& group);
    QuitGroup quitting(UserId user, const Group& group);
    AddMembers adding(UserId by, const Group& group, std::vector<UserId> who);
    RemoveMember removing(UserId by, const Group& group, UserId who,
                          KickFromGroup::Action action = KickFromGroup::Action::kick);
    SetMemberRole giving(UserId by, const Group& group, UserId who, GroupRole role);
    PostToGroup group_post(UserId from, const Group& group, std::string body);
    Group found(UserId owner, std::string id, std::vector<UserId> members = {}) {
        return *changed(founding(owner, std::move(id), std::move(members))).group;
    }
    GroupChanged changed(Change change) { return std::get<GroupChanged>(apply(std::move(change)).value()); }
    EntryHeader send(PostToGroup post) { return std::get<Posted>(apply(std::move(post)).value()).entries.at(0); }

    std::optional<User> find(UserId id) { return run(store().find_user(id)).value(); }
    std::optional<User> find(std::string name_key) { return run(store().find_user(std::move(name_key))).value(); }
    std::optional<Session> find_session(Digest token) { return run(store().find_session(token)).value(); }
    SessionId start_session(UserId user, std::string_view token);
    std::vector<StoredSession> sessions_of(UserId user) { return run(store().sessions_of(user)).value(); }
    UserPage list_users(std::string after, std::size_t users_max) {
        return run(store().list_users(std::move(after), users_max)).value();
    }
    std::optional<Invitation> find_invitation(Digest code) { return run(store().find_invitation(code)).value(); }
    std::vector<Invitation> invitations() { return run(store().invitations()).value(); }
    std::vector<UserId> direct_peers(UserId user) { return run(store().direct_peers(user)).value(); }
    std::optional<DirectConversation> find_direct(UserId one, UserId other) {
        return run(store().find_direct(one, other)).value();
    }
    template <class IdOrKey>
    std::optional<StoredGroup> find_group(IdOrKey key) {
        return run(store().find_group(std::move(key))).value();
    }
    std::optional<StoredGroup> find_group_by_code(std::string code) {
        return run(store().find_group_by_code(std::move(code))).value();
    }
    std::vector<GroupMember> members_of(const Group& group) { return find_group(group.conversation).value().members; }
    std::vector<Membership> groups_of(UserId user) { return run(store().groups_of(user)).value(); }
    StoredHistory history(const HistoryRange& range, std::size_t bytes_max = unlimited) {
        return run(store().history(range, bytes_max)).value();
    }
    Visible visible(UserId user, const Group& group) {
        return history({.user = user, .of = group.conversation}).visible;
    }
    std::optional<StoredFile> find_file(std::string code, UserId reader) {
        return run(store().find_file(std::move(code), reader)).value();
    }
    FilePage files_for(UserId reader, std::optional<ConversationId> in = std::nullopt, std::size_t files_max = 100) {
        return run(store().files_for(reader, in, files_max)).value();
    }
    std::vector<FolderFile> folder_of(UserId user) { return run(store().folder_of(user)).value(); }
    std::optional<FolderFile> find_folder_file(UserId user, std::string name) {
        return run(store().find_folder_file(user, std::move(name))).value();
    }
    FileUsage usage(UserId user) { return run(store().file_usage(user)).value(); }
    std::vector<UserId> banned(const Group& group) { return run(store().banned(group.conversation)).value(); }
    std::vector<UserId> contacts(UserId user) { return run(store().contacts(user)).value(); }
    // Bodies of the group's entries of kind `member`.
    std::vector<std::string> notes_of(const Group& group);
    std::vector<UnreadConversation> unread(UserId user) { return run(store().unread(user)).value(); }
    std::vector<EntryPage> read(std::vector<EntryRange> ranges, std::size_t bytes_max = unlimited) {
        return run(store().read(std::move(ranges), bytes_max)).value();
    }
    EntryPage page(EntryRange range, std::size_t bytes_max = unlimited) {
        return std::move(read({range}, bytes_max).at(0));
    }
    std::vector<LogEntry> log(ConversationId conversation) {
        return page({.conversation = conversation, .entries_max = unlimited}).entries;
    }

    std::unique_ptr<StoreFixture> fixture;
    SeededRandom random{20260101};
    WallTime now = start;

    MessageId new_id();
    std::string new_code();

  private:
    std::uint32_t codes_ = 0;
};

bool same(const EntryHeader& one, const EntryHeader& other);
bool same(const LogEntry& one, const LogEntry& other);
std::vector<std::int64_t> seqs_of(const std::vector<LogEntry>& entries);
std::vector<std::string> bodies_of(const std::vector<LogEntry>& entries);
// The error of a refused change; fails the test when it was carried out.
std::optional<ChatError> refusal_of(const ChangeResult& result);

bool same(const Invitation& one, const Invitation& other);
bool same(const Group& one, const Group& other);

Digest token_digest(std::string_view token);

}  // namespace obrol

// Instantiates every case for a store; `...` is one or more StoreKind.
#define OBROL_INSTANTIATE_STORE_SUITE(prefix, ...)                               \
    INSTANTIATE_TEST_SUITE_P(prefix, StoreSuite, ::testing::Values(__VA_ARGS__), \
                             [](const ::testing::TestParamInfo<::obrol::StoreKind>& kind) { return kind.param.name; })
