// Inboxes as users fetch them: in what order, how much at once, and what is given again.
#include <gtest/gtest.h>

#include "tests/support/chat_fixture.h"

namespace obrol {
namespace {

class InboxRequestsTest : public ChatTest {};

TEST_F(InboxRequestsTest, InboxGroupsBySenderOldestUnreadFirst) {
    const auto messi = chat->connect("127.0.0.1"), henderson = chat->connect("127.0.0.1"),
               maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*henderson, "henderson");
    log_in(*maya, "maya");
    EXPECT_EQ(inbox(*maya), "");  // from here on the inbox is kept current by events
    ask(*henderson, to("maya", "1"));
    ask(*messi, to("maya", "2"));
    ask(*maya, to("messi", "mine"));
    ask(*henderson, to("maya", "3"));
    EXPECT_EQ(inbox(*maya), "henderson: 1 3 | messi: 2");
    EXPECT_EQ(inbox(*maya), "");
    ask(*messi, to("maya", "4"));
    EXPECT_EQ(inbox(*maya), "messi: 4");
}

TEST_F(InboxRequestsTest, AnInboxThatDiedOnTheWayIsGivenAgain) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1"),
               phone = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    log_in(*phone, "maya");
    ask(*messi, to("maya", "1"));
    EXPECT_EQ(inbox(*maya, false), "messi: 1");
    const std::uint64_t lost = last_reservation;
    ask(*messi, to("maya", "2"));
    EXPECT_EQ(inbox(*phone), "messi: 2");  // what is on its way elsewhere is not doubled
    chat->release_inbox(lost);
    EXPECT_EQ(inbox(*phone), "messi: 1");
    EXPECT_EQ(inbox(*phone), "");
}

TEST_F(InboxRequestsTest, AnInboxAnswerIsBoundedAndTheNextGoesOn) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    for (std::size_t i = 0; i <= options.inbox_entries_max; ++i)
        ask(*messi, to("maya", std::to_string(i)));
    const Reply first = ask(*maya, FetchInbox{});
    const auto& page = std::get<InboxPage>(first);
    ASSERT_EQ(page.senders.size(), 1u);
    EXPECT_EQ(page.senders[0].messages.size(), options.inbox_entries_max);
    EXPECT_EQ(page.senders[0].messages.front().text, "0");
    chat->confirm_inbox(page.reservation);
    EXPECT_EQ(inbox(*maya), "messi: " + std::to_string(options.inbox_entries_max));

    const std::string half(options.inbox_bytes_max / 2, 'x');
    for (int i = 0; i < 3; ++i)
        ask(*messi, to("maya", half));
    EXPECT_EQ(inbox(*maya).size(), std::string("messi:").size() + 2 * (half.size() + 1));
    EXPECT_EQ(inbox(*maya).size(), std::string("messi:").size() + half.size() + 1);
    EXPECT_EQ(inbox(*maya), "");
}

TEST_F(InboxRequestsTest, AStretchOfOwnPostsDoesNotHideWhatComesAfter) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    log_in(*maya, "maya");
    ask(*messi, to("maya", "before"));
    for (std::size_t i = 0; i < options.inbox_entries_max + 10; ++i)
        ask(*maya, to("messi", "mine"));
    ask(*messi, to("maya", "after"));
    EXPECT_EQ(inbox(*maya), "messi: before");
    EXPECT_EQ(inbox(*maya), "messi: after");
}

TEST_F(InboxRequestsTest, WhatWasFetchedStaysFetchedAndTheRestStaysUnread) {
    const auto messi = chat->connect("127.0.0.1"), maya = chat->connect("127.0.0.1");
    log_in(*messi, "messi");
    const Token token = log_in(*maya, "maya");
    ask(*messi, to("maya", "1"));
    EXPECT_EQ(inbox(*maya), "messi: 1");
    ask(*messi, to("maya", "2"));
    executor.run_for(std::chrono::seconds(1));  // cursors are committed lazily
    // A second Chat over the same store knows only what was committed.
    LocalBus other_bus;
    Chat other(Chat::Parts{executor, store, blobs, commits, other_bus, hasher, secure_random, random, logger, key},
               options);
    const auto client = other.connect("127.0.0.1");
    const Reply reply = wait(other.execute(*client, Command{token, FetchInbox{}}));
    const auto& page = std::get<InboxPage>(reply);
    ASSERT_EQ(page.senders.size(), 1u);
    ASSERT_EQ(page.senders[0].messages.size(), 1u);
    EXPECT_EQ(page.senders[0].messages[0].text, "2");
    other.release_inbox(page.reservation);
}

}  // namespace
}  // namespace obrol
