#include "dialects/py_chat/answers.h"

#include <gtest/gtest.h>

#include "dialects/py_chat/errors.h"
#include "wire/json_reader.h"

namespace obrol::py_chat {
namespace {

const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");
const UserCard messi{"messi", "Lionel Messi", "Argentina"};
const FileCard photo{"4f2a9c", "bali.jpg", 12, {}};
const WallTime at{std::chrono::milliseconds(1'700'000'000'007)};

LogEntry entry(EntryKind kind, std::string body) {
    LogEntry made;
    made.header.kind = kind;
    made.header.at = at;
    made.body = std::move(body);
    return made;
}

// The words of both forms are the same, but for their end.
std::string answer(std::string_view word, const Reply& reply, bool is_object = false) {
    std::string out;
    write_answer(reply, Asked{std::string(word), find_keyword(word), is_object, false}, out);
    return out;
}

TEST(PyChatAnswers, AreTheDocuments) {
    const GroupView lab{{"g1", "kelas é"}, {}, "0f3a9c", GroupRole::owner, 1};
    const NameRefused pogba{"pogba", ChatError::unknown_recipient};
    UnreadPage page;
    page.messages.push_back({entry(EntryKind::message, "halo"), messi, {}, std::nullopt, {}});
    page.messages.push_back({entry(EntryKind::file, encode(photo)), messi, {}, GroupCard{"g1", "lab"}, "0f3a9c"});
    const struct {
        std::string_view word;
        Reply reply;
        std::string text;
    } cases[] = {
        {"AUTH-REGISTER", Registered{}, R"("message": "Pendaftaran berhasil, silakan masuk dengan AUTH-LOGIN")"},
        {"AUTH-LOGIN", SessionStarted{token, messi, "A"}, R"("message": "Berhasil masuk")"},
        {"AUTH-LOGOUT", SessionEnded{token, false}, R"("message": "Berhasil keluar")"},
        {"GROUP-CREATE", GroupCreated{lab},
         R"("message": "Grup berhasil dibuat", "code": "0f3a9c", "group_name": "kelas \u00e9")"},
        {"GROUP-GET", GroupList{{lab}},
         R"("message": "Daftar grup Anda", "group_list": [{"code": "0f3a9c", "group_name": "kelas \u00e9"}])"},
        {"GROUP-GET", GroupList{}, R"("message": "Daftar grup Anda", "group_list": [])"},
        {"GROUP-JOIN", GroupJoined{lab, false}, R"("message": "Berhasil bergabung dengan grup")"},
        {"GROUP-JOIN", GroupJoined{lab, true}, R"("message": "Anda sudah menjadi anggota grup")"},
        {"GROUP-EXIT", GroupLeft{{}, false}, R"("message": "Berhasil keluar dari grup")"},
        {"GROUP-INVITE", MembersAdded{{}, {"maya"}, {pogba}},
         R"("message": "Undangan berhasil, kecuali pogba: User Tidak Ditemukan", "added": ["maya"], "failed": ["pogba"])"},
        {"CHAT-PRIVATE-SEND", MessageSent{}, R"("message": "Pesan terkirim")"},
        {"CHAT-PRIVATE-GET", page,
         R"("message": "Pesan baru", "messages": [{"from_user": "messi", "text": "halo", "time": )"
         R"("2023-11-14T22:13:20.007Z"}, {"from_user": "messi", "text": "[bali.jpg], file_code: 4f2a9c", "time": )"
         R"("2023-11-14T22:13:20.007Z", "file_name": "bali.jpg", "file_code": "4f2a9c"}])"},
        {"NOTIF-GET", page,
         R"("message": "Pesan yang belum dibaca", "notifications": [{"from_user": "messi", "from_group": null, )"
         R"("code": null, "text": "halo"}, {"from_user": "messi", "from_group": "lab", "code": "0f3a9c", "text": )"
         R"("[bali.jpg], file_code: 4f2a9c", "file_name": "bali.jpg", "file_code": "4f2a9c"}])"},
        {"FILE-SEND-PRIVATE", UploadReady{1, 12}, R"("message": "ready")"},
        {"FILE-SEND-PRIVATE", FileSent{photo, "messi", {}, {}, {}, {}},
         R"("message": "File terkirim", "file_code": "4f2a9c", "file_name": "bali.jpg")"},
        {"FILE-GET-PRIVATE", FileOffered{1, photo, 0},
         R"("message": "File siap dikirim", "file_name": "bali.jpg", "file_size": 12)"},
        {"CONTACT-ADD", ContactsChanged{{"messi"}, {}}, R"("message": "Kontak berhasil ditambahkan")"},
        {"CONTACT-DEL", ContactsChanged{{"messi"}, {{"maya", ChatError::not_a_contact}}},
         R"("message": "Kontak berhasil dihapus, kecuali maya: Bukan kontak Anda")"},
        {"CONTACT-GET", ContactList{{{messi, true}}}, R"("message": "Daftar kontak Anda", "contact_list": ["messi"])"},
    };
    for (const auto& c : cases) {
        const std::string text = "{\"FOR\": \"" + std::string(c.word) + "\", \"status\": \"success\", " + c.text + "}";
        EXPECT_EQ(answer(c.word, c.reply), text + "\r\n\r\n");
    }
}

TEST(PyChatAnswers, SayWhatIsOnItsWayToAnotherServer) {
    MessageSent sent;
    sent.copies.push_back({"messi@B", {}, {}, {}, Delivery::queued});
    EXPECT_NE(answer("CHAT-PRIVATE-SEND", sent).find(R"("message": "Pesan terkirim; queued untuk messi@B"})"),
              std::string::npos);
    FileSent file{photo, "messi@B", {}, {}, {}, {}};
    file.delivery = Delivery::queued;
    EXPECT_NE(answer("FILE-SEND-PRIVATE", file).find(R"("message": "File terkirim; queued untuk messi@B", )"),
              std::string::npos);
    MembersAdded added;
    added.pending = {"messi@B"};
    EXPECT_NE(answer("GROUP-INVITE", added).find(R"("added": [], "failed": [], "pending": ["messi@B"]})"),
              std::string::npos);
    EXPECT_NE(answer("GROUP-EXIT", Queued{"B"}).find(R"("message": "Permintaan queued untuk server B"})"),
              std::string::npos);
}

TEST(PyChatAnswers, OfTheJsonFormHaveNoEnd) {
    EXPECT_EQ(answer("AUTH-LOGIN", SessionStarted{token, messi, "A"}, true),
              R"({"FOR": "AUTH-LOGIN", "status": "success", "message": "Berhasil masuk", "token": )"
              R"("9abf3546-137d-4fd7-9d18-1f33e82acf8d"})");
    EXPECT_EQ(answer("FILE-PRIVATE-SEND", UploadReady{1, 12}, true),
              R"({"FOR": "FILE-PRIVATE-SEND", "status": "ready"})");
    HistoryPage history;
    history.items.push_back({entry(EntryKind::message, "halo"), messi});
    history.items.push_back({entry(EntryKind::member, "join messi"), messi});
    history.items.push_back({entry(EntryKind::message, ""), messi});
    history.items.back().entry.erased = true;
    EXPECT_EQ(
        answer("MSG-PRIVATE-GET", history, true),
        R"({"FOR": "MSG-PRIVATE-GET", "status": "success", "message": "Riwayat pesan", "messages": [{"from_user": )"
        R"("messi", "text": "halo", "time": "2023-11-14T22:13:20.007Z"}]})");
}

TEST(PyChatAnswers, SayWhyTheyFailed) {
    const auto failed = [](const Refused& refused) { return answer("X", refused); };
    const auto text = [](std::string_view why) {
        return R"({"FOR": "X", "status": "failed", "message": ")" + std::string(why) + "\"}\r\n\r\n";
    };
    EXPECT_EQ(failed({ChatError::unknown_user, "pogba", false}),
              text("User Tidak Ada, silakan daftar dengan AUTH-REGISTER"));
    EXPECT_EQ(failed({ChatError::not_authorized, {}, false}),
              text("Silakan masuk dengan AUTH-LOGIN, atau daftar dengan AUTH-REGISTER"));
    EXPECT_EQ(failed({ChatError::unknown_recipient, "pogba", false}), text("User Tidak Ditemukan"));
    EXPECT_EQ(failed({ChatError::unknown_recipient, "pogba", true}), text("User Tidak Ditemukan: pogba"));
    EXPECT_EQ(failed({ChatError::bad_password, "it has fewer than 8 characters", false}),
              text("Password tidak memenuhi syarat: it has fewer than 8 characters"));
    for (int code = 0; code < chat_error_count; ++code)
        EXPECT_FALSE(error_text(static_cast<ChatError>(code)).empty()) << code;
}

// Whoever runs into a limit is told which one it is.
TEST(PyChatAnswers, NoOtherErrorIsWordedAsALimitIs) {
    for (const ChatError limit :
         {ChatError::line_too_long, ChatError::argument_too_long, ChatError::too_many_requests,
          ChatError::too_many_messages, ChatError::too_many_accounts, ChatError::too_many_connections,
          ChatError::server_full, ChatError::out_of_memory, ChatError::group_full, ChatError::too_many_groups,
          ChatError::too_many_contacts, ChatError::file_too_large, ChatError::quota_exceeded, ChatError::storage_full,
          ChatError::too_many_uploads, ChatError::tls_needed, ChatError::busy, ChatError::not_stored}) {
        for (int code = 0; code < chat_error_count; ++code) {
            const auto other = static_cast<ChatError>(code);
            EXPECT_EQ(error_text(limit) == error_text(other), limit == other) << to_string(other);
        }
    }
}

TEST(PyChatNotifications, TellOfMessagesAndFiles) {
    const auto notification = [](const Event& event) {
        std::string out;
        write_notification(event, out);
        return out;
    };
    EXPECT_EQ(notification(MessageEvent{entry(EntryKind::message, "halo"), messi, {}}),
              R"({"FOR": "NOTIF", "from_user": "messi", "from_group": null, "text": "halo"})");
    EXPECT_EQ(
        notification(MessageEvent{entry(EntryKind::file, encode(photo)), messi, {}, GroupCard{"g1", "lab"}}),
        R"({"FOR": "NOTIF", "from_user": "messi", "from_group": "lab", "text": "[bali.jpg], file_code: 4f2a9c"})");
    EXPECT_EQ(notification(PresenceEvent{messi, true}), "");
    EXPECT_EQ(notification(LaggedEvent{ConversationId(1), Seq(1)}), "");
    EXPECT_EQ(notification(SessionEndedEvent{}), "");
    EXPECT_EQ(notification(GroupEvent{entry(EntryKind::member, "join messi"), messi, {}, {}}), "");
}

// Every text of braces, quotation marks and backslashes that is longer than a block.
TEST(PyChatBlocks, NoneButTheLastEndsInABrace) {
    for (std::size_t padding = 0; padding < 40; ++padding) {
        HistoryPage history;
        for (int i = 0; i < 60; ++i)
            history.items.push_back({entry(EntryKind::message, std::string(padding, 'x') + "}}\"\\}{}"), messi});
        const std::string out = answer("MSG-PRIVATE-GET", history, true);
        std::size_t blocks = 0;
        for (std::size_t end = block_bytes; end < out.size(); end += block_bytes, ++blocks)
            EXPECT_NE(out[end - 1], '}') << padding << ' ' << end;
        EXPECT_GT(blocks, 3u);
        std::string plain;
        write_answer(history, Asked{"MSG-PRIVATE-GET", Keyword::chat_private_get, false, false}, plain);
        plain.resize(plain.size() - 4);
        const auto read = read_json(out, JsonLimits{out.size()});
        ASSERT_TRUE(read.has_value());
        EXPECT_EQ(*read, *read_json(plain, JsonLimits{plain.size()}));
    }
}

TEST(PyChatBlocks, OnesThatEndWellStayAsTheyAre) {
    const std::string object = "{\"a\": \"" + std::string(block_bytes - 9, 'x') + "\"}";
    ASSERT_EQ(object.size(), block_bytes);
    EXPECT_EQ(without_false_ends(object), object);
    EXPECT_EQ(without_false_ends("{\"a\": {}}"), "{\"a\": {}}");
}

}  // namespace
}  // namespace obrol::py_chat
