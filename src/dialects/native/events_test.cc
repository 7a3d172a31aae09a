#include "dialects/native/events.h"

#include <gtest/gtest.h>

#include "model/file.h"

namespace obrol::native {
namespace {

const MessageId message_id = *Uuid::parse("018bcfe5-6800-7000-8000-000000000001");

std::string rendered(const Event& event, EventForm form = EventForm::full) {
    std::string out;
    write_event(event, form, out);
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

const UserCard messi{"messi", "Lionel Messi", ""};
const UserCard maya{"maya", "Maya", ""};
const GroupCard lab{"lab", "Tim Lab"};

TEST(NativeEvents, BeginWithTheirName) {
    EXPECT_EQ(rendered(MessageEvent{entry_of(EntryKind::message, "halo"), messi, maya}),
              R"({"event":"message","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":"message",)"
              R"("from":"messi","name":"Lionel Messi","to":"maya","text":"halo","at":"1970-01-01T00:00:00.000Z"})");
    EXPECT_EQ(rendered(PresenceEvent{{"messi", "Lionel Messi", "Argentina"}, true}),
              R"({"event":"presence","user":"messi","name":"Lionel Messi","country":"Argentina","online":true})");
    EXPECT_EQ(rendered(ReadEvent{ConversationId(3), Seq(6), messi, maya}),
              "{\"event\":\"read\",\"conv\":3,\"seq\":6,\"from\":\"messi\",\"to\":\"maya\"}");
    EXPECT_EQ(rendered(SessionEndedEvent{}),
              R"({"event":"notice","code":"session-ended","text":"this login has ended; log in again"})");
    EXPECT_EQ(rendered(LaggedEvent{ConversationId(3), Seq(6)}), "{\"event\":\"lagged\",\"conv\":3,\"seq\":6}");
}

TEST(NativeEvents, OfMessagesAndFilesCanBeBrief) {
    EXPECT_EQ(rendered(MessageEvent{entry_of(EntryKind::message, "halo"), messi, {}, lab}, EventForm::brief),
              R"({"event":"message","conv":3,"seq":5,"from":"messi","to":"#lab","text":"halo"})");
    const LogEntry file = entry_of(EntryKind::file, encode(FileCard{"abc123", "a.txt", 5, {}}));
    EXPECT_EQ(rendered(MessageEvent{file, messi, maya}, EventForm::brief),
              R"({"event":"file","conv":3,"seq":5,"from":"messi","to":"maya",)"
              R"("file":{"code":"abc123","name":"a.txt","size":5}})");
    for (const Event& event : {Event(ReadEvent{ConversationId(3), Seq(6), messi, maya}),
                               Event(LaggedEvent{ConversationId(3), Seq(6)}), Event(SessionEndedEvent{})})
        EXPECT_EQ(rendered(event, EventForm::brief), rendered(event));
}

TEST(NativeEvents, OfGroupsNameTheGroup) {
    EXPECT_EQ(rendered(MessageEvent{entry_of(EntryKind::message, "halo"), messi, {}, lab}),
              R"({"event":"message","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":"message",)"
              R"("from":"messi","name":"Lionel Messi","to":"#lab","text":"halo","at":"1970-01-01T00:00:00.000Z"})");
    MemberNote note{MemberNote::Action::invite, GroupRole::member, {"maya", "izza"}};
    EXPECT_EQ(rendered(GroupEvent{entry_of(EntryKind::member, encode(note)), messi, lab, note}),
              R"({"event":"group","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":"member",)"
              R"("from":"messi","name":"Lionel Messi","to":"#lab","member":{"action":"invite","who":["maya","izza"]},)"
              R"("at":"1970-01-01T00:00:00.000Z","group":{"id":"#lab","name":"Tim Lab"}})");
    note = MemberNote{MemberNote::Action::role, GroupRole::owner, {"maya"}};
    EXPECT_NE(rendered(GroupEvent{entry_of(EntryKind::member, encode(note)), messi, lab, note})
                  .find(R"("member":{"action":"role","who":["maya"],"role":"owner"})"),
              std::string::npos);
    EXPECT_EQ(rendered(ReadEvent{ConversationId(3), Seq(6), messi, {}, lab}),
              R"({"event":"read","conv":3,"seq":6,"from":"messi","to":"#lab"})");
}

TEST(NativeEvents, OfMessagesThatDoNotArriveAreNotices) {
    const BounceNote failed{message_id, true, ChatError::unknown_recipient, {}};
    EXPECT_EQ(
        rendered(BounceEvent{entry_of(EntryKind::bounce, encode(failed)), maya, std::nullopt, failed}),
        R"({"event":"notice","code":"message-failed","text":"your message to maya did not arrive: there is no such )"
        R"(user","conv":3,"seq":5,"to":"maya","message":"018bcfe5-6800-7000-8000-000000000001","final":true,)"
        R"("why":"user-not-found","at":"1970-01-01T00:00:00.000Z"})");
    const BounceNote delayed{message_id, false, ChatError::server_unreachable, "#lab@B"};
    EXPECT_EQ(
        rendered(BounceEvent{entry_of(EntryKind::bounce, encode(delayed)), {}, lab, delayed}),
        R"({"event":"notice","code":"message-delayed","text":"your message to #lab is still on its way: that server )"
        R"(cannot be reached","conv":3,"seq":5,"to":"#lab","message":"018bcfe5-6800-7000-8000-000000000001",)"
        R"("final":false,"why":"server-unreachable","at":"1970-01-01T00:00:00.000Z"})");
    // The same as an entry of the history.
    EXPECT_NE(rendered(MessageEvent{entry_of(EntryKind::bounce, encode(failed)), messi, maya})
                  .find(R"("to":"maya","bounce":{"message":"018bcfe5-6800-7000-8000-000000000001","final":true,)"
                        R"("why":"user-not-found"},"at":)"),
              std::string::npos);
}

TEST(NativeEvents, OfStrangersAndServers) {
    EXPECT_EQ(rendered(RequestEvent{{"budi@B", "Budi", ""}}), R"({"event":"request","from":"budi@B","name":"Budi"})");
    EXPECT_EQ(rendered(ServerEvent{"B", LinkState::up}), R"({"event":"peer","server":"B","state":"up"})");
    EXPECT_EQ(rendered(ServerEvent{"B", LinkState::up, ChatError::server_taken}),
              R"({"event":"peer","server":"B","state":"up","refused":"server-taken"})");
}

TEST(NativeEvents, OfFilesHaveTheFileInThePlaceOfATextAndANameOfTheirOwn) {
    const FileCard photo{"4f2a9c", "my photo.jpg", 1024, {0xab}};
    EXPECT_EQ(rendered(MessageEvent{entry_of(EntryKind::file, encode(photo)), messi, maya}),
              R"({"event":"file","id":"018bcfe5-6800-7000-8000-000000000001","conv":3,"seq":5,"kind":"file",)"
              R"("from":"messi","name":"Lionel Messi","to":"maya","file":{"code":"4f2a9c","name":"my photo.jpg",)"
              R"("size":1024,"sha256":"ab00000000000000000000000000000000000000000000000000000000000000"},)"
              R"("at":"1970-01-01T00:00:00.000Z"})");
}

}  // namespace
}  // namespace obrol::native
