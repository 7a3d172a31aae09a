#include "core/chat.h"

#include <deque>
#include <gtest/gtest.h>

#include "base/crypto/signing.h"
#include "bus/local/local_bus.h"
#include "io/deterministic_executor.h"
#include "storage/memory/memory_blob_store.h"
#include "storage/memory/memory_store.h"
#include "tests/support/recording_audience.h"

namespace obrol {
namespace {

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
        std::optional<T> result;
        Gate gate("test");
        gate.spawn(keep(std::move(task), result));
        executor.run_until_idle();
        EXPECT_TRUE(result.has_value()) << "nobody answered";
        return std::move(*result);
    }
    void wait(Task<void> task) {
        Gate gate("test");
        gate.spawn(std::move(task));
        executor.run_until_idle();
        EXPECT_EQ(gate.running(), 0u);
    }
    template <class T>
    static Task<void> keep(Task<T> task, std::optional<T>& result) {
        T value = co_await std::move(task);
        result.emplace(std::move(value));
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

TEST_F(ChatTest, AuthenticationSaysWhatIsWrong) {
    const auto client = chat->connect("127.0.0.1");
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "surabaya"})), ChatError::unknown_user);
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "jakarta"})), ChatError::wrong_password);
    hasher.full = true;
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "surabaya"})), ChatError::busy);
    hasher.full = false;
    const Reply reply = ask(*client, Authenticate{"MESSI", "surabaya"});
    ASSERT_TRUE(std::holds_alternative<SessionStarted>(reply));
    EXPECT_EQ(std::get<SessionStarted>(reply).user.display_name, "Full messi");
}

TEST_F(ChatTest, NothingWorksWithoutASession) {
    const auto client = chat->connect("127.0.0.1");
    EXPECT_EQ(why(ask(*client, FetchInbox{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, ListOnline{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Logout{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, to("pogba", "halo"))), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, FetchHistory{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::missing_argument, true})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::unknown_command, false})), ChatError::unknown_command);
    log_in(*client, "messi");
    EXPECT_EQ(why(ask(*client, Refuse{ChatError::missing_argument, true})), ChatError::missing_argument);
}

TEST_F(ChatTest, ATokenActsForItsSessionOnAnyConnection) {
    const auto first = chat->connect("127.0.0.1");
    const Token token = log_in(*first, "messi");
    const auto second = chat->connect("127.0.0.1");
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*second, to("maya", "halo"), token)));
    EXPECT_EQ(why(ask(*second, to("maya", "halo"))), ChatError::not_authorized);  // using it does not bind it
    log_in(*second, "maya");
    EXPECT_EQ(inbox(*second), "messi: halo");
    EXPECT_TRUE(std::holds_alternative<SessionEnded>(ask(*second, Logout{}, token)));
    EXPECT_EQ(why(ask(*first, FetchInbox{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*second, FetchInbox{}, token)), ChatError::not_authorized);
    EXPECT_EQ(inbox(*second), "");
}

TEST_F(ChatTest, LogoutAnswersTheTokenThatEnded) {
    const auto client = chat->connect("127.0.0.1");
    const Token token = log_in(*client, "messi");
    const Reply reply = ask(*client, Logout{});
    ASSERT_TRUE(std::holds_alternative<SessionEnded>(reply));
    EXPECT_EQ(std::get<SessionEnded>(reply).token, token);
    EXPECT_EQ(why(ask(*client, Logout{})), ChatError::not_authorized);
}

TEST_F(ChatTest, SendingToAnUnknownOneSendsNothing) {
    const auto client = chat->connect("127.0.0.1");
    log_in(*client, "messi");
    const Reply reply = ask(*client, to("maya,pogba,henderson", "halo"));
    EXPECT_EQ(why(reply), ChatError::unknown_recipient);
    EXPECT_EQ(std::get<Refused>(reply).subject, "pogba");
    EXPECT_TRUE(std::get<Refused>(reply).of_several);
    EXPECT_EQ(why(ask(*client, to("maya@elsewhere", "halo"))), ChatError::unknown_server);
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*client, to("henderson@local", "here"))));
    const auto maya = chat->connect("127.0.0.1");
    log_in(*maya, "maya");
    EXPECT_EQ(inbox(*maya), "");
}

