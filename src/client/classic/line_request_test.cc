// Every output that documents 000, 001 and 002 show, from the answers that they show.
#include "client/classic/line_request.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

struct Example {
    std::string_view dialect;
    std::string_view line;
    std::string_view answer;  // without its end
    std::string_view printed;
};

const Example examples[] = {
    // Document 000.
    {"simple-chat", "auth henderson surabaya", R"({"status": "OK", "tokenid": "9abf3546-137d-4fd7-9d18-1f33e82acf8d"})",
     "username henderson logged in, token 9abf3546-137d-4fd7-9d18-1f33e82acf8d"},
    {"simple-chat", "auth pogba surabaya", R"({"status": "ERROR", "message": "User Tidak Ada"})",
     "Error, User Tidak Ada"},
    {"simple-chat", "auth messi jakarta", R"({"status": "ERROR", "message": "Password Salah"})",
     "Error, password salah"},
    {"simple-chat", "send messi hello gimana kabarnya mess", R"({"status": "OK", "message": "Message Sent"})",
     "message sent to messi"},
    {"simple-chat", "send pogba halo", R"({"status": "ERROR", "message": "User Tidak Ditemukan"})",
     "Error, User Tidak Ditemukan"},
    {"simple-chat", "send messi,pogba halo", R"({"status": "ERROR", "message": "User Tidak Ditemukan: pogba"})",
     "Error, User Tidak Ditemukan: pogba"},
    {"simple-chat", "send messi halo", R"({"status": "ERROR", "message": "not authorized"})", "Error, not authorized"},
    {"simple-chat", "inbox",
     R"({"status": "OK", "messages": {"messi": [], "henderson": [{"msg_from": "Jordan Henderson", "msg_to": "Jordan Henderson", "msg": "  lohe lohe gara2 corona aku gakiso latian \r\n"}]}})",
     R"({"messi": [], "henderson": [{"msg_from": "Jordan Henderson", "msg_to": "Jordan Henderson", "msg": "  lohe lohe gara2 corona aku gakiso latian \r\n"}]})"},
    {"simple-chat", "show",
     R"({"status": "OK", "message": [{"username": "messi", "nama": "Lionel Messi", "negara": "Argentina"}, {"username": "henderson", "nama": "Jordan Henderson", "negara": "Inggris"}]})",
     R"([{"username": "messi", "nama": "Lionel Messi", "negara": "Argentina"}, {"username": "henderson", "nama": "Jordan Henderson", "negara": "Inggris"}])"},
    {"simple-chat", "logout", R"({"status": "OK", "message": "11ba4593-bcf5-44cd-a98c-90ce57a39c77"})",
     R"("11ba4593-bcf5-44cd-a98c-90ce57a39c77")"},
    // Document 001.
    {"multithread-chat", "auth izza surabaya", R"({"status": "OK", "tokenid": "9abf3546-137d-4fd7-9d18-1f33e82acf8d"})",
     "username izza logged in, token 9abf3546-137d-4fd7-9d18-1f33e82acf8d"},
    {"multithread-chat", "auth pogba surabaya", R"({"status": "ERROR", "message": "User is not found"})",
     "Error, User is not found"},
    {"multithread-chat", "auth izza jakarta", R"({"status": "ERROR", "message": "Wrong password"})",
     "Error, Wrong password"},
    {"multithread-chat", "send maya hai", R"({"status": "OK", "message": "Message Sent"})", "message sent to maya"},
    {"multithread-chat", "send pogba hai", R"({"status": "ERROR", "message": "User is not found"})",
     "Error, User is not found"},
    {"multithread-chat", "inbox",
     R"({"status": "OK", "messages": {"izza": [{"msg_from": "Izza", "msg_to": "Maya", "msg": "hai"}]}})",
     R"({"izza": [{"msg_from": "Izza", "msg_to": "Maya", "msg": "hai"}]})"},
    {"multithread-chat", "list", R"({"status": "OK", "messages": ["izza", "maya"]})", R"(["izza", "maya"])"},
    {"multithread-chat", "list", R"({"status": "ERROR", "message": "not authorized"})", "Error, not authorized"},
    {"multithread-chat", "logout", R"({"status": "OK", "messages": "Logged out"})", R"("Logged out")"},
    // Document 002.
    {"chat-service", "auth messi surabaya", R"({"status": "OK", "tokenid": "4c908ff6-3c15-4052-a98a-095d2454cf93"})",
     "username messi logged in, token 4c908ff6-3c15-4052-a98a-095d2454cf93"},
    {"chat-service", "auth pogba surabaya", R"({"status": "ERROR", "message": "User Tidak Ada"})",
     "Error, User Tidak Ada"},
    {"chat-service", "auth messi jakarta", R"({"status": "ERROR", "message": "Password Salah"})",
     "Error, Password Salah"},
    {"chat-service", "send henderson hallo", R"({"status": "OK", "message": "Message Sent"})",
     "message sent to henderson"},
    {"chat-service", "send pogba hallo", R"({"status": "ERROR", "message": "User Tidak Ditemukan"})",
     "Error, User Tidak Ditemukan"},
    {"chat-service", "inbox",
     R"({"status": "OK", "messages": {"messi": [{"msg_from": "Lionel Messi", "msg_to": "Gary Lineker", "msg": "  halo \r\n"}]}})",
     R"({"messi": [{"msg_from": "Lionel Messi", "msg_to": "Gary Lineker", "msg": "  halo \r\n"}]})"},
    {"chat-service", "inbox", R"({"status": "OK", "messages": {}})", "{}"},
    {"chat-service", "list",
     R"({"status": "OK", "messages": ["messi - Lionel Messi", "henderson - Jordan Henderson"]})",
     R"(["messi - Lionel Messi", "henderson - Jordan Henderson"])"},
    {"chat-service", "logout", R"({"status": "OK", "messages": "Anda berhasil logout!"})",
     R"("Anda berhasil logout!")"},
    // A terminal obeys control characters, so they are not passed on.
    {"chat-service", "inbox", R"({"status": "ERROR", "message": "a\u001b[2Jb"})", "Error, a[2Jb"},
};

TEST(LineRequest, EveryExampleOfTheDocuments) {
    for (const Example& example : examples) {
        SCOPED_TRACE(std::string(example.dialect).append(": ").append(example.line));
        const ClassicDocument& document = *find_classic_document(example.dialect);
        const auto read = read_line_request(document, example.line);
        const auto* asked = std::get_if<LineRequest>(&read);
        ASSERT_TRUE(asked);
        const auto dialect = document.make_dialect();
        std::string request;
        dialect->encode_request(asked->request, request);
        const std::string answer = std::string(example.answer) + "\r\n\r\n";
        const auto decoded = dialect->decode_answer(answer);
        ASSERT_TRUE(decoded && decoded->reply);
        EXPECT_EQ(answer_text(document, *asked, *decoded->reply, answer), example.printed);
    }
}

TEST(LineRequest, RequestsAsTheOriginalsSendThem) {
    const Token token = *Token::parse("11ba4593-bcf5-44cd-a98c-90ce57a39c77");
    const std::string t = token.to_string();
    const struct {
        std::string_view dialect;
        std::string_view line;
        bool with_token;
        std::string sent;
    } cases[] = {
        {"simple-chat", "auth messi surabaya", false, "auth messi surabaya \r\n"},
        {"simple-chat", "send henderson halo", true, "send " + t + " henderson  halo \r\n"},
        {"simple-chat", "send a,b  dua  blank  ", true, "send " + t + " a,b   dua  blank   \r\n"},
        {"simple-chat", "inbox", true, "inbox " + t + " \r\n"},
        {"simple-chat", "show", true, "show " + t + " \r\n"},
        {"simple-chat", "logout", true, "logout " + t + " \r\n"},
        {"multithread-chat", "auth izza surabaya", false, "auth izza surabaya \r\n"},
        {"multithread-chat", "send maya hai", true, "send " + t + " maya  hai\r\n"},
        // Here the server would take a single blank for the padding of others.
        {"multithread-chat", "send maya hai ", true, "send " + t + " maya  hai  \r\n"},
        {"multithread-chat", "inbox", true, "inbox " + t + " \r\n"},
        {"multithread-chat", "list", false, "list\r\n"},
        {"multithread-chat", "list", true, "list " + t + " \r\n"},
        {"multithread-chat", "logout", true, "logout " + t + " \r\n"},
        {"multithread-chat", "exit", true, "logout " + t + " \r\n"},
        {"chat-service", "send henderson hallo", true, "send " + t + " henderson  hallo \r\n"},
        {"chat-service", "list", true, "list " + t + " \r\n"},
    };
    for (const auto& [dialect, line, with_token, sent] : cases) {
        const ClassicDocument& document = *find_classic_document(dialect);
        auto read = read_line_request(document, line);
        auto* asked = std::get_if<LineRequest>(&read);
        ASSERT_TRUE(asked) << line;
        if (with_token) asked->request.token = token;
        std::string request;
        document.make_dialect()->encode_request(asked->request, request);
        EXPECT_EQ(request, sent);
    }
}

TEST(LineRequest, MistakesAreNamedWithoutARequest) {
    const struct {
        std::string_view dialect;
        std::string_view line;
        std::string_view printed;
    } cases[] = {
        {"simple-chat", "auth", "-Maaf, command tidak benar"},
        {"simple-chat", "auth messi", "-Maaf, command tidak benar"},
        {"simple-chat", "list", "*Maaf, command tidak benar"},
        {"simple-chat", "exit", "*Maaf, command tidak benar"},
        {"chat-service", "auth messi", "-Maaf, command tidak benar"},
        {"chat-service", "send", "-Maaf, command tidak benar"},
        {"chat-service", "send messi", "-Maaf, command tidak benar"},
        {"chat-service", "send messi   ", "-Maaf, command tidak benar"},
        {"chat-service", "send , halo", "-Maaf, command tidak benar"},
        {"chat-service", "", "*Maaf, command tidak benar"},
        {"chat-service", "   ", "*Maaf, command tidak benar"},
        {"chat-service", "show", "*Maaf, command tidak benar"},
        {"chat-service", "AUTH messi surabaya", "*Maaf, command tidak benar"},
        {"multithread-chat", "auth izza", "-Sorry, command is unknown"},
        {"multithread-chat", "send maya", "-Sorry, command is unknown"},
        {"multithread-chat", "show", "*Sorry, command is unknown"},
    };
    for (const auto& [dialect, line, printed] : cases) {
        const ClassicDocument& document = *find_classic_document(dialect);
        const auto read = read_line_request(document, line);
        const auto* mistake = std::get_if<LineMistake>(&read);
        ASSERT_TRUE(mistake) << line;
        EXPECT_EQ(mistake_text(document, *mistake), printed) << line;
    }
    EXPECT_EQ(find_classic_document("irc"), nullptr);
}

TEST(LineRequest, PromptShowsTheToken) {
    EXPECT_EQ(prompt_text(std::nullopt), "Command :");
    EXPECT_EQ(prompt_text(Token::parse("4c908ff6-3c15-4052-a98a-095d2454cf93")),
              "Command 4c908ff6-3c15-4052-a98a-095d2454cf93:");
}

// Document 002 with the two corrections of PROTOCOLS.md: blocks of 64 bytes, single backslashes.
TEST(LineRequest, TracesAsDocument002Does) {
    const ClassicDocument& document = *find_classic_document("chat-service");
    const struct {
        std::string_view received;
        std::string_view shown;
    } cases[] = {
        {"{\"status\": \"OK\", \"tokenid\": \"4c908ff6-3c15-4052-a98a-095d2454cf93\"}\r\n\r\n",
         R"(diterima dari server b'{"status": "OK", "tokenid": "4c908ff6-3c15-4052-a98a-095d2454cf9'
diterima dari server b'3"}\r\n\r\n'
end of string)"},
        {"{\"status\": \"ERROR\", \"message\": \"User Tidak Ada\"}\r\n\r\n",
         R"(diterima dari server b'{"status": "ERROR", "message": "User Tidak Ada"}\r\n\r\n'
end of string)"},
        {"{\"status\": \"OK\", \"messages\": {\"messi\": [{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Gary "
         "Lineker\", "
         "\"msg\": \"  halo \\r\\n\"}]}}\r\n\r\n",
         R"(diterima dari server b'{"status": "OK", "messages": {"messi": [{"msg_from": "Lionel Mes'
diterima dari server b'si", "msg_to": "Gary Lineker", "msg": "  halo \\r\\n"}]}}\r\n\r\n'
end of string)"},
        {"{\"status\": \"OK\", \"messages\": [\"messi - Lionel Messi\", \"henderson - Jordan Henderson\"]}\r\n\r\n",
         R"(diterima dari server b'{"status": "OK", "messages": ["messi - Lionel Messi", "henderson'
diterima dari server b' - Jordan Henderson"]}\r\n\r\n'
end of string)"},
    };
    for (const auto& [received, shown] : cases)
        EXPECT_EQ(traced_answer(document.read_bytes, received, true), shown);
    EXPECT_EQ(traced_answer(document.read_bytes, "{\"sta", false), "diterima dari server b'{\"sta'");

    const Token token = *Token::parse("ed38ea1e-8eda-4ba3-8bc6-747a09223390");
    const Command send{token, SendMessage{parse_address_list("henderson"), "hallo", std::nullopt}};
    EXPECT_EQ(traced_send(send), "send ed38ea1e-8eda-4ba3-8bc6-747a09223390 henderson hallo\n");
}

TEST(LineRequest, TracesDocument001InItsLargerBlocks) {
    const ClassicDocument& document = *find_classic_document("multithread-chat");
    const std::string block(1024, 'a');
    EXPECT_EQ(traced_answer(document.read_bytes, block, true), "diterima dari server b'" + block + "'\nend of string");
    EXPECT_EQ(traced_answer(document.read_bytes, block + 'b', true),
              "diterima dari server b'" + block + "'\nditerima dari server b'b'\nend of string");
}

}  // namespace
}  // namespace obrol
