// A Chat over a store in memory, with three users, and the ways in which tests ask it as a client does. Its hasher
// takes no time, and can be told that its queue is full.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/crypto/signing.h"
#include "base/log.h"
#include "base/random.h"
#include "bus/local/local_bus.h"
#include "core/chat.h"
#include "core/password_hasher.h"
#include "io/deterministic_executor.h"
#include "storage/group_commit.h"
#include "storage/memory/memory_blob_store.h"
#include "storage/memory/memory_store.h"
#include "tests/support/run_task.h"

namespace obrol {

// "Hashes" by prefixing; can be told that its queue is full.
class FakeHasher final : public PasswordHasher {
  public:
    Task<std::optional<std::string>> hash(std::string password) override {
        if (full) co_return std::nullopt;
        co_return "hashed:" + password;
    }
    Task<std::optional<bool>> verify(std::string password, std::string encoded) override {
        if (full) co_return std::nullopt;
        ++verified;
        co_return encoded == "hashed:" + password;
    }
    bool full = false;
    int verified = 0;
};

class ChatTest : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : {"messi", "henderson", "maya"})
            add(name);
    }
    void TearDown() override {
        chat.reset();
        wait(commits.drain());
    }

    template <class T>
    T wait(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }

    // From here on a Chat with other options, over the same store; before any connection.
    void use(Chat::Options other) {
        chat.reset();
        bus = LocalBus();
        chat = std::make_unique<Chat>(
            Chat::Parts{executor, store, blobs, commits, bus, hasher, secure_random, random, logger, key},
            std::move(other));
    }
    void add(const std::string& name) {
        const auto added = wait(chat->add_user({name, "Full " + name, "Indonesia"}, "surabaya", Role::member));
        ASSERT_TRUE(added.has_value());
    }
    Reply ask(Client& client, decltype(Command::body) body, std::optional<Token> token = std::nullopt) {
        return wait(chat->execute(client, Command{token, std::move(body)}));
    }
    Token log_in(Client& client, const std::string& name) {
        const Reply reply = ask(client, Authenticate{name, "surabaya"});
        EXPECT_TRUE(std::holds_alternative<SessionStarted>(reply));
        return std::get<SessionStarted>(reply).token;
    }
    static SendMessage to(const std::string& names, std::string text) {
        return SendMessage{parse_address_list(names), std::move(text), std::nullopt};
    }
    // "messi: a b | maya: c"; confirms when told to.
    std::string inbox(Client& client, bool confirm = true) {
        const Reply reply = ask(client, FetchInbox{});
        EXPECT_TRUE(std::holds_alternative<InboxPage>(reply));
        const auto& page = std::get<InboxPage>(reply);
        last_reservation = page.reservation;
        if (confirm) chat->confirm_inbox(page.reservation);
        std::string text;
        for (const auto& sender : page.senders) {
            text += (text.empty() ? "" : " | ") + sender.from.name + ":";
            for (const auto& message : sender.messages)
                text += " " + message.text;
        }
        return text;
    }
    static ChatError why(const Reply& reply) {
        EXPECT_TRUE(std::holds_alternative<Refused>(reply));
        return std::get<Refused>(reply).why;
    }

    DeterministicExecutor executor{1};
    MemoryStore store{executor};
    MemoryBlobStore blobs{executor};
    GroupCommit commits{executor, store, {}, [](const std::string& what) { FAIL() << what; }};
    LocalBus bus;
    FakeHasher hasher;
    SeededRandom random{1};
    ReproducibleSecureRandom secure_random{random};
    NullLogger logger;
    SigningKey key{SigningSeed{}};
    Chat::Options options;
    std::unique_ptr<Chat> chat = std::make_unique<Chat>(
        Chat::Parts{executor, store, blobs, commits, bus, hasher, secure_random, random, logger, key}, options);
    std::uint64_t last_reservation = 0;
};

}  // namespace obrol