TEST_F(ChatTest, SeveralRecipientsGetOneCopyEachAndOneselfToo) {
    const auto client = chat->connect("127.0.0.1");
    log_in(*client, "messi");
    const Reply reply = ask(*client, to("maya,henderson,MAYA,messi", "halo"));
    ASSERT_TRUE(std::holds_alternative<MessageSent>(reply));
    EXPECT_EQ(std::get<MessageSent>(reply).copies.size(), 3u);
    EXPECT_EQ(inbox(*client), "messi: halo");
    EXPECT_EQ(inbox(*client), "");
    const auto maya = chat->connect("127.0.0.1");
    log_in(*maya, "maya");
    EXPECT_EQ(inbox(*maya), "messi: halo");
}

TEST_F(ChatTest, RecipientsAreLimited) {
    const auto client = chat->connect("127.0.0.1");
    log_in(*client, "messi");
    std::string names = "maya";
    for (std::size_t i = 1; i < options.recipients_max; ++i)
        names += ",maya";
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*client, to(names, "at the limit"))));
    EXPECT_EQ(why(ask(*client, to(names + ",maya", "beyond"))), ChatError::too_many_recipients);
}

TEST_F(ChatTest, InboxGroupsBySenderOldestUnreadFirst) {
    const auto messi = chat->connect("127.0.0.1"), henderson = chat->connect("127.0.0.1"),
               maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*henderson, "henderson");
    log_in(*maya, "maya");
    EXPECT_EQ(inbox(*maya), "");  // from here on the inbox is kept current by events
    ask(*henderson, to("maya", "1"));
    ask(*messi, to("maya", "2"));
    ask(*maya, to("messi", "mine"));
    ask(*henderson, to("maya", "3"));
    EXPECT_EQ(inbox(*maya), "henderson: 1 3 | messi: 2");
    EXPECT_EQ(inbox(*maya), "");
    ask(*messi, to("maya", "4"));
    EXPECT_EQ(inbox(*maya), "messi: 4");
}

TEST_F(ChatTest, AnInboxThatDiedOnTheWayIsGivenAgain) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1"),
               phone = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    log_in(*phone, "maya");
    ask(*messi, to("maya", "1"));
    EXPECT_EQ(inbox(*maya, false), "messi: 1");
    const std::uint64_t lost = last_reservation;
    ask(*messi, to("maya", "2"));
    EXPECT_EQ(inbox(*phone), "messi: 2");  // what is on its way elsewhere is not doubled
    chat->release_inbox(lost);
    EXPECT_EQ(inbox(*phone), "messi: 1");
    EXPECT_EQ(inbox(*phone), "");
}

TEST_F(ChatTest, AnInboxAnswerIsBoundedAndTheNextGoesOn) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    for (std::size_t i = 0; i <= options.inbox_entries_max; ++i)
        ask(*messi, to("maya", std::to_string(i)));
    const Reply first = ask(*maya, FetchInbox{});
    const auto& page = std::get<InboxPage>(first);
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].messages.size(), options.inbox_entries_max);
    EXPECT_EQ(page.senders[0].messages.front().text, "0");
    chat->confirm_inbox(page.reservation);
    EXPECT_EQ(inbox(*maya), "messi: " + std::to_string(options.inbox_entries_max));

    const std::string half(options.inbox_bytes_max / 2, 'x');
    for (int i = 0; i < 3; ++i)
        ask(*messi, to("maya", half));
    EXPECT_EQ(inbox(*maya).size(), std::string("messi:").size() + 2 * (half.size() + 1));
    EXPECT_EQ(inbox(*maya).size(), std::string("messi:").size() + half.size() + 1);
    EXPECT_EQ(inbox(*maya), "");
}

