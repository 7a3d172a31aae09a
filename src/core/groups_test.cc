#include "core/groups.h"

#include <gtest/gtest.h>

#include "io/deterministic_executor.h"
#include "storage/memory/memory_store.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

class GroupsTest : public testing::Test {
  protected:
    UserId add(const std::string& name) {
        return std::get<UserCreated>(commit(CreateUser{{name, name, ""}, "", Role::member, {}})).user;
    }
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
    GroupChanged found(const std::string& id, const std::string& code) {
        FoundGroup found;
        found.owner = messi;
        found.card = GroupCard{id, id};
        found.codes.push_back(code);
        found.id = Uuid::version7({}, random);
        return std::get<GroupChanged>(commit(found));
    }
    GroupChanged join(UserId user, const std::string& code) {
        EnterGroup enter;
        enter.user = user;
        enter.code = code;
        enter.id = Uuid::version7({}, random);
        return std::get<GroupChanged>(commit(enter));
    }
    GroupChanged quit(UserId user, ConversationId group) {
        return std::get<GroupChanged>(commit(QuitGroup{user, group, Uuid::version7({}, random), {}}));
    }
    GroupRef find(const std::string& id) { return wait(groups.find_by_id(id)).value(); }
    using Users = std::vector<UserId>;

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    MemoryStore store{executor};
    Groups groups{store, 2};
    const UserId messi = add("messi"), maya = add("maya"), izza = add("izza");
};

TEST_F(GroupsTest, AreFoundByEachOfTheirNames) {
    const GroupChanged lab = found("Lab", "aaaaaa");
    EXPECT_EQ(groups.cached_by_id("lab"), nullptr);
    const GroupRef group = find("LAB");
    ASSERT_TRUE(group);
    EXPECT_EQ(group->group.card.id, "Lab");
    EXPECT_EQ(*group->readers, Users{messi});
    EXPECT_EQ(*group->role_of(messi), GroupRole::owner);
    EXPECT_EQ(group->role_of(maya), nullptr);
    EXPECT_EQ(groups.cached_by_id("lab"), group);
    EXPECT_EQ(groups.cached_by_code("aaaaaa"), group);
    EXPECT_EQ(groups.cached(lab.group->conversation), group);
    EXPECT_EQ(wait(groups.find_by_code("aaaaaa")).value(), group);
    EXPECT_EQ(wait(groups.find(lab.group->conversation)).value(), group);
    EXPECT_EQ(find("nolab"), nullptr);
    EXPECT_EQ(wait(groups.find_by_code("bbbbbb")).value(), nullptr);
    store.fail_next_read("a bad page");
    EXPECT_FALSE(wait(groups.find_by_id("nolab")).has_value());
}

TEST_F(GroupsTest, ANewGroupIsCachedAsItIsMade) {
    const std::vector<Readers> readers = groups.apply(found("lab", "aaaaaa"));
    ASSERT_EQ(readers.size(), 1u);
    EXPECT_EQ(*readers[0], Users{messi});
    ASSERT_TRUE(groups.cached_by_id("lab"));
    EXPECT_EQ(*groups.cached_by_id("lab")->role_of(messi), GroupRole::owner);
}

TEST_F(GroupsTest, FollowsTheCommitsAndSharesItsMembersMeanwhile) {
    const GroupChanged lab = found("lab", "aaaaaa");
    groups.apply(lab);
    const GroupRef group = find("lab");
    EXPECT_EQ(*groups.apply(join(maya, "aaaaaa"))[0], (Users{messi, maya}));
    const Readers before = group->readers;
    const std::vector<Readers> gone = groups.apply(quit(messi, lab.group->conversation));
    ASSERT_EQ(gone.size(), 2u);
    EXPECT_EQ(*gone[0], (Users{maya, messi})) << "whoever leaves hears that he has left";
    EXPECT_EQ(*gone[1], Users{maya});
    EXPECT_EQ(*before, (Users{messi, maya})) << "never changed";
    EXPECT_EQ(*group->role_of(maya), GroupRole::owner);
    GroupChanged renewed = lab;
    renewed.entries.clear();
    renewed.now.clear();
    renewed.group->code = "bbbbbb";
    EXPECT_TRUE(groups.apply(renewed).empty());
    EXPECT_EQ(groups.cached_by_code("aaaaaa"), nullptr);
    EXPECT_EQ(groups.cached_by_code("bbbbbb"), group);
}

TEST_F(GroupsTest, WhatTheLoadSawIsNotAppliedAgain) {
    found("lab", "aaaaaa");
    const GroupChanged joined = join(maya, "aaaaaa");
    const GroupChanged left = quit(maya, joined.group->conversation);
    const GroupRef group = find("lab");
    EXPECT_EQ(*groups.apply(joined)[0], Users{messi}) << "has left since";
    EXPECT_EQ(*groups.apply(left)[0], (Users{messi, maya}));
    EXPECT_EQ(*group->readers, Users{messi});
    groups.apply(join(izza, "aaaaaa"));
    EXPECT_EQ(*group->readers, (Users{messi, izza}));
}

TEST_F(GroupsTest, WhatIsCommittedWhileTheStoreIsReadIsNotLost) {
    const GroupChanged lab = found("lab", "aaaaaa");
    GroupChanged joined;
    joined.group = lab.group;
    joined.group->code = "cccccc";
    joined.entries.push_back(lab.entries[0]);
    joined.entries[0].header.seq = Seq(2);
    joined.now.push_back(GroupMember{maya, GroupRole::member, Seq(2)});
    std::optional<Result<GroupRef>> loaded, too;
    Gate gate("test");
    gate.spawn(keep_value(groups.find_by_id("lab"), loaded));
    gate.spawn(keep_value(groups.find(lab.group->conversation), too));
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(groups.apply(joined).at(0), nullptr) << "nobody knows the members";
    executor.run_until_idle();
    const GroupRef group = loaded.value().value();
    EXPECT_EQ(*group->readers, (Users{messi, maya}));
    EXPECT_EQ(too.value().value(), group);
    EXPECT_EQ(groups.cached_by_code("cccccc"), group);
    EXPECT_EQ(groups.cached_by_code("aaaaaa"), nullptr);
}

TEST_F(GroupsTest, WhatNobodyHoldsIsForgottenAndWhatSomebodyHoldsStays) {
    groups.apply(found("one", "aaaaaa"));
    const GroupRef one = groups.cached_by_id("one");
    for (const char* id : {"two", "three", "four"})
        groups.apply(found(id, std::string(6, id[1])));
    EXPECT_EQ(groups.cached_by_id("two"), nullptr);
    EXPECT_EQ(groups.cached(one->group.conversation), one);
    EXPECT_TRUE(groups.cached_by_id("four"));
}

}  // namespace
}  // namespace obrol
