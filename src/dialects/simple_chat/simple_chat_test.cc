#include "dialects/simple_chat/simple_chat.h"

#include <gtest/gtest.h>

namespace obrol::simple_chat {
namespace {

constexpr const char* token_text = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";

Command parse(std::string line) {
    line += '\n';
    const auto dialect = make_kind(DialectLimits{})->make();
    const Decoded decoded = dialect->decode(line);
    EXPECT_EQ(decoded.consumed, line.size());
    EXPECT_TRUE(std::holds_alternative<Command>(decoded.outcome)) << line;
    return std::get<Command>(decoded.outcome);
}

std::string encode(const Reply& reply) {
    std::string out;
    EXPECT_EQ(make_kind(DialectLimits{})->make()->encode(reply, out), NextStep::read_requests);
    return out;
}

TEST(SimpleChatDecoder, ReadsSendsAsPeopleAndTheOriginalClientWriteThem) {
    const struct {
        std::string line;
        std::vector<Address> to;
        std::string text;
        bool has_token;
    } cases[] = {
        {"send messi halo", {{"messi", ""}}, "halo", false},
        {"send messi  halo \r", {{"messi", ""}}, "halo", false},
        {std::string("send ") + token_text + " messi  halo \r", {{"messi", ""}}, "halo", true},
        {"send  messi halo", {{"messi", ""}}, "halo", false},
        {"send messi   dua  blank  ", {{"messi", ""}}, " dua  blank ", false},
        {"send messi,maya@B ho\tho", {{"messi", ""}, {"maya", "B"}}, "ho\tho", false},
        {"send messi \xF0\x9F\x98\x80", {{"messi", ""}}, "\xF0\x9F\x98\x80", false},
    };
    for (const auto& c : cases) {
        const Command command = parse(c.line);
        const auto* send = std::get_if<SendMessage>(&command.body);
        ASSERT_NE(send, nullptr) << c.line;
        EXPECT_EQ(send->to, c.to) << c.line;
        EXPECT_EQ(send->text, c.text) << c.line;
        EXPECT_EQ(command.token.has_value(), c.has_token) << c.line;
    }
}

TEST(SimpleChatDecoder, RefusesWhatIsNoRequest) {
    const struct {
        std::string line;
        ChatError why;
        bool login_first;
    } cases[] = {
        {"", ChatError::unknown_command, false},
        {"   ", ChatError::unknown_command, false},
        {"exit", ChatError::unknown_command, false},
        {"AUTH messi surabaya", ChatError::unknown_command, false},
        {"auth", ChatError::missing_argument, false},
        {"auth messi", ChatError::missing_argument, false},
        {"send", ChatError::missing_argument, true},
        {"send messi", ChatError::missing_argument, true},
        {"send messi   ", ChatError::missing_argument, true},
        {"send , halo", ChatError::missing_argument, true},
        {std::string("send ") + token_text, ChatError::missing_argument, true},
        {std::string("send ") + token_text + " messi", ChatError::missing_argument, true},
        {"send messi \xFF", ChatError::bad_text, false},
        {std::string("send messi a\0b", 14), ChatError::bad_text, false},
        {std::string(65537, 'x'), ChatError::line_too_long, false},
    };
    for (const auto& c : cases) {
        const auto dialect = make_kind(DialectLimits{})->make();
        const Decoded decoded = dialect->decode(c.line + "\n");
        const auto& command = std::get<Command>(decoded.outcome);
        const auto* refuse = std::get_if<Refuse>(&command.body);
        ASSERT_NE(refuse, nullptr) << c.line;
        EXPECT_EQ(refuse->why, c.why) << c.line;
        EXPECT_EQ(refuse->login_first, c.login_first) << c.line;
    }
}

TEST(SimpleChatDecoder, TakesATokenOrGoesWithout) {
    for (const std::string word : {"inbox", "show", "logout"}) {
        EXPECT_FALSE(parse(word).token.has_value());
        EXPECT_FALSE(parse(word + " \r").token.has_value());
        EXPECT_EQ(parse(word + " " + token_text + " \r").token, Token::parse(token_text));
    }
    EXPECT_FALSE(parse("auth messi surabaya").token.has_value());
}

TEST(SimpleChatEncoder, WritesTheDocumentsAnswers) {
    const Token token = *Token::parse(token_text);
    EXPECT_EQ(encode(SessionStarted{token, {}, {}}),
              "{\"status\": \"OK\", \"tokenid\": \"9abf3546-137d-4fd7-9d18-1f33e82acf8d\"}\r\n\r\n");
    EXPECT_EQ(encode(SessionEnded{token, false}),
              "{\"status\": \"OK\", \"message\": \"9abf3546-137d-4fd7-9d18-1f33e82acf8d\"}\r\n\r\n");
    EXPECT_EQ(encode(MessageSent{}), "{\"status\": \"OK\", \"message\": \"Message Sent\"}\r\n\r\n");
    EXPECT_EQ(encode(InboxPage{}), "{\"status\": \"OK\", \"messages\": {}}\r\n\r\n");
    InboxPage page;
    page.senders.push_back(
        {{"henderson", "Jordan Henderson", "Inggris"}, {{EntryHeader{}, "Jordan Henderson", {}, "lohe \xC3\xA9"}}});
    EXPECT_EQ(encode(page),
              "{\"status\": \"OK\", \"messages\": {\"henderson\": [{\"msg_from\": \"Jordan Henderson\", "
              "\"msg_to\": \"Jordan Henderson\", \"msg\": \"  lohe \\u00e9 \\r\\n\"}]}}\r\n\r\n");
    EXPECT_EQ(encode(OnlineList{{{"messi", "Lionel Messi", "Argentina"}}}),
              "{\"status\": \"OK\", \"message\": [{\"username\": \"messi\", \"nama\": \"Lionel Messi\", "
              "\"negara\": \"Argentina\"}]}\r\n\r\n");
}

TEST(SimpleChatEncoder, ShowsWhatWasSaidInAGroupUnderItsSenderAndFilesAsText) {
    InboxPage page;
    InboxPage::Message in_group{EntryHeader{}, "Tim Lab", "#lab", "halo semua"};
    in_group.group = GroupCard{"lab", "Tim Lab"};
    InboxPage::Message file{EntryHeader{}, "Maya", "maya", {}};
    file.file = FileCard{"4f2a9c", "foto \xC3\xA9.jpg", 7, {}};
    page.senders.push_back({{"messi", "Lionel Messi", ""}, {in_group, file}});
    EXPECT_EQ(
        encode(page),
        "{\"status\": \"OK\", \"messages\": {\"messi\": [{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Tim Lab\", "
        "\"msg\": \"  halo semua \\r\\n\"}, {\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Maya\", "
        "\"msg\": \"  [foto \\u00e9.jpg], file_code: 4f2a9c \\r\\n\"}]}}\r\n\r\n");
}

TEST(SimpleChatEncoder, NamesWhoIsUnknownWhenSeveralWereNamed) {
    EXPECT_EQ(encode(Refused{ChatError::unknown_recipient, "pogba", false}),
              "{\"status\": \"ERROR\", \"message\": \"User Tidak Ditemukan\"}\r\n\r\n");
    EXPECT_EQ(encode(Refused{ChatError::unknown_recipient, "pogba", true}),
              "{\"status\": \"ERROR\", \"message\": \"User Tidak Ditemukan: pogba\"}\r\n\r\n");
    EXPECT_EQ(encode(Refused{ChatError::unknown_server, "B", false}),
              "{\"status\": \"ERROR\", \"message\": \"Server Tidak Ditemukan: B\"}\r\n\r\n");
}

// What the client half writes, the server half reads, and the other way round; bytes may come one by one.
TEST(SimpleChatClient, UnderstandsTheServerHalf) {
    const Token token = *Token::parse(token_text);
    InboxPage page;
    page.senders.push_back({{"messi", "Lionel Messi", ""}, {{EntryHeader{}, "Maya", {}, " halo  \xC3\xA9"}}});
    const std::pair<Command, Reply> exchanges[] = {
        {{std::nullopt, Authenticate{"messi", "surabaya"}}, SessionStarted{token, {}, {}}},
        {{token, SendMessage{{{"maya", ""}, {"izza", "B"}}, "halo", std::nullopt}}, MessageSent{}},
        {{token, SendMessage{{{"maya", ""}}, "x", std::nullopt}}, Refused{ChatError::blocked, {}, false}},
        {{std::nullopt, FetchInbox{}}, page},
        {{token, ListOnline{}}, OnlineList{{{"messi", "Lionel Messi", "Argentina"}}}},
        {{token, Logout{}}, SessionEnded{token, false}},
    };
    const auto server = make_kind(DialectLimits{})->make();
    const auto client = make_client();
    std::string answers;
    for (const auto& [command, reply] : exchanges) {
        std::string request;
        client->encode_request(command, request);
        const Decoded decoded = server->decode(request);
        const auto& read = std::get<Command>(decoded.outcome);
        EXPECT_EQ(read.body.index(), command.body.index()) << request;
        EXPECT_EQ(read.token, command.token) << request;
        if (const auto* send = std::get_if<SendMessage>(&read.body)) {
            EXPECT_EQ(send->to, std::get<SendMessage>(command.body).to);
            EXPECT_EQ(send->text, std::get<SendMessage>(command.body).text);
        }
        server->encode(reply, answers);
    }
    std::vector<Reply> replies;
    std::string received;
    for (const char byte : answers) {
        received.push_back(byte);
        const Result<DecodedAnswer> decoded = client->decode_answer(received);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().what;
        if (decoded->reply) replies.push_back(*decoded->reply);
        received.erase(0, decoded->consumed);
    }
    ASSERT_EQ(replies.size(), std::size(exchanges));
    EXPECT_EQ(std::get<SessionStarted>(replies[0]).token, token);
    EXPECT_EQ(std::get<Refused>(replies[2]).why, ChatError::blocked);
    const auto& senders = std::get<InboxPage>(replies[3]).senders;
    ASSERT_EQ(senders.size(), 1u);
    EXPECT_EQ(senders[0].from.name, "messi");
    EXPECT_EQ(senders[0].messages.at(0).text, " halo  \xC3\xA9");
    EXPECT_EQ(std::get<OnlineList>(replies[4]).users.at(0).country, "Argentina");
    EXPECT_EQ(std::get<SessionEnded>(replies[5]).token, token);
}

TEST(SimpleChatClient, ReportsAnswersThatMakeNoSense) {
    const auto client = make_client();
    EXPECT_FALSE(client->decode_answer("{\"status\": \"OK\"}\r\n\r\n").has_value());
    std::string request;
    client->encode_request(Command{std::nullopt, Authenticate{"a", "b"}}, request);
    EXPECT_FALSE(client->decode_answer("no json\r\n\r\n").has_value());
    client->encode_request(Command{std::nullopt, Authenticate{"a", "b"}}, request);
    EXPECT_FALSE(client->decode_answer("{\"status\": \"OK\", \"tokenid\": \"short\"}\r\n\r\n").has_value());
}

}  // namespace
}  // namespace obrol::simple_chat
