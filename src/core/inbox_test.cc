#include "core/inbox.h"

#include <gtest/gtest.h>

#include "storage/memory/memory_store.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

class InboxTest : public testing::Test {
  protected:
    template <class T>
    T wait(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }
    ChangeDone commit(Change change) {
        std::vector<Change> batch;
        batch.push_back(std::move(change));
        auto outcome = wait(store.append(std::move(batch)));
        return outcome.value().at(0).value();
    }
    UserId add(const std::string& name) {
        return std::get<UserCreated>(commit(CreateUser{{name, name, ""}, "", Role::member, {}})).user;
    }
    EntryHeader post(UserId from, UserId to) {
        PostDirect post;
        post.sender = from;
        post.copies.push_back({to, Uuid::version7({}, random)});
        post.body = "halo";
        return std::get<Posted>(commit(post)).entries.at(0);
    }
    ConversationAdvanced announcement(const EntryHeader& header, UserId to) {
        return {header, nullptr, EntryReaders(header.sender, to)};
    }
    // A group of `owner` and `members`; its first entry.
    EntryHeader found(UserId owner, std::vector<UserId> members) {
        FoundGroup found;
        found.owner = owner;
        found.card = GroupCard{"lab", "lab"};
        found.codes.push_back("aaaaaa");
        found.members = std::move(members);
        found.id = Uuid::version7({}, random);
        return std::get<GroupChanged>(commit(found)).entries.at(0).header;
    }
    EntryHeader post_to_group(UserId from, ConversationId group) {
        PostToGroup post;
        post.sender = from;
        post.group = group;
        post.id = Uuid::version7({}, random);
        post.body = "halo";
        return std::get<Posted>(commit(post)).entries.at(0);
    }
    EntryHeader join(UserId user) {
        EnterGroup enter;
        enter.user = user;
        enter.code = "aaaaaa";
        enter.id = Uuid::version7({}, random);
        return std::get<GroupChanged>(commit(enter)).entries.at(0).header;
    }
    EntryHeader quit(UserId user, ConversationId group) {
        const QuitGroup quit{user, group, Uuid::version7({}, random), {}};
        return std::get<GroupChanged>(commit(quit)).entries.at(0).header;
    }
    void announce_to_group(const EntryHeader& header, std::vector<UserId> readers) {
        ConversationAdvanced advanced = announcement(header, header.sender);
        advanced.readers = EntryReaders(std::make_shared<const std::vector<UserId>>(std::move(readers)));
        inbox.advanced(advanced);
    }
    // The seqs of the entries there are now; confirms them.
    std::vector<std::int64_t> take_seqs(UserId user) {
        Result<Inbox::Taken> taken = wait(inbox.take(user, std::nullopt));
        inbox.confirm(taken.value().reservation);
        std::vector<std::int64_t> seqs;
        for (const Inbox::Entry& each : taken->entries)
            seqs.push_back(each.entry.header.seq.value);
        return seqs;
    }
    using Seqs = std::vector<std::int64_t>;
    // How many entries there are now; confirms them.
    std::size_t take(UserId user) {
        Result<Inbox::Taken> taken = wait(inbox.take(user, std::nullopt));
        inbox.confirm(taken.value().reservation);
        return taken->entries.size();
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    MemoryStore store{executor};
    GroupCommit commits{executor, store, {}, [](const std::string& what) { FAIL() << what; }};
    Inbox inbox{store, commits, {}};
};

// The loading sees what is committed and not announced yet. When the announcement comes, that entry is no news, even if
// it was fetched meanwhile; the next one is.
TEST_F(InboxTest, AnAnnouncementOfWhatWasLoadedIsNoNews) {
    const UserId messi = add("messi"), maya = add("maya");
    const EntryHeader first = post(messi, maya);
    EXPECT_EQ(take(maya), 1u);
    inbox.advanced(announcement(first, maya));
    EXPECT_EQ(take(maya), 0u);
    inbox.advanced(announcement(post(messi, maya), maya));
    EXPECT_EQ(take(maya), 1u);
    EXPECT_EQ(take(maya), 0u);
    executor.run_for(std::chrono::seconds(1));
}

TEST_F(InboxTest, AFailedReadGivesTheEntriesBack) {
    const UserId messi = add("messi"), maya = add("maya");
    post(messi, maya);
    EXPECT_EQ(take(maya), 1u);
    inbox.advanced(announcement(post(messi, maya), maya));
    store.fail_next_read("a corrupt page");
    EXPECT_FALSE(wait(inbox.take(maya, std::nullopt)).has_value());
    EXPECT_EQ(take(maya), 1u);
    executor.run_for(std::chrono::seconds(1));
}

// What is told of a group while the store is read counts if the reading did not see it, and only then.
TEST_F(InboxTest, NewsOfAGroupDuringALoadCountOnce) {
    const UserId messi = add("messi"), maya = add("maya");
    const ConversationId lab = found(messi, {maya}).conversation;
    const EntryHeader first = post_to_group(messi, lab), left = quit(maya, lab), missed = post_to_group(messi, lab),
                      back = join(maya), second = post_to_group(messi, lab);
    EXPECT_EQ(missed.seq, Seq(4));
    std::optional<Result<Inbox::Taken>> taken;
    Gate gate("test");
    gate.spawn(keep_value(inbox.take(maya, std::nullopt), taken));
    ASSERT_FALSE(taken.has_value());
    announce_to_group(first, {messi, maya});
    inbox.left(lab, {maya}, left.seq);
    announce_to_group(second, {messi, maya});
    executor.run_until_idle();
    ASSERT_EQ(taken.value().value().entries.size(), 2u);
    EXPECT_EQ(taken->value().entries[0].entry.header.seq, first.seq);
    EXPECT_EQ(taken->value().entries[1].entry.header.seq, second.seq);
    EXPECT_TRUE(taken->value().entries[1].in_group);
    inbox.confirm(taken->value().reservation);
    EXPECT_EQ(take_seqs(maya), Seqs{});
    const EntryHeader third = post_to_group(messi, lab);
    announce_to_group(third, {messi, maya});
    EXPECT_EQ(take_seqs(maya), Seqs{third.seq.value});
    executor.run_for(std::chrono::seconds(1));
    EXPECT_GT(second.seq, back.seq);
}

TEST_F(InboxTest, WhatAMemberMissedIsPassedOver) {
    const UserId messi = add("messi"), maya = add("maya");
    const ConversationId lab = found(messi, {maya}).conversation;
    const EntryHeader first = post_to_group(messi, lab);
    EXPECT_EQ(take_seqs(maya), Seqs{first.seq.value});
    announce_to_group(first, {messi, maya});
    const EntryHeader second = post_to_group(messi, lab);
    announce_to_group(second, {messi, maya});
    inbox.left(lab, {maya}, quit(maya, lab).seq);
    const EntryHeader missed = post_to_group(messi, lab);
    announce_to_group(missed, {messi});
    join(maya);
    const EntryHeader third = post_to_group(messi, lab);
    announce_to_group(third, {messi, maya});
    EXPECT_EQ(take_seqs(maya), (Seqs{second.seq.value, third.seq.value}));
    EXPECT_EQ(take_seqs(maya), Seqs{});
    executor.run_for(std::chrono::seconds(1));
    Inbox fresh{store, commits, {}};
    EXPECT_TRUE(wait(fresh.take(maya, std::nullopt)).value().entries.empty()) << "the cursor went over all of it";
}

}  // namespace
}  // namespace obrol