TEST_F(ChatTest, AStretchOfOwnPostsDoesNotHideWhatComesAfter) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    ask(*messi, to("maya", "before"));
    for (std::size_t i = 0; i < options.inbox_entries_max + 10; ++i)
        ask(*maya, to("messi", "mine"));
    ask(*messi, to("maya", "after"));
    EXPECT_EQ(inbox(*maya), "messi: before");
    EXPECT_EQ(inbox(*maya), "messi: after");
}

TEST_F(ChatTest, WhatWasFetchedStaysFetchedAndTheRestStaysUnread) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    const Token token = log_in(*maya, "maya");
    ask(*messi, to("maya", "1"));
    EXPECT_EQ(inbox(*maya), "messi: 1");
    ask(*messi, to("maya", "2"));
    executor.run_for(std::chrono::seconds(1));  // cursors are committed lazily
    // A second Chat over the same store knows only what was committed.
    LocalBus other_bus;
    Chat other(Chat::Parts{executor, store, blobs, commits, other_bus, hasher, secure_random, random, logger, key},
               options);
    const auto client = other.connect("127.0.0.1");
    const Reply reply = wait(other.execute(*client, Command{token, FetchInbox{}}));
    const auto& page = std::get<InboxPage>(reply);
    ASSERT_EQ(page.senders.size(), 1u);
    ASSERT_EQ(page.senders[0].messages.size(), 1u);
    EXPECT_EQ(page.senders[0].messages[0].text, "2");
    other.release_inbox(page.reservation);
}

TEST_F(ChatTest, PipelinedSendsKeepTheirOrder) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*maya, "maya");
    const Token token = log_in(*messi, "messi");
    // A fresh connection with an explicit token that the cache does not know: the first send waits for the store.
    LocalBus other_bus;
    Chat other(Chat::Parts{executor, store, blobs, commits, other_bus, hasher, secure_random, random, logger, key},
               options);
    const auto client = other.connect("127.0.0.1");
    std::deque<std::optional<Reply>> replies(20);
    Gate gate("test");
    for (std::size_t i = 0; i < replies.size(); ++i)
        gate.spawn(keep(other.execute(*client, Command{token, to("maya", std::to_string(i))}), replies[i]));
    executor.run_until_idle();
    for (const auto& reply : replies)
        ASSERT_TRUE(reply && std::holds_alternative<MessageSent>(*reply));
    std::string expected = "messi:";
    for (std::size_t i = 0; i < replies.size(); ++i)
        expected += " " + std::to_string(i);
    EXPECT_EQ(inbox(*maya), expected);
}

TEST_F(ChatTest, OnlineListsEachUserOnceByHisOldestSession) {
    const auto names = [&](Client& client) {
        std::string text;
        const Reply reply = ask(client, ListOnline{});
        for (const UserCard& user : std::get<OnlineList>(reply).users)
            text += user.name + " ";
        return text;
    };
    const auto messi = chat->connect("127.0.0.1");
    auto maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    executor.run_for(std::chrono::milliseconds(5));
    const Token token = log_in(*maya, "maya");
    executor.run_for(std::chrono::milliseconds(5));
    const auto phone = chat->connect("127.0.0.1");
    log_in(*phone, "messi");
    EXPECT_EQ(names(*messi), "messi maya ");
    maya.reset();
    executor.run_for(options.online_window - std::chrono::milliseconds(6));
    EXPECT_EQ(names(*messi), "messi maya ");
    executor.run_for(std::chrono::milliseconds(6));
    EXPECT_EQ(names(*messi), "messi ");
    // A script that uses its token on a connection of its own is online again.
    const auto script = chat->connect("127.0.0.1");
    ask(*script, FetchInbox{}, token);
    executor.run_for(options.online_window * 2);
    EXPECT_EQ(names(*messi), "messi maya ");
    ask(*messi, Logout{});
    EXPECT_EQ(names(*phone), "maya messi ");
}

