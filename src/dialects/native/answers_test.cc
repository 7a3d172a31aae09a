#include "dialects/native/answers.h"

#include <gtest/gtest.h>

namespace obrol::native {
namespace {

constexpr const char* token_text = "9abf3546-137d-4fd7-9d18-1f33e82acf8d";
const Token token = *Token::parse(token_text);
const MessageId message_id = *Uuid::parse("018bcfe5-6800-7000-8000-000000000001");

std::string answer(const Reply& reply) {
    std::string out;
    write_answer(Asked{}, DialectLimits{}, reply, out);
    EXPECT_TRUE(out.ends_with("\r\n\r\n")) << out;
    return out.substr(0, out.size() - 4);
}

LogEntry entry_of(EntryKind kind, std::string body) {
    EntryHeader header;
    header.conversation = ConversationId(3);
    header.seq = Seq(5);
    header.id = message_id;
    header.kind = kind;
    return LogEntry{header, std::move(body), false};
}

// What stands before and behind the content of such an entry from messi.
std::string message(std::string_view kind, std::string_view to, std::string_view content) {
    return std::string(R"({"id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":")")
        .append(kind)
        .append(R"(","from":"messi","name":"Lionel Messi","to":")")
        .append(to)
        .append("\",")
        .append(content)
        .append(R"(,"at":"1970-01-01T00:00:00.000Z"})");
}

const UserCard messi{"messi", "Lionel Messi", "Argentina"};
const UserCard maya{"maya", "Maya", "Indonesia"};
const GroupCard lab{"lab", "Tim Lab"};
const GroupView lab_view{lab, ConversationId(3), "4f2a9c", GroupRole::admin, 2};
const FileCard photo{"0a1b2c", "my photo.jpg", 1024, {0xab}};
const std::string photo_text = R"("file":{"code":"0a1b2c","name":"my photo.jpg","size":1024,)"
                               R"("sha256":"ab00000000000000000000000000000000000000000000000000000000000000"})";

TEST(NativeAnswers, WritesSessionsMessagesAndLists) {
    EXPECT_EQ(answer(SessionStarted{token, {"messi", "Lionel Messi", ""}, "B"}),
              std::string(R"({"status":"OK","data":{"token":")") + token_text +
                  R"(","user":"messi","name":"Lionel Messi","server":"B"}})");
    MessageSent sent;
    sent.copies.push_back({"maya", ConversationId(3), Seq(5), message_id});
    EXPECT_EQ(answer(sent),
              R"({"status":"OK","data":{"sent":[{"to":"maya","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,)"
              R"("seq":5}],"at":"1970-01-01T00:00:00.000Z"}})");
    InboxPage page;
    EntryHeader header;
    header.conversation = ConversationId(3);
    header.seq = Seq(5);
    header.id = message_id;
    page.senders.push_back({{"messi", "Lionel Messi", ""}, {{header, "Maya", "maya", "\xC3\xA9\n"}}});
    page.more = true;
    EXPECT_EQ(answer(page),
              R"({"status":"OK","data":{"messages":[{"id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,)"
              R"("kind":"message","from":"messi","name":"Lionel Messi","to":"maya","text":"é\n",)"
              R"("at":"1970-01-01T00:00:00.000Z"}],"more":true}})");
    EXPECT_EQ(answer(OnlineList{{{"messi", "Lionel Messi", "Argentina"}}}),
              R"({"status":"OK","data":[{"user":"messi","name":"Lionel Messi","country":"Argentina"}]})");
    Refused slow{ChatError::too_many_requests, {}, false, std::chrono::milliseconds(1500)};
    EXPECT_EQ(
        answer(slow),
        R"({"status":"ERROR","code":"too-many-requests","retry_ms":1500,"data":"too many requests; wait and try again"})");
}

