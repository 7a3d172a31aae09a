// The connection, and both halves with one another.
#include "dialects/protokol_chat/protokol_chat.h"

#include <gtest/gtest.h>

namespace obrol::protokol_chat {
namespace {

const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");
const Place maya{Place::Kind::user, {"maya", ""}};
const Place lab{Place::Kind::group, {"lab", ""}};

const DialectKind& kind() {
    static const std::unique_ptr<DialectKind> all = [] {
        DialectLimits limits;
        limits.server_label = "A";
        return make_kind(limits);
    }();
    return *all;
}

// Which request each line is, by its place among the bodies; the bytes come `step` at a time.
std::vector<std::size_t> decoded(Dialect& dialect, std::string_view stream, std::size_t step) {
    std::vector<std::size_t> bodies;
    std::string received;
    while (!stream.empty()) {
        received += stream.substr(0, step);
        stream.remove_prefix(std::min(step, stream.size()));
        for (;;) {
            const Decoded one = dialect.decode(received);
            received.erase(0, one.consumed);
            const auto* command = std::get_if<Command>(&one.outcome);
            if (!command) break;
            bodies.push_back(command->body.index());
        }
    }
    EXPECT_EQ(received, "");
    return bodies;
}

TEST(ProtokolChatConnection, TakesRequestsHoweverTheyAreCut) {
    const std::string stream =
        "register budi rahasia123\r\nauth budi rahasia123 \r\nsend messi,maya@B  halo \xC3\xA9\r\n\r\nfiles\n"
        "sendgroup " +
        token.to_string() + " lab A  halo\r\nsendfile maya a b.txt 3\nconnect B \r\n\xff\nputfile a 0\ninbox\n" +
        std::string(70'000, 'x') + "\nlogout\n";
    const auto at_once = decoded(*kind().make(), stream, stream.size());
    EXPECT_EQ(at_once.size(), 13u);
    for (std::size_t step = 1; step <= 400; ++step)
        EXPECT_EQ(decoded(*kind().make(), stream, step), at_once) << step;
}

TEST(ProtokolChatConnection, CarriesBytesAndAnswersTwiceAroundAnUpload) {
    const auto dialect = kind().make();
    decoded(*dialect, "putfile a 3\ngetfile a\ninbox\n", 100);
    std::string out;
    EXPECT_EQ(dialect->encode(UploadReady{1, 3}, out), NextStep::take_bytes);
    EXPECT_EQ(dialect->encode(FileKept{"a", 3}, out), NextStep::read_requests);
    EXPECT_EQ(dialect->encode(FileOffered{2, {{}, "a", 3, {}}, 0}, out), NextStep::give_bytes);
    EXPECT_EQ(dialect->encode(InboxPage{}, out), NextStep::read_requests);
    EXPECT_FALSE(dialect->listens().has_value());
}

TEST(ProtokolChatConnection, TurnsAwayInItsOwnForm) {
    std::string out;
    kind().make()->greet(out);
    EXPECT_EQ(out, "");
    kind().make()->encode_refusal(ChatError::server_full, out);
    EXPECT_EQ(out,
              "{\"status\": \"ERROR\", \"data\": \"Maaf, server penuh, coba lagi nanti\", \"message\": \"Maaf, server "
              "penuh, coba lagi nanti\"}\r\n\r\n");
}

SendFile file_for(const Place& to, std::string name, std::uint64_t size) {
    SendFile send{to, std::move(name), size, std::nullopt};
    send.into_folder = true;
    return send;
}

TEST(ProtokolChatClient, WritesWhatTheDocumentsOwnClientDoes) {
    const std::string t = token.to_string();
    const std::pair<Command, std::string> cases[] = {
        {{std::nullopt, Register{"budi", "rahasia123", {}, {}}}, "register budi rahasia123\r\n"},
        {{std::nullopt, Authenticate{"messi", "surabaya"}}, "auth messi surabaya \r\n"},
        {{token, Logout{}}, "logout " + t + "\r\n"},
        {{token, FetchInbox{}}, "inbox " + t + "\r\n"},
        {{std::nullopt, ConnectServer{"B"}}, "connect B \r\n"},
        {{std::nullopt, AddServer{"B", "127.0.0.1", 8893}}, "addserver B 127.0.0.1 8893\r\n"},
        {{std::nullopt, CreateGroup{"lab", {}, {{"maya", ""}, {"izza", "B"}}}}, "creategroup lab maya,izza@B\r\n"},
        {{token, SendMessage{{{"maya", ""}}, "halo", std::nullopt}}, "send " + t + " maya  halo\r\n"},
        {{token, SendMessage{{{"maya", "B"}}, "halo", std::nullopt}}, "sendserver " + t + " B maya  halo\r\n"},
        {{token, SendMessage{{{"maya", "B"}, {"izza", ""}}, "halo ", std::nullopt}},
         "send " + t + " maya@B,izza  halo  \r\n"},
        {{token, SendToGroup{lab, "halo", std::nullopt}}, "sendgroup " + t + " lab  halo\r\n"},
        {{token, SendFolderFile{maya, "a.txt"}}, "sendfile " + t + " maya a.txt\r\n"},
        {{token, SendFolderFile{lab, "a.txt"}}, "sendfilegroup " + t + " lab a.txt\r\n"},
        {{token, file_for(maya, "a b.txt", 5)}, "sendfile " + t + " maya a b.txt 5\r\n"},
    };
    const auto client = make_client();
    for (const auto& [command, text] : cases) {
        std::string request;
        client->encode_request(command, request);
        EXPECT_EQ(request, text);
    }
}

// What the client half writes, the server half reads, and the other way round; bytes may come one by one.
TEST(ProtokolChatClient, UnderstandsTheServerHalf) {
    InboxPage page;
    page.senders.push_back({{"messi@B", "Lionel Messi", ""}, {{EntryHeader{}, "Maya", {}, " halo  \xC3\xA9"}}});
    ServerList servers;
    servers.servers.push_back({"B", "127.0.0.1", 8893, LinkState::down, 7});
    const std::vector<std::pair<Command, std::vector<Reply>>> exchanges = {
        {{std::nullopt, Register{"budi", "rahasia123", {}, {}}}, {Registered{{"budi", "budi", {}}}}},
        {{std::nullopt, Authenticate{"messi", "surabaya"}}, {SessionStarted{token, {}, {}}}},
        {{token, SendMessage{{{"maya", "B"}}, "halo", std::nullopt}}, {MessageSent{}}},
        {{token, SendMessage{{{"x", ""}}, "halo", std::nullopt}}, {Refused{ChatError::blocked, {}, false}}},
        {{token, SendToGroup{lab, "halo", std::nullopt}}, {MessageSent{}}},
        {{token, FetchInbox{}}, {page}},
        {{token, CreateGroup{"lab", {}, {{"maya", ""}}}}, {GroupCreated{}}},
        {{token, AddServer{"B", "::1", 1}}, {Acknowledged{}}},
        {{token, ConnectServer{"B"}}, {ServerConnected{"B", true}}},
        {{token, DisconnectServer{"B"}}, {Acknowledged{}}},
        {{token, ListServers{}}, {servers}},
        {{token, file_for(maya, "a.txt", 5)}, {UploadReady{1, 5}, FileSent{}}},
        {{token, file_for(lab, "a.txt", 5)}, {UploadReady{1, 5}, Refused{ChatError::quota_exceeded}}},
        {{token, file_for(lab, "b.txt", 5)}, {Refused{ChatError::file_exists}}},
        {{token, SendFolderFile{maya, "a.txt"}}, {FileSent{}}},
        {{token, PutFile{"a b", 0}}, {UploadReady{1, 0}, FileKept{"a b", 0}}},
        {{token, GetFolderFile{"a b"}}, {FileOffered{1, {{}, "a b", 5, {}}, 0}}},
        {{token, ListFolder{}}, {FolderList{{{"a b", 5, {}}}}}},
        {{token, Logout{}}, {SessionEnded{token, false}}},
    };
    const auto server = kind().make();
    const auto client = make_client();
    std::string answers;
    std::vector<Reply> written;
    for (const auto& [command, replies] : exchanges) {
        std::string request;
        client->encode_request(command, request);
        const Decoded decoded = server->decode(request);
        const auto& read = std::get<Command>(decoded.outcome);
        EXPECT_EQ(read.body.index(), command.body.index()) << request;
        EXPECT_EQ(read.token, command.token) << request;
        for (const Reply& reply : replies) {
            server->encode(reply, answers);
            written.push_back(reply);
        }
    }
    std::vector<Reply> replies;
    std::string received;
    for (const char byte : answers) {
        received.push_back(byte);
        const Result<DecodedAnswer> decoded = client->decode_answer(received);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().what << received;
        if (decoded->reply) replies.push_back(*decoded->reply);
        received.erase(0, decoded->consumed);
    }
    ASSERT_EQ(replies.size(), written.size());
    for (std::size_t i = 0; i < replies.size(); ++i)
        EXPECT_EQ(replies[i].index(), written[i].index()) << i;
    EXPECT_EQ(std::get<SessionStarted>(replies[1]).token, token);
    EXPECT_EQ(std::get<Refused>(replies[3]).why, ChatError::blocked);
    EXPECT_EQ(std::get<InboxPage>(replies[5]).senders.at(0).from.name, "messi@B");
    EXPECT_EQ(std::get<InboxPage>(replies[5]).senders.at(0).messages.at(0).text, " halo  \xC3\xA9");
    EXPECT_TRUE(std::get<ServerConnected>(replies[8]).already);
    const ServerList::Item& b = std::get<ServerList>(replies[10]).servers.at(0);
    EXPECT_EQ(b.host, "127.0.0.1");
    EXPECT_EQ(b.port, 8893);
    EXPECT_EQ(b.state, LinkState::down);
    EXPECT_EQ(b.queued, 7u);
    EXPECT_EQ(std::get<UploadReady>(replies[11]).size, 5u);
    EXPECT_EQ(std::get<FileOffered>(replies[19]).file.size, 5u);
    EXPECT_EQ(std::get<FolderList>(replies[20]).files.at(0).name, "a b");
}

TEST(ProtokolChatClient, ReportsAnswersThatMakeNoSense) {
    const auto client = make_client();
    EXPECT_FALSE(client->decode_answer("{\"status\": \"OK\"}\r\n\r\n").has_value());
    const auto turned_away = client->decode_answer("{\"status\": \"ERROR\", \"data\": \"x\"}\r\n\r\n");
    ASSERT_TRUE(turned_away.has_value());
    EXPECT_TRUE(std::holds_alternative<Refused>(*turned_away->reply));
    const std::pair<Command, std::string> cases[] = {
        {{std::nullopt, Authenticate{"a", "b"}}, "no json"},
        {{std::nullopt, Authenticate{"a", "b"}}, "{\"status\": \"OK\", \"data\": \"short\"}"},
        {{token, PutFile{"a", 1}}, "{\"status\": \"OK\", \"data\": \"sudah\"}"},
        {{token, GetFolderFile{"a"}}, "{\"status\": \"OK\", \"data\": {\"nama\": \"a\"}}"},
        {{token, GetFolderFile{"a"}}, "{\"status\": \"OK\", \"data\": {\"nama\": \"a\", \"ukuran\": -1}}"},
    };
    for (const auto& [command, answer] : cases) {
        const auto fresh = make_client();
        std::string request;
        fresh->encode_request(command, request);
        EXPECT_FALSE(fresh->decode_answer(answer + "\r\n\r\n").has_value()) << answer;
    }
}

}  // namespace
}  // namespace obrol::protokol_chat
