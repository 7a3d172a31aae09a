#include "dialects/error_texts.h"

#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace obrol {
namespace {

// Whoever runs into a limit is told which one it is.
const std::vector<ChatError> limits{
    ChatError::line_too_long,     ChatError::too_many_recipients, ChatError::too_many_requests,
    ChatError::too_many_messages, ChatError::too_many_accounts,   ChatError::too_many_connections,
    ChatError::server_full,       ChatError::out_of_memory,       ChatError::busy,
    ChatError::not_stored,        ChatError::group_full,          ChatError::too_many_groups,
    ChatError::too_many_contacts, ChatError::file_too_large,      ChatError::quota_exceeded,
    ChatError::storage_full,      ChatError::too_many_uploads,    ChatError::argument_too_long,
    ChatError::tls_needed,
};

class ErrorTexts : public testing::TestWithParam<ErrorText> {};

TEST_P(ErrorTexts, NoOtherErrorIsWordedAsALimitIs) {
    const ErrorText text = GetParam();
    for (const ChatError limit : limits) {
        for (int code = 0; code < chat_error_count; ++code) {
            const auto other = static_cast<ChatError>(code);
            if (other == limit) continue;
            EXPECT_NE(text(limit), text(other)) << to_string(limit) << ", " << to_string(other);
        }
    }
}

TEST_P(ErrorTexts, ALimitIsKnownByItsText) {
    for (const ChatError limit : limits)
        EXPECT_EQ(error_of_text(GetParam(), GetParam()(limit)), limit);
}

INSTANTIATE_TEST_SUITE_P(Languages, ErrorTexts, testing::Values(indonesian_error_text, english_error_text),
                         [](const auto& language) { return language.index == 0 ? "Indonesian" : "English"; });

TEST(ErrorCodes, AreAllDifferent) {
    std::set<std::string_view> codes;
    for (int code = 0; code < chat_error_count; ++code)
        EXPECT_TRUE(codes.insert(to_string(static_cast<ChatError>(code))).second) << code;
    EXPECT_FALSE(codes.contains("unknown-error"));
}

}  // namespace
}  // namespace obrol
