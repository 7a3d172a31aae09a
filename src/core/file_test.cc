#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/administration.h"
#include "core/transfer.h"
#include "tests/support/people.h"
#include "tests/support/run_task.h"
#include "tests/support/transfers.h"

namespace obrol {
namespace {

Chat::Options small_limits() {
    Chat::Options options;
    options.files.bytes_max = 1000;
    options.files.user_bytes_max = 3000;
    options.files.server_bytes_max = 5000;
    options.files.uploads_per_user_max = 2;
    options.files.uploads_max = 3;
    options.files.downloads_max = 2;
    options.files.list_files_max = 3;
    return options;
}

struct FileTest : testing::Test {
    FileTest() {
        for (const char* name : {"messi", "maya", "izza"})
            people.add(name);
    }

    static SendFile sending(const std::string& to, const std::string& name, std::uint64_t size,
                            std::optional<IdempotencyKey> key = std::nullopt) {
        return SendFile{parse_place(to), name, size, std::move(key), false};
    }
    std::unique_ptr<Upload> begin(const std::string& from, SendFile request) {
        return transfers.begin(from, std::move(request));
    }
    Reply go_on(std::unique_ptr<Upload> upload, std::string_view bytes) {
        return transfers.go_on(std::move(upload), bytes);
    }
    FileSent send(const std::string& from, const std::string& to, const std::string& name, std::string_view bytes,
                  std::optional<IdempotencyKey> key = std::nullopt) {
        return transfers.send<FileSent>(from, sending(to, name, bytes.size(), std::move(key)), bytes);
    }
    std::string fetch(const std::string& who, GetFile request) { return transfers.fetch(who, std::move(request)); }
    GetFile getting(const std::string& code, std::uint64_t offset = 0) { return GetFile{code, std::nullopt, offset}; }
    GetFile getting_in(const std::string& code, const std::string& place) {
        return GetFile{code, parse_place(place), 0};
    }
    std::size_t blobs() {
        parts.executor.run_until_idle();
        return parts.blobs.blobs().blobs.size();
    }
    Administration& operators() { return parts.chat.administration(); }

