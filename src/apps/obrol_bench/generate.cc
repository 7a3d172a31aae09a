#include "apps/obrol_bench/generate.h"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <memory>
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
constexpr std::size_t batch_changes = 10'000;
// Nobody needs his password to be safe here, and one hash serves all.
constexpr PasswordCost password_cost{.memory_kib = 8, .iterations = 1};
// How many people one of the others writes to.
constexpr std::uint64_t partners = 5;

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

class Generator {
  public:
    Generator(const GenerateOptions& options, WallTime now, const std::function<void(const std::string&)>& progress)
        : options_(options),
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
        for (const auto step : {&Generator::add_users, &Generator::start_sessions, &Generator::post_messages,
                                &Generator::fetch_everything}) {
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

    Result<void> post_messages() {
        const std::uint64_t pairs = options_.sessions / 2;
        const std::uint64_t of_pairs = std::min(options_.messages, pairs * options_.messages_of_pair);
        std::uint64_t written_to_pairs = 0, reported = 0;
        for (std::uint64_t number = 0; number < options_.messages; ++number) {
            // Spread evenly: after n of N messages n/N of the pairs' have been written.
            const bool is_of_pair = (number + 1) * of_pairs / options_.messages > written_to_pairs;
            PostDirect post =
                is_of_pair ? post_of_pair(written_to_pairs % pairs, written_to_pairs / pairs) : post_of_others();
            if (is_of_pair) ++written_to_pairs;
            post.at = at(number);
            post.body = std::string(options_.text_size, static_cast<char>('a' + number % 26));
            post.copies.front().id = Uuid::version7(post.at, random_);
            if (auto added = add(std::move(post)); !added) return added;
            if ((number + 1) * 10 / options_.messages == reported) continue;
            reported = (number + 1) * 10 / options_.messages;
            progress_(fmt::format("{} of {} messages", number + 1, options_.messages));
        }
        return commit();
    }

    PostDirect post_of_pair(std::uint64_t pair, std::uint64_t turn) const {
        const std::uint64_t first = 2 * pair + turn % 2;
        PostDirect post;
        post.sender = users_.at(first);
        post.copies.push_back({.to = users_.at(first ^ 1), .id = {}});
        return post;
    }

    PostDirect post_of_others() {
        const std::uint64_t others = options_.users - options_.sessions;
        const std::uint64_t from = random_.below(others);
        const std::uint64_t to = (from + 1 + random_.below(partners)) % others;
        PostDirect post;
        post.sender = users_.at(options_.sessions + from);
        post.copies.push_back({.to = users_.at(options_.sessions + to), .id = {}});
        return post;
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

    Result<void> add(Change change) {
        batch_.push_back(std::move(change));
        return batch_.size() < batch_changes ? Result<void>() : commit();
    }

    Result<void> commit() {
        if (batch_.empty()) return {};
        const std::vector<Change> changes = batch_;
        const auto done = store_.append(std::exchange(batch_, {}));
        if (!done) return Failure<Error>(done.error());
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if (const auto* created = std::get_if<UserCreated>(&(*done)[i])) users_.push_back(created->user);
            const auto* post = std::get_if<PostDirect>(&changes[i]);
            if (!post || !with_session_.contains(post->sender)) continue;
            const EntryHeader& entry = std::get<Posted>((*done)[i]).entries.front();
            last_of_pairs_[entry.conversation] = {entry.seq, {post->sender, post->copies.front().to}};
        }
        return {};
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

    struct LastOfPair {
        Seq seq;
        std::vector<UserId> members;
    };

    const GenerateOptions& options_;
    const WallTime now_;
    const std::function<void(const std::string&)>& progress_;
    SeededRandom random_;
    ReproducibleSecureRandom tokens_;
    OpenStore store_;
    std::vector<Change> batch_;
    std::vector<UserId> users_;
    std::vector<GeneratedSession> sessions_;
    std::set<UserId> with_session_;
    std::map<ConversationId, LastOfPair> last_of_pairs_;
};

}  // namespace

std::string generated_user(std::uint64_t number) {
    return "u" + std::to_string(number);
}

Result<void> check(const GenerateOptions& options) {
    if (options.sessions < 2 || options.sessions % 2 != 0)
        return fail("--sessions takes an even number from 2 on: who has one is half of a pair");
    if (options.users < options.sessions + partners + 1)
        return fail(fmt::format("--users takes at least {} for {} sessions", options.sessions + partners + 1,
                                options.sessions));
    return {};
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
