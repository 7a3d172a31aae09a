// Files between two servers: the entry crosses at once, the bytes when somebody wants them.
#include <gtest/gtest.h>

#include "core/transfer.h"
#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

class PeeringFilesTest : public testing::Test {
  protected:
    explicit PeeringFilesTest(Chat::Options for_a = allowing_strangers(), Chat::Options for_b = allowing_strangers())
        : servers(std::move(for_a), std::move(for_b)) {
        a.people.add("messi");
        b.people.add("izza");
        b.people.add("nania");
        servers.join();
        b.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from_a(blob, offset); };
    }
    std::expected<std::string, ChatError> bytes_from_a(BlobDigest blob, std::uint64_t offset) {
        auto download = a.parts.run(a.peering().blob_for(a.other, blob, offset));
        if (!download) return Failure<ChatError>(download.error());
        std::string bytes((*download)->bytes_left(), '\0');
        EXPECT_TRUE(a.parts.run((*download)->read(a.parts.executor, bytes)));
        return bytes;
    }
    Reply send_reply(const std::string& to, const std::string& bytes) {
        const auto ready = a.people.get<UploadReady>("messi", SendFile{parse_place(to), "a.txt", bytes.size(), {}});
        const auto upload = a.parts.chat.take_upload(ready.transfer);
        EXPECT_TRUE(a.parts.run(upload->write(a.parts.executor, bytes)));
        return servers.run(a, upload->finish());
    }
    FileSent send(const std::string& bytes) { return std::get<FileSent>(send_reply("izza@B", bytes)); }
    std::string fetch(const std::string& who, const std::string& code, std::uint64_t offset = 0) {
        const auto offered = b.people.get<FileOffered>(who, GetFile{code, std::nullopt, offset});
        const auto download = b.parts.chat.take_download(offered.transfer);
        if (!download) return "nothing";
        std::string bytes(download->bytes_left(), '\0');
        EXPECT_TRUE(b.parts.run(download->read(b.parts.executor, bytes)));
        return bytes;
    }
    // Of izza, in the order in which they were answered.
    std::vector<Reply> get_at_once(const std::string& one, const std::string& other) {
        struct Script {
            static Task<void> get(Chat& chat, Client& client, std::string code, std::vector<Reply>& replies) {
                Command command{std::nullopt, GetFile{std::move(code), std::nullopt, 0}};
                Reply reply = co_await chat.execute(client, std::move(command));
                replies.push_back(std::move(reply));
            }
        };
        std::vector<Reply> replies;
        Gate gate("test");
        for (const std::string& code : {one, other})
            gate.spawn(Script::get(b.parts.chat, b.people.client("izza"), code, replies));
        b.parts.executor.run_for(std::chrono::seconds(1));
        return replies;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(PeeringFilesTest, AreFetchedWhenTheyAreWanted) {
    const FileSent sent = send("hello");
    EXPECT_EQ(sent.to, "izza@B");
    EXPECT_EQ(sent.delivery, Delivery::done);
    const auto page = b.people.get<InboxPage>("izza", FetchInbox{});
    b.parts.chat.confirm_inbox(page.reservation);
    const FileCard card = page.senders.at(0).messages.at(0).file.value();
    EXPECT_EQ(card.code, sent.file.code + "@a");
    EXPECT_EQ(b.people.heard("izza"), "1:" + encode(card));
    EXPECT_EQ(card.name, "a.txt");
    EXPECT_EQ(card.size, 5u);
    EXPECT_EQ(b.links.pulls, 0u);
    EXPECT_EQ(fetch("izza", card.code), "hello");
    EXPECT_EQ(fetch("izza", card.code, 2), "llo");
    EXPECT_EQ(b.links.pulls, 1u) << "it is here now";
    EXPECT_EQ(b.people.why("nania", GetFile{card.code, std::nullopt, 0}), ChatError::unknown_file);
    const auto list = b.people.get<FileList>("izza", ListFiles{});
    EXPECT_EQ(list.files.at(0).from.name, "messi@A");
}

TEST_F(PeeringFilesTest, SeveralWhoWantOneFetchItOnce) {
    const std::string code = send("hello").file.code + "@A";
    const std::vector<Reply> replies = get_at_once(code, code);
    ASSERT_EQ(replies.size(), 2u);
    for (const Reply& reply : replies)
        EXPECT_TRUE(std::holds_alternative<FileOffered>(reply));
    EXPECT_EQ(b.links.pulls, 1u);
}

TEST_F(PeeringFilesTest, OtherBytesAreNotTaken) {
    const std::string code = send("hello").file.code + "@A";
    b.links.puller = [](BlobDigest, std::uint64_t) { return std::string("jello"); };
    EXPECT_EQ(b.people.why("izza", GetFile{code, std::nullopt, 0}), ChatError::unavailable);
    b.links.puller = [](BlobDigest, std::uint64_t) { return std::string("hello!"); };
    EXPECT_EQ(b.people.why("izza", GetFile{code, std::nullopt, 0}), ChatError::unavailable);
    b.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from_a(blob, offset); };
    EXPECT_EQ(fetch("izza", code), "hello");
}

