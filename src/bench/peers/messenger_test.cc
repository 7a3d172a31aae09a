// What each kind of client says and understands, with the server's words in one piece and byte by byte.
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "bench/peers/irc_lobby.h"
#include "bench/peers/native_file_lobby.h"
#include "bench/peers/native_lobby.h"
#include "bench/peers/nats_lobby.h"
#include "bench/peers/redis_file_lobby.h"
#include "bench/peers/redis_lobbies.h"
#include "bench/peers/resp.h"
#include "bench/peers/xmpp_lobby.h"

namespace obrol::bench {
namespace {

constexpr Seat member{.user = 7, .receives = true, .target = Seat::Target::room};
constexpr Seat sender{.user = 3, .sends = true, .target = Seat::Target::room};
constexpr Seat partner{.user = 7, .receives = true, .target = Seat::Target::partner, .partner = 3};
constexpr Seat writer{.user = 3, .sends = true, .target = Seat::Target::partner, .partner = 7};

class Notes final : public Heard {
  public:
    void on_ready() override { lines.emplace_back("ready"); }
    Result<void> on_delivery(std::string_view text) override {
        lines.push_back("delivery " + std::string(text));
        return {};
    }
    void on_acknowledgement() override { lines.emplace_back("ack"); }
    std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

class Dialog {
  public:
    explicit Dialog(std::unique_ptr<Messenger> messenger) : messenger_(std::move(messenger)) {}

    std::string begin() {
        std::string out;
        messenger_->begin(out);
        return out;
    }
    std::string say(std::string_view text) {
        std::string out;
        messenger_->append_message(text, out);
        return out;
    }
    // What it answers to the server's words, which arrive byte by byte; what it heard is in `heard`.
    std::string hear(std::string_view words) {
        std::string out;
        for (const char byte : words) {
            received_ += byte;
            const auto consumed = messenger_->read(received_, out, heard_);
            EXPECT_TRUE(consumed) << consumed.error().what;
            if (!consumed) return out;
            received_.erase(0, *consumed);
        }
        EXPECT_EQ(received_, "");
        return out;
    }
    // All at once; the failure's words.
    std::string refusal(std::string_view words) {
        std::string out;
        const auto consumed = messenger_->read(words, out, heard_);
        return consumed ? "understood" : consumed.error().what;
    }
    Lines heard() { return std::exchange(heard_.lines, {}); }