TEST_F(ChatTest, HistoryGivesTheNewestOrThePageBefore) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    const auto page = [&](std::optional<Seq> before, std::uint32_t limit) {
        std::string text;
        const Reply reply = ask(*maya, FetchHistory{parse_place("messi"), before, limit});
        for (const auto& item : std::get<HistoryPage>(reply).items)
            text += fmt::format("{}{}={} ", item.from.name.substr(0, 2), item.entry.header.seq.value, item.entry.body);
        return text;
    };
    EXPECT_EQ(page(std::nullopt, 10), "");
    for (int i = 1; i <= 5; ++i)
        ask(i % 2 ? *messi : *maya, to(i % 2 ? "maya" : "messi", std::to_string(i)));
    EXPECT_EQ(page(std::nullopt, 10), "me1=1 ma2=2 me3=3 ma4=4 me5=5 ");
    EXPECT_EQ(page(std::nullopt, 2), "ma4=4 me5=5 ");
    EXPECT_EQ(page(Seq(4), 2), "ma2=2 me3=3 ");
    EXPECT_EQ(page(Seq(1), 2), "");
    EXPECT_EQ(inbox(*maya), "messi: 1 3 5");  // history moves no cursor
}

TEST_F(ChatTest, LiveConnectionsHearOfWhatWasCommitted) {
    RecordingAudience one(1), two(2);
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1"),
               phone = chat->connect("127.0.0.1"), other = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    log_in(*phone, "maya");
    log_in(*other, "henderson");
    maya->listen(&one, 11);
    phone->listen(&two, 22);
    other->listen(&one, 33);
    ask(*messi, to("maya", "halo"));
    ASSERT_EQ(one.events.size(), 1u);
    EXPECT_EQ(one.heard[0], std::vector<ListenerId>{11});
    EXPECT_EQ(two.heard.at(0), std::vector<ListenerId>{22});
    const auto& event = std::get<MessageEvent>(*one.events[0]);
    EXPECT_EQ(event.entry.body, "halo");
    EXPECT_EQ(event.entry.header.seq, Seq(1));
    EXPECT_EQ(event.from.name, "messi");
    EXPECT_EQ(event.to.name, "maya");

    phone->listen(nullptr, 0);
    ask(*messi, to("maya,henderson", "again"));
    EXPECT_EQ(two.events.size(), 1u);
    ASSERT_EQ(one.events.size(), 3u);
    ask(*maya, Logout{});
    ask(*messi, to("maya", "gone"));
    EXPECT_EQ(one.events.size(), 3u);
}

TEST_F(ChatTest, AnAudienceCanDoWithoutWhatItsOwnUsersWrite) {
    RecordingAudience all(1), others(2, false);
    const auto messi = chat->connect("127.0.0.1"), phone = chat->connect("127.0.0.1"),
               maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*phone, "messi");
    log_in(*maya, "maya");
    messi->listen(&others, 1);
    phone->listen(&all, 2);
    maya->listen(&others, 3);
    ask(*messi, to("maya", "halo"));
    EXPECT_EQ(all.heard.at(0), std::vector<ListenerId>{2});
    EXPECT_EQ(others.heard.at(0), std::vector<ListenerId>{3});
    ask(*maya, to("messi", "halo"));
    EXPECT_EQ(all.heard.at(1), std::vector<ListenerId>{2});
    EXPECT_EQ(others.heard.at(1), std::vector<ListenerId>{1});
    ask(*messi, to("messi", "catatan"));
    EXPECT_EQ(all.heard.size(), 3u);
    EXPECT_EQ(others.heard.size(), 2u);
}

TEST_F(ChatTest, AKeyTakesEffectOnce) {
    RecordingAudience audience(1);
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    maya->listen(&audience, 1);
    SendMessage send = to("maya", "halo");
    send.key = IdempotencyKey{"laptop", 1};
    const Reply first = ask(*messi, send);
    const Reply again = ask(*messi, send);
    EXPECT_EQ(std::get<MessageSent>(first).copies.at(0).id, std::get<MessageSent>(again).copies.at(0).id);
    EXPECT_EQ(audience.events.size(), 1u);
    send.text = "other";
    EXPECT_EQ(why(ask(*messi, send)), ChatError::key_conflict);
    EXPECT_EQ(inbox(*maya), "messi: halo");
}

