#include "dialects/native/native.h"

#include <gtest/gtest.h>

#include "dialects/native/requests.h"

namespace obrol::native {
namespace {

constexpr const char* token_text = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";
const Token token = *Token::parse(token_text);
const MessageId message_id = *Uuid::parse("018bcfe5-6800-7000-8000-000000000001");

class NativeDialect : public testing::Test {
  protected:
    // Decodes one line and encodes the answer to it.
    std::string exchange(const std::string& line, const Reply& reply) {
        const Decoded decoded = dialect->decode(line + "\n");
        EXPECT_TRUE(std::holds_alternative<Command>(decoded.outcome));
        std::string out;
        step = dialect->encode(reply, out);
        EXPECT_TRUE(out.ends_with("\r\n\r\n"));
        return out.substr(0, out.size() - 4);
    }

    std::unique_ptr<DialectKind> kind = make_kind(DialectLimits{});
    std::unique_ptr<Dialect> dialect = kind->make();
    NextStep step = NextStep::read_requests;
};

TEST(NativeRequests, AreTheSameByWordAndAsObject) {
    const std::pair<std::string, std::string> cases[] = {
        {"send messi@B,maya  two  blanks ", R"({"cmd":"send","to":"messi@B,maya","text":" two  blanks "})"},
        {"send messi halo", R"({"cmd":"send","to":["messi"],"text":"halo"})"},
        {"history maya before 17 limit 5", R"({"cmd":"history","who":"maya","before":17,"limit":5})"},
        {"history maya limit 5", R"({"cmd":"history","who":"maya","limit":5})"},
        {"read maya 12", R"({"cmd":"read","who":"maya","seq":12})"},
        {"auth messi surabaya", R"({"cmd":"auth","user":"messi","password":"surabaya"})"},
        {"passwd old new", R"({"cmd":"passwd","password":"old","new":"new"})"},
        {"listen off", R"({"cmd":"listen","state":"off"})"},
        {"sessions", R"({"cmd":"sessions"})"},
        {"revoke 17", R"({"cmd":"revoke","session":17})"},
        {"revoke others", R"({"cmd":"revoke","session":"others"})"},
        {"revoke all", R"({"cmd":"revoke","session":"all"})"},
        {"profile name  Lionel Messi ", R"({"cmd":"profile","name":"Lionel Messi"})"},
        {"profile country", R"({"cmd":"profile","country":""})"},
        {"register a secret", R"({"cmd":"register","user":"a","password":"secret"})"},
        {"register a secret Inggris A B",
         R"({"cmd":"register","user":"a","password":"secret","country":"Inggris","name":"A B"})"},
        {"register a secret invitation x-1 Inggris A B",
         R"({"cmd":"register","user":"a","password":"secret","invitation":"x-1","country":"Inggris","name":"A B"})"},
        {"register a secret invitation x-1", R"({"cmd":"register","user":"a","password":"secret","invitation":"x-1"})"},
        {"block maya", R"({"cmd":"block","who":"maya"})"},
        {"unblock maya", R"({"cmd":"unblock","who":"maya"})"},
        {"inbox", R"({"cmd":"inbox"})"},
        {std::string("resume ") + token_text, std::string(R"({"cmd":"resume","token":")") + token_text + "\"}"},
    };
    for (const auto& [words, object] : cases) {
        const Command by_word = read_words(words).command;
        const Command as_object = read_object(object).command;
        EXPECT_EQ(by_word.token, as_object.token) << words;
        ASSERT_EQ(by_word.body.index(), as_object.body.index()) << words;
        ASSERT_FALSE(std::holds_alternative<Refuse>(by_word.body)) << words;
        if (const auto* send = std::get_if<SendMessage>(&by_word.body)) {
            EXPECT_EQ(send->to, std::get<SendMessage>(as_object.body).to);
            EXPECT_EQ(send->text, std::get<SendMessage>(as_object.body).text);
        }
        if (const auto* history = std::get_if<FetchHistory>(&by_word.body)) {
            EXPECT_EQ(history->before, std::get<FetchHistory>(as_object.body).before);
            EXPECT_EQ(history->limit, std::get<FetchHistory>(as_object.body).limit);
        }
        if (const auto* made = std::get_if<Register>(&by_word.body)) {
            const auto& other = std::get<Register>(as_object.body);
            EXPECT_EQ(made->invitation, other.invitation) << words;
            EXPECT_EQ(made->country, other.country) << words;
            EXPECT_EQ(made->display_name, other.display_name) << words;
        }
        if (const auto* revoke = std::get_if<RevokeSessions>(&by_word.body)) {
            EXPECT_EQ(revoke->which, std::get<RevokeSessions>(as_object.body).which) << words;
            EXPECT_EQ(revoke->session, std::get<RevokeSessions>(as_object.body).session) << words;
        }
        if (const auto* profile = std::get_if<ChangeProfile>(&by_word.body)) {
            EXPECT_EQ(profile->display_name, std::get<ChangeProfile>(as_object.body).display_name) << words;
            EXPECT_EQ(profile->country, std::get<ChangeProfile>(as_object.body).country) << words;
        }
        if (const auto* block = std::get_if<Block>(&by_word.body)) {
            EXPECT_EQ(block->blocked, std::get<Block>(as_object.body).blocked);
        }
        if (const auto* listen = std::get_if<Listen>(&by_word.body)) {
            EXPECT_EQ(listen->on, std::get<Listen>(as_object.body).on);
        }
    }
}

TEST(NativeRequests, KeepTheTextAsItIs) {
    const Request request = read_words("send messi  halo ");
    EXPECT_EQ(std::get<SendMessage>(request.command.body).text, " halo ");
    const Request lines = read_object(R"({"cmd":"send","to":"a","text":"two\nlines","key":"laptop-3f2a:17"})");
    const auto& send = std::get<SendMessage>(lines.command.body);
    EXPECT_EQ(send.text, "two\nlines");
    EXPECT_EQ(send.key, (IdempotencyKey{"laptop-3f2a", 17}));
}

TEST(NativeRequests, AnInvitationStandsBeforeTheCountry) {
    const auto made = [](std::string_view line) { return std::get<Register>(read_words(line).command.body); };
    EXPECT_EQ(made("register a secret invitation x-1 Inggris A B").invitation, "x-1");
    EXPECT_EQ(made("register a secret invitation x-1 Inggris A B").country, "Inggris");
    EXPECT_EQ(made("register a secret invitation x-1 Inggris A B").display_name, "A B");
    EXPECT_FALSE(made("register a secret Inggris invitation x-1").invitation.has_value());
    EXPECT_EQ(made("register a secret invitation").country, "invitation") << "without a code it is one";
}

TEST(NativeRequests, AProfileTextMayBeEmpty) {
    const auto change = [](std::string_view line) {
        const Request request = line.starts_with("{") ? read_object(line) : read_words(line);
        return std::get<ChangeProfile>(request.command.body);
    };
    EXPECT_EQ(change("profile name").display_name, "");
    EXPECT_FALSE(change("profile name").country.has_value());
    EXPECT_EQ(change("profile country  ").country, "");
    EXPECT_EQ(change("profile name name").display_name, "name");
    EXPECT_EQ(change(R"({"cmd":"profile","name":"","country":"x"})").display_name, "");
    EXPECT_EQ(change(R"({"cmd":"profile","name":"","country":"x"})").country, "x");
    EXPECT_FALSE(change(R"({"cmd":"profile","country":"x"})").display_name.has_value());
    const Request by_token = read_words(std::string("profile ") + token_text + " country Peru");
    EXPECT_EQ(by_token.command.token, token);
    EXPECT_EQ(std::get<ChangeProfile>(by_token.command.body).country, "Peru");
}

TEST(NativeRequests, SayWhatIsWrong) {
    const std::pair<std::string, ChatError> cases[] = {
        {"", ChatError::unknown_command},
        {"shout", ChatError::unknown_command},
        {"auth messi", ChatError::missing_argument},
        {"send messi", ChatError::missing_argument},
        {"send messi   ", ChatError::missing_argument},
        {"history", ChatError::missing_argument},
        {"history maya limit 0", ChatError::missing_argument},
        {"read maya x", ChatError::missing_argument},
        {"listen maybe", ChatError::missing_argument},
        {"profile", ChatError::missing_argument},
        {"profile colour red", ChatError::missing_argument},
        {R"({"cmd":"profile"})", ChatError::missing_argument},
        {R"({"cmd":"profile","name":7})", ChatError::missing_argument},
        {"revoke", ChatError::missing_argument},
        {"revoke 0", ChatError::missing_argument},
        {"revoke some", ChatError::missing_argument},
        {R"({"cmd":"revoke","session":-1})", ChatError::missing_argument},
        {R"({"cmd":"shout"})", ChatError::unknown_command},
        {R"({"to":"a"})", ChatError::unknown_command},
        {R"({"cmd":"send","to":"a"})", ChatError::missing_argument},
        {R"({"cmd":"send","to":"a","text":7})", ChatError::missing_argument},
        {R"({"cmd":"send","to":"a","text":"x","key":"nonumber"})", ChatError::bad_argument},
        {R"({"cmd":"inbox","id":[1]})", ChatError::bad_argument},
        {R"({"cmd":"inbox","cmd":"list"})", ChatError::bad_json},
        {R"({"cmd":"inbox")", ChatError::bad_json},
        {R"({"cmd":"inbox","token":"short"})", ChatError::not_authorized},
    };
    for (const auto& [line, why] : cases) {
        const Request request = line.starts_with("{") ? read_object(line) : read_words(line);
        const auto* refuse = std::get_if<Refuse>(&request.command.body);
        ASSERT_NE(refuse, nullptr) << line;
        EXPECT_EQ(refuse->why, why) << line;
    }
}

TEST_F(NativeDialect, AnswersRepeatTheId) {
    EXPECT_EQ(exchange(R"({"cmd":"ping","id":"c1"})", Acknowledged{}), R"({"id":"c1","status":"OK","data":"done"})");
    EXPECT_EQ(exchange(R"({"cmd":"ping","id":7})", Acknowledged{}), R"({"id":7,"status":"OK","data":"done"})");
    EXPECT_EQ(exchange("ping", Acknowledged{}), R"({"status":"OK","data":"done"})");
    EXPECT_EQ(
        exchange(R"({"cmd":"shout","id":"x"})", Refused{ChatError::unknown_command, {}, false}),
        R"({"id":"x","status":"ERROR","code":"unknown-command","data":"there is no such request; 'help' lists them"})");
}

TEST_F(NativeDialect, DoesNotTellWhichNamesExist) {
    const std::string unknown = exchange("auth pogba x", Refused{ChatError::unknown_user, {}, false});
    EXPECT_EQ(unknown, exchange("auth messi x", Refused{ChatError::wrong_password, {}, false}));
    EXPECT_EQ(unknown, R"({"status":"ERROR","code":"bad-credentials","data":"user name or password is wrong"})");
    const Decoded decoded = dialect->decode("auth messi x\n");
    const auto& command = std::get<Command>(decoded.outcome);
    EXPECT_FALSE(std::get<Authenticate>(command.body).tells_which);
}

TEST_F(NativeDialect, WritesSessionsMessagesAndLists) {
    EXPECT_EQ(exchange("auth messi surabaya", SessionStarted{token, {"messi", "Lionel Messi", ""}, "B"}),
              std::string(R"({"status":"OK","data":{"token":")") + token_text +
                  R"(","user":"messi","name":"Lionel Messi","server":"B"}})");
    MessageSent sent;
    sent.copies.push_back({"maya", ConversationId(3), Seq(5), message_id});
    EXPECT_EQ(exchange("send maya halo", sent),
              R"({"status":"OK","data":{"sent":[{"to":"maya","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,)"
              R"("seq":5}],"at":"1970-01-01T00:00:00.000Z"}})");
    InboxPage page;
    EntryHeader header;
    header.conversation = ConversationId(3);
    header.seq = Seq(5);
    header.id = message_id;
    page.senders.push_back({{"messi", "Lionel Messi", ""}, {{header, "Maya", "maya", "\xC3\xA9\n"}}});
    page.more = true;
    EXPECT_EQ(exchange("inbox", page),
              R"({"status":"OK","data":{"messages":[{"id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,)"
              R"("kind":"message","from":"messi","name":"Lionel Messi","to":"maya","text":"é\n",)"
              R"("at":"1970-01-01T00:00:00.000Z"}],"more":true}})");
    EXPECT_EQ(exchange("list", OnlineList{{{"messi", "Lionel Messi", "Argentina"}}}),
              R"({"status":"OK","data":[{"user":"messi","name":"Lionel Messi","country":"Argentina"}]})");
    Refused slow{ChatError::too_many_requests, {}, false, std::chrono::milliseconds(1500)};
    EXPECT_EQ(
        exchange("send maya x", slow),
        R"({"status":"ERROR","code":"too-many-requests","retry_ms":1500,"data":"too many requests; wait and try again"})");
}

