// A Chat with everything below it in memory and on virtual time, for tests of what stands on top of it.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crypto/signing.h"
#include "base/log.h"
#include "base/random.h"
#include "bus/local/local_bus.h"
#include "core/chat.h"
#include "core/password_hasher.h"
#include "io/deterministic_executor.h"
#include "storage/group_commit.h"
#include "storage/memory/memory_blob_store.h"
#include "storage/memory/memory_folder_store.h"
#include "storage/memory/memory_store.h"
#include "tests/support/run_task.h"

namespace obrol {

// Keeps every line.
class RecordingLogger final : public Logger {
  public:
    bool enabled(LogLevel) const override { return true; }
    void write(LogLevel level, std::string_view line) override { lines.push_back({level, std::string(line)}); }
    // How many lines of that level contain `part`.
    std::size_t count(LogLevel level, std::string_view part) const {
        std::size_t found = 0;
        for (const auto& [its_level, line] : lines)
            found += its_level == level && line.find(part) != std::string::npos;
        return found;
    }

    std::vector<std::pair<LogLevel, std::string>> lines;
};

// "Hashes" in so much virtual time.
class PlainHasher final : public PasswordHasher {
  public:
    PlainHasher(TimerService& timers, Duration delay) : timers_(timers), delay_(delay) {}
    Task<std::optional<std::string>> hash(std::string password) override {
        co_await sleep_for(timers_, delay_);
        co_return "plain:" + password;
    }
    Task<std::optional<bool>> verify(std::string password, std::string encoded) override {
        co_await sleep_for(timers_, delay_);
        co_return encoded == "plain:" + password;
    }

  private:
    TimerService& timers_;
    Duration delay_;
};

struct ChatParts {
    enum class Folders { in_store, as_directories };

    explicit ChatParts(std::uint64_t seed = 1, Chat::Options options = {}, Folders kind = Folders::in_store)
        : executor(seed),
          store(executor),
          blobs(executor),
          folders(executor, blobs),
          commits(executor, store, {}, [](const std::string& what) { FAIL() << what; }),
          hasher(executor, std::chrono::milliseconds(1)),
          random(seed),
          secure_random(random),
          key(seed_of(seed)),
          chat(Chat::Parts{executor, store, blobs, commits, bus, hasher, secure_random, random, logger, key,
                           kind == Folders::as_directories ? &folders : nullptr},
               std::move(options)) {}

    ~ChatParts() { run(chat.stop()); }

    // Runs `task` to its end.
    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        Gate gate("test");
        gate.spawn(keep_value(std::move(task), value));
        while (!value && executor.step()) {
        }
        OBROL_CHECK(value);
        return std::move(*value);
    }
    void run(Task<void> task) { static_cast<void>(run(wrap(std::move(task)))); }

    // The password is "secret".
    void add_user(const std::string& name) {
        const auto added = run(chat.add_user(UserCard{name, name, ""}, "secret", Role::member));
        ASSERT_TRUE(added.has_value());
    }
    Reply ask(Client& client, decltype(Command::body) body, std::optional<Token> token = std::nullopt) {
        return run(chat.execute(client, Command{token, std::move(body)}));
    }
    Token log_in(Client& client, const std::string& name) {
        const Reply reply = ask(client, Authenticate{name, "secret"});
        const auto* started = std::get_if<SessionStarted>(&reply);
        EXPECT_TRUE(started) << name;
        return started ? started->token : Token();
    }

    DeterministicExecutor executor;
    RecordingLogger logger;
    MemoryStore store;
    MemoryBlobStore blobs;
    MemoryFolderStore folders;
    GroupCommit commits;
    LocalBus bus;
    PlainHasher hasher;
    SeededRandom random;
    ReproducibleSecureRandom secure_random;
    SigningKey key;
    Chat chat;

  private:
    static SigningSeed seed_of(std::uint64_t seed) {
        SeededRandom random(seed);
        ReproducibleSecureRandom secure(random);
        return SigningKey::make_seed(secure);
    }
    static Task<bool> wrap(Task<void> task) {
        co_await std::move(task);
        co_return true;
    }
};

}  // namespace obrol