    ChatParts parts{1, small_limits()};
    People people{parts};
    Transfers transfers{parts, people};
};

TEST_F(FileTest, AFileGoesToOneAndBothMayFetchIt) {
    const FileSent sent = send("messi", "maya", "photos/../a b.txt", "hello");
    EXPECT_EQ(sent.file.name, "a b.txt");
    EXPECT_EQ(sent.file.size, 5u);
    EXPECT_EQ(sent.file.code.size(), file_code_size);
    EXPECT_EQ(sent.to, "maya");
    EXPECT_EQ(sent.seq, Seq(1));
    EXPECT_EQ(people.heard("maya"), "1:" + encode(sent.file));
    EXPECT_EQ(people.heard("messi"), "1:" + encode(sent.file));
    for (const char* who : {"messi", "maya"})
        EXPECT_EQ(fetch(who, getting(sent.file.code)), "hello");
    EXPECT_EQ(fetch("maya", getting_in(sent.file.code, "messi")), "hello");
    EXPECT_EQ(people.why("izza", getting(sent.file.code)), ChatError::unknown_file);
    EXPECT_EQ(people.why("maya", getting_in(sent.file.code, "izza")), ChatError::unknown_file) << "not sent there";
    EXPECT_EQ(people.why("maya", getting_in(sent.file.code, "nobody")), ChatError::unknown_recipient);
    EXPECT_EQ(people.why("maya", getting("ffffff")), ChatError::unknown_file);

    const auto inbox = people.get<InboxPage>("maya", FetchInbox{});
    ASSERT_EQ(inbox.senders.size(), 1u);
    EXPECT_EQ(inbox.senders[0].messages.at(0).file, sent.file);
}

TEST_F(FileTest, AFileCanBeFetchedFromAnyOffset) {
    const std::string code = send("messi", "maya", "x", "0123456789").file.code;
    EXPECT_EQ(fetch("maya", getting(code, 4)), "456789");
    EXPECT_EQ(fetch("maya", getting(code, 10)), "") << "the end";
    EXPECT_EQ(people.why("maya", getting(code, 11)), ChatError::bad_file_size);
    EXPECT_EQ(people.why("maya", getting(code, ~std::uint64_t{0})), ChatError::bad_file_size);
}

TEST_F(FileTest, SizesAtAndBeyondTheLimit) {
    EXPECT_EQ(send("messi", "maya", "empty", "").file.size, 0u);
    send("messi", "maya", "largest", std::string(1000, 'x'));
    EXPECT_EQ(people.why("messi", sending("maya", "x", 1001)), ChatError::file_too_large);
    EXPECT_EQ(people.why("messi", sending("maya", "x", ~std::uint64_t{0})), ChatError::file_too_large);
    EXPECT_EQ(people.get<Welcome>("messi", Hello{}).file_bytes_max, 1000u);
}

TEST_F(FileTest, NamesAndRecipientsAreLookedAtBeforeAnyByte) {
    for (const char* name : {"", "..", "a/", "a\nb"})
        EXPECT_EQ(people.why("messi", sending("maya", name, 1)), ChatError::bad_file_name) << name;
    EXPECT_EQ(people.why("messi", sending("nobody", "x", 1)), ChatError::unknown_recipient);
    EXPECT_EQ(people.why("messi", sending("#nowhere", "x", 1)), ChatError::unknown_group);
    people.get<Acknowledged>("maya", Block{parse_address("messi"), true});
    EXPECT_EQ(people.why("messi", sending("maya", "x", 1)), ChatError::blocked) << "nobody has written before";
}

TEST_F(FileTest, RightsAreDecidedAgainWhenTheBytesAreThere) {
    auto upload = begin("messi", sending("maya", "x", 1));
    people.get<Acknowledged>("maya", Block{parse_address("messi"), true});
    const Reply reply = go_on(std::move(upload), "x");
    EXPECT_EQ(std::get<Refused>(reply).why, ChatError::blocked);
    EXPECT_EQ(blobs(), 0u);
}

TEST_F(FileTest, QuotasCountUploadsUnderWay) {
    send("messi", "maya", "x", std::string(1000, '1'));
    send("messi", "maya", "x", std::string(1000, '2'));
    auto under_way = begin("messi", sending("maya", "x", 600));
    EXPECT_EQ(people.why("messi", sending("maya", "x", 401)), ChatError::quota_exceeded);
    begin("messi", sending("maya", "x", 400));
    under_way.reset();
    send("messi", "maya", "x", std::string(1000, '3'));
    EXPECT_EQ(people.why("messi", sending("maya", "x", 1)), ChatError::quota_exceeded);

    send("maya", "messi", "x", std::string(1000, '4'));
    under_way = begin("izza", sending("maya", "x", 900));
    EXPECT_EQ(people.why("maya", sending("messi", "x", 101)), ChatError::storage_full);
    begin("maya", sending("messi", "x", 100));
}

TEST_F(FileTest, UploadsAtOnceAreLimited) {
    const auto first = begin("messi", sending("maya", "x", 1));
    auto second = begin("messi", sending("maya", "x", 1));
    EXPECT_EQ(people.why("messi", sending("maya", "x", 1)), ChatError::too_many_uploads);
    const auto third = begin("maya", sending("messi", "x", 1));
    EXPECT_EQ(people.why("izza", sending("messi", "x", 1)), ChatError::too_many_uploads) << "all together";
    second.reset();
    begin("izza", sending("messi", "x", 1));
}

TEST_F(FileTest, DownloadsAtOnceAreLimited) {
    const std::string code = send("messi", "maya", "x", "x").file.code;
    std::vector<std::unique_ptr<Download>> under_way;
    for (int i = 0; i < 2; ++i)
        under_way.push_back(parts.chat.take_download(people.get<FileOffered>("maya", getting(code)).transfer));
    EXPECT_EQ(people.why("maya", getting(code)), ChatError::busy);
    under_way.pop_back();
    EXPECT_EQ(fetch("maya", getting(code)), "x");
}

TEST_F(FileTest, AnAbandonedUploadLeavesNothing) {
    auto upload = begin("messi", sending("maya", "x", 10));
    EXPECT_TRUE(parts.run(upload->write(parts.executor, "half")));
    upload.reset();
    EXPECT_EQ(blobs(), 0u);
    EXPECT_TRUE(parts.blobs.blobs().drafts.empty());
    EXPECT_EQ(people.heard("maya"), "");
    EXPECT_TRUE(people.get<FileList>("messi", ListFiles{}).files.empty());
}

TEST_F(FileTest, TheSameKeyIsAnsweredAtOnce) {
    const IdempotencyKey key{"laptop", 1};
    const FileSent sent = send("messi", "maya", "x", "abc", key);
    const auto again = people.get<FileSent>("messi", sending("maya", "x", 3, key));
    EXPECT_EQ(again.id, sent.id);
    EXPECT_EQ(again.file, sent.file);
    EXPECT_EQ(people.why("messi", sending("maya", "y", 3, key)), ChatError::key_conflict);
    EXPECT_EQ(people.why("messi", sending("izza", "x", 3, key)), ChatError::key_conflict);
}

TEST_F(FileTest, TwoUploadsUnderOneKeyAreOneFile) {
    const IdempotencyKey key{"laptop", 1};
    auto one = begin("messi", sending("maya", "x", 3, key));
    auto two = begin("messi", sending("maya", "x", 3, key));
    const Reply first = go_on(std::move(one), "abc");
    const Reply second = go_on(std::move(two), "xyz");
    EXPECT_EQ(std::get<FileSent>(first).id, std::get<FileSent>(second).id);
    EXPECT_EQ(std::get<FileSent>(second).file, std::get<FileSent>(first).file);
    EXPECT_EQ(blobs(), 1u) << "what came second is of no use";
    EXPECT_EQ(people.heard("maya"), "1:" + encode(std::get<FileSent>(first).file));
}

TEST_F(FileTest, AFullDiskRefusesOneUpload) {
    parts.blobs.set_capacity(5);
    auto upload = begin("messi", sending("maya", "x", 10));
    EXPECT_TRUE(parts.run(upload->write(parts.executor, "01234")));
    EXPECT_FALSE(parts.run(upload->write(parts.executor, "56789")));
    EXPECT_EQ(std::get<Refused>(parts.run(upload->finish())).why, ChatError::not_stored);
    upload.reset();
    EXPECT_EQ(parts.logger.count(LogLevel::error, "the disk is full"), 1u);
    send("messi", "maya", "x", "01234");
}

TEST_F(FileTest, WhateverFailsOnTheDiskStoresNothing) {
    parts.blobs.fail_next_seal("cannot sync");
    EXPECT_EQ(std::get<Refused>(go_on(begin("messi", sending("maya", "x", 1)), "x")).why, ChatError::not_stored);
    parts.blobs.fail_next_publish("cannot rename");
    EXPECT_EQ(std::get<Refused>(go_on(begin("messi", sending("maya", "x", 1)), "x")).why, ChatError::not_stored);
    parts.store.fail_next_append({StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(people.why("messi", sending("maya", "x", 1)), ChatError::not_stored);
    auto upload = begin("messi", sending("maya", "x", 1));
    parts.store.fail_next_append({StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(std::get<Refused>(go_on(std::move(upload), "x")).why, ChatError::not_stored);
    EXPECT_EQ(blobs(), 0u);
    EXPECT_EQ(people.heard("maya"), "");
}

TEST_F(FileTest, AMissingBlobIsUnavailable) {
    const std::string code = send("messi", "maya", "x", "x").file.code;
    const auto removed = parts.run(parts.blobs.remove(parts.blobs.blobs().blobs.begin()->first));
    ASSERT_TRUE(removed);
    EXPECT_EQ(people.why("maya", getting(code)), ChatError::unavailable);
    EXPECT_EQ(parts.logger.count(LogLevel::error, code), 1u);
}

TEST_F(FileTest, GroupFilesAreForMembersWhoSawThem) {
    people.found("messi", "lab", "maya");
    const FileSent sent = send("messi", "#lab", "plan.txt", "plan");
    EXPECT_EQ(sent.to, "#lab");
    EXPECT_NE(people.heard("maya").find(encode(sent.file)), std::string::npos);
    EXPECT_EQ(fetch("maya", getting_in(sent.file.code, "#lab")), "plan");
    EXPECT_EQ(fetch("maya", getting(sent.file.code)), "plan");
    EXPECT_EQ(people.why("maya", getting_in(sent.file.code, "messi")), ChatError::unknown_file);
    EXPECT_EQ(people.why("izza", getting(sent.file.code)), ChatError::unknown_file);
    EXPECT_EQ(people.why("izza", sending("#lab", "x", 1)), ChatError::not_a_member);
    people.get<MembersAdded>("messi", InviteToGroup{parse_place("#lab"), {parse_address("izza")}});
    EXPECT_EQ(people.why("izza", getting(sent.file.code)), ChatError::unknown_file) << "from before she came";
    people.get<GroupLeft>("maya", LeaveGroup{parse_place("#lab")});
    EXPECT_EQ(fetch("maya", getting(sent.file.code)), "plan") << "she saw it";
}

TEST_F(FileTest, AKickedMembersUploadIsRefusedAtItsEnd) {
    people.found("messi", "lab", "maya");
    auto upload = begin("maya", sending("#lab", "x", 1));
    people.get<MemberChanged>("messi",
                              KickFromGroup{parse_place("#lab"), parse_address("maya"), KickFromGroup::Action::kick});
    EXPECT_EQ(std::get<Refused>(go_on(std::move(upload), "x")).why, ChatError::not_a_member);
    EXPECT_EQ(blobs(), 0u);
}

TEST_F(FileTest, ListsNameWhereAFileIs) {
    people.found("messi", "lab", "maya");
    send("messi", "maya", "one", "1");
    send("maya", "messi", "two", "2");
    send("messi", "#lab", "three", "3");
    const auto list = people.get<FileList>("messi", ListFiles{});
    std::string shown;
    for (const FileList::Item& item : list.files)
        shown += item.file.name + " by " + item.from.name + " in " + item.in + "; ";
    EXPECT_EQ(shown, "three by messi in #lab; two by maya in maya; one by messi in maya; ");
    EXPECT_FALSE(list.more);
    send("messi", "messi", "four", "4");
    EXPECT_TRUE(people.get<FileList>("messi", ListFiles{}).more) << "one past the limit";
    EXPECT_EQ(people.get<FileList>("messi", ListFiles{parse_place("#lab")}).files.size(), 1u);
    EXPECT_EQ(people.get<FileList>("messi", ListFiles{parse_place("messi")}).files.at(0).in, "messi");
    EXPECT_TRUE(people.get<FileList>("messi", ListFiles{parse_place("izza")}).files.empty());
    EXPECT_TRUE(people.get<FileList>("izza", ListFiles{parse_place("#lab")}).files.empty());
}

TEST_F(FileTest, TheOperatorListsAndRemoves) {
    const FileSent one = send("messi", "maya", "one", "same");
    const FileSent two = send("maya", "izza", "two", "same");
    EXPECT_EQ(blobs(), 1u);
    const auto all = parts.run(operators().list_files(std::nullopt, 10));
    ASSERT_TRUE(all.has_value());
    ASSERT_EQ(all->files.size(), 2u);
    EXPECT_EQ(all->files[0].in, "izza");
    EXPECT_EQ(parts.run(operators().list_files("messi", 10))->files.size(), 1u);
    EXPECT_EQ(parts.run(operators().remove_file(one.file.code)).value(), one.file);
    EXPECT_EQ(blobs(), 1u) << "another file has the same bytes";
    EXPECT_EQ(people.why("maya", getting(one.file.code)), ChatError::unknown_file);
    EXPECT_EQ(fetch("izza", getting(two.file.code)), "same");
    EXPECT_TRUE(parts.run(operators().remove_file(two.file.code)).has_value());
    EXPECT_EQ(blobs(), 0u);
    EXPECT_EQ(parts.run(operators().remove_file(two.file.code)).error().why, ChatError::unknown_file);
}

TEST_F(FileTest, TheOperatorSetsQuotas) {
    send("messi", "maya", "x", std::string(1000, 'x'));
    const auto quota = parts.run(operators().set_file_quota("messi", 1500));
    ASSERT_TRUE(quota.has_value());
    EXPECT_EQ(quota->bytes, 1000u);
    EXPECT_EQ(quota->bytes_max, 1500u);
    EXPECT_EQ(people.why("messi", sending("maya", "x", 501)), ChatError::quota_exceeded);
    EXPECT_EQ(parts.run(operators().set_file_quota("messi", std::nullopt))->bytes_max, 3000u);
    EXPECT_EQ(parts.run(operators().file_quota("nobody")).error().why, ChatError::unknown_user);
}

// A blob that somebody is about to name must not go with the last file that named it until then.
TEST_F(FileTest, ARemovalSparesABlobThatAnUploadHolds) {
    const FileSent first = send("messi", "maya", "x", "same");
    auto upload = begin("maya", sending("izza", "y", 4));
    EXPECT_TRUE(parts.run(upload->write(parts.executor, "same")));
    std::optional<Reply> reply;
    Gate gate("test");
    gate.spawn(keep_value(upload->finish(), reply));
    EXPECT_TRUE(parts.run(operators().remove_file(first.file.code)).has_value());
    parts.executor.run_until_idle();
    ASSERT_TRUE(reply.has_value());
    upload.reset();
    EXPECT_EQ(blobs(), 1u);
    EXPECT_EQ(fetch("izza", getting(std::get<FileSent>(*reply).file.code)), "same");
}

TEST_F(FileTest, AStartRemovesWhatNoFileNames) {
    const FileSent kept = send("messi", "maya", "x", "kept");
    {
        const auto writer = parts.blobs.begin();
        ASSERT_TRUE(parts.run(writer->write(parts.executor, "orphan")).has_value());
        ASSERT_TRUE(parts.run(writer->seal()).has_value());
        ASSERT_TRUE(parts.run(writer->publish()).has_value());
    }
    EXPECT_EQ(blobs(), 2u);
    EXPECT_TRUE(parts.run(parts.chat.prepare()).has_value());
    EXPECT_EQ(blobs(), 1u);
    EXPECT_EQ(fetch("maya", getting(kept.file.code)), "kept");
    EXPECT_EQ(parts.logger.count(LogLevel::info, "1 blobs that no file names"), 1u);
}

TEST_F(FileTest, WrongCodesAreLimitedWithThoseOfGroups) {
    people.add("stranger", "198.51.100.7");
    const std::string code = send("messi", "stranger", "x", "x").file.code;
    const auto tries = Chat::Options().failed_codes_per_user.burst;
    for (std::uint32_t i = 0; i < 2 * tries; ++i)
        EXPECT_EQ(fetch("stranger", getting(code)), "x") << "right ones do not count";
    for (std::uint32_t i = 0; i < tries; ++i)
        EXPECT_EQ(people.why("stranger", getting("ffffff")), ChatError::unknown_file);
    EXPECT_EQ(people.why("stranger", getting("ffffff")), ChatError::too_many_requests) << "one past";
}

}  // namespace
}  // namespace obrol