TEST_F(ChatTest, AFailedWriteIsRefusedAndNothingIsAnnounced) {
    RecordingAudience audience(1);
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    maya->listen(&audience, 1);
    store.fail_next_append(StoreFailure{StoreFailure::Kind::write_failed, "disk full"});
    EXPECT_EQ(why(ask(*messi, to("maya", "lost"))), ChatError::not_stored);
    EXPECT_TRUE(audience.events.empty());
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*messi, to("maya", "kept"))));
    EXPECT_EQ(inbox(*maya), "messi: kept");
}

TEST_F(ChatTest, RegistrationFollowsItsMode) {
    const auto ask_to_register = [&](Registration mode, const std::string& source) {
        Chat::Options other_options = options;
        other_options.registration = mode;
        LocalBus other_bus;
        Chat other(Chat::Parts{executor, store, blobs, commits, other_bus, hasher, secure_random, random, logger, key},
                   other_options);
        const auto client = other.connect(source);
        const Register request{"u" + std::to_string(random.next()), "longenough", "", ""};
        return wait(other.execute(*client, Command{std::nullopt, request}));
    };
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::loopback, "127.0.0.1")));
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::loopback, "::1")));
    EXPECT_EQ(why(ask_to_register(Registration::loopback, "192.0.2.1")), ChatError::registration_closed);
    EXPECT_TRUE(std::holds_alternative<Registered>(ask_to_register(Registration::open, "192.0.2.1")));
    EXPECT_EQ(why(ask_to_register(Registration::closed, "127.0.0.1")), ChatError::registration_closed);
}

TEST_F(ChatTest, RegistrationChecksNameAndPassword) {
    const auto client = chat->connect("127.0.0.1");
    const auto attempt = [&](const std::string& name, const std::string& password) {
        return ask(*client, Register{name, password, "", ""});
    };
    EXPECT_EQ(why(attempt("a b", "longenough")), ChatError::bad_name);
    EXPECT_EQ(why(attempt("Messi", "longenough")), ChatError::name_taken);
    EXPECT_EQ(why(attempt("izza", "1234567")), ChatError::bad_password);
    EXPECT_EQ(why(attempt("izza", std::string(options.password_bytes_max + 1, 'x'))), ChatError::bad_password);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt("izza", "12345678")));
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt("zoe", std::string(options.password_bytes_max, 'x'))));
    EXPECT_EQ(why(ask(*client, WhoAmI{})), ChatError::not_authorized);  // registering does not log in
}

TEST_F(ChatTest, FailedLoginsAreLimitedForTheirAddressOnly) {
    const auto stranger = chat->connect("192.0.2.1"), owner = chat->connect("192.0.2.2");
    const auto attempt = [&](Client& client, const std::string& password) {
        return ask(client, Authenticate{"messi", password});
    };
    for (std::uint32_t i = 0; i < options.failed_logins.failed_per_source_and_user.burst; ++i)
        EXPECT_EQ(why(attempt(*stranger, "guess")), ChatError::wrong_password);
    const Reply limited = attempt(*stranger, "surabaya");
    EXPECT_EQ(why(limited), ChatError::too_many_requests);
    EXPECT_GT(std::get<Refused>(limited).retry_after.count(), 0);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(attempt(*owner, "surabaya")));
    executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(attempt(*stranger, "surabaya")));

    const auto local = chat->connect("127.0.0.1");
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(why(attempt(*local, "guess")), ChatError::wrong_password);
}

TEST_F(ChatTest, SendsAreLimitedPerUser) {
    const auto client = chat->connect("192.0.2.1"), local = chat->connect("127.0.0.1");
    const Token token = log_in(*client, "messi");
    for (std::uint32_t i = 0; i < options.sends_per_user.burst; ++i)
        EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*client, to("maya", "x"))));
    const Reply limited = ask(*client, to("maya", "x"));
    EXPECT_EQ(why(limited), ChatError::too_many_messages);
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*local, to("maya", "x"), token)));
    executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*client, to("maya", "x"))));
}

