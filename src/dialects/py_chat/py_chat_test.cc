// The connection: which form a request has, and what comes between requests.
#include "dialects/py_chat/py_chat.h"

#include <gtest/gtest.h>

#include "wire/json_reader.h"

namespace obrol::py_chat {
namespace {

const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");
const Place messi{Place::Kind::user, {"messi", ""}};
const Place lab{Place::Kind::group_code, {"0f3a9c", ""}};
constexpr std::string_view login = R"({"COMMAND": "AUTH-LOGIN", "username": "a", "password": "b"})";

std::unique_ptr<Dialect> connection() {
    static const std::unique_ptr<DialectKind> kind = make_kind(DialectLimits{});
    return kind->make();
}

// What the decoder made of the bytes: an 'L' for each login, 'R' for each refusal, 'T' for a sign that the transfer can
// begin, '?' for others. The bytes come `step` at a time.
std::string decoded(Dialect& dialect, std::string_view stream, std::size_t step) {
    std::string kinds;
    std::string received;
    while (!stream.empty()) {
        received += stream.substr(0, step);
        stream.remove_prefix(std::min(step, stream.size()));
        for (;;) {
            const Decoded one = dialect.decode(received);
            EXPECT_LE(one.consumed, received.size());
            received.erase(0, one.consumed);
            if (std::holds_alternative<NeedMore>(one.outcome)) break;
            const auto* command = std::get_if<Command>(&one.outcome);
            if (!command)
                kinds += 'T';
            else if (std::holds_alternative<Authenticate>(command->body))
                kinds += 'L';
            else
                kinds += std::holds_alternative<Refuse>(command->body) ? 'R' : '?';
        }
    }
    return kinds;
}

TEST(PyChatConnection, TakesBothFormsHoweverTheyAreCut) {
    const std::string object(login);
    const std::string line = "AUTH-LOGIN a b\r\n";
    const struct {
        std::string stream;
        std::string wanted;
    } cases[] = {
        {line + line, "LL"},
        {object + object, "LL"},
        {object + line + object + line, "LLLL"},
        {" " + line + "\t " + object, "LL"},
        {object + "\r\n \n\t" + object + "\n" + line, "LLL"},
        {"\n\r\n" + line, "RRL"},
        {object + "\n\n" + line + "\n", "LLR"},
        {"x" + object + "\n", "R"},
        {"AUTH-LOGIN a " + std::string(4096 - 13, 'x') + "\n" + line, "RL"},
        {std::string(4097, 'x') + "\n" + object, "RL"},
        {std::string(9000, 'x') + "{\r\n" + object + line, "RLL"},
        {std::string(9000, 'x') + "\n  \n" + line, "RRL"},
        {"\xff\n" + line, "RL"},
        {std::string("a\0b\n", 4) + line, "RL"},
        {"{\"a\": }" + line + object, "R"},
        {"{]" + line, "R"},
        {R"({"COMMAND": "X"})" + line, "RL"},
        {R"({"status": "ready"})" + line, "RL"},
    };
    for (const auto& c : cases) {
        for (const std::size_t step : {1u, 2u, 7u, 100'000u}) {
            const auto dialect = connection();
            EXPECT_EQ(decoded(*dialect, c.stream, step), c.wanted) << c.stream.substr(0, 200) << " by " << step;
        }
    }
}

TEST(PyChatConnection, TakesLinesAndObjectsAtTheirLimits) {
    const auto refusal = [](const std::string& request) {
        const Decoded decoded = connection()->decode(request);
        const auto* refuse = std::get_if<Refuse>(&std::get<Command>(decoded.outcome).body);
        return refuse ? refuse->why : ChatError::unknown_command;
    };
    const std::string word = "AUTH-LOGIN a ";
    EXPECT_EQ(refusal(word + std::string(4096 - word.size(), 'x') + "\r\n"), ChatError::argument_too_long);
    EXPECT_EQ(refusal(word + std::string(4097 - word.size(), 'x') + "\r\n"), ChatError::line_too_long);
    const std::string object = R"({"COMMAND": ")";
    EXPECT_EQ(refusal(object + std::string(65536 - object.size() - 2, 'X') + "\"}"), ChatError::unknown_command);
    EXPECT_EQ(refusal(object + std::string(65537 - object.size() - 2, 'X') + "\"}"), ChatError::line_too_long);
}

TEST(PyChatConnection, RepeatsTheWordOfALongLineWhereItIsWhole) {
    const auto dialect = connection();
    for (const std::string& line : {"NOTIF-GET " + std::string(9000, 'x'), std::string(9000, 'x')}) {
        decoded(*dialect, line + '\n', 1000);
        std::string out;
        dialect->encode(Refused{ChatError::line_too_long, {}, false}, out);
        EXPECT_TRUE(out.starts_with(line[0] == 'N' ? R"({"FOR": "NOTIF-GET", )" : R"({"FOR": "", )")) << out;
    }
}

std::string answer(Dialect& dialect, const Reply& reply, NextStep step = NextStep::read_requests) {
    std::string out;
    EXPECT_EQ(dialect.encode(reply, out), step);
    return out;
}

TEST(PyChatConnection, AnswersInTheFormOfTheRequest) {
    const auto dialect = connection();
    decoded(*dialect, std::string(login) + "AUTH-LOGIN a b\nDANCE\n", 1000);
    EXPECT_EQ(answer(*dialect, Refused{ChatError::wrong_password, {}, false}),
              R"({"FOR": "AUTH-LOGIN", "status": "failed", "message": "Password Salah"})");
    EXPECT_EQ(answer(*dialect, SessionStarted{token, {}, {}}),
              "{\"FOR\": \"AUTH-LOGIN\", \"status\": \"success\", \"message\": \"Berhasil masuk\"}\r\n\r\n");
    EXPECT_EQ(answer(*dialect, Refused{ChatError::unknown_command, {}, false}),
              "{\"FOR\": \"DANCE\", \"status\": \"failed\", \"message\": \"Maaf, command tidak benar\"}\r\n\r\n");
}

TEST(PyChatConnection, ClosesWhenAnObjectMakesNoSense) {
    const auto dialect = connection();
    decoded(*dialect, "{]", 1);
    EXPECT_EQ(answer(*dialect, Refused{ChatError::bad_json, {}, false}, NextStep::close),
              R"({"FOR": "", "status": "failed", "message": "Maaf, JSON tidak sah"})");
}

TEST(PyChatConnection, GreetsInOneLineThatIsNoObject) {
    std::string greeting;
    connection()->greet(greeting);
    EXPECT_FALSE(greeting.starts_with('{'));
    EXPECT_TRUE(greeting.ends_with("\r\n\r\n"));
    EXPECT_EQ(greeting.find('\n'), greeting.size() - 3);
    for (const std::string word : {"AUTH-LOGIN", "AUTH-REGISTER", "daftar"})
        EXPECT_NE(greeting.find(word), std::string::npos) << word;
    EXPECT_EQ(make_kind(DialectLimits{})->greeting_delay(), std::chrono::milliseconds(200));
}

TEST(PyChatConnection, ListensWhileTheLatestRequestWasAnObject) {
    const auto kind = make_kind(DialectLimits{});
    const auto dialect = kind->make();
    EXPECT_EQ(dialect->listens(), std::nullopt);
    decoded(*dialect, login, 1000);
    ASSERT_TRUE(dialect->listens().has_value());
    EXPECT_TRUE(kind->writes_events_apart(*dialect->listens()));
    EXPECT_FALSE(kind->hears_own_messages(*dialect->listens()));
    decoded(*dialect, "\r\n", 1000);
    EXPECT_TRUE(dialect->listens().has_value());
    decoded(*dialect, "NOTIF-GET\n", 1000);
    EXPECT_EQ(dialect->listens(), std::nullopt);
}

TEST(PyChatConnection, UploadsAreAnsweredTwice) {
    const FileCard file{"4f2a9c", "a", 3, {}};
    const auto dialect = connection();
    for (const std::string request :
         {"FILE-SEND-PRIVATE messi a 3\r\n",
          R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a", "file_size": 3})"}) {
        EXPECT_EQ(decoded(*dialect, request, 1000), "?");
        EXPECT_NE(answer(*dialect, UploadReady{1, 3}, NextStep::take_bytes).find("ready"), std::string::npos);
        EXPECT_NE(answer(*dialect, FileSent{file, "messi", {}, {}, {}, {}}).find("4f2a9c"), std::string::npos);
    }
    decoded(*dialect, "FILE-SEND-PRIVATE messi a 3\r\n", 1000);
    answer(*dialect, UploadReady{1, 3}, NextStep::take_bytes);
    EXPECT_NE(answer(*dialect, Refused{ChatError::not_stored, {}, false}).find("FILE-SEND-PRIVATE"), std::string::npos);
}

TEST(PyChatConnection, DownloadsFollowAtOnceOrWhenTheProgramIsReady) {
    const FileOffered offered{1, {"4f2a9c", "a", 3, {}}, 0};
    const std::string request = R"({"COMMAND": "FILE-PRIVATE-GET", "p_username": "messi", "file_code": "4f2a9c"})";
    const std::string ready = R"({"status": "ready"})";
    const auto dialect = connection();
    decoded(*dialect, "FILE-GET-PRIVATE messi 4f2a9c\n", 1000);
    answer(*dialect, offered, NextStep::give_bytes);

    decoded(*dialect, request, 1000);
    answer(*dialect, offered, NextStep::await_ready);
    EXPECT_EQ(decoded(*dialect, "\n" + ready, 1), "T");
    EXPECT_EQ(decoded(*dialect, ready, 1), "R");
    answer(*dialect, Refused{ChatError::unknown_command, {}, false});

    // Something else instead, in either form: the offer is no longer there.
    for (const std::string& other : {std::string(login), std::string("AUTH-LOGIN a b\n")}) {
        decoded(*dialect, request, 1000);
        answer(*dialect, offered, NextStep::await_ready);
        EXPECT_EQ(decoded(*dialect, other + ready, 1), "LR");
        answer(*dialect, SessionStarted{token, {}, {}});
        answer(*dialect, Refused{ChatError::unknown_command, {}, false});
    }
}

TEST(PyChatConnection, IsTurnedAwayInItsForm) {
    std::string out;
    connection()->encode_refusal(ChatError::server_full, out);
    EXPECT_EQ(out,
              "{\"FOR\": \"\", \"status\": \"failed\", \"message\": \"Maaf, server penuh, coba lagi nanti\"}\r\n\r\n");
    const auto dialect = connection();
    decoded(*dialect, login, 1000);
    out.clear();
    dialect->encode_refusal(ChatError::out_of_memory, out);
    EXPECT_TRUE(out.ends_with("}"));
}

TEST(PyChatConnection, KeepsToItsSettings) {
    DialectLimits limits;
    limits.py_chat.line_bytes_max = 300;
    limits.py_chat.argument_characters_max = 3;
    limits.py_chat.history_entries = 7;
    limits.py_chat.greeting_delay = std::chrono::milliseconds(5);
    const auto kind = make_kind(limits);
    EXPECT_EQ(kind->greeting_delay(), std::chrono::milliseconds(5));
    const auto dialect = kind->make();
    EXPECT_EQ(decoded(*dialect, "AUTH-LOGIN abc def\nAUTH-LOGIN abcd e\n" + std::string(301, 'x') + "\n", 1000), "LRR");
    const Decoded get = dialect->decode(R"({"COMMAND": "MSG-PRIVATE-GET", "p_username": "messi"})");
    EXPECT_EQ(std::get<FetchHistory>(std::get<Command>(get.outcome).body).limit, 7u);
}

UnreadPage two_messages() {
    UnreadPage page;
    UnreadPage::Message text;
    text.from = {"messi", "Lionel Messi", "Argentina"};
    text.entry.body = "halo \xC3\xA9";
    text.entry.header.at = WallTime{std::chrono::milliseconds(1'700'000'000'007)};
    UnreadPage::Message file = text;
    file.entry.header.kind = EntryKind::file;
    file.entry.body = encode(FileCard{"4f2a9c", "bali.jpg", 12, {}});
    file.group = GroupCard{"g1", "kelas"};
    file.group_code = "0f3a9c";
    page.messages = {text, file};
    return page;
}

// What the client half writes, the server half reads, and the other way round; bytes may come one by one, and behind a
// greeting.
TEST(PyChatClient, UnderstandsTheServerHalf) {
    const GroupView group{{"g1", "kelas"}, {}, "0f3a9c", GroupRole::owner, 1};
    const FileCard file{"4f2a9c", "bali.jpg", 12, {}};
    const std::vector<Address> two{{"maya", ""}, {"izza", "B"}};
    const NameRefused unknown{"izza@B", ChatError::unknown_server};
    const std::pair<Command, Reply> exchanges[] = {
        {{std::nullopt, Register{"a", "b", "", ""}}, Registered{}},
        {{std::nullopt, Authenticate{"a", "b"}}, SessionStarted{token, {}, {}}},
        {{std::nullopt, CreateGroup{"", "kelas progjar", {}}}, GroupCreated{group}},
        {{std::nullopt, ListGroups{}}, GroupList{{group}}},
        {{std::nullopt, JoinGroup{"0f3a9c"}}, GroupJoined{group, false}},
        {{std::nullopt, LeaveGroup{lab}}, GroupLeft{}},
        {{std::nullopt, InviteToGroup{lab, two}}, MembersAdded{{}, {"maya"}, {unknown}}},
        {{std::nullopt, SendMessage{{{"maya", ""}}, " dua  blank ", std::nullopt}}, MessageSent{}},
        {{std::nullopt, SendToGroup{lab, "halo", std::nullopt}}, Refused{ChatError::not_a_member, {}, false}},
        {{std::nullopt, FetchUnread{messi}}, two_messages()},
        {{std::nullopt, FetchUnread{lab}}, UnreadPage{}},
        {{std::nullopt, ListUnread{}}, two_messages()},
        {{std::nullopt, GetFile{"4f2a9c", messi, 0}}, FileOffered{9, file, 0}},
        {{std::nullopt, GetFile{"4f2a9c", lab, 5}}, FileOffered{9, file, 5}},
        {{std::nullopt, AddContacts{two}}, ContactsChanged{{"maya"}, {unknown}}},
        {{std::nullopt, ListContacts{}}, ContactList{{{{"maya", "Maya", ""}, true}}}},
        {{std::nullopt, RemoveContacts{two}}, Refused{ChatError::not_a_contact, "maya", true}},
        {{std::nullopt, Logout{}}, SessionEnded{token, false}},
    };
    const auto server = connection();
    const auto client = make_client();
    std::string answers;
    server->greet(answers);
    for (const auto& [command, reply] : exchanges) {
        std::string request;
        client->encode_request(command, request);
        const Decoded one = server->decode(request);
        EXPECT_EQ(one.consumed, request.size());
        EXPECT_EQ(std::get<Command>(one.outcome).body.index(), command.body.index()) << request;
        server->encode(reply, answers);
    }
    std::vector<Reply> replies;
    std::string received;
    for (const char byte : answers) {
        received.push_back(byte);
        const Result<DecodedAnswer> one = client->decode_answer(received);
        ASSERT_TRUE(one.has_value()) << one.error().what;
        if (one->reply) replies.push_back(*one->reply);
        received.erase(0, one->consumed);
    }
    ASSERT_EQ(replies.size(), std::size(exchanges));
    for (std::size_t i = 0; i < replies.size(); ++i)
        EXPECT_EQ(replies[i].index(), exchanges[i].second.index()) << i;
    EXPECT_EQ(std::get<GroupCreated>(replies[2]).group.code, "0f3a9c");
    EXPECT_EQ(std::get<GroupList>(replies[3]).groups.at(0).card.name, "kelas");
    EXPECT_EQ(std::get<MembersAdded>(replies[6]).added, std::vector<std::string>{"maya"});
    EXPECT_EQ(std::get<MembersAdded>(replies[6]).failed.at(0).name, "izza@B");
    EXPECT_EQ(std::get<Refused>(replies[8]).why, ChatError::not_a_member);
    const UnreadPage wanted = two_messages();
    for (const std::size_t at : {9u, 11u}) {
        const auto& messages = std::get<UnreadPage>(replies[at]).messages;
        ASSERT_EQ(messages.size(), 2u);
        EXPECT_EQ(messages[0].from.name, "messi");
        EXPECT_EQ(messages[0].entry.body, wanted.messages[0].entry.body);
        EXPECT_EQ(messages[1].entry.header.kind, EntryKind::file);
        EXPECT_EQ(parse_file_card(messages[1].entry.body)->name, "bali.jpg");
    }
    EXPECT_EQ(std::get<UnreadPage>(replies[9]).messages[0].entry.header.at, wanted.messages[0].entry.header.at);
    EXPECT_EQ(std::get<UnreadPage>(replies[11]).messages[1].group->name, "kelas");
    EXPECT_EQ(std::get<UnreadPage>(replies[11]).messages[1].group_code, "0f3a9c");
    EXPECT_EQ(std::get<FileOffered>(replies[12]).file.size, 12u);
    EXPECT_EQ(std::get<FileOffered>(replies[13]).offset, 5u);
    EXPECT_EQ(std::get<ContactList>(replies[15]).contacts.at(0).user.name, "maya");
    EXPECT_EQ(std::get<Refused>(replies[16]).why, ChatError::not_a_contact);
}

TEST(PyChatClient, HearsTwiceOfAnUpload) {
    const auto server = connection();
    const auto client = make_client();
    std::string request, answers;
    client->encode_request(Command{std::nullopt, SendFile{lab, "foto di Bali.jpg", 3, std::nullopt}}, request);
    const Decoded one = server->decode(request);
    EXPECT_EQ(std::get<SendFile>(std::get<Command>(one.outcome).body).name, "foto di Bali.jpg");
    server->encode(UploadReady{1, 3}, answers);
    const auto ready = client->decode_answer(answers);
    ASSERT_TRUE(ready && ready->reply);
    EXPECT_EQ(std::get<UploadReady>(*ready->reply).size, 3u);
    answers.clear();
    server->encode(FileSent{{"4f2a9c", "foto di Bali.jpg", 3, {}}, "#g1", {}, {}, {}, {}}, answers);
    const auto sent = client->decode_answer(answers);
    ASSERT_TRUE(sent && sent->reply);
    EXPECT_EQ(std::get<FileSent>(*sent->reply).file.code, "4f2a9c");
}

TEST(PyChatClient, ReportsAnswersThatMakeNoSense) {
    const struct {
        Command command;
        std::string answer;
    } cases[] = {
        {{std::nullopt, ListGroups{}}, "no json\r\n\r\n"},
        {{std::nullopt, CreateGroup{"", "x", {}}}, "{\"status\": \"success\"}\r\n\r\n"},
        {{std::nullopt, SendFile{lab, "a", 3, std::nullopt}}, "{\"status\": \"success\"}\r\n\r\n"},
        {{std::nullopt, GetFile{"4f2a9c", lab, 0}}, "{\"status\": \"success\", \"file_size\": -1}\r\n\r\n"},
        {{std::nullopt, GetFile{"4f2a9c", lab, 4}}, "{\"status\": \"success\", \"file_size\": 3}\r\n\r\n"},
    };
    for (const auto& c : cases) {
        const auto client = make_client();
        std::string request;
        // The first thing that is no object would be a greeting.
        client->encode_request(Command{std::nullopt, ListUnread{}}, request);
        ASSERT_TRUE(client->decode_answer("{\"status\": \"success\"}\r\n\r\n").has_value());
        client->encode_request(c.command, request);
        EXPECT_FALSE(client->decode_answer(c.answer).has_value()) << c.answer;
    }
    EXPECT_FALSE(make_client()->decode_answer("{\"status\": \"success\"}\r\n\r\n").has_value());
    const auto refused = make_client()->decode_answer("{\"status\": \"failed\", \"message\": \"x\"}\r\n\r\n");
    ASSERT_TRUE(refused && refused->reply);
}

}  // namespace
}  // namespace obrol::py_chat
