#include "model/group.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(MemberNote, BodiesSayWhatTheyWereMadeOf) {
    const std::pair<MemberNote, std::string> cases[] = {
        {{MemberNote::Action::create, GroupRole::member, {"maya", "izza"}}, "create maya izza"},
        {{MemberNote::Action::join, GroupRole::member, {"maya"}}, "join maya"},
        {{MemberNote::Action::role, GroupRole::admin, {"maya"}}, "role admin maya"},
        {{MemberNote::Action::end, GroupRole::member, {}}, "end"},
    };
    for (const auto& [note, body] : cases) {
        EXPECT_EQ(encode(note), body);
        const auto parsed = parse_member_note(body);
        ASSERT_TRUE(parsed) << body;
        EXPECT_EQ(parsed->action, note.action);
        EXPECT_EQ(parsed->role, note.role);
        EXPECT_EQ(parsed->who, note.who);
    }
    for (const char* body : {"", "dance maya", "role", "role king maya", " join maya"})
        EXPECT_FALSE(parse_member_note(body)) << body;
}

TEST(JoinCode, IsSixHexadecimalDigits) {
    EXPECT_TRUE(is_join_code("0a9f3c"));
    for (const char* text : {"", "0a9f3", "0a9f3c1", "0A9F3C", "0a9f3g"})
        EXPECT_FALSE(is_join_code(text)) << text;
}

}  // namespace
}  // namespace obrol
