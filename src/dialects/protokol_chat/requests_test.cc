#include "dialects/protokol_chat/requests.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace obrol::protokol_chat {
namespace {

const std::string token = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";

std::string listed(const std::vector<Address>& addresses) {
    std::string text;
    for (const Address& address : addresses)
        text.append(text.empty() ? "" : ",").append(to_string(address));
    return text;
}

// A request as one line in which nothing is left out.
struct Shown {
    std::string operator()(const Authenticate& login) {
        return fmt::format("login {} {}{}", login.user, login.password, login.tells_which ? "" : " silently");
    }
    std::string operator()(const Register& request) {
        return fmt::format("register {} {}", request.user, request.password);
    }
    std::string operator()(const Logout& logout) { return logout.then_close ? "leave" : "logout"; }
    std::string operator()(const FetchInbox&) { return "inbox"; }
    std::string operator()(const SendMessage& send) {
        return fmt::format("send to {}: '{}'", listed(send.to), send.text);
    }
    std::string operator()(const SendToGroup& send) {
        return fmt::format("post to {}: '{}'{}", to_string(send.group), send.text,
                           send.names_members ? " and say who got it" : "");
    }
    std::string operator()(const CreateGroup& create) {
        return fmt::format("create {} '{}' with {}", create.id, create.name, listed(create.members));
    }
    std::string operator()(const SendFile& send) {
        return fmt::format("file '{}' of {} to {}{}{}", send.name, send.size, to_string(send.to),
                           send.eager ? " eager" : "", send.into_folder ? " into the folder" : "");
    }
    std::string operator()(const SendFolderFile& send) {
        return fmt::format("folder file '{}' to {}", send.name, to_string(send.to));
    }
    std::string operator()(const PutFile& put) { return fmt::format("put '{}' of {}", put.name, put.size); }
    std::string operator()(const GetFolderFile& get) { return fmt::format("get '{}'", get.name); }
    std::string operator()(const ListFolder&) { return "folder"; }
    std::string operator()(const AddServer& add) {
        return fmt::format("server {} at {} port {}", add.label, add.host, add.port);
    }
    std::string operator()(const ConnectServer& connect) { return "connect " + connect.label; }
    std::string operator()(const DisconnectServer& disconnect) { return "disconnect " + disconnect.label; }
    std::string operator()(const ListServers&) { return "servers"; }
    std::string operator()(const Refuse& refuse) {
        return fmt::format("{}{}", to_string(refuse.why), refuse.login_first ? ", after a login" : "");
    }
    template <class Other>
    std::string operator()(const Other&) {
        return "something else";
    }
};

std::string shown(const std::string& line) {
    const Command command = read_request(line, "A");
    return (command.token ? "by token: " : "") + std::visit(Shown(), command.body);
}

TEST(ProtokolChatRequests, AreTakenWithATokenAndWithout) {
    const std::pair<std::string, std::string> cases[] = {
        {"logout", "logout"},
        {"inbox ", "inbox"},
        {"send maya halo", "send to maya: 'halo'"},
        {"send maya@B,izza halo", "send to maya@B,izza: 'halo'"},
        {"send maya   dua  blank  ", "send to maya: ' dua  blank '"},
        {"sendserver B maya halo", "send to maya@B: 'halo'"},
        {"sendserver B maya,izza@C  halo ", "send to maya@B,izza@C: 'halo'"},
        {"sendgroup lab halo semua", "post to #lab: 'halo semua' and say who got it"},
        {"sendgroup lab@B  halo ", "post to #lab@B: 'halo' and say who got it"},
        {"sendgroup #lab halo", "post to #lab: 'halo' and say who got it"},
        {"creategroup lab maya,izza@B", "create lab '' with maya,izza@B"},
        {"creategroup #lab maya", "create lab '' with maya"},
        {"sendfile maya@B a.txt 5", "file 'a.txt' of 5 to maya@B into the folder"},
        {"sendfile maya a.txt", "folder file 'a.txt' to maya"},
        {"sendfile maya laporan akhir.pdf ", "folder file 'laporan akhir.pdf' to maya"},
        {"sendfile maya  laporan  akhir.pdf  0 ", "file 'laporan  akhir.pdf' of 0 to maya into the folder"},
        {"sendfile maya 2023", "folder file '2023' to maya"},
        {"sendfilegroup lab a.txt 18446744073709551615",
         "file 'a.txt' of 18446744073709551615 to #lab into the folder"},
        {"sendfilegroup #lab@B a.txt", "folder file 'a.txt' to #lab@B"},
        {"putfile a.txt 5", "put 'a.txt' of 5"},
        {"putfile laporan akhir.pdf\t5", "put 'laporan akhir.pdf' of 5"},
        {"getfile  laporan akhir.pdf ", "get 'laporan akhir.pdf'"},
        {"files", "folder"},
        {"addserver B 127.0.0.1 65535", "server B at 127.0.0.1 port 65535"},
        {"connect B ", "connect B"},
        {"disconnect B", "disconnect B"},
        {"servers", "servers"},
    };
    for (const auto& [line, meaning] : cases) {
        EXPECT_EQ(shown(line), meaning);
        const std::size_t word = line.find(' ');
        const std::string rest = word == std::string::npos ? "" : line.substr(word);
        EXPECT_EQ(shown(line.substr(0, word) + " " + token + rest), "by token: " + meaning) << line;
    }
    EXPECT_EQ(shown("auth messi surabaya "), "login messi surabaya");
    EXPECT_EQ(shown("register budi rahasia123"), "register budi rahasia123");
}

// PROTOCOLS.md: What the original clients send and read.
TEST(ProtokolChatRequests, AreTakenAsTheDocumentsOwnClientWritesThem) {
    EXPECT_EQ(shown("send " + token + " maya  halo "), "by token: send to maya: 'halo'");
    EXPECT_EQ(shown("sendserver " + token + " B maya  halo"), "by token: send to maya@B: 'halo'");
    EXPECT_EQ(shown("sendgroup " + token + " lab A  halo"), "by token: post to #lab: 'halo' and say who got it");
    EXPECT_EQ(shown("sendgroup " + token + " lab a  A  halo "), "by token: post to #lab: 'A  halo' and say who got it");
    EXPECT_EQ(shown("sendfile " + token + " maya@A a.txt"), "by token: folder file 'a.txt' to maya@A");
    EXPECT_EQ(shown("sendfilegroup " + token + " lab a.txt"), "by token: folder file 'a.txt' to #lab");
}

TEST(ProtokolChatRequests, NobodyWhoWritesByHandLosesTheFirstWordOfAText) {
    const std::pair<std::string, std::string> cases[] = {
        {"sendgroup lab A  halo", "A  halo"},
        {"sendgroup " + token + " lab A halo", "A halo"},
        {"sendgroup " + token + " lab AB  halo", "AB  halo"},
        {"sendgroup " + token + " lab B  halo", "B  halo"},
        {"sendgroup " + token + " lab  A  halo", "A  halo"},
        {"sendgroup " + token + " lab A", "A"},
    };
    for (const auto& [line, text] : cases) {
        const Command command = read_request(line, "A");
        const auto* post = std::get_if<SendToGroup>(&command.body);
        ASSERT_NE(post, nullptr) << line;
        EXPECT_EQ(post->text, text) << line;
    }
    const Command command = read_request("sendgroup " + token + " lab  halo", "");
    EXPECT_EQ(std::get<SendToGroup>(command.body).text, "halo");
}

TEST(ProtokolChatRequests, SayWhatIsWrong) {
    for (const char* line : {"", "   ", "AUTH messi surabaya", "list", "exit", "{\"cmd\": \"inbox\"}"})
        EXPECT_EQ(shown(line), "unknown-command") << line;
    for (const char* line : {"auth", "auth messi", "register", "register budi"})
        EXPECT_EQ(shown(line), "missing-argument") << line;
    for (const char* line : {"send",
                             "send maya",
                             "send maya  ",
                             "send , halo",
                             "sendserver",
                             "sendserver B",
                             "sendserver B maya",
                             "sendgroup",
                             "sendgroup lab",
                             "sendgroup lab   ",
                             "sendfile",
                             "sendfile maya",
                             "sendfilegroup lab",
                             "putfile",
                             "putfile a.txt",
                             "getfile",
                             "getfile  ",
                             "creategroup",
                             "creategroup lab",
                             "creategroup lab ,",
                             "creategroup # maya",
                             "addserver",
                             "addserver B",
                             "addserver B 127.0.0.1",
                             "connect",
                             "disconnect "})
        EXPECT_EQ(shown(line), "missing-argument, after a login") << line;
    EXPECT_EQ(shown("sendgroup " + token + " lab A  "), "by token: missing-argument, after a login");
    for (const char* line : {"putfile a.txt x", "putfile a.txt -5", "putfile a.txt 18446744073709551616",
                             "sendfile maya a.txt -1", "sendfilegroup lab a.txt 99999999999999999999"})
        EXPECT_EQ(shown(line), "bad-file-size, after a login") << line;
    for (const char* line : {"addserver B 127.0.0.1 0", "addserver B 127.0.0.1 65536", "addserver B 127.0.0.1 -1",
                             "addserver B 127.0.0.1 http"})
        EXPECT_EQ(shown(line), "bad-server, after a login") << line;
}

}  // namespace
}  // namespace obrol::protokol_chat