  private:
    std::unique_ptr<Messenger> messenger_;
    std::string received_;
    Notes heard_;
};

std::string ok(const std::string& data) {
    return "{\"status\":\"OK\",\"data\":" + data + "}\r\n\r\n";
}

TEST(NativeMessenger, RegistersLogsInOpensTheRoomAndListens) {
    NativeLobby lobby(NativeLobby::ComingBack::by_token);
    Dialog first(lobby.seat(sender));
    EXPECT_EQ(first.begin(), "register u3 surabaya-surabaya\n");
    EXPECT_EQ(first.hear(ok("\"registered\"")), "auth u3 surabaya-surabaya\n");
    EXPECT_EQ(first.hear(ok(R"({"token":"T3","user":"u3"})")), "{\"cmd\": \"creategroup\", \"group\": \"bench\"}\n");
    EXPECT_EQ(first.hear(ok(R"({"group":"bench","code":"a1b2c3"})")), "");
    EXPECT_EQ(first.heard(), Lines{"ready"});
    EXPECT_EQ(first.say("Tx"), "sendgroup bench Tx\n");
    first.hear(ok(R"({"id":"x","seq":1})") + ok(R"({"id":"y","seq":2})"));
    EXPECT_EQ(first.heard(), (Lines{"ack", "ack"}));

    Dialog second(lobby.seat(member));
    second.begin();
    second.hear(ok("\"registered\""));
    EXPECT_EQ(second.hear(ok(R"({"token":"T7"})")), "joingroup a1b2c3\n");
    EXPECT_EQ(second.hear(ok("{}")), "listen on\n");
    second.hear(ok("\"listening\""));
    EXPECT_EQ(second.heard(), Lines{"ready"});
}

TEST(NativeMessenger, HearsMessagesWhereverTheTextStands) {
    NativeLobby lobby(NativeLobby::ComingBack::by_token);
    Dialog dialog(lobby.seat(partner));
    dialog.begin();
    dialog.hear(ok("1") + ok(R"({"token":"T"})") + ok("\"listening\""));
    dialog.hear(
        "{\"event\":\"message\",\"conv\":1,\"seq\":9,\"text\":\"Ta\",\"at\":\"x\"}\r\n\r\n"
        "{\"event\":\"group\",\"what\":\"joined\"}\r\n\r\n"
        "{\"event\":\"message\",\"conv\":1,\"seq\":10,\"text\":\"Tb\",\"at\":\"x\"}\r\n\r\n"
        "{\"event\":\"message\",\"conv\":1,\"seq\":10,\"kind\":\"member\"}\r\n\r\n");
    EXPECT_EQ(dialog.heard(), (Lines{"ready", "delivery Ta", "delivery Tb"}));
    EXPECT_NE(dialog.refusal("{\"event\":\"lagged\",\"conv\":1,\"seq\":9}\r\n\r\n").find("left out"),
              std::string::npos);
}

TEST(NativeMessenger, ComesBackWithTokenOrPassword) {
    for (const auto way : {NativeLobby::ComingBack::by_token, NativeLobby::ComingBack::by_password}) {
        NativeLobby lobby(way);
        Dialog first(lobby.seat(writer));
        first.begin();
        first.hear(ok("1") + ok(R"({"token":"T3"})"));
        Dialog again(lobby.seat(writer));
        const bool by_token = way == NativeLobby::ComingBack::by_token;
        EXPECT_EQ(again.begin(), by_token ? "resume T3\n" : "auth u3 surabaya-surabaya\n");
        EXPECT_EQ(again.hear(ok(R"({"token":"T4"})")), "");
        EXPECT_EQ(again.heard(), Lines{"ready"});
        EXPECT_EQ(again.say("Tx"), "send u7 Tx\n");
    }
}

TEST(NativeMessenger, QuotesWhatTheServerRefuses) {
    NativeLobby lobby(NativeLobby::ComingBack::by_token);
    Dialog dialog(lobby.seat(sender));
    dialog.begin();
    const std::string why = dialog.refusal("{\"status\":\"ERROR\",\"code\":\"registration-closed\"}\r\n\r\n");
    EXPECT_NE(why.find("register with"), std::string::npos) << why;
    EXPECT_NE(why.find("registration-closed"), std::string::npos) << why;
}

TEST(RedisChannels, SubscribesAndPublishes) {
    RedisChannels lobby;
    Dialog listener(lobby.seat(member));
    EXPECT_EQ(listener.begin(), "*1\r\n$4\r\nPING\r\n");
    EXPECT_EQ(listener.hear("+PONG\r\n"), "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nroom\r\n");
    listener.hear("*3\r\n$9\r\nsubscribe\r\n$4\r\nroom\r\n:1\r\n");
    listener.hear("*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$2\r\nTa\r\n*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$2\r\nTb\r\n");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta", "delivery Tb"}));

    Dialog talker(lobby.seat(writer));
    talker.begin();
    talker.hear("+PONG\r\n");
    EXPECT_EQ(talker.say("Ta"), "*3\r\n$7\r\nPUBLISH\r\n$7\r\ndirect7\r\n$2\r\nTa\r\n");
    talker.hear(":1\r\n");
    EXPECT_EQ(talker.heard(), (Lines{"ready", "ack"}));
    EXPECT_NE(talker.refusal("-ERR no\r\n").find("ERR no"), std::string::npos);
    EXPECT_NE(talker.refusal("hello\r\n").find("no value"), std::string::npos);
}

TEST(RedisStreams, ReadsOnFromTheLastEntry) {
    RedisStreams lobby;
    Dialog listener(lobby.seat(member));
    listener.begin();
    EXPECT_NE(listener.hear("+PONG\r\n").find("$4\r\nroom\r\n$1\r\n$\r\n"), std::string::npos);
    const std::string next = listener.hear(
        "*1\r\n*2\r\n$4\r\nroom\r\n*2\r\n"
        "*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$2\r\nTa\r\n"
        "*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\nf\r\n$2\r\nTb\r\n");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta", "delivery Tb"}));
    EXPECT_NE(next.find("$4\r\nroom\r\n$3\r\n2-0\r\n"), std::string::npos) << next;

    Dialog talker(lobby.seat(sender));
    talker.begin();
    talker.hear("+PONG\r\n$3\r\n1-0\r\n");
    EXPECT_EQ(talker.heard(), (Lines{"ready", "ack"}));
}

TEST(NatsMessenger, SubscribesAndPublishes) {
    NatsLobby lobby;
    Dialog listener(lobby.seat(partner));
    EXPECT_TRUE(listener.begin().ends_with("PING\r\n"));
    EXPECT_EQ(listener.hear("INFO {\"x\":1}\r\nPONG\r\n"), "SUB direct.7 1\r\nPING\r\n");
    listener.hear("PONG\r\nMSG direct.7 1 2\r\nTa\r\nMSG direct.7 1 2\r\nTb\r\n");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta", "delivery Tb"}));
    EXPECT_EQ(listener.hear("PING\r\n"), "PONG\r\n");
    EXPECT_EQ(Dialog(lobby.seat(sender)).say("Ta"), "PUB room 2\r\nTa\r\n");
    EXPECT_NE(listener.refusal("-ERR 'Slow Consumer'\r\n").find("Slow Consumer"), std::string::npos);
}

TEST(IrcMessenger, RegistersJoinsAndTalks) {
    IrcLobby lobby(8);
    Dialog listener(lobby.seat(member));
    EXPECT_EQ(listener.begin(), "NICK u7\r\nUSER u7 0 * :bench\r\n");
    EXPECT_EQ(listener.hear("NOTICE AUTH :hello\r\nPING :123\r\n"), "PONG :123\r\n");
    EXPECT_EQ(listener.hear(":irc 001 u7 :Welcome\r\n:irc 376 u7 :End of MOTD\r\n"), "JOIN #bench\r\n");
    listener.hear(":u7!x@y JOIN #bench\r\n:irc 366 u7 #bench :End of NAMES\r\n:u3!x@y PRIVMSG #bench :Ta\r\n");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta"}));

    Dialog talker(lobby.seat(writer));
    talker.begin();
    talker.hear(":irc 422 u3 :MOTD is missing\r\n");
    EXPECT_EQ(talker.heard(), Lines{"ready"});
    EXPECT_EQ(talker.say("Ta"), "PRIVMSG u7 :Ta\r\n");
    EXPECT_NE(talker.refusal(":irc 404 u3 #bench :Cannot send\r\n").find("404"), std::string::npos);
    EXPECT_NE(talker.refusal("ERROR :Closing\r\n").find("Closing"), std::string::npos);
}

TEST(IrcMessenger, WhoComesBackTakesAnotherNick) {
    IrcLobby lobby(8);
    Dialog(lobby.seat(member)).begin();
    EXPECT_EQ(Dialog(lobby.seat(member)).begin(), "NICK u7x1\r\nUSER u7x1 0 * :bench\r\n");
}

// What an XMPP server says until it has bound an address.
void bind(Dialog& dialog, const std::string& address) {
    const std::string header = "<?xml version='1.0'?><stream:stream id='1' from='localhost' xmlns='jabber:client'>";
    const std::string opening = dialog.begin();
    EXPECT_TRUE(opening.ends_with("xmlns:stream='http://etherx.jabber.org/streams'>")) << opening;
    EXPECT_EQ(dialog.hear(header + "<stream:features><mechanisms xmlns='x'><mechanism>ANONYMOUS</mechanism>"
                                   "</mechanisms></stream:features>"),
              "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    EXPECT_EQ(dialog.hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), opening);
    EXPECT_EQ(dialog.hear(header + "<stream:features><bind xmlns='x'/><session/></stream:features>"),
              "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    const std::string next =
        dialog.hear("<iq type='result' id='bind'><bind xmlns='x'><jid>" + address + "</jid></bind></iq>");
    EXPECT_TRUE(next.starts_with("<presence")) << next;
    EXPECT_EQ(dialog.heard(), Lines{});
}

TEST(XmppMessenger, LogsInAndTalksToWhomTheServerHasNamed) {
    XmppLobby lobby;
    Dialog talker(lobby.seat(writer));
    bind(talker, "1@localhost/a");
    talker.hear("<presence from='7@localhost/b' to='1@localhost/a'/>");
    EXPECT_EQ(talker.heard(), Lines{});
    talker.hear("<presence from='1@localhost/a' to='1@localhost/a'/>");
    EXPECT_EQ(talker.heard(), Lines{"ready"});

    Dialog listener(lobby.seat(partner));
    bind(listener, "7@localhost/b");
    listener.hear("<presence to='7@localhost/b' from='7@localhost/b'/>");
    listener.hear(
        " <message type='chat' from='1@localhost/a'><body xml:lang='en'>Ta</body></message>\n"
        "<message type='chat' from='1@localhost/a'><body>Tb</body></message>"
        "<message type='chat' from='1@localhost/a'><composing/></message>");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta", "delivery Tb"}));
    EXPECT_EQ(talker.say("Ta"), "<message to='7@localhost/b' type='chat'><body>Ta</body></message>");
}

TEST(XmppMessenger, IsInTheRoomWhenItsSubjectHasCome) {
    XmppLobby lobby;
    const std::string subject =
        "<presence from='bench@conference.localhost/u7'><x><status code='110'/></x></presence>"
        "<message type='groupchat' from='bench@conference.localhost'><subject/></message>";
    const std::string said = "<message type='groupchat' from='bench@conference.localhost/u3'><body>Ta</body></message>";
    Dialog listener(lobby.seat(member));
    bind(listener, "7@localhost/b");
    EXPECT_EQ(listener.hear(subject + said), "");
    EXPECT_EQ(listener.heard(), (Lines{"ready", "delivery Ta"}));

    Dialog talker(lobby.seat(sender));
    bind(talker, "3@localhost/a");
    EXPECT_EQ(talker.hear(subject + said), "");
    EXPECT_EQ(talker.heard(), Lines{"ready"});  // what it has written itself is no delivery
    EXPECT_EQ(talker.say("Ta"), "<message to='bench@conference.localhost' type='groupchat'><body>Ta</body></message>");
}

TEST(XmppMessenger, QuotesWhatTheServerRefuses) {
    XmppLobby lobby;
    Dialog dialog(lobby.seat(writer));
    for (const std::string refusal : {
             "<stream:error><conflict/></stream:error>",
             "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
             "<message type='error' from='x'><error><service-unavailable/></error><body>Ta</body></message>",
             "<presence type='error'><error><conflict/></error></presence>",
             "<iq type='error' id='bind'><error/></iq>",
             "<iq type='result' id='bind'/>",
             "</stream:stream>",
             "hello",
         }) {
        const std::string why = dialog.refusal(refusal);
        EXPECT_NE(why.find(refusal), std::string::npos) << why;
    }
    EXPECT_EQ(dialog.heard(), Lines{});
}

// As Dialog, for what else a file's client says.
class FileDialog : public Dialog {
  public:
    explicit FileDialog(std::unique_ptr<FileMessenger> messenger) : FileDialog(messenger.release()) {}

    std::string download(std::string_view name) {
        std::string out;
        files_->append_download(name, out);
        return out;
    }
    // What follows once everything has been sent.
    Lines pieces() {
        Lines all;
        for (std::string piece; files_->append_piece(piece); piece.clear())
            all.push_back(piece);
        return all;
    }

  private:
    explicit FileDialog(FileMessenger* files) : Dialog(std::unique_ptr<Messenger>(files)), files_(files) {}
    FileMessenger* files_;
};

const Lines five_bytes = {"delivery h", "delivery e", "delivery l", "delivery l", "delivery o", "ack"};

TEST(NativeFileMessenger, UploadsWhenTheServerIsReadyAndDownloadsByCode) {
    NativeFileLobby lobby;
    FileDialog first(lobby.seat({.user = 3, .partner = 7}, "hello"));
    EXPECT_EQ(first.begin(), "register u3 surabaya-surabaya\n");
    EXPECT_EQ(first.hear(ok("1")), "auth u3 surabaya-surabaya\n");
    EXPECT_EQ(first.hear(ok(R"({"token":"T3"})")), "");
    EXPECT_EQ(first.heard(), Lines{"ready"});
    EXPECT_EQ(first.say("file3"), "sendfile u7 file3 5\n");
    EXPECT_EQ(first.pieces(), Lines{});
    EXPECT_EQ(first.hear(ok(R"({"ready":5})")), "hello");
    EXPECT_EQ(first.heard(), Lines{});
    first.hear(ok(R"({"file":{"code":"c0de","name":"file3","size":5,"sha256":"2c"},"to":"u7","id":"x"})"));
    EXPECT_EQ(first.heard(), Lines{"ack"});

    FileDialog second(lobby.seat({.user = 7, .partner = 3}, "world"));
    second.begin();
    second.hear(ok("1") + ok(R"({"token":"T7"})"));
    EXPECT_EQ(second.download("file3"), "getfile c0de\n");
    second.heard();
    second.hear(ok(R"({"file":{"code":"c0de","name":"file3","size":5,"sha256":"2c"},"offset":0,"size":5})") + "hello");
    EXPECT_EQ(second.heard(), five_bytes);
    EXPECT_EQ(second.refusal("x"), "the server answered nothing with x");
}

TEST(NativeFileMessenger, QuotesWhatTheServerRefuses) {
    NativeFileLobby lobby;
    FileDialog dialog(lobby.seat({.user = 3, .partner = 3}, "hello"));
    const std::string error = "{\"status\":\"ERROR\",\"code\":\"quota-exceeded\",\"data\":\"\"}";
    dialog.begin();
    dialog.hear(ok("1") + ok(R"({"token":"T3"})"));
    dialog.say("file3");
    EXPECT_EQ(dialog.refusal(error + "\r\n\r\n"), "the server answered sendfile with " + error);
    EXPECT_EQ(dialog.refusal(ok(R"({"ready":6})")).find("the server answered sendfile with"), 0u);
    dialog.hear(ok(R"({"ready":5})"));
    EXPECT_EQ(dialog.refusal(error + "\r\n\r\n"), "the server answered a file with " + error);
    EXPECT_EQ(dialog.refusal(ok("{}")).find("the server answered a file with"), 0u);
    dialog.hear(ok(R"({"file":{"code":"c0de"}})"));
    dialog.download("file3");
    EXPECT_EQ(dialog.refusal(error + "\r\n\r\n"), "the server answered getfile with " + error);
    EXPECT_EQ(dialog.refusal(ok(R"({"offset":0,"size":4})")).find("the server answered getfile with"), 0u);
}

TEST(RedisFileMessenger, SetsAndGets) {
    RedisFileLobby lobby;
    FileDialog dialog(lobby.seat({.user = 3}, "hello"));
    EXPECT_EQ(dialog.begin(), "*1\r\n$4\r\nPING\r\n");
    dialog.hear("+PONG\r\n");
    EXPECT_EQ(dialog.heard(), Lines{"ready"});
    EXPECT_EQ(dialog.say("file3"), "*3\r\n$3\r\nSET\r\n$5\r\nfile3\r\n$5\r\nhello\r\n");
    EXPECT_EQ(dialog.pieces(), Lines{});
    EXPECT_EQ(dialog.refusal("-ERR full\r\n"), "the server answered SET with -ERR full");
    dialog.hear("+OK\r\n");
    EXPECT_EQ(dialog.heard(), Lines{"ack"});
    EXPECT_EQ(dialog.refusal("+OK\r\n"), "the server answered nothing with +OK");
    EXPECT_EQ(dialog.download("file2"), "*2\r\n$3\r\nGET\r\n$5\r\nfile2\r\n");
    EXPECT_EQ(dialog.refusal("$-1\r\n"), "the server answered GET with $-1");
    dialog.hear("$5\r\nhello");
    EXPECT_EQ(dialog.refusal("$5\r\n"), "the server answered GET with $5");
    dialog.hear("\r\n");
    EXPECT_EQ(dialog.heard(), five_bytes);
}

TEST(FileMessenger, LargeFilesGoInPieces) {
    const std::string large(600'000, 'x');
    RedisFileLobby lobby;
    FileDialog dialog(lobby.seat({}, large));
    dialog.begin();
    dialog.hear("+PONG\r\n");
    std::string said = dialog.say("f");
    const Lines pieces = dialog.pieces();
    EXPECT_EQ(pieces.size(), 2u);
    for (const std::string& piece : pieces)
        said += piece;
    EXPECT_EQ(said, "*3\r\n$3\r\nSET\r\n$1\r\nf\r\n$600000\r\n" + large + "\r\n");
}

}  // namespace
}  // namespace obrol::bench
