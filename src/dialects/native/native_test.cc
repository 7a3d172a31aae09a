#include "dialects/native/native.h"

#include <gtest/gtest.h>

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

TEST_F(NativeDialect, ListensInTheFormThatWasAskedForLast) {
    exchange("listen on", Acknowledged{});
    const auto full = dialect->listens();
    exchange("listen on brief", Refused{ChatError::not_authorized, {}, false});
    EXPECT_EQ(dialect->listens(), full);
    exchange("listen on brief", Acknowledged{});
    const auto brief = dialect->listens();
    ASSERT_TRUE(brief.has_value());
    EXPECT_NE(brief, full);
    exchange("listen on", Acknowledged{});
    EXPECT_EQ(dialect->listens(), full);
    exchange(R"({"cmd":"listen","state":"on","brief":true})", Acknowledged{});
    EXPECT_EQ(dialect->listens(), brief);
    exchange(R"({"cmd":"listen","state":"on","brief":false})", Acknowledged{});
    EXPECT_EQ(dialect->listens(), full);
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

TEST_F(NativeDialect, LinesThatAreNoTextAreAnswersToo) {
    EXPECT_EQ(exchange("send a \xFF", Refused{ChatError::bad_text, {}, false}).substr(0, 40),
              R"({"status":"ERROR","code":"bad-text","dat)");
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

const FileCard file{"4f2a9c", "a.txt", 5, {}};
const FileSent file_sent{file, "maya", ConversationId(3), Seq(5), message_id, WallTime{}};
constexpr const char* upload = R"({"cmd":"sendfile","id":"u","to":"maya","name":"a.txt","size":5})";
constexpr const char* eager_upload = R"({"cmd":"sendfile","id":"u","to":"maya","name":"a.txt","size":5,"eager":true})";

TEST_F(NativeDialect, AnUploadHasTwoAnswersWithItsId) {
    EXPECT_EQ(exchange(upload, UploadReady{1, 5}), R"({"id":"u","status":"OK","data":{"ready":5}})");
    EXPECT_EQ(step, NextStep::take_bytes);
    std::string out;
    EXPECT_EQ(dialect->encode(file_sent, out), NextStep::read_requests);
    EXPECT_TRUE(out.starts_with(R"({"id":"u","status":"OK","data":{"file":{"code":"4f2a9c")")) << out;
    EXPECT_EQ(exchange("ping", Acknowledged{}), R"({"status":"OK","data":"done"})");

    exchange(eager_upload, UploadReady{2, 5});
    out.clear();
    EXPECT_EQ(dialect->encode(Refused{ChatError::quota_exceeded}, out), NextStep::read_requests)
        << "the bytes have been taken";
    EXPECT_TRUE(out.starts_with(R"({"id":"u","status":"ERROR","code":"quota-exceeded")")) << out;
}

TEST_F(NativeDialect, AFileForTheFolderHasTwoAnswersToo) {
    EXPECT_EQ(exchange(R"({"cmd":"putfile","id":1,"name":"a","size":3})", UploadReady{7, 3}),
              R"({"id":1,"status":"OK","data":{"ready":3}})");
    EXPECT_EQ(step, NextStep::take_bytes);
    std::string out;
    EXPECT_EQ(dialect->encode(FileKept{"a", 3}, out), NextStep::read_requests);
    EXPECT_EQ(out, "{\"id\":1,\"status\":\"OK\",\"data\":{\"name\":\"a\",\"size\":3}}\r\n\r\n");
}

TEST_F(NativeDialect, OnlyAnEagerUploadHasBytesToDropWhenTheyAreNotWanted) {
    exchange(upload, Refused{ChatError::file_too_large});
    EXPECT_EQ(step, NextStep::read_requests);
    exchange(upload, file_sent);
    EXPECT_EQ(step, NextStep::read_requests) << "sent before under the same key";
    exchange(eager_upload, Refused{ChatError::file_too_large});
    EXPECT_EQ(step, NextStep::drop_bytes);
    exchange(eager_upload, file_sent);
    EXPECT_EQ(step, NextStep::drop_bytes);
}

TEST_F(NativeDialect, ADownloadsBytesFollowItsAnswer) {
    EXPECT_TRUE(exchange("getfile 4f2a9c 2", FileOffered{1, file, 2}).ends_with(R"("offset":2,"size":3}})"));
    EXPECT_EQ(step, NextStep::give_bytes);
    exchange("getfile 4f2a9c", Refused{ChatError::unknown_file});
    EXPECT_EQ(step, NextStep::read_requests);
}

// However the bytes are cut.
TEST_F(NativeDialect, DropsTheBytesOfAnEagerUploadThatMakesNoSense) {
    const std::string input =
        std::string(R"({"cmd":"sendfile","to":"maya","size":9,"eager":true})") + "\nping\nping\nwhoami\n";
    for (std::size_t piece = 1; piece <= input.size(); ++piece) {
        const auto connection = kind->make();
        std::vector<Command> commands;
        std::string kept;
        for (std::size_t at = 0; at < input.size(); at += piece) {
            kept += input.substr(at, piece);
            while (true) {
                Decoded decoded = connection->decode(kept);
                kept.erase(0, decoded.consumed);
                Command* command = std::get_if<Command>(&decoded.outcome);
                if (!command) break;
                commands.push_back(std::move(*command));
            }
        }
        ASSERT_EQ(commands.size(), 3u) << piece;
        EXPECT_EQ(std::get<Refuse>(commands[0].body).why, ChatError::missing_argument);
        EXPECT_TRUE(std::holds_alternative<Refuse>(commands[1].body)) << "the end of the second ping";
        EXPECT_TRUE(std::holds_alternative<WhoAmI>(commands[2].body));
    }
}

}  // namespace
}  // namespace obrol::native
