#include "dialects/native/error_words.h"

#include <gtest/gtest.h>
#include <set>

namespace obrol::native {
namespace {

std::string words(ChatError why, std::string subject = {}) {
    return error_words(Refused{why, std::move(subject)});
}

TEST(NativeErrorWords, NameTheSubjectBeforeTheySayWhatToDo) {
    EXPECT_EQ(words(ChatError::unknown_recipient, "pogba"), "there is no such user: pogba");
    EXPECT_EQ(words(ChatError::unknown_group, "#lab"),
              "there is no such group: #lab; 'groups' lists yours, 'joingroup' takes a code");
    EXPECT_EQ(words(ChatError::not_a_contact, "maya"), "that is none of your contacts: maya; 'contacts' lists them");
}

TEST(NativeErrorWords, TellOneselfFromOthers) {
    EXPECT_EQ(words(ChatError::not_a_member),
              "you are not a member of that group; ask for its code, or for an invitation");
    EXPECT_EQ(words(ChatError::not_a_member, "maya"), "maya is not a member of that group; 'members' lists them");
    EXPECT_EQ(words(ChatError::not_allowed, "maya"),
              "your role in that group does not let you do that to maya; 'members' shows who may");
    EXPECT_EQ(words(ChatError::banned, "maya"), "maya is banned from that group; 'unban' comes first");
    EXPECT_EQ(words(ChatError::already_member, "maya"), "maya is a member of that group already");
    EXPECT_EQ(words(ChatError::too_many_groups, "maya"), "maya is in as many groups as one may be in");
    EXPECT_EQ(words(ChatError::blocked, "maya"), "maya does not accept messages and invitations from you");
    EXPECT_EQ(words(ChatError::file_exists), "there is a file of that name in the folder already; choose another name");
    EXPECT_EQ(words(ChatError::file_exists, "maya"),
              "the folder of maya has a file of that name already; choose another name");
    EXPECT_EQ(words(ChatError::folder_full, "maya"), "the folder of maya holds as many files as it may");
}

TEST(NativeErrorWords, AreOfTheirOwnForEachCode) {
    std::set<std::string> seen;
    for (int i = 0; i < chat_error_count; ++i) {
        const auto error = static_cast<ChatError>(i);
        if (error != ChatError::wrong_password) {
            EXPECT_TRUE(seen.insert(words(error)).second) << error_code(error);
        }
    }
}

}  // namespace
}  // namespace obrol::native
