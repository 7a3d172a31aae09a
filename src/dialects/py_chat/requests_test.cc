#include "dialects/py_chat/requests.h"

#include <gtest/gtest.h>

namespace obrol::py_chat {
namespace {

constexpr const char* token_text = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";
const PyChatLimits limits;

template <class Body>
Body line(const std::string& text) {
    const Request request = read_line(text, limits);
    const auto* body = std::get_if<Body>(&request.command.body);
    EXPECT_NE(body, nullptr) << text;
    return body ? *body : Body();
}

template <class Body>
Body object(const std::string& text) {
    const Request request = read_object(text, limits);
    const auto* body = std::get_if<Body>(&request.command.body);
    EXPECT_NE(body, nullptr) << text;
    return body ? *body : Body();
}

const Place messi{Place::Kind::user, {"messi", ""}};
const Place lab{Place::Kind::group_code, {"0f3a9c", ""}};

TEST(PyChatLines, AreTheDocumentsRequests) {
    const auto registered = line<Register>("AUTH-REGISTER modis passmodis passmodis");
    EXPECT_EQ(registered.user, "modis");
    EXPECT_EQ(registered.password, "passmodis");
    const auto login = line<Authenticate>("AUTH-LOGIN modis passmodis");
    EXPECT_EQ(login.user, "modis");
    EXPECT_EQ(login.password, "passmodis");
    EXPECT_TRUE(login.tells_which);
    line<Logout>("AUTH-LOGOUT");
    EXPECT_EQ(line<CreateGroup>("GROUP-CREATE  kelas progjar ").name, "kelas progjar");
    EXPECT_EQ(line<CreateGroup>("GROUP-CREATE lab").id, "");
    line<ListGroups>("GROUP-GET");
    EXPECT_EQ(line<JoinGroup>("GROUP-JOIN 0f3a9c").code, "0f3a9c");
    EXPECT_EQ(line<LeaveGroup>("GROUP-EXIT 0f3a9c").group, lab);
    const auto invite = line<InviteToGroup>("GROUP-INVITE 0f3a9c maya izza@B");
    EXPECT_EQ(invite.group, lab);
    EXPECT_EQ(invite.who, (std::vector<Address>{{"maya", ""}, {"izza", "B"}}));
    const auto send = line<SendMessage>("CHAT-PRIVATE-SEND messi  halo  apa kabar ");
    EXPECT_EQ(send.to, (std::vector<Address>{{"messi", ""}}));
    EXPECT_EQ(send.text, " halo  apa kabar ");
    const auto post = line<SendToGroup>("CHAT-GROUP-SEND 0f3a9c halo semua");
    EXPECT_EQ(post.group, lab);
    EXPECT_EQ(post.text, "halo semua");
    EXPECT_EQ(line<FetchUnread>("CHAT-PRIVATE-GET messi").with, messi);
    EXPECT_EQ(line<FetchUnread>("CHAT-GROUP-GET 0f3a9c").with, lab);
    const auto file = line<SendFile>("FILE-SEND-PRIVATE messi foto/bali.jpg 12");
    EXPECT_EQ(file.to, messi);
    EXPECT_EQ(file.name, "foto/bali.jpg");
    EXPECT_EQ(file.size, 12u);
    EXPECT_FALSE(file.eager);
    EXPECT_EQ(line<SendFile>("FILE-SEND-GROUP 0f3a9c  liburan di  bali.jpg  0 ").name, "liburan di  bali.jpg");
    EXPECT_EQ(line<SendFile>("FILE-SEND-GROUP 0f3a9c a 9223372036854775807").size, 9223372036854775807u);
    const auto get = line<GetFile>("FILE-GET-PRIVATE messi 4f2a9c");
    EXPECT_EQ(get.in, messi);
    EXPECT_EQ(get.code, "4f2a9c");
    EXPECT_EQ(get.offset, 0u);
    EXPECT_EQ(line<GetFile>("FILE-GET-GROUP 0f3a9c 4f2a9c 1024").in, lab);
    EXPECT_EQ(line<GetFile>("FILE-GET-GROUP 0f3a9c 4f2a9c 1024").offset, 1024u);
    EXPECT_EQ(line<AddContacts>("CONTACT-ADD messi maya").who.size(), 2u);
    line<ListContacts>("CONTACT-GET");
    EXPECT_EQ(line<RemoveContacts>("CONTACT-DELETE messi").who.size(), 1u);
    line<ListUnread>("NOTIF-GET");
}

TEST(PyChatLines, TakeTheOriginalProgramsWordsToo) {
    line<SendMessage>("MSG-PRIVATE-SEND messi halo");
    line<SendToGroup>("MSG-GROUP-SEND 0f3a9c halo");
    line<FetchUnread>("MSG-PRIVATE-GET messi");
    line<FetchUnread>("MSG-GROUP-GET 0f3a9c");
    line<SendFile>("FILE-PRIVATE-SEND messi a 1");
    line<SendFile>("FILE-GROUP-SEND 0f3a9c a 1");
    line<GetFile>("FILE-PRIVATE-GET messi 4f2a9c");
    line<GetFile>("FILE-GROUP-GET 0f3a9c 4f2a9c");
    line<RemoveContacts>("CONTACT-DEL messi");
    EXPECT_EQ(read_line("MSG-PRIVATE-GET messi", limits).asked.word, "MSG-PRIVATE-GET");
}

struct BadRequest {
    std::string text;
    ChatError why;
    bool login_first;
    std::string word;
};

void expect_refused(const Request& request, const BadRequest& bad) {
    const auto* refuse = std::get_if<Refuse>(&request.command.body);
    ASSERT_NE(refuse, nullptr) << bad.text;
    EXPECT_EQ(refuse->why, bad.why) << bad.text;
    EXPECT_EQ(refuse->login_first, bad.login_first) << bad.text;
    EXPECT_EQ(request.asked.word, bad.word) << bad.text;
}

TEST(PyChatLines, RefuseWhatIsNoRequest) {
    const std::string long_word(101, 'x');
    const BadRequest cases[] = {
        {"", ChatError::unknown_command, false, ""},
        {"  ", ChatError::unknown_command, false, ""},
        {"DANCE now", ChatError::unknown_command, false, "DANCE"},
        {"auth-login modis passmodis", ChatError::unknown_command, false, "auth-login"},
        {"send messi halo", ChatError::unknown_command, false, "send"},
        {"AUTH-REGISTER modis passmodis", ChatError::missing_argument, false, "AUTH-REGISTER"},
        {"AUTH-REGISTER modis passmodis passmodus", ChatError::passwords_differ, false, "AUTH-REGISTER"},
        {"AUTH-LOGIN modis", ChatError::missing_argument, false, "AUTH-LOGIN"},
        {"AUTH-LOGIN " + long_word + " x", ChatError::argument_too_long, false, "AUTH-LOGIN"},
        {"GROUP-CREATE", ChatError::missing_argument, true, "GROUP-CREATE"},
        {"GROUP-CREATE  ", ChatError::missing_argument, true, "GROUP-CREATE"},
        {"GROUP-JOIN", ChatError::missing_argument, true, "GROUP-JOIN"},
        {"GROUP-EXIT", ChatError::missing_argument, true, "GROUP-EXIT"},
        {"GROUP-INVITE 0f3a9c", ChatError::missing_argument, true, "GROUP-INVITE"},
        {"CHAT-PRIVATE-SEND messi", ChatError::missing_argument, true, "CHAT-PRIVATE-SEND"},
        {"CHAT-PRIVATE-SEND messi  ", ChatError::missing_argument, true, "CHAT-PRIVATE-SEND"},
        {"CHAT-GROUP-SEND 0f3a9c", ChatError::missing_argument, true, "CHAT-GROUP-SEND"},
        {"CHAT-PRIVATE-GET", ChatError::missing_argument, true, "CHAT-PRIVATE-GET"},
        {"CHAT-GROUP-GET", ChatError::missing_argument, true, "CHAT-GROUP-GET"},
        {"MSG-PRIVATE-SEND messi halo " + long_word, ChatError::argument_too_long, true, "MSG-PRIVATE-SEND"},
        {"FILE-SEND-PRIVATE messi a", ChatError::missing_argument, true, "FILE-SEND-PRIVATE"},
        {"FILE-SEND-PRIVATE messi a ten", ChatError::bad_file_size, true, "FILE-SEND-PRIVATE"},
        {"FILE-SEND-PRIVATE messi a -1", ChatError::bad_file_size, true, "FILE-SEND-PRIVATE"},
        {"FILE-SEND-PRIVATE messi a 1.5", ChatError::bad_file_size, true, "FILE-SEND-PRIVATE"},
        {"FILE-SEND-GROUP 0f3a9c a 9223372036854775808", ChatError::bad_file_size, true, "FILE-SEND-GROUP"},
        {"FILE-GET-PRIVATE messi", ChatError::missing_argument, true, "FILE-GET-PRIVATE"},
        {"FILE-GET-GROUP 0f3a9c 4f2a9c -1", ChatError::bad_file_size, true, "FILE-GET-GROUP"},
        {"CONTACT-ADD", ChatError::missing_argument, true, "CONTACT-ADD"},
        {"CONTACT-DEL", ChatError::missing_argument, true, "CONTACT-DEL"},
    };
    for (const BadRequest& bad : cases) {
        const Request request = read_line(bad.text, limits);
        expect_refused(request, bad);
        EXPECT_FALSE(request.asked.is_object);
    }
}

TEST(PyChatLines, ArgumentsHaveOneHundredCharactersNotBytes) {
    std::string name;
    for (int i = 0; i < 100; ++i)
        name += "é";
    EXPECT_EQ(line<CreateGroup>("GROUP-CREATE " + name).name, name);
    expect_refused(read_line("GROUP-CREATE " + name + "é", limits),
                   {"101", ChatError::argument_too_long, true, "GROUP-CREATE"});
    std::string text;
    for (int i = 0; i < 30; ++i)
        text += name + " ";
    EXPECT_EQ(line<SendMessage>("CHAT-PRIVATE-SEND messi " + text).text, text);
}

TEST(PyChatObjects, AreTheOriginalProgramsRequests) {
    const auto registered = object<Register>(
        R"({"COMMAND": "AUTH-REGISTER", "username": "a", "password": "passmodis", "password-confirm": "passmodis"})");
    EXPECT_EQ(registered.user, "a");
    EXPECT_EQ(registered.password, "passmodis");
    EXPECT_EQ(object<Authenticate>(R"({"COMMAND": "AUTH-LOGIN", "username": "a", "password": "b c", "token": null})")
                  .password,
              "b c");
    object<Logout>(R"({"COMMAND": "AUTH-LOGOUT"})");
    EXPECT_EQ(object<CreateGroup>(R"({"COMMAND": "GROUP-CREATE", "group_name": "kelas progjar"})").name,
              "kelas progjar");
    object<ListGroups>(R"({"COMMAND": "GROUP-GET"})");
    EXPECT_EQ(object<JoinGroup>(R"({"COMMAND": "GROUP-JOIN", "code": "0f3a9c"})").code, "0f3a9c");
    EXPECT_EQ(object<LeaveGroup>(R"({"COMMAND": "GROUP-EXIT", "code": "0f3a9c"})").group, lab);
    const auto invite =
        object<InviteToGroup>(R"({"COMMAND": "GROUP-INVITE", "code": "0f3a9c", "user_list": ["maya", "izza@B"]})");
    EXPECT_EQ(invite.who, (std::vector<Address>{{"maya", ""}, {"izza", "B"}}));
    EXPECT_EQ(object<InviteToGroup>(R"({"COMMAND": "GROUP-INVITE", "code": "0f3a9c", "user_list": "maya"})").who.size(),
              1u);
    const std::string long_text(5000, 'x');
    const auto send = object<SendMessage>(
        R"({"COMMAND": "MSG-PRIVATE-SEND", "p_username": "messi", "message": "two\n)" + long_text + "\"}");
    EXPECT_EQ(send.to, (std::vector<Address>{{"messi", ""}}));
    EXPECT_EQ(send.text, "two\n" + long_text);
    EXPECT_EQ(object<SendToGroup>(R"({"COMMAND": "MSG-GROUP-SEND", "code": "0f3a9c", "message": "halo"})").group, lab);
    const auto history = object<FetchHistory>(R"({"COMMAND": "MSG-PRIVATE-GET", "p_username": "messi"})");
    EXPECT_EQ(history.with, messi);
    EXPECT_EQ(history.limit, 1000u);
    EXPECT_EQ(history.before, std::nullopt);
    EXPECT_EQ(object<FetchHistory>(R"({"COMMAND": "CHAT-GROUP-GET", "code": "0f3a9c"})").with, lab);
    const auto file = object<SendFile>(
        R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a b.png", "file_size": 12})");
    EXPECT_EQ(file.name, "a b.png");
    EXPECT_EQ(file.size, 12u);
    EXPECT_EQ(
        object<SendFile>(R"({"COMMAND": "FILE-GROUP-SEND", "code": "0f3a9c", "file_name": "a", "file_size": "12"})")
            .size,
        12u);
    const auto get =
        object<GetFile>(R"({"COMMAND": "FILE-PRIVATE-GET", "p_username": "messi", "file_code": "4f2a9c"})");
    EXPECT_EQ(get.in, messi);
    EXPECT_EQ(get.code, "4f2a9c");
    EXPECT_EQ(object<GetFile>(R"({"COMMAND": "FILE-GROUP-GET", "code": "0f3a9c", "file_code": "4f2a9c", "offset": 7})")
                  .offset,
              7u);
    EXPECT_EQ(object<AddContacts>(R"({"COMMAND": "CONTACT-ADD", "contact_list": ["messi", "maya"]})").who.size(), 2u);
    object<ListContacts>(R"({"COMMAND": "CONTACT-GET"})");
    EXPECT_EQ(object<RemoveContacts>(R"({"COMMAND": "CONTACT-DEL", "contact_list": ["messi"]})").who.size(), 1u);
    object<ListUnread>(R"({"COMMAND": "NOTIF-GET"})");
}

TEST(PyChatObjects, ActForTheSessionOfTheirToken) {
    const auto token_of = [](const std::string& token) {
        return read_object("{\"COMMAND\": \"NOTIF-GET\", \"token\": " + token + "}", limits).command.token;
    };
    EXPECT_EQ(token_of('"' + std::string(token_text) + '"'), Token::parse(token_text));
    EXPECT_EQ(token_of("null"), std::nullopt);
    EXPECT_EQ(read_object(R"({"COMMAND": "NOTIF-GET"})", limits).command.token, std::nullopt);
}

TEST(PyChatObjects, RefuseWhatIsNoRequest) {
    const BadRequest cases[] = {
        {R"({})", ChatError::unknown_command, false, ""},
        {R"({"COMMAND": 7})", ChatError::unknown_command, false, ""},
        {R"({"COMMAND": "DANCE"})", ChatError::unknown_command, false, "DANCE"},
        {R"({"COMMAND": "AUTH-LOGIN", "username": "a"})", ChatError::missing_argument, false, "AUTH-LOGIN"},
        {R"({"COMMAND": "AUTH-LOGIN", "username": "a", "password": 7})", ChatError::missing_argument, false,
         "AUTH-LOGIN"},
        {R"({"COMMAND": "AUTH-REGISTER", "username": "a", "password": "b", "password-confirm": "c"})",
         ChatError::passwords_differ, false, "AUTH-REGISTER"},
        {R"({"COMMAND": "GROUP-CREATE", "group_name": ""})", ChatError::missing_argument, true, "GROUP-CREATE"},
        {R"({"COMMAND": "GROUP-INVITE", "code": "0f3a9c", "user_list": []})", ChatError::missing_argument, true,
         "GROUP-INVITE"},
        {R"({"COMMAND": "MSG-PRIVATE-SEND", "p_username": "messi", "message": " "})", ChatError::missing_argument, true,
         "MSG-PRIVATE-SEND"},
        {R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a"})", ChatError::missing_argument,
         true, "FILE-PRIVATE-SEND"},
        {R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a", "file_size": -1})",
         ChatError::bad_file_size, true, "FILE-PRIVATE-SEND"},
        {R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a", "file_size": 1e3})",
         ChatError::bad_file_size, true, "FILE-PRIVATE-SEND"},
        {R"({"COMMAND": "FILE-PRIVATE-SEND", "p_username": "messi", "file_name": "a", "file_size": 9223372036854775808})",
         ChatError::bad_file_size, true, "FILE-PRIVATE-SEND"},
        {R"({"COMMAND": "FILE-GROUP-GET", "code": "0f3a9c", "file_code": "4f2a9c", "offset": "x"})",
         ChatError::bad_file_size, true, "FILE-GROUP-GET"},
        {R"({"COMMAND": "NOTIF-GET", "token": "short"})", ChatError::not_authorized, false, "NOTIF-GET"},
        {R"({"COMMAND": "NOTIF-GET", "token": 7})", ChatError::not_authorized, false, "NOTIF-GET"},
    };
    for (const BadRequest& bad : cases) {
        const Request request = read_object(bad.text, limits);
        expect_refused(request, bad);
        EXPECT_TRUE(request.asked.is_object);
        EXPECT_FALSE(request.asked.then_close) << bad.text;
    }
}

TEST(PyChatObjects, ThatAreNoneEndTheConnection) {
    for (const std::string text :
         {"{\"a\": }", "{\"COMMAND\": \"GROUP-GET\", \"COMMAND\": \"GROUP-GET\"}", "{\"\xff\": 1}"}) {
        const Request request = read_object(text, limits);
        expect_refused(request, {text, ChatError::bad_json, false, ""});
        EXPECT_TRUE(request.asked.then_close);
    }
}

}  // namespace
}  // namespace obrol::py_chat