TEST_F(PeeringFilesTest, WithoutALinkTheBytesAreNotThere) {
    const std::string code = send("hello").file.code + "@A";
    servers.set_link(LinkState::down);
    EXPECT_EQ(b.people.why("izza", GetFile{code, std::nullopt, 0}), ChatError::server_unreachable);
    EXPECT_EQ(b.links.pulls, 0u);
}

TEST_F(PeeringFilesTest, AServerGetsOnlyWhatItsUsersMaySee) {
    a.people.add("maya");
    const auto ready = a.people.get<UploadReady>("messi", SendFile{parse_place("maya"), "b.txt", 6, {}});
    const auto upload = a.parts.chat.take_upload(ready.transfer);
    EXPECT_TRUE(a.parts.run(upload->write(a.parts.executor, "secret")));
    const auto local = std::get<FileSent>(a.parts.run(upload->finish()));
    EXPECT_EQ(bytes_from_a(local.file.blob, 0).error(), ChatError::not_found);
    const FileSent shared = send("hello");
    EXPECT_EQ(bytes_from_a(shared.file.blob, 4).value(), "o");
    EXPECT_EQ(bytes_from_a(shared.file.blob, 6).error(), ChatError::bad_file_size);
    EXPECT_EQ(a.parts.run(a.peering().blob_for(ServerId(99), shared.file.blob, 0)).error(), ChatError::not_found);
}

TEST_F(PeeringFilesTest, OneOfUnknownNameIsRefusedThere) {
    const Reply reply = send_reply("pogba@B", "hello");
    EXPECT_EQ(std::get<Refused>(reply).why, ChatError::unknown_recipient);
    EXPECT_EQ(std::get<Refused>(reply).subject, "pogba@B");
    servers.carry_all();
    EXPECT_EQ(a.people.audience("messi").of_kind<BounceEvent>().size(), 1u);
}

TEST_F(PeeringFilesTest, AServerThatIsNotConnectedIsNamedBeforeTheBytes) {
    send("hello");
    a.people.get<Acknowledged>("messi", Ping{});
    EXPECT_EQ(a.people.why("messi", SendFile{parse_place("izza@C"), "a.txt", 5, {}}), ChatError::unknown_server);
}

class FewPullsTest : public PeeringFilesTest {
  protected:
    static Chat::Options few() {
        Chat::Options options = allowing_strangers();
        options.peers.pulls_max = 1;
        return options;
    }
    FewPullsTest() : PeeringFilesTest(allowing_strangers(), few()) {}
};

TEST_F(FewPullsTest, AreASetting) {
    const std::string one = send("one").file.code + "@A";
    const std::string two = send("two").file.code + "@A";
    const std::vector<Reply> replies = get_at_once(one, two);
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(std::get<Refused>(replies[0]).why, ChatError::busy);
    EXPECT_TRUE(std::holds_alternative<FileOffered>(replies[1]));
    EXPECT_EQ(fetch("izza", two), "two");
}

}  // namespace
}  // namespace obrol