TEST_F(NativeDialect, WritesSessionsAndProfiles) {
    const WallTime start{};
    SessionList list;
    list.sessions.push_back({SessionId(7), start, start + std::chrono::milliseconds(5), true, false, true});
    EXPECT_EQ(exchange("sessions", list),
              R"({"status":"OK","data":[{"id":7,"since":"1970-01-01T00:00:00.000Z","used":"1970-01-01T00:00:00.005Z",)"
              R"("online":true,"current":true}]})");
    EXPECT_EQ(exchange("revoke others", SessionsRevoked{3, false}), R"({"status":"OK","data":{"revoked":3}})");
    EXPECT_EQ(exchange("profile name Leo", ProfileChanged{{"messi", "Leo", "Argentina"}}),
              R"({"status":"OK","data":{"user":"messi","name":"Leo","country":"Argentina"}})");
}

TEST_F(NativeDialect, ListensOnlyAfterASuccessfulListen) {
    EXPECT_FALSE(dialect->listens().has_value());
    exchange("listen on", Refused{ChatError::not_authorized, {}, false});
    EXPECT_FALSE(dialect->listens().has_value());
    exchange("listen on", Acknowledged{});
    EXPECT_TRUE(dialect->listens().has_value());
    exchange("listen off", Acknowledged{});
    EXPECT_FALSE(dialect->listens().has_value());
    exchange("listen on", Acknowledged{});
    exchange("logout", SessionEnded{token, false});
    EXPECT_FALSE(dialect->listens().has_value());
    exchange("listen on", Acknowledged{});
    exchange("revoke others", SessionsRevoked{1, false});
    EXPECT_TRUE(dialect->listens().has_value());
    exchange("revoke all", SessionsRevoked{1, true});
    EXPECT_FALSE(dialect->listens().has_value()) << "that was a logout";
}

