#include "apps/obrol_bench/generate.h"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/crypto/digest.h"
#include "base/crypto/password.h"
#include "base/log.h"
#include "base/random.h"
#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"
#include "io/task.h"
#include "storage/data_directory.h"
#include "storage/sqlite/sqlite_store.h"

namespace obrol::bench {
namespace {

constexpr const char* store_name = "obrol.db";
constexpr const char* sessions_name = "generated-sessions.txt";
constexpr std::size_t batch_rows_max = 10'000;
// Nobody needs his password to be safe here, and one hash serves all.
constexpr PasswordCost password_cost{.memory_kib = 8, .iterations = 1};
// How many people one of the others writes to.
constexpr std::uint64_t partners = 5;
// Their codes have six digits.
constexpr std::uint64_t groups_max = 1'000'000;

// A store with everything below it in this thread, on a time that stands still but for its timers.
class OpenStore {
  public:
    explicit OpenStore(std::uint64_t seed) : executor_(seed), queue_(executor_) {}

    Result<void> open(const std::string& path) {
        SqliteOptions options;
        options.path = path;
        auto store = SqliteStore::open(std::move(options), executor_, queue_, queue_, logger_);
        if (!store) return Failure<Error>(store.error());
        store_ = std::move(*store);
        return {};
    }
    // All of them must pass.
    Result<std::vector<ChangeDone>> append(std::vector<Change> changes) {
        const auto outcome = run(store_->append(std::move(changes)));
        if (!outcome) return fail(outcome.error().what);
        std::vector<ChangeDone> done;
        for (const ChangeResult& result : *outcome) {
            if (!result) return fail("the store refused a change: " + std::string(to_string(result.error())));
            done.push_back(*result);
        }
        return done;
    }
    void close() { run(closed(*store_)); }

  private:
    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        Gate gate("generate");
        gate.spawn(keep(std::move(task), value));
        while (!value && executor_.step()) {
        }
        OBROL_CHECK(value.has_value());
        return std::move(*value);
    }
    template <class Value>
    static Task<void> keep(Task<Value> task, std::optional<Value>& value) {
        Value result = co_await std::move(task);
        value.emplace(std::move(result));
    }
    static Task<bool> closed(SqliteStore& store) {
        co_await store.close();
        co_return true;
    }

    DeterministicExecutor executor_;
    InlineWorkQueue queue_;
    NullLogger logger_;
    std::unique_ptr<SqliteStore> store_;
};

// Picks some items of many, evenly spread: after n of N items n/N of those to be picked are.
class EvenSpread {
  public:
    EvenSpread(std::uint64_t items, std::uint64_t to_pick) : items_(items), to_pick_(to_pick) {}

    bool picks_next() {
        ++seen_;
        if (seen_ * to_pick_ / items_ == picked_) return false;
        ++picked_;
        return true;
    }
    // How many were picked before the last one that was.
    std::uint64_t picked_before() const { return picked_ - 1; }

  private:
    std::uint64_t items_;
    std::uint64_t to_pick_;
    std::uint64_t seen_ = 0;
    std::uint64_t picked_ = 0;
};

// How many places in the first so many groups are for users without a session.
std::uint64_t places_of_others(const GenerateOptions& options, std::uint64_t groups) {
    return groups * options.group_members - 2 * std::min(groups, options.sessions / 2);
}

// The step in which one goes round so many groups, each once, that those with neighbouring numbers have their turns far
// apart: else what is posted in them would lie on the same pages.
std::uint64_t step_round(std::uint64_t groups) {
    std::uint64_t step = std::max<std::uint64_t>(groups * 618 / 1000, 1);
    while (std::gcd(step, groups) != 1)
        ++step;
    return step;
}

class Generator {
  public:
    Generator(const GenerateOptions& options, WallTime now, const std::function<void(const std::string&)>& progress)
        : options_(options),
          pairs_(options.sessions / 2),
          step_round_groups_(step_round(std::max<std::uint64_t>(options.groups, 1))),
          now_(now),
          progress_(progress),
          random_(options.seed),
          tokens_(random_),
          store_(options.seed) {}

