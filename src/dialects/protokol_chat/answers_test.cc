#include "dialects/protokol_chat/answers.h"

#include <gtest/gtest.h>

#include "dialects/protokol_chat/errors.h"

namespace obrol::protokol_chat {
namespace {

const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");

std::string answer(const Reply& reply, const Asked& asked = {}) {
    std::string out;
    write_answer(reply, asked, out);
    EXPECT_TRUE(out.ends_with("}\r\n\r\n")) << out;
    return out.substr(0, out.size() - 4);
}

// What the answer says under both keys of most answers.
std::string said(const Reply& reply, const Asked& asked = {}) {
    const std::string text = answer(reply, asked);
    const std::string before = "{\"status\": \"OK\", \"data\": ";
    const std::string between = ", \"message\": ";
    const std::size_t size = (text.size() - before.size() - between.size() - 1) / 2;
    const std::string data = text.substr(before.size(), size);
    EXPECT_EQ(text, before + data + between + data + "}");
    return data;
}

MessageSent sent_to(std::vector<std::pair<std::string, Delivery>> receivers) {
    MessageSent sent;
    for (auto& [to, delivery] : receivers) {
        sent.copies.push_back({std::move(to), ConversationId(1), Seq(1), {}});
        sent.copies.back().delivery = delivery;
    }
    return sent;
}

TEST(ProtokolChatAnswers, HaveDataAndTheKeyOfTheDocumentsClient) {
    EXPECT_EQ(answer(SessionStarted{token, {}, {}}),
              "{\"status\": \"OK\", \"data\": \"9abf3546-137d-4fd7-9d18-1f33e82acf8d\", \"tokenid\": "
              "\"9abf3546-137d-4fd7-9d18-1f33e82acf8d\"}");
    EXPECT_EQ(answer(Refused{ChatError::unknown_command}),
              "{\"status\": \"ERROR\", \"data\": \"request tidak dikenali\", \"message\": \"request tidak dikenali\"}");
    EXPECT_EQ(answer(InboxPage{}), "{\"status\": \"OK\", \"data\": {}, \"messages\": {}}");
    EXPECT_EQ(said(SessionEnded{token, false}), "\"user sudah logout\"");
    EXPECT_EQ(said(Registered{{"budi", "budi", ""}}), "\"user budi sudah teregistrasi\"");
}

TEST(ProtokolChatAnswers, ShowAnInboxWithGroupsFilesAndRemoteSenders) {
    InboxPage page;
    InboxPage::Message text{EntryHeader{}, "Maya", "maya", " halo \xC3\xA9"};
    InboxPage::Message in_group{EntryHeader{}, "Tim Lab", "#lab", "halo semua"};
    in_group.group = GroupCard{"lab", "Tim Lab"};
    InboxPage::Message file{EntryHeader{}, "Maya", "maya", {}};
    file.file = FileCard{"4f2a9c", "foto.jpg", 7, {}};
    page.senders.push_back({{"messi@B", "Lionel Messi", ""}, {text, in_group, file}});
    const std::string senders =
        "{\"messi@B\": [{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Maya\", \"msg\": \" halo \\u00e9\"}, "
        "{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Tim Lab\", \"msg\": \"halo semua\"}, "
        "{\"msg_from\": \"Lionel Messi\", \"msg_to\": \"Maya\", \"msg\": \"[file] foto.jpg (7 byte)\"}]}";
    EXPECT_EQ(answer(page), "{\"status\": \"OK\", \"data\": " + senders + ", \"messages\": " + senders + "}");
}

TEST(ProtokolChatAnswers, SayWhomAMessageReachedAndForWhomItWaits) {
    EXPECT_EQ(said(sent_to({{"maya", Delivery::done}})), "\"pesan sudah terkirim ke maya\"");
    EXPECT_EQ(said(sent_to({{"maya", Delivery::done}, {"izza@B", Delivery::done}})),
              "\"pesan sudah terkirim ke maya, izza@B\"");
    EXPECT_EQ(said(sent_to({{"izza@B", Delivery::queued}})), "\"pesan queued untuk izza@B\"");
    EXPECT_EQ(said(sent_to({{"izza@B", Delivery::queued}, {"maya", Delivery::done}, {"messi@C", Delivery::queued}})),
              "\"pesan sudah terkirim ke maya; queued untuk izza@B, messi@C\"");
}

TEST(ProtokolChatAnswers, SayWhomAMessageDidNotReach_AndWhy) {
    MessageSent sent = sent_to({{"maya", Delivery::done}});
    sent.failed.push_back({"pogba@B", ChatError::unknown_recipient});
    EXPECT_EQ(said(sent), "\"pesan sudah terkirim ke maya; tidak terkirim ke pogba@B (User Tidak Ditemukan)\"");
    sent.copies.push_back({"izza@B", {}, Seq(), {}, Delivery::queued});
    sent.failed.push_back({"messi@C", ChatError::blocked});
    EXPECT_EQ(said(sent),
              "\"pesan sudah terkirim ke maya; queued untuk izza@B; tidak terkirim ke pogba@B (User Tidak Ditemukan), "
              "messi@C (Anda diblokir oleh penerima)\"");
    sent.copies.erase(sent.copies.begin());
    EXPECT_EQ(said(sent),
              "\"pesan queued untuk izza@B; tidak terkirim ke pogba@B (User Tidak Ditemukan), messi@C (Anda diblokir "
              "oleh penerima)\"");
}

TEST(ProtokolChatAnswers, SayWhomAPostReachedAndForWhomItWaits) {
    MessageSent sent = sent_to({{"#lab", Delivery::done}});
    sent.reach = GroupReach{{"maya", "izza@B"}, {}};
    EXPECT_EQ(said(sent), "\"pesan sudah terkirim ke grup lab: maya, izza@B\"");
    sent.reach = GroupReach{{"maya"}, {"izza@B", "messi@C"}};
    EXPECT_EQ(said(sent), "\"pesan sudah terkirim ke grup lab: maya; queued untuk izza@B, messi@C\"");
    sent.reach = GroupReach{{}, {"izza@B"}};
    EXPECT_EQ(said(sent), "\"pesan queued untuk grup lab: izza@B\"");
    sent.reach = GroupReach{};
    EXPECT_EQ(said(sent), "\"pesan sudah terkirim ke grup lab\"");
    sent = sent_to({{"#lab@B", Delivery::queued}});
    sent.reach = GroupReach{};
    EXPECT_EQ(said(sent), "\"pesan queued untuk grup lab@B\"");
}

TEST(ProtokolChatAnswers, OfGroupsNameThoseWhoseServersHaveNotConfirmed) {
    GroupCreated created;
    created.group.card = GroupCard{"lab", "lab"};
    EXPECT_EQ(said(created), "\"grup lab sudah dibuat\"");
    created.pending = {"izza@B", "messi@C"};
    EXPECT_EQ(said(created), "\"grup lab sudah dibuat; menunggu server dari izza@B, messi@C\"");
}

TEST(ProtokolChatAnswers, OfFiles) {
    EXPECT_EQ(said(UploadReady{1, 5}), "\"ready\"");
    EXPECT_EQ(said(FileKept{"a.txt", 5}), "\"file a.txt (5 byte) sudah disimpan\"");
    FileSent sent;
    sent.file.name = "a.txt";
    sent.to = "maya";
    EXPECT_EQ(said(sent), "\"file a.txt sudah terkirim ke maya\"");
    sent.to = "#lab";
    EXPECT_EQ(said(sent), "\"file a.txt sudah terkirim ke grup lab\"");
    sent.to = "maya@B";
    sent.delivery = Delivery::queued;
    EXPECT_EQ(said(sent), "\"file a.txt queued untuk maya@B\"");
    EXPECT_EQ(said(FileOffered{1, {{}, "a.txt", 5, {}}, 0}), "{\"nama\": \"a.txt\", \"ukuran\": 5}");
    EXPECT_EQ(said(FolderList{}), "[]");
    EXPECT_EQ(said(FolderList{{{"a.txt", 5, {}}, {"b", 0, {}}}}),
              "[{\"nama\": \"a.txt\", \"ukuran\": 5}, {\"nama\": \"b\", \"ukuran\": 0}]");
}

TEST(ProtokolChatAnswers, OfServers) {
    EXPECT_EQ(said(Acknowledged{}, asked_by({std::nullopt, AddServer{"B", "127.0.0.1", 8893}})),
              "\"server B sudah ditambahkan\"");
    EXPECT_EQ(said(Acknowledged{}, asked_by({std::nullopt, DisconnectServer{"B"}})),
              "\"koneksi ke server B sudah diputus\"");
    EXPECT_EQ(said(ServerConnected{"B", false}), "\"server B terkoneksi\"");
    EXPECT_EQ(said(ServerConnected{"B", true}), "\"sudah terkoneksi\"");
    ServerList list;
    list.servers.push_back({"B", "127.0.0.1", 8893, LinkState::up, 0});
    list.servers.push_back({"C", "", 0, LinkState::idle, 7});
    EXPECT_EQ(said(list),
              "[{\"id\": \"B\", \"alamat\": \"127.0.0.1\", \"port\": 8893, \"status\": \"terkoneksi\", \"queued\": 0}, "
              "{\"id\": \"C\", \"alamat\": \"\", \"port\": 0, \"status\": \"belum terkoneksi\", \"queued\": 7}]");
}

TEST(ProtokolChatErrors, EachHasATextOfThisDialect) {
    for (int code = 0; code < chat_error_count; ++code) {
        const std::string_view text = error_text(static_cast<ChatError>(code));
        EXPECT_FALSE(text.empty()) << code;
        EXPECT_EQ(text.find("command"), std::string_view::npos) << text;
    }
    EXPECT_EQ(error_text(Refused{ChatError::missing_argument}), "parameter tidak lengkap");
    EXPECT_EQ(error_text(Refused{ChatError::server_not_connected, "B"}), "server belum terkoneksi");
    EXPECT_EQ(error_text(Refused{ChatError::server_not_connected, "B", true}), "server belum terkoneksi: B");
    EXPECT_EQ(error_text(Refused{ChatError::unknown_recipient, "pogba", true}), "User Tidak Ditemukan: pogba");
    EXPECT_EQ(error_text(Refused{ChatError::server_unreachable, "connect: Connection refused"}),
              "server tidak dapat dihubungi: connect: Connection refused");
}

}  // namespace
}  // namespace obrol::protokol_chat
