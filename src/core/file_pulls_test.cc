// Files of other servers whose bytes are fetched: once where several want them, and apart where several offer them.
#include "core/file_pulls.h"

#include <array>
#include <chrono>
#include <expected>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto/sha256.h"
#include "core/file_limits.h"
#include "tests/support/chat_parts.h"

namespace obrol {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ServerId one{1};
constexpr ServerId other{2};

// Of each server what it gives, and when.
class OfferingLinks final : public Links {
  public:
    struct Offer {
        std::expected<std::string, ChatError> bytes = std::unexpected(ChatError::not_found);
        Duration delay = milliseconds(1);
    };

    explicit OfferingLinks(DeterministicExecutor& executor) : executor_(executor) {}

    Task<std::expected<void, ChatError>> pull(ServerId from, BlobDigest, std::uint64_t, BlobWriter& into) override {
        ++asked[from];
        const Offer offer = offers[from];
        co_await sleep_for(executor_, offer.delay);
        if (!offer.bytes) co_return Failure<ChatError>(offer.bytes.error());
        const Result<void> written = co_await into.write(executor_, *offer.bytes);
        if (!written) co_return Failure<ChatError>(ChatError::unavailable);
        co_return std::expected<void, ChatError>();
    }
    LinkState state(ServerId) const override { return LinkState::up; }
    Task<std::expected<bool, Refused>> connect(Server) override { co_return true; }
    void disconnect(ServerId) override {}
    Task<LinkTrial> try_link(std::string, std::uint16_t) override { co_return LinkTrial(); }
    std::optional<LinkTrouble> trouble(ServerId) const override { return std::nullopt; }
    void wake(ServerId) override {}
    void group_advanced(ConversationId) override {}
    Task<std::optional<std::vector<std::string>>> online_among(ServerId, std::string,
                                                               std::vector<std::string>) override {
        co_return std::nullopt;
    }

    std::map<ServerId, Offer> offers;
    std::map<ServerId, int> asked;

  private:
    DeterministicExecutor& executor_;
};

class FilePullsTest : public testing::Test {
  protected:
    ~FilePullsTest() override {
        parts.run(gate.close());
        parts.run(files.stop());
    }
    static FileCard file_of(const std::string& bytes) { return {"5b1f0c", "a.txt", bytes.size(), sha256(bytes)}; }
    using Outcome = std::optional<std::expected<void, ChatError>>;
    static Task<void> keep(Task<std::expected<void, ChatError>> task, Outcome& outcome) {
        const auto pulled = co_await std::move(task);
        outcome = pulled;
    }
    // What came of it is in `outcome`, once something has.
    void pull(ServerId from, const FileCard& file, Outcome& outcome, FilePulls::For whom = FilePulls::For::somebody) {
        gate.spawn(keep(pulls.pull(links, from, file, whom), outcome));
    }
    static std::string text(const Outcome& outcome) {
        if (!outcome) return "under way";
        return *outcome ? "here" : std::string(to_string(outcome->error()));
    }
    // What is kept under that digest.
    std::string stored(const FileCard& file) {
        const auto reader = parts.run(parts.blobs.open(file.blob));
        if (!reader) return "nothing";
        std::string bytes((*reader)->size(), '\0');
        EXPECT_TRUE(parts.run((*reader)->read(parts.executor, 0, bytes)));
        return bytes;
    }