    Result<void> run() {
        auto directory = DataDirectory::open(options_.directory);
        if (!directory) return Failure<Error>(directory.error());
        const std::string path = directory->file(store_name).string();
        if (std::filesystem::exists(path)) return fail(path + " is there already: generate into another directory");
        if (auto opened = store_.open(path); !opened) return opened;
        for (const auto step : {&Generator::add_users, &Generator::start_sessions, &Generator::found_groups,
                                &Generator::post_messages, &Generator::fetch_everything}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        store_.close();
        return write_sessions();
    }

  private:
    Result<void> add_users() {
        const auto hash = hash_password(generated_password, password_cost);
        if (!hash) return fail("there is not enough memory to hash a password");
        for (std::uint64_t number = 0; number < options_.users; ++number) {
            CreateUser user;
            user.card = {generated_user(number), generated_user(number), ""};
            user.password_hash = *hash;
            user.at = at(0);
            if (auto added = add(std::move(user)); !added) return added;
        }
        if (auto added = commit(); !added) return added;
        progress_(fmt::format("{} users", options_.users));
        return {};
    }

    Result<void> start_sessions() {
        for (std::uint64_t number = 0; number < options_.sessions; ++number) {
            const std::string token = Uuid::version4(tokens_).to_string();
            sessions_.push_back({generated_user(number), token});
            StartSession session;
            session.user = users_.at(number);
            with_session_.insert(session.user);
            session.token = digest(token);
            session.at = now_;
            if (auto added = add(session); !added) return added;
        }
        return commit();
    }

    // Who has that place, from 0 on, in a group; 0: its owner.
    std::uint64_t member(std::uint64_t group, std::uint64_t place) const {
        const bool is_of_pair = group < pairs_;
        if (is_of_pair && place < 2) return 2 * group + place;
        const std::uint64_t number = places_of_others(options_, group) + place - (is_of_pair ? 2 : 0);
        return options_.sessions + number % (options_.users - options_.sessions);
    }

    Result<void> found_groups() {
        for (std::uint64_t number = 0; number < options_.groups; ++number) {
            FoundGroup group;
            group.owner = users_.at(member(number, 0));
            group.card = GroupCard{generated_group(number), generated_group(number)};
            group.codes = {fmt::format("{:06x}", number)};
            for (std::uint64_t place = 1; place < options_.group_members; ++place)
                group.members.push_back(users_.at(member(number, place)));
            group.at = at(0);
            group.id = Uuid::version7(group.at, random_);
            group.limits = {group_members_max, groups_per_user_max};
            if (auto added = add(std::move(group), options_.group_members); !added) return added;
        }
        if (auto added = commit(); !added) return added;
        if (options_.groups > 0) progress_(fmt::format("{} groups", options_.groups));
        return {};
    }

    Result<void> post_messages() {
        const std::uint64_t posts = options_.groups > 0 ? options_.messages * options_.group_posts_percent / 100 : 0;
        const std::uint64_t direct = options_.messages - posts;
        EvenSpread in_groups(options_.messages, posts);
        EvenSpread of_pairs(direct, std::min(direct, pairs_ * options_.messages_of_pair));
        std::uint64_t reported = 0;
        for (std::uint64_t number = 0; number < options_.messages; ++number) {
            auto added = in_groups.picks_next()  ? add(post_in_group(number, in_groups.picked_before()))
                         : of_pairs.picks_next() ? add(post_of_pair(number, of_pairs.picked_before()))
                                                 : add(post_of_others(number));
            if (!added) return added;
            if ((number + 1) * 10 / options_.messages == reported) continue;
            reported = (number + 1) * 10 / options_.messages;
            progress_(fmt::format("{} of {} messages", number + 1, options_.messages));
        }
        return commit();
    }

    template <class Post>
    Post post(std::uint64_t number, std::uint64_t sender) const {
        Post made;
        made.sender = users_.at(sender);
        made.at = at(number);
        made.body = std::string(options_.text_size, static_cast<char>('a' + number % 26));
        return made;
    }

    // `count` were posted in groups before.
    PostToGroup post_in_group(std::uint64_t number, std::uint64_t count) {
        const std::uint64_t group = count * step_round_groups_ % options_.groups, turn = count / options_.groups;
        auto made = post<PostToGroup>(number, member(group, turn % options_.group_members));
        made.group = groups_.at(group);
        made.id = Uuid::version7(made.at, random_);
        return made;
    }

    PostDirect direct_post(std::uint64_t number, std::uint64_t from, std::uint64_t to) {
        auto made = post<PostDirect>(number, from);
        made.copies.push_back({.to = users_.at(to), .id = Uuid::version7(made.at, random_)});
        return made;
    }

    // `count` were written by pairs before.
    PostDirect post_of_pair(std::uint64_t number, std::uint64_t count) {
        const std::uint64_t pair = count % pairs_, turn = count / pairs_;
        const std::uint64_t from = 2 * pair + turn % 2;
        return direct_post(number, from, from ^ 1);
    }

    PostDirect post_of_others(std::uint64_t number) {
        const std::uint64_t others = options_.users - options_.sessions;
        const std::uint64_t from = random_.below(others);
        const std::uint64_t to = (from + 1 + random_.below(partners)) % others;
        return direct_post(number, options_.sessions + from, options_.sessions + to);
    }

    // Who has a session has nothing unread.
    Result<void> fetch_everything() {
        for (const auto& [conversation, last] : last_of_pairs_) {
            for (const UserId user : last.members) {
                AdvanceCursor cursor;
                cursor.user = user;
                cursor.conversation = conversation;
                cursor.which = AdvanceCursor::Which::fetched;
                cursor.seq = last.seq;
                if (auto added = add(cursor); !added) return added;
            }
        }
        return commit();
    }

    // `rows`: about how many the change makes.
    Result<void> add(Change change, std::size_t rows = 1) {
        batch_.push_back(std::move(change));
        batch_rows_ += rows;
        return batch_rows_ < batch_rows_max ? Result<void>() : commit();
    }

    Result<void> commit() {
        if (batch_.empty()) return {};
        const std::vector<Change> changes = batch_;
        batch_rows_ = 0;
        const auto done = store_.append(std::exchange(batch_, {}));
        if (!done) return Failure<Error>(done.error());
        for (std::size_t i = 0; i < changes.size(); ++i)
            note(changes[i], (*done)[i]);
        return {};
    }

    void note(const Change& change, const ChangeDone& done) {
        if (const auto* created = std::get_if<UserCreated>(&done)) users_.push_back(created->user);
        if (const auto* founded = std::get_if<GroupChanged>(&done)) {
            const EntryHeader& entry = founded->entries.front().header;
            const std::uint64_t number = groups_.size();
            groups_.push_back(entry.conversation);
            if (number >= pairs_) return;
            last_of_pairs_[entry.conversation] = {entry.seq, {users_.at(2 * number), users_.at(2 * number + 1)}};
        }
        if (const auto* posted = std::get_if<Posted>(&done)) {
            const EntryHeader& entry = posted->entries.front();
            const auto* direct = std::get_if<PostDirect>(&change);
            if (direct && with_session_.contains(direct->sender))
                last_of_pairs_[entry.conversation].members = {direct->sender, direct->copies.front().to};
            if (const auto of_pair = last_of_pairs_.find(entry.conversation); of_pair != last_of_pairs_.end())
                of_pair->second.seq = entry.seq;
        }
    }

    // Written last: it says that the store is complete.
    Result<void> write_sessions() const {
        const std::string path = options_.directory + "/" + sessions_name;
        std::ofstream file(path, std::ios::trunc);
        for (const GeneratedSession& session : sessions_)
            file << session.user << ' ' << session.token << '\n';
        file.flush();
        if (!file) return fail("cannot write " + path);
        return {};
    }

    // A message each millisecond, the last one now.
    WallTime at(std::uint64_t number) const { return now_ - std::chrono::milliseconds(options_.messages - number); }

    // In a conversation that a pair takes part in.
    struct LastOfPair {
        Seq seq;
        std::vector<UserId> members;
    };

    const GenerateOptions& options_;
    const std::uint64_t pairs_;
    const std::uint64_t step_round_groups_;
    const WallTime now_;
    const std::function<void(const std::string&)>& progress_;
    SeededRandom random_;
    ReproducibleSecureRandom tokens_;
    OpenStore store_;
    std::vector<Change> batch_;
    std::size_t batch_rows_ = 0;
    std::vector<UserId> users_;
    std::vector<ConversationId> groups_;
    std::vector<GeneratedSession> sessions_;
    std::set<UserId> with_session_;
    std::map<ConversationId, LastOfPair> last_of_pairs_;
};

Result<void> check_groups(const GenerateOptions& options) {
    const std::uint64_t members = options.group_members;
    if (options.groups > groups_max) return fail(fmt::format("--groups takes at most {}", groups_max));
    if (members < 2 || members > group_members_max)
        return fail(fmt::format("--members takes 2 to {} for each group", group_members_max));
    if (options.users < options.sessions + members)
        return fail(fmt::format("--users takes at least {} for {} sessions and groups of {} members",
                                options.sessions + members, options.sessions, members));
    if (places_of_others(options, options.groups) > (options.users - options.sessions) * groups_per_user_max)
        return fail(fmt::format("--groups: {} of {} members are more than {} for each of the users without a session",
                                options.groups, members, groups_per_user_max));
    if (options.group_posts_percent > 100) return fail("--group-posts takes a percentage: 0 to 100");
    return {};
}

}  // namespace

std::string generated_user(std::uint64_t number) {
    return "u" + std::to_string(number);
}

std::string generated_group(std::uint64_t number) {
    return "g" + std::to_string(number);
}

Result<void> check(const GenerateOptions& options) {
    if (options.sessions < 2 || options.sessions % 2 != 0)
        return fail("--sessions takes an even number from 2 on: who has one is half of a pair");
    if (options.users < options.sessions + partners + 1)
        return fail(fmt::format("--users takes at least {} for {} sessions", options.sessions + partners + 1,
                                options.sessions));
    return options.groups > 0 ? check_groups(options) : Result<void>();
}

Result<void> generate(const GenerateOptions& options, const Clock& clock,
                      const std::function<void(const std::string&)>& progress) {
    if (auto fits = check(options); !fits) return fits;
    return Generator(options, clock.wall_now(), progress).run();
}

Result<std::vector<GeneratedSession>> read_generated_sessions(const std::string& directory) {
    std::ifstream file(directory + "/" + sessions_name);
    std::vector<GeneratedSession> sessions;
    for (GeneratedSession session; file >> session.user >> session.token;)
        sessions.push_back(session);
    if (sessions.empty()) return fail(directory + " holds no store that was generated to its end");
    return sessions;
}

}  // namespace obrol::bench
