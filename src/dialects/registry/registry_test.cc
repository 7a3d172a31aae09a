// What the word dialects answer and ask where they differ; what they share is tested with simple-chat.
#include "dialects/registry/registry.h"

#include <gtest/gtest.h>

#include "dialects/chat_service/chat_service.h"
#include "dialects/multithread_chat/multithread_chat.h"

namespace obrol {
namespace {

const DialectRegistry registry{DialectLimits{}};

std::string encode(std::string_view dialect, const Reply& reply) {
    std::string out;
    static_cast<void>(registry.find(dialect)->make()->encode(reply, out));
    return out;
}

Command decode(std::string_view dialect, const std::string& line) {
    return std::get<Command>(registry.find(dialect)->make()->decode(line).outcome);
}

const OnlineList two_users{{{"messi", "Lionel Messi", "Argentina"}, {"maya", "Maya - M", ""}}};
const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");

TEST(DialectRegistry, KnowsEveryDocumentedDialectByNameAndPort) {
    EXPECT_EQ(registry.find("simple-chat")->default_port(), 8890);
    EXPECT_EQ(registry.find("multithread-chat")->default_port(), 8891);
    EXPECT_EQ(registry.find("chat-service")->default_port(), 8892);
    EXPECT_EQ(registry.find("py-chat")->default_port(), 8000);
    EXPECT_EQ(registry.find("protokol-chat")->default_port(), 8893);
    EXPECT_EQ(registry.find("auto")->default_port(), 8889);
    EXPECT_EQ(registry.find("irc"), nullptr);
    for (const auto& kind : registry.all())
        EXPECT_EQ(registry.find(kind->name()), kind.get());
}

TEST(DialectRegistry, AutoSpeaksTheWordsThatWereChosen) {
    DialectLimits limits;
    limits.auto_words = "chat-service";
    const DialectRegistry other(limits);
    const auto dialect = other.find("auto")->make();
    EXPECT_TRUE(std::holds_alternative<Command>(dialect->decode("list\n").outcome));
    std::string out;
    dialect->encode(OnlineList{}, out);
    EXPECT_EQ(out, "{\"status\": \"OK\", \"messages\": []}\r\n\r\n");
}

TEST(MultithreadChat, AnswersAsDocument001Does) {
    const std::string_view name = "multithread-chat";
    EXPECT_EQ(encode(name, two_users), "{\"status\": \"OK\", \"messages\": [\"messi\", \"maya\"]}\r\n\r\n");
    EXPECT_EQ(encode(name, SessionEnded{token, false}), "{\"status\": \"OK\", \"messages\": \"Logged out\"}\r\n\r\n");
    EXPECT_EQ(encode(name, Refused{ChatError::unknown_user, {}, false}),
              "{\"status\": \"ERROR\", \"message\": \"User is not found\"}\r\n\r\n");
    EXPECT_EQ(encode(name, Refused{ChatError::wrong_password, {}, false}),
              "{\"status\": \"ERROR\", \"message\": \"Wrong password\"}\r\n\r\n");
    EXPECT_EQ(encode(name, Refused{ChatError::missing_argument, {}, false}),
              "{\"status\": \"ERROR\", \"message\": \"Sorry, command is unknown\"}\r\n\r\n");
    InboxPage page;
    page.senders.push_back({{"izza", "Izza", ""}, {{EntryHeader{}, "Maya", {}, "hai"}}});
    EXPECT_EQ(encode(name, page),
              "{\"status\": \"OK\", \"messages\": {\"izza\": [{\"msg_from\": \"Izza\", \"msg_to\": \"Maya\", "
              "\"msg\": \"hai\"}]}}\r\n\r\n");
}

TEST(MultithreadChat, ExitLogsOutAndCloses) {
    const Command command = decode("multithread-chat", "exit " + token.to_string() + " \r\n");
    EXPECT_EQ(command.token, token);
    EXPECT_TRUE(std::get<Logout>(command.body).then_close);
    std::string out;
    const auto dialect = registry.find("multithread-chat")->make();
    EXPECT_EQ(dialect->encode(SessionEnded{token, true}, out), NextStep::close);
    EXPECT_EQ(dialect->encode(Refused{ChatError::not_authorized, {}, false}, out), NextStep::read_requests);
    const Command show = decode("multithread-chat", "show\n");
    EXPECT_EQ(std::get<Refuse>(show.body).why, ChatError::unknown_command);
}

TEST(ChatService, AnswersAsDocument002Does) {
    const std::string_view name = "chat-service";
    EXPECT_EQ(encode(name, two_users),
              "{\"status\": \"OK\", \"messages\": [\"messi - Lionel Messi\", \"maya - Maya - M\"]}\r\n\r\n");
    EXPECT_EQ(encode(name, SessionEnded{token, false}),
              "{\"status\": \"OK\", \"messages\": \"Anda berhasil logout!\"}\r\n\r\n");
    EXPECT_EQ(encode(name, Refused{ChatError::unknown_recipient, {}, false}),
              "{\"status\": \"ERROR\", \"message\": \"User Tidak Ditemukan\"}\r\n\r\n");
    const Command exit = decode(name, "exit\n");
    EXPECT_EQ(std::get<Refuse>(exit.body).why, ChatError::unknown_command);
    InboxPage page;
    page.senders.push_back({{"messi", "Lionel Messi", ""}, {{EntryHeader{}, "Gary Lineker", {}, "halo"}}});
    EXPECT_EQ(encode(name, page),
              "{\"status\": \"OK\", \"messages\": {\"messi\": [{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Gary "
              "Lineker\", \"msg\": \"  halo \\r\\n\"}]}}\r\n\r\n");
}

TEST(WordClients, ReadWhatTheirServersSay) {
    const struct {
        std::string_view name;
        std::unique_ptr<ClientDialect> client;
    } dialects[] = {{"multithread-chat", multithread_chat::make_client()},
                    {"chat-service", chat_service::make_client()}};
    for (const auto& dialect : dialects) {
        std::string requests;
        dialect.client->encode_request(Command{token, ListOnline{}}, requests);
        EXPECT_EQ(requests, "list " + token.to_string() + " \r\n");
        dialect.client->encode_request(Command{token, Logout{}}, requests);
        std::string answers = encode(dialect.name, two_users) + encode(dialect.name, SessionEnded{token, false});
        const auto online = dialect.client->decode_answer(answers);
        ASSERT_TRUE(online && online->reply);
        EXPECT_EQ(std::get<OnlineList>(*online->reply).users.at(1).name, "maya");
        const std::string second = dialect.name == "chat-service" ? "Maya - M" : "maya";
        EXPECT_EQ(std::get<OnlineList>(*online->reply).users.at(1).display_name, second);
        answers.erase(0, online->consumed);
        const auto ended = dialect.client->decode_answer(answers);
        ASSERT_TRUE(ended && ended->reply);
        EXPECT_TRUE(std::holds_alternative<SessionEnded>(*ended->reply));
    }
}

}  // namespace
}  // namespace obrol