TEST(NativeAnswers, WritesSessionsAndProfiles) {
    const WallTime start{};
    SessionList list;
    list.sessions.push_back({SessionId(7), start, start + std::chrono::milliseconds(5), true, false, true});
    EXPECT_EQ(answer(list),
              R"({"status":"OK","data":[{"id":7,"since":"1970-01-01T00:00:00.000Z","used":"1970-01-01T00:00:00.005Z",)"
              R"("online":true,"current":true}]})");
    EXPECT_EQ(answer(SessionsRevoked{3, false}), R"({"status":"OK","data":{"revoked":3}})");
    EXPECT_EQ(answer(ProfileChanged{{"messi", "Leo", "Argentina"}}),
              R"({"status":"OK","data":{"user":"messi","name":"Leo","country":"Argentina"}})");
}

TEST(NativeAnswers, WriteGroups) {
    const std::string view = R"("id":"#lab","name":"Tim Lab","conv":3,"code":"4f2a9c","role":"admin","members":2)";
    EXPECT_EQ(answer(GroupCreated{lab_view}), R"({"status":"OK","data":{)" + view + "}}");
    EXPECT_EQ(answer(GroupCodeRenewed{lab_view}), R"({"status":"OK","data":{)" + view + "}}");
    EXPECT_EQ(answer(GroupJoined{lab_view, true}), R"({"status":"OK","data":{)" + view + R"(,"already":true}})");
    EXPECT_EQ(answer(GroupList{{lab_view}}), R"({"status":"OK","data":[{)" + view + "}]}");
    EXPECT_EQ(answer(GroupList{}), R"({"status":"OK","data":[]})");
    EXPECT_EQ(answer(GroupLeft{lab, false}), R"({"status":"OK","data":{"id":"#lab","name":"Tim Lab","ended":false}})");
    EXPECT_EQ(answer(MemberChanged{lab, maya}),
              R"({"status":"OK","data":{"id":"#lab","name":"Tim Lab","who":"maya"}})");
    EXPECT_EQ(answer(MemberList{lab_view, {{messi, GroupRole::owner, true}, {maya, GroupRole::member, false}}}),
              R"({"status":"OK","data":[{"user":"messi","name":"Lionel Messi","role":"owner","online":true},)"
              R"({"user":"maya","name":"Maya","role":"member","online":false}]})");
}

TEST(NativeAnswers, SayForWhomItCouldNotBeDoneAndWhy) {
    EXPECT_EQ(answer(MembersAdded{lab, {"maya"}, {{"pogba", ChatError::unknown_recipient}}}),
              R"({"status":"OK","data":{"id":"#lab","name":"Tim Lab","added":["maya"],"failed":[{"name":"pogba",)"
              R"("code":"user-not-found","data":"there is no such user: pogba"}]}})");
    EXPECT_EQ(answer(ContactsChanged{{"maya", "izza"}, {}}),
              R"({"status":"OK","data":{"done":["maya","izza"],"failed":[]}})");
    EXPECT_EQ(answer(ContactsChanged{{"maya"}, {{"messi", ChatError::oneself}}}),
              R"({"status":"OK","data":{"done":["maya"],"failed":[{"name":"messi","code":"oneself",)"
              R"("data":"that is yourself: messi; name somebody else"}]}})");
}

TEST(NativeAnswers, WriteContacts) {
    EXPECT_EQ(answer(ContactList{{{maya, true}}}),
              R"({"status":"OK","data":[{"user":"maya","name":"Maya","country":"Indonesia","online":true}]})");
}

TEST(NativeAnswers, WriteFiles) {
    EXPECT_EQ(answer(UploadReady{7, 1024}), R"({"status":"OK","data":{"ready":1024}})");
    EXPECT_EQ(answer(FileSent{photo, "#lab", ConversationId(3), Seq(5), message_id, WallTime{}}),
              R"({"status":"OK","data":{)" + photo_text +
                  R"(,"to":"#lab","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,)"
                  R"("at":"1970-01-01T00:00:00.000Z"}})");
    EXPECT_EQ(answer(FileOffered{7, photo, 1000}),
              R"({"status":"OK","data":{)" + photo_text + R"(,"offset":1000,"size":24}})");
    const std::string item = photo_text.substr(std::string_view(R"("file":{)").size(),
                                               photo_text.size() - std::string_view(R"("file":{})").size());
    EXPECT_EQ(answer(FileList{{{photo, messi, "#lab", WallTime{}}}, true}),
              R"({"status":"OK","data":{"files":[{)" + item +
                  R"(,"from":"messi","in":"#lab","at":"1970-01-01T00:00:00.000Z"}],"more":true}})");
}

TEST(NativeAnswers, WriteFolders) {
    EXPECT_EQ(answer(FileKept{"a.txt", 5}), R"({"status":"OK","data":{"name":"a.txt","size":5}})");
    EXPECT_EQ(answer(FolderList{{{"a.txt", 5, WallTime{}}}}),
              R"({"status":"OK","data":[{"name":"a.txt","size":5,"at":"1970-01-01T00:00:00.000Z"}]})");
    const std::string in_directory = answer(FileOffered{7, {{}, "a.txt", 5, {}}, 0});
    EXPECT_EQ(in_directory, R"({"status":"OK","data":{"file":{"name":"a.txt","size":5},"offset":0,"size":5}})");
    const std::string of_folder = answer(FileOffered{7, {{}, "a.txt", 5, {0xab}}, 0});
    EXPECT_TRUE(of_folder.starts_with(R"({"status":"OK","data":{"file":{"name":"a.txt","size":5,"sha256":)"))
        << of_folder;
}

TEST(NativeAnswers, SayWhomAMessageDidNotReachAndWhy) {
    MessageSent sent;
    sent.copies.push_back({"maya", ConversationId(3), Seq(5), message_id});
    sent.failed = {{"pogba@B", ChatError::unknown_recipient}, {"izza@B", ChatError::blocked}};
    EXPECT_EQ(
        answer(sent),
        R"({"status":"OK","data":{"sent":[{"to":"maya","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,)"
        R"("seq":5}],"failed":[{"name":"pogba@B","code":"user-not-found","data":"there is no such user: pogba@B"},)"
        R"({"name":"izza@B","code":"blocked","data":"izza@B does not accept messages and invitations from you"}],)"
        R"("at":"1970-01-01T00:00:00.000Z"}})");
}

TEST(NativeAnswers, SayWhatIsOnItsWayToAnotherServer) {
    MessageSent sent;
    sent.copies.push_back({"maya@B", ConversationId(3), Seq(5), message_id, Delivery::queued});
    EXPECT_EQ(answer(sent),
              R"({"status":"OK","data":{"sent":[{"to":"maya@B","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,)"
              R"("seq":5,"delivery":"queued"}],"at":"1970-01-01T00:00:00.000Z"}})");
    sent.copies.front() = {"#lab@B", ConversationId(4), Seq{}, message_id, Delivery::queued};
    EXPECT_EQ(answer(sent),
              R"({"status":"OK","data":{"sent":[{"to":"#lab@B","id":"018bcfe5-6800-7000-8000-000000000001","conv":4,)"
              R"("delivery":"queued"}],"at":"1970-01-01T00:00:00.000Z"}})");
    FileSent file{photo, "maya@B", ConversationId(3), Seq(5), message_id, WallTime{}};
    file.delivery = Delivery::queued;
    EXPECT_NE(answer(file).find(R"("seq":5,"delivery":"queued","at":)"), std::string::npos);
    const std::string view = R"("id":"#lab","name":"Tim Lab","conv":3,"code":"4f2a9c","role":"admin","members":2)";
    EXPECT_EQ(answer(GroupCreated{lab_view, {"maya@B"}}),
              R"({"status":"OK","data":{)" + view + R"(,"pending":["maya@B"]}})");
    MembersAdded added{lab, {"maya"}, {}};
    added.pending = {"izza@B", "messi@C"};
    EXPECT_EQ(answer(added), R"({"status":"OK","data":{"id":"#lab","name":"Tim Lab","added":["maya"],"failed":[],)"
                             R"("pending":["izza@B","messi@C"]}})");
    EXPECT_EQ(answer(Queued{"B"}), R"({"status":"OK","data":{"delivery":"queued","server":"B"}})");
}

TEST(NativeAnswers, WriteServersAndRequests) {
    EXPECT_EQ(answer(ServerConnected{"B", true}), R"({"status":"OK","data":{"server":"B","already":true}})");
    ServerList list;
    list.servers.push_back({"B", "127.0.0.1", 8893, LinkState::up, 7, PublicKey{}});
    list.servers.push_back({"C", "", 0, LinkState::idle, 0, std::nullopt});
    EXPECT_EQ(answer(list),
              R"({"status":"OK","data":[{"server":"B","host":"127.0.0.1","port":8893,"state":"up","queued":7,)"
              R"("fingerprint":")" +
                  fingerprint(PublicKey{}) +
                  R"("},{"server":"C","host":"","port":0,"state":"idle","queued":0,"fingerprint":""}]})");
    EXPECT_EQ(answer(RequestList{{{{"budi@B", "Budi", ""}, "halo", 2, WallTime{}}}}),
              R"({"status":"OK","data":[{"from":"budi@B","name":"Budi","text":"halo","messages":2,)"
              R"("at":"1970-01-01T00:00:00.000Z"}]})");
}