TEST_F(ChatTest, SendsAreLimitedPerSourceWhoeverSends) {
    Chat::Options tight = options;
    tight.sends_per_source = RateLimit{4, 1};
    use(tight);
    const auto one = chat->connect("192.0.2.1"), two = chat->connect("192.0.2.1"),
               elsewhere = chat->connect("192.0.2.2");
    log_in(*one, "messi");
    log_in(*two, "maya");
    log_in(*elsewhere, "maya");
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*one, to("maya", "x"))));
        EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*two, to("messi", "x"))));
    }
    EXPECT_EQ(why(ask(*one, to("maya", "x"))), ChatError::too_many_messages);
    EXPECT_EQ(why(ask(*two, to("messi", "x"))), ChatError::too_many_messages);
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*elsewhere, to("messi", "x"))));
}

TEST_F(ChatTest, FailedLoginsAreLimitedPerSourceForAllNamesTogether) {
    Chat::Options tight = options;
    tight.failed_logins.failed_per_source = RateLimit{3, 1};
    use(tight);
    const auto stranger = chat->connect("192.0.2.1"), owner = chat->connect("192.0.2.2");
    for (const char* name : {"messi", "maya", "henderson"})
        EXPECT_EQ(why(ask(*stranger, Authenticate{name, "guess"})), ChatError::wrong_password);
    EXPECT_EQ(why(ask(*stranger, Authenticate{"messi", "surabaya"})), ChatError::too_many_requests);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(ask(*owner, Authenticate{"messi", "surabaya"})));
}

TEST_F(ChatTest, RegistrationsAreLimitedPerSource) {
    Chat::Options open = options;
    open.registration = Registration::open;
    use(open);
    const auto crowd = chat->connect("192.0.2.1"), other = chat->connect("192.0.2.2");
    const auto attempt = [&](Client& client, const std::string& name) {
        return ask(client, Register{name, "longenough", "", ""});
    };
    for (std::uint32_t i = 0; i < options.registrations_per_source.burst; ++i)
        EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*crowd, "u" + std::to_string(i))));
    const Reply limited = attempt(*crowd, "late");
    EXPECT_EQ(why(limited), ChatError::too_many_accounts);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*other, "elsewhere")));
    executor.run_for(std::get<Refused>(limited).retry_after);
    EXPECT_TRUE(std::holds_alternative<Registered>(attempt(*crowd, "late")));
}

TEST_F(ChatTest, AFailedReadIsRefusedAndTheNextOneWorks) {
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    ask(*messi, to("maya", "x"));
    store.fail_next_read("a corrupt page");
    EXPECT_EQ(why(ask(*messi, FetchHistory{parse_place("maya"), std::nullopt, 10})), ChatError::unavailable);
    const Reply reply = ask(*messi, FetchHistory{parse_place("maya"), std::nullopt, 10});
    EXPECT_EQ(std::get<HistoryPage>(reply).items.size(), 1u);
}

TEST_F(ChatTest, AHistoryAnswerIsBoundedAndThePageBeforeGoesOn) {
    Chat::Options tight = options;
    tight.history_entries_max = 3;
    use(tight);
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    const auto page = [&](std::optional<Seq> before, std::uint32_t limit) {
        Reply reply = ask(*messi, FetchHistory{parse_place("maya"), before, limit});
        return std::get<HistoryPage>(std::move(reply));
    };
    for (int i = 0; i < 3; ++i)
        ask(*messi, to("maya", "x"));
    EXPECT_EQ(page(std::nullopt, 1000).items.size(), 3u);
    EXPECT_FALSE(page(std::nullopt, 1000).more);
    ask(*messi, to("maya", "x"));
    const HistoryPage bounded = page(std::nullopt, 1000);
    EXPECT_EQ(bounded.items.size(), 3u);
    EXPECT_TRUE(bounded.more);
    EXPECT_EQ(page(bounded.items.front().entry.header.seq, 1000).items.size(), 1u);
}