TEST_F(NativeDialect, ExitClosesAfterTheAnswer) {
    EXPECT_EQ(exchange("exit", Acknowledged{}), R"({"status":"OK","data":"goodbye"})");
    EXPECT_EQ(step, NextStep::close);
}

TEST_F(NativeDialect, HelpNamesEveryRequest) {
    const std::string help(help_text());
    for (const char* word : {"hello",  "help",    "register", "auth",   "resume",  "logout", "whoami",
                             "passwd", "profile", "sessions", "revoke", "send",    "inbox",  "history",
                             "read",   "list",    "listen",   "block",  "unblock", "ping",   "exit"})
        EXPECT_NE(("\n" + help).find("\n" + std::string(word)), std::string::npos) << word;
}

TEST_F(NativeDialect, LinesThatAreNoTextAreAnswersToo) {
    EXPECT_EQ(exchange("send a \xFF", Refused{ChatError::bad_text, {}, false}).substr(0, 40),
              R"({"status":"ERROR","code":"bad-text","dat)");
}

TEST_F(NativeDialect, EventsBeginWithTheirName) {
    std::string out;
    EntryHeader header;
    header.conversation = ConversationId(3);
    header.seq = Seq(5);
    header.id = message_id;
    const UserCard messi{"messi", "Lionel Messi", ""}, maya{"maya", "Maya", ""};
    kind->encode_event(MessageEvent{LogEntry{header, "halo", false}, messi, maya}, 0, out);
    EXPECT_EQ(out,
              R"({"event":"message","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":"message",)"
              R"("from":"messi","name":"Lionel Messi","to":"maya","text":"halo","at":"1970-01-01T00:00:00.000Z"})"
              "\r\n\r\n");
    out.clear();
    kind->encode_event(PresenceEvent{{"messi", "Lionel Messi", "Argentina"}, true}, 0, out);
    EXPECT_EQ(out, R"({"event":"presence","user":"messi","name":"Lionel Messi","country":"Argentina","online":true})"
                   "\r\n\r\n");
    out.clear();
    kind->encode_event(ReadEvent{ConversationId(3), Seq(6), messi, maya}, 0, out);
    EXPECT_EQ(out, "{\"event\":\"read\",\"conv\":3,\"seq\":6,\"from\":\"messi\",\"to\":\"maya\"}\r\n\r\n");
    out.clear();
    kind->encode_event(SessionEndedEvent{}, 0, out);
    EXPECT_EQ(out, R"({"event":"notice","code":"session-ended","text":"this login has ended; log in again"})"
                   "\r\n\r\n");
    out.clear();
    kind->encode_event(LaggedEvent{ConversationId(3), Seq(6)}, 0, out);
    EXPECT_EQ(out, "{\"event\":\"lagged\",\"conv\":3,\"seq\":6}\r\n\r\n");
}

TEST_F(NativeDialect, ARefusalNobodyAskedForIsAnErrorWithoutAnId) {
    const Decoded decoded = dialect->decode("{\"cmd\": \"ping\", \"id\": 7}\n");
    ASSERT_TRUE(std::holds_alternative<Command>(decoded.outcome));
    std::string out;
    dialect->encode_refusal(ChatError::server_full, out);
    EXPECT_EQ(out,
              "{\"status\":\"ERROR\",\"code\":\"server-full\",\"data\":\"the server takes no more connections now; "
              "try again later\"}\r\n\r\n");
    out.clear();
    dialect->encode(Acknowledged{}, out);
    EXPECT_TRUE(out.starts_with("{\"id\":7,")) << out;
}

}  // namespace
}  // namespace obrol::native
