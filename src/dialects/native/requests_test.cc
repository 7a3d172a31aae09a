#include "dialects/native/requests.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace obrol::native {
namespace {

constexpr const char* token_text = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";
const Token token = *Token::parse(token_text);

TEST(NativeRequests, AreTheSameByWordAndAsObject) {
    const std::pair<std::string, std::string> cases[] = {
        {"send messi@B,maya  two  blanks ", R"({"cmd":"send","to":"messi@B,maya","text":" two  blanks "})"},
        {"send messi halo", R"({"cmd":"send","to":["messi"],"text":"halo"})"},
        {"history maya before 17 limit 5", R"({"cmd":"history","who":"maya","before":17,"limit":5})"},
        {"history maya limit 5 before 17", R"({"cmd":"history","who":"maya","before":17,"limit":5})"},
        {"history maya limit 5", R"({"cmd":"history","who":"maya","limit":5})"},
        {"read maya 12", R"({"cmd":"read","who":"maya","seq":12})"},
        {"auth messi surabaya", R"({"cmd":"auth","user":"messi","password":"surabaya"})"},
        {"passwd old new", R"({"cmd":"passwd","password":"old","new":"new"})"},
        {"listen off", R"({"cmd":"listen","state":"off"})"},
        {"listen on brief", R"({"cmd":"listen","state":"on","brief":true})"},
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
            EXPECT_EQ(read_words(words).asked.about, read_object(object).asked.about);
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
    EXPECT_EQ(change("profile name country Peru").display_name, "country Peru");
    EXPECT_FALSE(change("profile name country Peru").country.has_value());
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
        {"listen on breif", ChatError::missing_argument},
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

TEST(NativeRequests, HelpHasALineForEachOfThem) {
    const std::string help(help_text());
    for (const char* word : {"hello",    "help",       "register",      "auth",           "resume",    "logout",
                             "whoami",   "passwd",     "profile",       "sessions",       "revoke",    "send",
                             "inbox",    "notif",      "history",       "read",           "list",      "listen",
                             "contacts", "addcontact", "delcontact",    "block",          "unblock",   "creategroup",
                             "groups",   "members",    "joingroup",     "leavegroup",     "sendgroup", "invite",
                             "kick",     "ban",        "unban",         "newcode",        "promote",   "sendfile",
                             "getfile",  "files",      "ping",          "exit",           "requests",  "accept",
                             "folder",   "putfile",    "getfolderfile", "sendfolderfile", "servers",   "addserver",
                             "connect",  "disconnect"})
        EXPECT_NE(("\n" + help).find("\n" + std::string(word) + " "), std::string::npos) << word;
    EXPECT_EQ(std::ranges::count(help, '\n'), 49);
}

}  // namespace
}  // namespace obrol::native
