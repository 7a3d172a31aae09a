#include "core/accounts.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "io/deterministic_executor.h"
#include "storage/memory/memory_store.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

using Users = std::vector<UserId>;
using Found = Result<std::vector<UserRef>>;

// Each look into the store takes two turns.
class AccountsTest : public testing::Test {
  protected:
    ChangeDone commit(Change change) {
        std::vector<Change> batch;
        batch.push_back(std::move(change));
        auto outcome = run_until_idle(executor, store.append(std::move(batch)));
        return outcome.value().at(0).value();
    }
    UserId add(const std::string& name) {
        return std::get<UserCreated>(commit(CreateUser{{name, name, ""}, "", Role::member, {}})).user;
    }
    Users add_many(std::size_t count) {
        Users users;
        for (std::size_t i = 0; i < count; ++i)
            users.push_back(add(fmt::format("u{}", i)));
        return users;
    }
    // The users' ids (none: there is nobody), and how many turns they have taken.
    Users find(Accounts& accounts, Users ids) {
        std::optional<Found> found;
        Gate gate("looking");
        gate.spawn(keep_value(accounts.find(std::move(ids)), found));
        for (turns = 0; !found && turns < turns_max; ++turns)
            executor.step();
        Users users;
        if (!found || !*found) {
            ADD_FAILURE() << (found ? found->error().what : "no end");
            return users;
        }
        for (const UserRef& user : **found)
            users.push_back(user ? user->id : UserId());
        return users;
    }

    static constexpr std::size_t turns_max = 10'000;
    DeterministicExecutor executor{1};
    MemoryStore store{executor};
    std::size_t turns = 0;
};

TEST_F(AccountsTest, SeveralAreFoundInTheirOrderWithOneLook) {
    Accounts accounts(store, 100);
    const UserId messi = add("messi"), maya = add("maya"), izza = add("izza");
    const UserId nobody(999);
    EXPECT_EQ(find(accounts, {maya}), Users{maya});
    EXPECT_EQ(find(accounts, {izza, maya, nobody, messi, izza, nobody}),
              (Users{izza, maya, UserId(), messi, izza, UserId()}));
    EXPECT_EQ(turns, 4u) << "one look, and one for the second nobody, who is not kept";
    EXPECT_EQ(find(accounts, {messi, maya, izza}), (Users{messi, maya, izza}));
    EXPECT_EQ(turns, 0u);
    EXPECT_EQ(find(accounts, {}), Users());
    EXPECT_EQ(accounts.cached("messi"), accounts.cached(messi));
}

TEST_F(AccountsTest, ManyTakeALookForSomeHundreds) {
    Accounts accounts(store, 1000);
    const Users all = add_many(257);
    EXPECT_EQ(find(accounts, Users(all.begin(), all.begin() + 256)), Users(all.begin(), all.begin() + 256));
    EXPECT_EQ(turns, 2u);
    Accounts others(store, 1000);
    EXPECT_EQ(find(others, all), all);
    EXPECT_EQ(turns, 4u);
}

TEST_F(AccountsTest, TheCacheMayHoldFewerThanAreAskedFor) {
    const Users all = add_many(300);
    for (const std::size_t cached_max : {1u, 7u, 299u}) {
        Accounts accounts(store, cached_max);
        // What is found in the cache first leaves it before it is this one's turn.
        EXPECT_EQ(find(accounts, {all[5]}), Users{all[5]});
        Users ids = all;
        ids.insert(ids.end(), {all[0], all[5], all[299]});
        EXPECT_EQ(find(accounts, ids), ids) << cached_max;
    }
}

TEST_F(AccountsTest, AChangeMeanwhileIsNotMissed) {
    Accounts accounts(store, 100);
    const UserId messi = add("messi"), maya = add("maya");
    std::optional<Found> found;
    Gate gate("looking");
    gate.spawn(keep_value(accounts.find(Users{messi, maya}), found));
    executor.step();
    // The look has been made and its answer is on its way.
    SetProfile profile;
    profile.user = maya;
    profile.display_name = "Maya Sari";
    std::vector<Change> batch;
    batch.push_back(profile);
    std::optional<std::expected<std::vector<ChangeResult>, StoreFailure>> changed;
    gate.spawn(keep_value(store.append(std::move(batch)), changed));
    accounts.forget(maya);
    executor.run_until_idle();
    ASSERT_TRUE(changed && *changed && (*changed)->at(0));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->at(0)->card.display_name, "messi");
    EXPECT_EQ((*found)->at(1)->card.display_name, "Maya Sari");
    EXPECT_EQ(accounts.cached(maya)->card.display_name, "Maya Sari");
}

TEST_F(AccountsTest, AStoreThatCannotReadIsAnErrorForAll) {
    Accounts accounts(store, 100);
    const UserId messi = add("messi"), maya = add("maya");
    EXPECT_EQ(find(accounts, {messi}), Users{messi});
    store.fail_next_read("a bad page");
    const Found failed = run_until_idle(executor, accounts.find(Users{messi, maya}));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().what, "a bad page");
    EXPECT_EQ(find(accounts, {messi, maya}), (Users{messi, maya}));
}

}  // namespace
}  // namespace obrol
