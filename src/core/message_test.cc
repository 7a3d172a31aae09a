// Messages to people: who gets them, what refuses them, and who hears of them at once.
#include <deque>
#include <gtest/gtest.h>

#include "tests/support/chat_fixture.h"
#include "tests/support/recording_audience.h"

namespace obrol {
namespace {

class MessageTest : public ChatTest {};

TEST_F(MessageTest, SendingToAnUnknownOneSendsNothing) {
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

TEST_F(MessageTest, SeveralRecipientsGetOneCopyEachAndOneselfToo) {
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

TEST_F(MessageTest, RecipientsAreLimited) {
    const auto client = chat->connect("127.0.0.1");
    log_in(*client, "messi");
    std::string names = "maya";
    for (std::size_t i = 1; i < options.recipients_max; ++i)
        names += ",maya";
    EXPECT_TRUE(std::holds_alternative<MessageSent>(ask(*client, to(names, "at the limit"))));
    EXPECT_EQ(why(ask(*client, to(names + ",maya", "beyond"))), ChatError::too_many_recipients);
}

TEST_F(MessageTest, SendsAreLimitedPerUser) {
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

TEST_F(MessageTest, SendsAreLimitedPerSourceWhoeverSends) {
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

TEST_F(MessageTest, ABlockedSenderIsRefused) {
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

TEST_F(MessageTest, PipelinedSendsKeepTheirOrder) {
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
        gate.spawn(keep_value(other.execute(*client, Command{token, to("maya", std::to_string(i))}), replies[i]));
    executor.run_until_idle();
    for (const auto& reply : replies)
        ASSERT_TRUE(reply && std::holds_alternative<MessageSent>(*reply));
    std::string expected = "messi:";
    for (std::size_t i = 0; i < replies.size(); ++i)
        expected += " " + std::to_string(i);
    EXPECT_EQ(inbox(*maya), expected);
}

TEST_F(MessageTest, AKeyTakesEffectOnce) {
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

TEST_F(MessageTest, AFailedWriteIsRefusedAndNothingIsAnnounced) {
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

TEST_F(MessageTest, LiveConnectionsHearOfWhatWasCommitted) {
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

TEST_F(MessageTest, AnEventIsMadeOnlyWhereOneOfBothListens) {
    RecordingAudience audience(1);
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1"),
               other = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    log_in(*other, "henderson");
    other->listen(&audience, 1);
    std::vector<ConversationAdvanced> heard;
    bus.subscribe([&](const ConversationAdvanced& advanced) { heard.push_back(advanced); });
    const auto sent = [](const Reply& reply) { return std::get<MessageSent>(reply).copies.at(0); };
    const MessageSent::Copy unheard = sent(ask(*messi, to("maya", "halo")));
    messi->listen(&audience, 2);
    const MessageSent::Copy by_sender = sent(ask(*messi, to("maya", "halo")));
    const MessageSent::Copy by_receiver = sent(ask(*maya, to("messi", "halo")));
    ASSERT_EQ(heard.size(), 3u);
    EXPECT_EQ(heard[0].event, nullptr);
    EXPECT_EQ(heard[0].header.id, unheard.id);
    EXPECT_EQ(heard[0].header.seq, unheard.seq);
    EXPECT_EQ(std::get<MessageEvent>(*heard[1].event).entry.header.id, by_sender.id);
    EXPECT_EQ(std::get<MessageEvent>(*heard[2].event).entry.header.id, by_receiver.id);
    EXPECT_EQ(audience.events.size(), 2u);
}

TEST_F(MessageTest, AnAudienceCanDoWithoutWhatItsOwnUsersWrite) {
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

}  // namespace
}  // namespace obrol