TEST_F(ChatTest, ANewPasswordEndsTheOtherSessions) {
    const auto here = chat->connect("127.0.0.1"), there = chat->connect("127.0.0.1");
    log_in(*here, "messi");
    log_in(*there, "messi");
    EXPECT_EQ(why(ask(*here, ChangePassword{"wrong", "longenough"})), ChatError::wrong_password);
    EXPECT_EQ(why(ask(*here, ChangePassword{"surabaya", "short"})), ChatError::bad_password);
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*here, ChangePassword{"surabaya", "longenough"})));
    EXPECT_TRUE(std::holds_alternative<Self>(ask(*here, WhoAmI{})));
    EXPECT_EQ(why(ask(*there, WhoAmI{})), ChatError::not_authorized);
    EXPECT_EQ(why(ask(*there, Authenticate{"messi", "surabaya"})), ChatError::wrong_password);
    EXPECT_TRUE(std::holds_alternative<SessionStarted>(ask(*there, Authenticate{"messi", "longenough"})));
}

TEST_F(ChatTest, ResumeBindsTheConnectionToTheSession) {
    const auto first = chat->connect("127.0.0.1"), second = chat->connect("127.0.0.1");
    const Token token = log_in(*first, "messi");
    const Reply reply = ask(*second, Resume{}, token);
    ASSERT_TRUE(std::holds_alternative<SessionStarted>(reply));
    EXPECT_EQ(std::get<SessionStarted>(reply).token, token);
    EXPECT_EQ(std::get<SessionStarted>(reply).server, options.server_label);
    EXPECT_EQ(std::get<Self>(ask(*second, WhoAmI{})).user.name, "messi");
    EXPECT_EQ(why(ask(*second, Resume{}, Uuid::version4(secure_random))), ChatError::not_authorized);
}

TEST_F(ChatTest, ABlockedSenderIsRefused) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*maya, Block{parse_address("messi"), true})));
    EXPECT_EQ(why(ask(*messi, to("maya", "x"))), ChatError::blocked);
    EXPECT_EQ(why(ask(*messi, to("henderson,maya", "x"))), ChatError::blocked);
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*maya, to("messi", "x"))));
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*maya, Block{parse_address("messi"), false})));
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*messi, to("maya", "x"))));
}

TEST_F(ChatTest, ReadingIsNotedWhereThereIsAConversation) {
    const auto messi = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    EXPECT_EQ(why(ask(*messi, MarkRead{parse_place("maya"), Seq(1)})), ChatError::not_found);
    ask(*messi, to("maya", "x"));
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(ask(*messi, MarkRead{parse_place("maya"), Seq(1)})));
}

TEST_F(ChatTest, AnUnknownUserCostsAsMuchAsAWrongPasswordWhereTheDialectHidesIt) {
    const auto client = chat->connect("127.0.0.1");
    const int before = hasher.verified;
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "x", true})), ChatError::unknown_user);
    EXPECT_EQ(hasher.verified, before);
    EXPECT_EQ(why(ask(*client, Authenticate{"pogba", "x", false})), ChatError::unknown_user);
    EXPECT_EQ(hasher.verified, before + 1);
    EXPECT_EQ(why(ask(*client, Authenticate{"messi", "x", false})), ChatError::wrong_password);
    EXPECT_EQ(hasher.verified, before + 2);
}

TEST_F(ChatTest, AccountsNeedAGoodAndFreeName) {
    const auto added = [&](const std::string& name) { return wait(chat->add_user({name, "", ""}, "x", Role::member)); };
    EXPECT_EQ(added("MESSI").error(), ChatError::name_taken);
    EXPECT_EQ(added("a b").error(), ChatError::bad_name);
    EXPECT_EQ(added("admin").error(), ChatError::bad_name);
    EXPECT_TRUE(added("izza").has_value());
}

}  // namespace
}  // namespace obrol
