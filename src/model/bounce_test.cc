#include "model/bounce.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

MessageId some_id() {
    return Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
}

TEST(BounceNote, IsReadAsItWasWritten) {
    const BounceNote direct{some_id(), true, ChatError::unknown_recipient, ""};
    EXPECT_EQ(encode(direct), "failed 01890a5d-ac96-774b-bcce-b302099a8057 user-not-found");
    EXPECT_EQ(parse_bounce_note(encode(direct)), direct);
    const BounceNote post{some_id(), false, ChatError::server_unreachable, "#lab@B"};
    EXPECT_EQ(encode(post), "delayed 01890a5d-ac96-774b-bcce-b302099a8057 server-unreachable #lab@B");
    EXPECT_EQ(parse_bounce_note(encode(post)), post);
}

TEST(BounceNote, OtherBodiesAreNone) {
    EXPECT_EQ(parse_bounce_note(""), std::nullopt);
    EXPECT_EQ(parse_bounce_note("lost 01890a5d-ac96-774b-bcce-b302099a8057 user-not-found"), std::nullopt);
    EXPECT_EQ(parse_bounce_note("failed 01890a5d user-not-found"), std::nullopt);
    EXPECT_EQ(parse_bounce_note("failed 01890a5d-ac96-774b-bcce-b302099a8057 because"), std::nullopt);
}

}  // namespace
}  // namespace obrol
