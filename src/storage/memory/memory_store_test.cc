// What only the store in memory can do: fail on demand, and undo. The rest is tested by tests/store_suite.
#include "storage/memory/memory_store.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/support/run_task.h"

namespace obrol {
namespace {

constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

using Appended = std::expected<std::vector<ChangeResult>, StoreFailure>;

struct World {
    template <class T>
    T run(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }
    Appended append(std::vector<Change> batch) { return run(store.append(std::move(batch))); }

    DeterministicExecutor executor{1};
    MemoryStore store{executor};
};

Digest token(int number) {
    return digest("token " + std::to_string(number));
}

CreateUser creating(std::string name) {
    CreateUser create;
    create.card.name = std::move(name);
    create.password_hash = "old";
    return create;
}

PostDirect posting(UserId sender, std::vector<UserId> to, std::string body, std::int64_t number, std::string client) {
    PostDirect post;
    post.sender = sender;
    for (const UserId user : to)
        post.copies.push_back({user, MessageId{}});
    post.body = std::move(body);
    post.at = start;
    post.key = IdempotencyKey{std::move(client), number};
    return post;
}

const UserId messi(1), maya(2), izza(3), nania(4);
const ConversationId lab(3), old_group(4);

FoundGroup founding(UserId owner, std::string id, std::vector<std::string> codes, std::vector<UserId> members) {
    FoundGroup found;
    found.owner = owner;
    found.card = {id, id};
    found.codes = std::move(codes);
    found.members = std::move(members);
    return found;
}

RemoveMember removing(UserId who, KickFromGroup::Action action) {
    return {.by = messi, .group = lab, .who = who, .action = action, .id = {}};
}

PutFolderFile putting(UserId user, std::string name) {
    PutFolderFile put;
    put.user = user;
    put.file.emplace();
    put.file->name = std::move(name);
    put.file->size = 5;
    return put;
}

PostDirect sending_file(UserId sender, UserId to, std::string code) {
    PostDirect post;
    post.sender = sender;
    post.copies.push_back({to, MessageId{}});
    post.at = start;
    post.file.emplace();
    post.file->name = "sent " + code;
    post.file->codes = {std::move(code)};
    post.file->into_folder = true;
    return post;
}

std::vector<Change> first_batch() {
    PostDirect long_ago = posting(messi, {maya}, "long ago", 1, "idle client");
    long_ago.at = start - std::chrono::days(31);  // idle once the second batch brings a new client
    return {
        creating("messi"),
        creating("maya"),
        StartSession{messi, token(1), start},
        StartSession{messi, token(2), start},
        posting(messi, {maya}, "one", 1, "laptop"),
        posting(messi, {messi}, "used later", 1, "tablet"),
        posting(messi, {messi}, "to myself", 2, "laptop"),
        SetBlock{messi, maya, true},
        long_ago,
        founding(messi, "lab", {"aaaaaa"}, {maya}),
        founding(messi, "old", {"bbbbbb"}, {}),
        SetContact{.owner = messi, .other = maya},
        putting(messi, "removed"),
        putting(messi, "placed"),
        sending_file(messi, messi, "000001"),
    };
}

// Writes of every kind, and of several kinds in one change.
std::vector<Change> second_batch() {
    PostDirect later = posting(messi, {messi}, "used later again", 2, "tablet");
    later.at = start + std::chrono::days(1);
    return {
        later,
        creating("izza"),
        StartSession{izza, token(3), start},
        posting(izza, {maya, messi, izza}, "two", 1, "phone"),  // also forgets the idle client
        posting(messi, {maya}, "three", 1500, "laptop"),        // also forgets numbers
        AdvanceCursor{maya, ConversationId(1), AdvanceCursor::Which::fetched, Seq(1)},
        AdvanceCursor{maya, ConversationId(1), AdvanceCursor::Which::read, Seq(2)},
        ReplaceBody{ConversationId(1), Seq(1), "changed"},
        EraseBody{ConversationId(1), Seq(2)},
        EraseBody{ConversationId(1), Seq(1)},
        SetBlock{messi, maya, false},
        SetBlock{maya, izza, true},
        EndSession{SessionId(1)},
        SetPassword{messi, "new", SessionId()},
        SetMemberRole{messi, lab, maya, GroupRole::admin, {}, start},
        PostToGroup{.sender = maya, .group = lab, .id = {}, .body = "in the group"},
        removing(maya, KickFromGroup::Action::ban),
        removing(maya, KickFromGroup::Action::unban),
        removing(izza, KickFromGroup::Action::ban),
        EnterGroup{maya, "aaaaaa", {}, start, {}},
        SetGroupCode{messi, lab, {"cccccc"}},
        SetGroupOptions{lab, true, std::chrono::days(3)},
        QuitGroup{messi, old_group, {}, start},
        creating("nania"),
        founding(nania, "new", {"bbbbbb"}, {izza, maya}),
        SetContact{.owner = nania, .other = messi},
        SetContact{.owner = messi, .other = nania},
        SetContact{.owner = messi, .other = maya, .wanted = false},
        SetBlock{nania, izza, true},
        putting(izza, "put"),
        putting(nania, "gone with her"),
        RemoveFolderFile{FolderFileId(1)},
        NoteFolderFilePlaced{FolderFileId(2)},
        EraseBody{ConversationId(2), Seq(3)},
        sending_file(messi, izza, "000002"),
        SetAccountState{nania, AccountState::deleted, {}, start},
        SetAccountState{maya, AccountState::disabled},
    };
}

std::string text_of(const ChangeResult& result) {
    if (!result) return std::string(to_string(result.error()));
    const auto* posted = std::get_if<Posted>(&*result);
    if (!posted) return "done";
    std::string text = posted->repeated ? "repeated" : "posted";
    for (const EntryHeader& entry : posted->entries)
        text += " " + std::to_string(entry.conversation.value) + ":" + std::to_string(entry.seq.value);
    return text;
}

void observe_folders(World& world, std::vector<std::string>& seen) {
    for (const UserId user : {messi, maya, izza, nania}) {
        const auto folder = world.run(world.store.folder_of(user));
        for (const FolderFile& file : folder.value())
            seen.push_back(file.name + " of " + std::to_string(user.value) + (file.is_placed ? " placed" : ""));
        const FileUsage usage = world.run(world.store.file_usage(user)).value();
        seen.push_back(std::to_string(usage.bytes) + " bytes, " + std::to_string(usage.in_folder) + " in folder");
    }
    seen.push_back(std::to_string(world.run(world.store.blobs()).value().size()) + " blobs");
}

void observe_groups(World& world, std::vector<std::string>& seen) {
    for (std::int64_t id = 1; id <= 8; ++id) {
        const auto found = world.run(world.store.find_group(ConversationId(id))).value();
        if (!found) continue;
        const Group& group = found->group;
        std::string text = group.card.id + " " + group.code + (group.history_open ? " open" : "") +
                           (group.retention ? " retained" : "") + (group.ended ? " ended" : "");
        for (const GroupMember& member : found->members)
            text.append(" ").append(std::to_string(member.user.value)).append(to_string(member.role));
        const auto banned = world.run(world.store.banned(ConversationId(id)));
        for (const UserId user : banned.value())
            text += " banned " + std::to_string(user.value);
        seen.push_back(text);
        for (const UserId user : {messi, maya, izza, nania}) {
            const auto history = world.run(world.store.history({.user = user, .of = ConversationId(id)}, 0)).value();
            for (const SeqSpan& span : history.visible)
                seen.push_back(std::to_string(span.first.value) + " to " + std::to_string(span.last.value));
        }
    }
    for (const char* code : {"aaaaaa", "bbbbbb", "cccccc"}) {
        const auto found = world.run(world.store.find_group_by_code(code)).value();
        seen.push_back(found ? found->group.card.id : "no group");
    }
    for (const char* id : {"lab", "old", "new"})
        seen.push_back(world.run(world.store.find_group(std::string(id))).value() ? "there" : "not there");
    for (const UserId user : {messi, maya, izza, nania}) {
        const auto groups = world.run(world.store.groups_of(user));
        for (const Membership& one : groups.value())
            seen.push_back(one.group.card.id + " of " + std::to_string(user.value));
        const auto contacts = world.run(world.store.contacts(user));
        for (const UserId other : contacts.value())
            seen.push_back("contact " + std::to_string(other.value));
    }
}

// Everything that can be seen from outside, without the ids that a rollback may leave unused.
std::vector<std::string> observe(World& world) {
    std::vector<std::string> seen;
    for (const char* name : {"messi", "maya", "izza", "nania"}) {
        const auto user = world.run(world.store.find_user(std::string(name))).value();
        seen.push_back(user ? user->card.name + " " + user->password_hash + " " +
                                  std::to_string(static_cast<int>(user->state))
                            : "none");
    }
    for (int number = 1; number <= 3; ++number) {
        const auto session = world.run(world.store.find_session(token(number))).value();
        seen.push_back(session ? "session of " + std::to_string(session->user.value) : "no session");
    }
    for (std::int64_t id = 1; id <= 8; ++id) {
        std::vector<EntryRange> ranges{EntryRange{.conversation = ConversationId(id), .entries_max = 100}};
        const auto pages = world.run(world.store.read(std::move(ranges), 1000)).value();
        for (const LogEntry& entry : pages[0].entries) {
            seen.push_back(std::to_string(id) + " " + std::to_string(entry.header.seq.value) + " " + entry.body +
                           (entry.erased ? " erased" : ""));
        }
    }
    for (const UserId user : {messi, maya, izza}) {
        const auto inbox = world.run(world.store.unread(user)).value();
        for (const UnreadConversation& unread : inbox) {
            seen.push_back("unread by " + std::to_string(user.value) + " in " +
                           std::to_string(unread.conversation.value) + " from " + std::to_string(unread.fetched.value));
        }
        for (const UserId other : {messi, maya, izza}) {
            const auto direct = world.run(world.store.find_direct(user, other)).value();
            seen.push_back(direct ? "last " + std::to_string(direct->last.value) : "no conversation");
        }
    }
    observe_groups(world, seen);
    observe_folders(world, seen);
    return seen;
}

// What only shows in how later changes are decided: blocks and kept answers.
std::vector<std::string> probe(World& world) {
    std::vector<std::string> seen;
    PostDirect month_later = posting(messi, {messi}, "forgets", 1, "probe");
    month_later.at = start + std::chrono::days(30) + std::chrono::milliseconds(1);
    const Appended results = world.append({
        posting(messi, {maya}, "long ago", 1, "idle client"),
        posting(maya, {messi}, "blocked?", 1, "probe"),
        posting(izza, {maya}, "blocked?", 2, "probe"),
        posting(messi, {maya}, "one", 1, "laptop"),
        posting(messi, {messi}, "to myself", 2, "laptop"),
        posting(messi, {messi}, "expired?", 3, "laptop"),
        posting(izza, {maya, messi, izza}, "two", 1, "phone"),
        posting(messi, {maya}, "three", 1500, "laptop"),
        month_later,
        posting(messi, {messi}, "used later", 1, "tablet"),
    });
    for (const ChangeResult& result : results.value())
        seen.push_back(text_of(result));
    return seen;
}

TEST(MemoryStore, AFailureAtAnyWriteUndoesTheWholeBatch) {
    World untouched;
    ASSERT_TRUE(untouched.append(first_batch()));
    const std::vector<std::string> before = observe(untouched);
    const std::vector<std::string> probed_before = probe(untouched);
    World whole;
    ASSERT_TRUE(whole.append(first_batch()));
    ASSERT_TRUE(whole.append(second_batch()));
    const std::vector<std::string> after = observe(whole);
    const std::vector<std::string> probed_after = probe(whole);
    ASSERT_NE(before, after);
    ASSERT_NE(probed_before, probed_after);

    std::size_t writes = 0;
    for (bool failed = true; failed; ++writes) {
        SCOPED_TRACE("after " + std::to_string(writes) + " writes");
        World world;
        ASSERT_TRUE(world.append(first_batch()));
        world.store.fail_append_after(writes, "disk full");
        const Appended outcome = world.append(second_batch());
        failed = !outcome.has_value();
        if (!failed) break;
        EXPECT_EQ(outcome.error().kind, StoreFailure::Kind::write_failed);
        EXPECT_EQ(outcome.error().what, "disk full");
        ASSERT_EQ(observe(world), before);
        if (writes % 2 == 0) {
            ASSERT_EQ(probe(world), probed_before);
        } else {
            world.store.fail_append_after(1000, "never");
            ASSERT_TRUE(world.append(second_batch()));
            ASSERT_EQ(observe(world), after);
            ASSERT_EQ(probe(world), probed_after);
        }
    }
    EXPECT_GT(writes, second_batch().size());
}

// Of another server, which has met this one, to maya: 'a', 'b' and 'c' in her folder.
std::vector<Change> from_elsewhere() {
    MeetServer meet;
    meet.key.fill(1);
    meet.label = "B";
    MeetUser user;
    user.server = ServerId(1);
    user.name = "izza";
    std::vector<Change> batch{creating("messi"), creating("maya"), meet, user};
    for (const char* name : {"a", "b", "c"}) {
        PostDirect sent = sending_file(izza, maya, name);
        sent.file->size = 5;
        batch.emplace_back(std::move(sent));
    }
    return batch;
}

std::vector<std::string> observe_elsewhere(World& world) {
    std::vector<std::string> seen;
    observe_folders(world, seen);
    for (const char* name : {"sent a", "sent b", "sent c"}) {
        const auto file = world.run(world.store.find_folder_file(maya, name)).value();
        seen.push_back(file && file->elsewhere ? "elsewhere" : "here");
    }
    return seen;
}

TEST(MemoryStore, AFailureAtAnyWriteUndoesWhatCameFromElsewhere) {
    const std::vector<Change> arrival{RemoveFolderFile{FolderFileId(1)}, BlobArrived{{}, 5},
                                      RemoveFolderFile{FolderFileId(2)}, SetBlock{messi, maya, true}};
    World whole;
    ASSERT_TRUE(whole.append(from_elsewhere()));
    const std::vector<std::string> before = observe_elsewhere(whole);
    ASSERT_TRUE(whole.append(arrival));
    const std::vector<std::string> after = observe_elsewhere(whole);
    ASSERT_NE(before, after);
    std::size_t writes = 0;
    for (bool failed = true; failed; ++writes) {
        World world;
        ASSERT_TRUE(world.append(from_elsewhere()));
        world.store.fail_append_after(writes, "disk full");
        failed = !world.append(arrival).has_value();
        ASSERT_EQ(observe_elsewhere(world), failed ? before : after) << "after " << writes << " writes";
        if (!failed) break;
        world.store.fail_append_after(1000, "never");
        ASSERT_TRUE(world.append(arrival));
        ASSERT_EQ(observe_elsewhere(world), after);
    }
    EXPECT_GT(writes, arrival.size());
}

TEST(MemoryStore, AFailedWriteLosesItsBatchOnly) {
    World world;
    ASSERT_TRUE(world.append(first_batch()));
    const auto before = observe(world);
    world.store.fail_next_append({StoreFailure::Kind::write_failed, "disk full"});
    const Appended failed = world.append(second_batch());
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().what, "disk full");
    EXPECT_EQ(observe(world), before);
    EXPECT_TRUE(world.append(second_batch()));
}

TEST(MemoryStore, AfterAFailedSyncNothingIsStoredAnyMore) {
    for (const bool stored : {false, true}) {
        auto tables = std::make_shared<MemoryTables>();
        World world;
        MemoryStore store(world.executor, tables);
        store.fail_next_append({StoreFailure::Kind::sync_failed, "sync"}, stored);
        EXPECT_EQ(world.run(store.append({creating("messi")})).error().kind, StoreFailure::Kind::sync_failed);
        EXPECT_EQ(world.run(store.append({creating("maya")})).error().kind, StoreFailure::Kind::sync_failed);
        MemoryStore reopened(world.executor, tables);
        EXPECT_EQ(world.run(reopened.find_user(std::string("messi"))).value().has_value(), stored);
        EXPECT_FALSE(world.run(reopened.find_user(std::string("maya"))).value().has_value());
        EXPECT_TRUE(world.run(reopened.append({creating("izza")})).has_value());
    }
}

TEST(MemoryStore, AFailedReadIsAnErrorOnce) {
    World world;
    world.store.fail_next_read("corrupt page 7");
    const auto failed = world.run(world.store.find_user(messi));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().what, "corrupt page 7");
    EXPECT_TRUE(world.run(world.store.find_user(messi)).has_value());
}

TEST(MemoryStore, NothingHappensInTheCallersTurn) {
    World world;
    std::optional<Appended> appended;
    std::optional<Result<std::optional<User>>> found;
    Gate gate("test");
    gate.spawn(keep_value(world.store.append({creating("messi")}), appended));
    gate.spawn(keep_value(world.store.find_user(messi), found));
    EXPECT_FALSE(appended.has_value());
    EXPECT_FALSE(found.has_value());
    world.executor.step();
    EXPECT_FALSE(appended.has_value());
    EXPECT_FALSE(found.has_value());
    world.executor.step();
    ASSERT_TRUE(appended.has_value());
    EXPECT_TRUE(appended->has_value());
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->value().has_value()) << "in the order of the calls";
}

}  // namespace
}  // namespace obrol