TEST(NativeAnswers, ShowWhatWasSaidInGroupsAndWhatWasSentAsFiles) {
    const std::string halo = message("message", "#lab", R"("text":"halo")");
    const std::string file = message("file", "maya", photo_text);
    InboxPage inbox;
    InboxPage::Message in_group{entry_of(EntryKind::message, {}).header, "Tim Lab", "#lab", "halo"};
    InboxPage::Message sent_file{entry_of(EntryKind::file, {}).header, "Maya", "maya", {}, photo};
    inbox.senders.push_back({messi, {in_group, sent_file}});
    const std::string both = R"({"status":"OK","data":{"messages":[)" + halo + "," + file + R"(],"more":false}})";
    EXPECT_EQ(answer(inbox), both);
    UnreadPage unread;
    unread.messages.push_back({entry_of(EntryKind::message, "halo"), messi, maya, lab, "4f2a9c"});
    unread.messages.push_back({entry_of(EntryKind::file, encode(photo)), messi, maya, std::nullopt, {}});
    EXPECT_EQ(answer(unread), both);
}

TEST(NativeAnswers, ShowEveryKindOfEntryOfAGroupsHistory) {
    HistoryPage page;
    page.self = messi;
    page.group = lab;
    page.items.push_back({entry_of(EntryKind::member, "role owner maya"), messi});
    page.items.push_back({entry_of(EntryKind::member, "invite maya izza"), messi});
    page.items.push_back({entry_of(EntryKind::file, encode(photo)), messi});
    page.items.push_back({entry_of(EntryKind::member, "a later kind of note"), messi});
    LogEntry erased = entry_of(EntryKind::file, {});
    erased.erased = true;
    page.items.push_back({erased, messi});
    EXPECT_EQ(answer(page),
              R"({"status":"OK","data":{"messages":[)" +
                  message("member", "#lab", R"("member":{"action":"role","who":["maya"],"role":"owner"})") + "," +
                  message("member", "#lab", R"("member":{"action":"invite","who":["maya","izza"]})") + "," +
                  message("file", "#lab", photo_text) + "," +
                  message("member", "#lab", R"("text":"a later kind of note")") + "," +
                  message("file", "#lab", R"("erased":true)") + R"(],"more":false}})");
}

TEST(NativeAnswers, SayWhatTheServerAllows) {
    Welcome welcome{"obrol", 100, 1000, 1000, 67'108'864, 10'000};
    const std::string text = answer(welcome);
    EXPECT_NE(text.find(R"("history_entries":1000,"file_bytes":67108864,"group_members":10000})"), std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("groups","contacts","files","folder","servers","requests"])"), std::string::npos) << text;
}

}  // namespace
}  // namespace obrol::native