    ChatParts parts;
    OfferingLinks links{parts.executor};
    Files files{{parts.store, parts.blobs, parts.logger}, FileLimits()};
    FilePulls pulls{{files, parts.commits, parts.logger}, 2};
    Gate gate{"pulls"};
};

TEST_F(FilePullsTest, SeveralWhoWantItOfOneServerAskOnce) {
    const FileCard file = file_of("hello");
    links.offers[one].bytes = "hello";
    Outcome first;
    Outcome second;
    pull(one, file, first);
    pull(one, file, second);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(text(first), "here");
    EXPECT_EQ(text(second), "here");
    EXPECT_EQ(links.asked[one], 1);
    EXPECT_EQ(stored(file), "hello");
}

TEST_F(FilePullsTest, EqualBytesOfTwoServersAreFetchedApart) {
    const FileCard file = file_of("hello");
    for (const ServerId from : {one, other})
        links.offers[from].bytes = "hello";
    Outcome of_one;
    Outcome of_other;
    pull(one, file, of_one);
    pull(other, file, of_other);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(text(of_one), "here");
    EXPECT_EQ(text(of_other), "here");
    EXPECT_EQ(links.asked[one], 1);
    EXPECT_EQ(links.asked[other], 1);
    EXPECT_EQ(stored(file), "hello");
}

TEST_F(FilePullsTest, WhatOneServerDoesIsNoHarmToThoseWhoAskAnother) {
    const FileCard file = file_of("hello");
    using Offer = OfferingLinks::Offer;
    const std::vector<std::pair<Offer, std::string>> bad{
        {{std::unexpected(ChatError::not_found), milliseconds(1)}, "not-found"},
        {{std::unexpected(ChatError::unavailable), milliseconds(1)}, "unavailable"},
        {{"jello", milliseconds(1)}, "unavailable"},
        {{"hell", milliseconds(1)}, "unavailable"},
        {{"hello!", milliseconds(1)}, "unavailable"},
        {{"hello", hours(1)}, "under way"},
    };
    links.offers[other].bytes = "hello";
    for (const auto& [offer, outcome] : bad) {
        for (const bool is_first : {false, true}) {
            FilePulls fresh{{files, parts.commits, parts.logger}, 2};
            links.offers[one] = offer;
            Outcome of_one;
            Outcome of_other;
            gate.spawn(keep(fresh.pull(links, is_first ? one : other, file, FilePulls::For::somebody),
                            is_first ? of_one : of_other));
            gate.spawn(keep(fresh.pull(links, is_first ? other : one, file, FilePulls::For::somebody),
                            is_first ? of_other : of_one));
            parts.executor.run_for(seconds(1));
            EXPECT_EQ(text(of_one), outcome) << is_first;
            EXPECT_EQ(text(of_other), "here") << outcome << ' ' << is_first;
            parts.executor.run_for(hours(2));
            EXPECT_EQ(stored(file), "hello");
        }
    }
}

TEST_F(FilePullsTest, AWrongSizeIsNoHarmToThoseWhoKnowTheRightOne) {
    const FileCard file = file_of("hello");
    FileCard wrong = file;
    wrong.size = 4;
    links.offers[one].bytes = "hello";
    Outcome of_wrong;
    Outcome of_right;
    pull(one, wrong, of_wrong);
    pull(one, file, of_right);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(text(of_wrong), "unavailable");
    EXPECT_EQ(text(of_right), "here");
}

TEST_F(FilePullsTest, AFailureIsForgotten) {
    const FileCard file = file_of("hello");
    Outcome first;
    pull(one, file, first);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(text(first), "not-found");
    links.offers[one].bytes = "hello";
    Outcome second;
    pull(one, file, second);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(text(second), "here");
    EXPECT_EQ(links.asked[one], 2);
}

TEST_F(FilePullsTest, SoManyAreUnderWayForSomebodyAndNoMore) {
    std::array<Outcome, 6> outcomes;
    links.offers[one] = {"hello", seconds(10)};
    links.offers[other] = {"hello", seconds(10)};
    pull(one, file_of("for a folder"), outcomes[0], FilePulls::For::folders);
    pull(one, file_of("hello"), outcomes[1]);
    pull(one, file_of("hello"), outcomes[2]);
    pull(other, file_of("hello"), outcomes[3]);
    pull(one, file_of("a third"), outcomes[4]);
    pull(one, file_of("for a folder, too"), outcomes[5], FilePulls::For::folders);
    parts.executor.run_for(seconds(1));
    std::string all;
    for (const Outcome& outcome : outcomes)
        all += text(outcome) + ", ";
    EXPECT_EQ(all, "under way, under way, under way, under way, busy, under way, ");
    parts.executor.run_for(seconds(60));
    for (const std::size_t place : {1u, 2u, 3u})
        EXPECT_EQ(text(outcomes[place]), "here");
}

}  // namespace
}  // namespace obrol
