// Files that users of other servers send into folders.
#include <gtest/gtest.h>

#include "core/administration.h"
#include "core/transfer.h"
#include "tests/support/joined_servers.h"
#include "tests/support/transfers.h"

namespace obrol {
namespace {

class PeeringFoldersTest : public testing::Test {
  protected:
    explicit PeeringFoldersTest(Chat::Options for_b = allowing_strangers(),
                                ChatParts::Folders kind = ChatParts::Folders::in_store)
        : servers(allowing_strangers(), std::move(for_b), kind) {
        for (const char* name : {"messi", "maya"})
            a.people.add(name);
        for (const char* name : {"izza", "nania"})
            b.people.add(name);
        servers.join();
        a.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from(b, blob, offset); };
        b.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from(a, blob, offset); };
    }
    static std::expected<std::string, ChatError> bytes_from(JoinedServer& side, BlobDigest blob, std::uint64_t offset) {
        auto download = side.parts.run(side.peering().blob_for(side.other, blob, offset));
        if (!download) return Failure<ChatError>(download.error());
        std::string bytes((*download)->bytes_left(), '\0');
        EXPECT_TRUE(side.parts.run((*download)->read(side.parts.executor, bytes)));
        return bytes;
    }
    Reply send_reply(JoinedServer& side, const std::string& from, const std::string& to, const std::string& name,
                     const std::string& bytes, bool into_folder = true) {
        SendFile send{parse_place(to), name, bytes.size(), {}};
        send.into_folder = into_folder;
        const auto ready = side.people.get<UploadReady>(from, send);
        const auto upload = side.parts.chat.take_upload(ready.transfer);
        EXPECT_TRUE(side.parts.run(upload->write(side.parts.executor, bytes)));
        Reply reply = servers.run(side, upload->finish());
        servers.carry_all();
        return reply;
    }
    FileSent send(const std::string& to, const std::string& name, const std::string& bytes, bool into_folder = true) {
        return std::get<FileSent>(send_reply(a, "messi", to, name, bytes, into_folder));
    }
    static void put(JoinedServer& side, const std::string& who, const std::string& name, const std::string& bytes) {
        Transfers(side.parts, side.people).send<FileKept>(who, PutFile{name, bytes.size()}, bytes);
    }
    // "a:1 b:22", names and sizes.
    static std::string folder(JoinedServer& side, const std::string& who) {
        std::string text;
        for (const FolderList::Item& file : side.people.get<FolderList>(who, ListFolder{}).files)
            text += (text.empty() ? "" : " ") + file.name + ":" + std::to_string(file.size);
        return text;
    }
    static std::string fetch(JoinedServer& side, const std::string& who, const std::string& name) {
        return Transfers(side.parts, side.people).fetch(who, GetFolderFile{name});
    }
    // A group of messi's on A, with maya, izza and nania.
    void found_on_a() {
        servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", parse_address_list("maya,izza@B,nania@B")});
        servers.carry_all();
    }
    static Task<void> get(Chat& chat, Client& client, std::string name, std::optional<Reply>& kept) {
        Command command{std::nullopt, GetFolderFile{std::move(name)}};
        Reply reply = co_await chat.execute(client, std::move(command));
        kept.emplace(std::move(reply));
    }
    // The reasons in bounces that somebody heard of.
    std::vector<ChatError> bounces(const std::string& who) {
        std::vector<ChatError> reasons;
        for (const auto& bounce : a.people.audience(who).of_kind<BounceEvent>())
            reasons.push_back(bounce.note.why);
        return reasons;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(PeeringFoldersTest, AFileIsInTheFolderAtOnce_AndFetchedWhenItIsWanted) {
    const FileSent sent = send("izza@B", "a.txt", "hello");
    EXPECT_EQ(sent.delivery, Delivery::done);
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    EXPECT_EQ(b.parts.run(b.parts.chat.administration().list_folder("izza"))->files.size(), 1u);
    EXPECT_EQ(b.links.pulls, 0u) << "listing it takes no bytes";
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    EXPECT_EQ(b.links.pulls, 1u);
    EXPECT_EQ(folder(b, "nania"), "");
}

TEST_F(PeeringFoldersTest, WhatCameIsSentOn) {
    send("izza@B", "a.txt", "hello");
    const auto on = b.people.get<FileSent>("izza", SendFolderFile{parse_place("nania"), "a.txt"});
    EXPECT_EQ(on.file.size, 5u);
    EXPECT_EQ(b.links.pulls, 1u) << "here before it goes on";
    EXPECT_EQ(fetch(b, "nania", "a.txt"), "hello");
    send("izza@B", "b.txt", "world");
    servers.set_link(LinkState::down);
    const Refused refused = b.people.refusal("izza", SendFolderFile{parse_place("nania"), "b.txt"});
    EXPECT_EQ(refused.why, ChatError::server_unreachable);
    EXPECT_EQ(b.people.why("izza", GetFolderFile{"b.txt"}), ChatError::server_unreachable);
    EXPECT_EQ(folder(b, "izza"), "a.txt:5 b.txt:5") << "it is there nevertheless";
}

TEST_F(PeeringFoldersTest, ANameThatIsThereIsRefused) {
    put(b, "izza", "a.txt", "mine");
    const Reply reply = send_reply(a, "messi", "izza@B", "a.txt", "hello");
    ASSERT_TRUE(std::holds_alternative<Refused>(reply));
    EXPECT_EQ(std::get<Refused>(reply).why, ChatError::file_exists);
    EXPECT_EQ(std::get<Refused>(reply).subject, "izza@B");
    EXPECT_EQ(bounces("messi"), std::vector<ChatError>{ChatError::file_exists});
    EXPECT_EQ(b.people.inbox("izza"), "");
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "mine");
    EXPECT_TRUE(b.people.get<FileList>("izza", ListFiles{}).files.empty());
    // A file of his own folder goes the same way.
    put(a, "messi", "a.txt", "hello");
    const Reply second = servers.ask(a, "messi", SendFolderFile{parse_place("izza@B"), "a.txt"});
    EXPECT_EQ(std::get<Refused>(second).why, ChatError::file_exists);
}

TEST_F(PeeringFoldersTest, ARefusalThatComesLaterBounces) {
    put(b, "izza", "a.txt", "mine");
    a.links.states[a.other] = LinkState::down;
    SendFile sending{parse_place("izza@B"), "a.txt", 5, {}};
    sending.into_folder = true;
    const auto sent = Transfers(a.parts, a.people).send<FileSent>("messi", sending, "hello");
    EXPECT_EQ(sent.delivery, Delivery::queued);
    EXPECT_TRUE(bounces("messi").empty());
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(bounces("messi"), std::vector<ChatError>{ChatError::file_exists});
    EXPECT_EQ(folder(b, "izza"), "a.txt:4");
}

TEST_F(PeeringFoldersTest, WithoutTheWishForIt_AFileIsHadByItsCode) {
    put(b, "izza", "a.txt", "mine");
    const FileSent sent = send("izza@B", "a.txt", "hello", false);
    EXPECT_EQ(sent.delivery, Delivery::done);
    send("izza@B", "b.txt", "hello", false);
    EXPECT_EQ(folder(b, "izza"), "a.txt:4");
    EXPECT_EQ(b.people.why("izza", GetFolderFile{"b.txt"}), ChatError::unknown_file);
    const GetFile get{sent.file.code + "@A", std::nullopt, 0};
    EXPECT_EQ(Transfers(b.parts, b.people).fetch("izza", get), "hello");
}

TEST_F(PeeringFoldersTest, OnlyAFileIsForAFolder) {
    DirectPost post;
    post.id = Uuid::version7(WallTime(), a.parts.random);
    post.from = {"messi", "messi", ""};
    post.to = "izza";
    post.body = "halo";
    post.into_folder = true;
    const auto taken = b.take({1, a.handed_out.number + 1}, encode(PeerItem(post)));
    EXPECT_EQ(taken.value(), ChatError::bad_argument);
}

// Its author's server says that there are more bytes than there are.
TEST_F(PeeringFoldersTest, AFileThatIsSmallerThanItIsSaidToBeIsNotTaken) {
    const FileSent sent = send("nania@B", "a.txt", "hello");
    DirectPost post;
    post.id = Uuid::version7(WallTime(), a.parts.random);
    post.from = {"messi", "messi", ""};
    post.to = "izza";
    post.kind = EntryKind::file;
    post.body = encode(FileCard{"abcdef", "b.txt", 6, sent.file.blob});
    post.into_folder = true;
    const std::int64_t next = a.handed_out.number + 1;
    EXPECT_EQ(b.take({1, next}, encode(PeerItem(post))).value(), std::nullopt);
    EXPECT_EQ(b.people.why("izza", GetFolderFile{"b.txt"}), ChatError::unavailable);
    EXPECT_TRUE(b.parts.run(b.parts.store.blobs())->empty());
    // Nor is the other one, of which the size is right, taken for it while both are under way.
    std::optional<Reply> right;
    std::optional<Reply> wrong;
    Gate gate("test");
    gate.spawn(get(b.parts.chat, b.people.client("izza"), "b.txt", wrong));
    gate.spawn(get(b.parts.chat, b.people.client("nania"), "a.txt", right));
    b.parts.executor.run_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(right && wrong);
    EXPECT_TRUE(b.parts.chat.take_download(std::get<FileOffered>(*right).transfer));
    EXPECT_EQ(std::get<Refused>(*wrong).why, ChatError::unavailable);
    EXPECT_EQ(fetch(b, "nania", "a.txt"), "hello");
    EXPECT_EQ(b.people.why("izza", GetFolderFile{"b.txt"}), ChatError::unavailable);
}

TEST_F(PeeringFoldersTest, AFileOfAGroupComesIntoFoldersOnEveryServer) {
    found_on_a();
    put(b, "nania", "a.txt", "mine");
    EXPECT_EQ(send("#lab", "a.txt", "hello").to, "#lab");
    EXPECT_EQ(folder(a, "maya"), "a.txt:5");
    EXPECT_EQ(folder(a, "messi"), "");
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    EXPECT_EQ(folder(b, "nania"), "a.txt:4") << "there was one";
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    // The same from a member on the other server: on his own it comes with the log.
    EXPECT_EQ(std::get<FileSent>(send_reply(b, "izza", "#lab@A", "b.txt", "world")).delivery, Delivery::done);
    EXPECT_EQ(folder(a, "messi"), "b.txt:5");
    EXPECT_EQ(folder(a, "maya"), "a.txt:5 b.txt:5");
    EXPECT_EQ(folder(b, "nania"), "a.txt:4 b.txt:5");
    EXPECT_EQ(a.links.pulls, 0u);
    EXPECT_EQ(fetch(a, "maya", "b.txt"), "world");
    const std::size_t pulls = b.links.pulls;
    EXPECT_EQ(fetch(b, "nania", "b.txt"), "world");
    EXPECT_EQ(b.links.pulls, pulls) << "the bytes were here";
    EXPECT_EQ(folder(b, "izza"), "a.txt:5 b.txt:5") << "from his own folder the others get it";
}

// The log does not say by which request a file was sent.
TEST_F(PeeringFoldersTest, WhatAnotherServerBringsIntoAGroupComesIntoFolders) {
    found_on_a();
    send("#lab", "a.txt", "hello", false);
    EXPECT_EQ(folder(a, "maya"), "") << "at home it was not wanted in folders";
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    send_reply(b, "izza", "#lab@A", "b.txt", "world", false);
    EXPECT_EQ(folder(a, "maya"), "b.txt:5");
    EXPECT_EQ(folder(b, "nania"), "a.txt:5 b.txt:5");
}

TEST_F(PeeringFoldersTest, WhatTheUserHasFromElsewhereIsHereOnceHeSendsTheSameBytes) {
    found_on_a();
    send("izza@B", "a.txt", "hello");
    const Reply reply = send_reply(b, "izza", "#lab@A", "a.txt", "hello");
    EXPECT_TRUE(std::holds_alternative<FileSent>(reply));
    EXPECT_EQ(b.links.pulls, 0u);
    servers.set_link(LinkState::down);
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    const SendFile other{parse_place("#lab@A"), "a.txt", 5, {}};
    EXPECT_EQ(std::get<Refused>(
                  Transfers(b.parts, b.people).go_on(Transfers(b.parts, b.people).begin("izza", other), "jello"))
                  .why,
              ChatError::file_exists);
}

class SmallFoldersTest : public PeeringFoldersTest {
  protected:
    static Chat::Options small() {
        Chat::Options options = allowing_strangers();
        options.files.folder_files_max = 2;
        options.files.bytes_max = 5;
        return options;
    }
    SmallFoldersTest() : PeeringFoldersTest(small()) {}
};

TEST_F(SmallFoldersTest, AFullFolderRefuses) {
    put(b, "izza", "1", "1");
    EXPECT_EQ(send("izza@B", "2", "2").delivery, Delivery::done) << "at the limit";
    const Reply reply = send_reply(a, "messi", "izza@B", "3", "3");
    EXPECT_EQ(std::get<Refused>(reply).why, ChatError::folder_full) << "one past";
    EXPECT_EQ(bounces("messi"), std::vector<ChatError>{ChatError::folder_full});
    EXPECT_EQ(folder(b, "izza"), "1:1 2:1");
    found_on_a();
    send("#lab", "4", "12345");
    EXPECT_EQ(folder(b, "izza"), "1:1 2:1") << "nobody is told of it in a group";
    EXPECT_EQ(folder(b, "nania"), "4:5");
    EXPECT_EQ(b.people.get<FileList>("izza", ListFiles{}).files.size(), 2u);
}

TEST_F(SmallFoldersTest, AFileOfAGroupThatIsTooLargeHereComesIntoNoFolder) {
    found_on_a();
    send("#lab", "a.txt", "123456");
    EXPECT_EQ(folder(a, "maya"), "a.txt:6");
    EXPECT_EQ(folder(b, "izza"), "");
}

class StrangersFoldersTest : public PeeringFoldersTest {
  protected:
    explicit StrangersFoldersTest(ChatParts::Folders kind = ChatParts::Folders::in_store)
        : PeeringFoldersTest({}, kind) {}
};

TEST_F(StrangersFoldersTest, WhatAStrangerSendsStaysOutOfTheFolder) {
    put(b, "izza", "a.txt", "mine");
    EXPECT_EQ(send("izza@B", "a.txt", "hello").delivery, Delivery::done);
    EXPECT_EQ(send("izza@B", "b.txt", "hello").delivery, Delivery::done);
    EXPECT_EQ(folder(b, "izza"), "a.txt:4");
    b.people.get<Acknowledged>("izza", AcceptRequest{parse_address("messi@A")});
    send("izza@B", "b.txt", "hello");
    EXPECT_EQ(folder(b, "izza"), "a.txt:4 b.txt:5");
    EXPECT_EQ(std::get<Refused>(send_reply(a, "messi", "izza@B", "a.txt", "hello")).why, ChatError::file_exists);
}

TEST_F(PeeringFoldersTest, AFileIntoAGroupElsewhereHasOneCodeUnderItsKey) {
    found_on_a();
    const auto code = [&](const char* client, std::int64_t number) {
        SendFile send{parse_place("#lab@A"), "a.txt", 5, IdempotencyKey{client, number}};
        Transfers transfers(b.parts, b.people);
        auto upload = transfers.begin("izza", send);
        EXPECT_TRUE(b.parts.run(upload->write(b.parts.executor, "hello")));
        const Reply reply = servers.run(b, upload->finish());
        servers.carry_all();
        return std::get<FileSent>(reply).file.code;
    };
    const std::string first = code("laptop", 1);
    EXPECT_EQ(code("laptop", 1), first);
    EXPECT_NE(code("laptop", 2), first);
    EXPECT_NE(code("phone", 1), first);
    servers.get<GroupLeft>(b, "izza", LeaveGroup{parse_place("#lab@A")});
    servers.carry_all();
    EXPECT_EQ(code("laptop", 1), first) << "he was a member when he sent it";
}

// Folders as directories of the operator's.
class PeeringDirectoriesTest : public PeeringFoldersTest {
  protected:
    explicit PeeringDirectoriesTest(Chat::Options for_b = allowing_strangers())
        : PeeringFoldersTest(std::move(for_b), ChatParts::Folders::as_directories) {}

    // In which everything is that needs no more than a moment.
    std::map<std::string, std::string>& directory(const std::string& user) {
        b.parts.executor.run_for(std::chrono::milliseconds(20));
        return b.parts.folders.directories()[user];
    }
    // Only B does not know any more that there is one.
    void lose_link() {
        b.links.states[b.other] = LinkState::down;
        b.peering().link_changed(b.other, LinkState::down);
    }
};

TEST_F(PeeringDirectoriesTest, AreFilledWithoutAnybodysAsking) {
    send("izza@B", "a.txt", "hello");
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
    EXPECT_EQ(b.links.pulls, 1u);
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    EXPECT_EQ(directory("izza").size(), 1u);
    EXPECT_EQ(b.links.pulls, 1u) << "once is enough";
}

TEST_F(PeeringDirectoriesTest, AreFilledWhenTheLinkIsBack) {
    lose_link();
    send("izza@B", "a.txt", "hello");
    send("nania@B", "b.txt", "world");
    EXPECT_TRUE(directory("izza").empty());
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    EXPECT_EQ(b.links.pulls, 0u);
    servers.set_link(LinkState::up);
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
    EXPECT_EQ(directory("nania")["b.txt"], "world");
    EXPECT_EQ(b.links.pulls_at_once, 1u) << "one after the other";
}

TEST_F(PeeringDirectoriesTest, WhatHasNotComeHidesNothing) {
    lose_link();
    found_on_a();
    send("#lab", "a.txt", "hello");
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    directory("izza")["a.txt"] = "mine";
    EXPECT_EQ(folder(b, "izza"), "a.txt:4");
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "mine");
}

TEST_F(PeeringDirectoriesTest, OneBlobComesOnceForAllFolders) {
    lose_link();
    found_on_a();
    send("#lab", "a.txt", "hello");
    servers.set_link(LinkState::up);
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
    EXPECT_EQ(directory("nania")["a.txt"], "hello");
    EXPECT_EQ(b.links.pulls, 1u);
    // Posted here, and back with the log: here all the time.
    send_reply(b, "izza", "#lab@A", "b.txt", "world");
    EXPECT_EQ(directory("nania")["b.txt"], "world");
    EXPECT_EQ(directory("izza")["b.txt"], "world");
    EXPECT_EQ(b.links.pulls, 1u);
    // A, where the group is at home, had the entry before B did: it had to ask again.
    a.parts.executor.run_for(std::chrono::seconds(2));
    EXPECT_EQ(a.parts.folders.directories()["maya"]["b.txt"], "world");
    EXPECT_EQ(a.parts.folders.directories()["messi"]["b.txt"], "world");
}

TEST_F(PeeringDirectoriesTest, TheOperatorsFileIsInTheWay) {
    directory("izza")["a.txt"] = "the operator's";
    EXPECT_EQ(std::get<Refused>(send_reply(a, "messi", "izza@B", "a.txt", "hello")).why, ChatError::file_exists);
    EXPECT_EQ(bounces("messi"), std::vector<ChatError>{ChatError::file_exists});
    EXPECT_EQ(b.people.inbox("izza"), "");
    send("izza@B", "b.txt", "hello");
    EXPECT_EQ(directory("izza")["b.txt"], "hello");
    directory("izza").erase("b.txt");
    EXPECT_EQ(send("izza@B", "b.txt", "again").delivery, Delivery::done) << "the name is free again";
    EXPECT_EQ(directory("izza")["b.txt"], "again");
    b.parts.folders.fail_opens("permission denied");
    SendFile sending{parse_place("izza@B"), "c.txt", 5, {}};
    sending.into_folder = true;
    const auto upload = Transfers(a.parts, a.people).begin("messi", sending);
    EXPECT_TRUE(a.parts.run(upload->write(a.parts.executor, "hello")));
    Gate gate("test");
    std::optional<Reply> reply;
    struct Script {
        static Task<void> finish(Upload& upload, std::optional<Reply>& reply) { reply = co_await upload.finish(); }
    };
    gate.spawn(Script::finish(*upload, reply));
    a.parts.executor.run_for(std::chrono::seconds(1));
    const auto items = a.parts.run(a.peering().outbox(a.other, a.handed_out.number, 1, 1000)).value();
    EXPECT_EQ(b.take({1, items.at(0).number}, items.at(0).bytes).error(), ChatError::unavailable)
        << "it is taken when the directory can be looked into";
    b.parts.folders.fail_opens("");
    servers.carry_all();
    ASSERT_TRUE(reply);
    EXPECT_EQ(directory("izza")["c.txt"], "hello");
}

TEST_F(PeeringDirectoriesTest, WhatCannotBeFetchedIsTriedAgain) {
    b.links.puller = [](BlobDigest, std::uint64_t) { return std::unexpected(ChatError::not_found); };
    send("izza@B", "a.txt", "hello");
    EXPECT_TRUE(directory("izza").empty());
    EXPECT_EQ(b.parts.logger.count(LogLevel::warning, "a.txt of A is not copied into directories: not-found"), 1u);
    EXPECT_EQ(folder(b, "izza"), "a.txt:5");
    EXPECT_TRUE(directory("izza").empty());
    EXPECT_EQ(b.links.pulls, 1u) << "in its time";
    b.parts.executor.run_for(std::chrono::minutes(2));
    EXPECT_EQ(b.links.pulls, 7u) << "after 1, 3, 7, 15, 31 and 63 s";
    send("izza@B", "b.txt", "world");
    EXPECT_TRUE(directory("izza").empty());
    EXPECT_EQ(b.links.pulls, 8u) << "the other one has its own times";
    b.parts.executor.run_for(std::chrono::hours(10));
    const std::size_t pulls = b.links.pulls;
    b.parts.executor.run_for(std::chrono::hours(10));
    EXPECT_EQ(b.links.pulls, pulls + 20);
    b.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from(a, blob, offset); };
    b.parts.executor.run_for(std::chrono::hours(1));
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
    EXPECT_EQ(directory("izza")["b.txt"], "world");
}

TEST_F(PeeringDirectoriesTest, WhatCouldNotBeFetchedIsTriedAtOnceWhenALinkComes) {
    b.links.puller = [](BlobDigest, std::uint64_t) { return std::unexpected(ChatError::not_found); };
    send("izza@B", "a.txt", "hello");
    b.parts.executor.run_for(std::chrono::hours(10));
    const PublicKey key{21};
    const auto another = b.parts.run(b.peering().met(key, "C", ServerId()));
    ASSERT_TRUE(another.has_value());
    const std::size_t pulls = b.links.pulls;
    b.peering().link_changed(another->id, LinkState::up);
    b.parts.executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(b.links.pulls, pulls) << "a link to another server";
    b.links.puller = [this](BlobDigest blob, std::uint64_t offset) { return bytes_from(a, blob, offset); };
    servers.set_link(LinkState::down);
    servers.set_link(LinkState::up);
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
}

class CrowdedDirectoriesTest : public PeeringDirectoriesTest {
  protected:
    static Chat::Options crowded(std::uint64_t server_bytes_max, std::uint64_t unasked_percent) {
        Chat::Options options = allowing_strangers();
        options.files.server_bytes_max = server_bytes_max;
        options.files.unasked_percent = unasked_percent;
        options.peers.pulls_max = 1;
        return options;
    }
    explicit CrowdedDirectoriesTest(const Chat::Options& options = crowded(14, 50)) : PeeringDirectoriesTest(options) {}
};

TEST_F(CrowdedDirectoriesTest, WhatNobodyAskedForKeepsToTheLimitOfAllFiles) {
    send("izza@B", "a.txt", "1234567");
    EXPECT_EQ(directory("izza")["a.txt"], "1234567") << "at the limit";
    send("izza@B", "b.txt", "1");
    EXPECT_FALSE(directory("izza").contains("b.txt")) << "one past the half";
    EXPECT_EQ(b.parts.logger.count(LogLevel::warning, "b.txt of A is not copied into directories: storage-full"), 1u);
    EXPECT_EQ(fetch(b, "izza", "b.txt"), "1") << "who asks gets it";
    EXPECT_EQ(directory("izza")["b.txt"], "1");
}

TEST_F(CrowdedDirectoriesTest, WhatIsAskedForKeepsToTheLimitOfAllFiles) {
    send("izza@B", "a.txt", "12345678");
    send("izza@B", "b.txt", "123456");
    send("izza@B", "c.txt", "1");
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "12345678");
    EXPECT_EQ(fetch(b, "izza", "b.txt"), "123456") << "at the limit";
    EXPECT_EQ(b.people.get<Refused>("izza", GetFolderFile{"c.txt"}).why, ChatError::storage_full) << "one past";
}

TEST_F(CrowdedDirectoriesTest, WhatIsFetchedForThemMakesNobodyWait) {
    lose_link();
    send("izza@B", "a.txt", "123");
    send("nania@B", "b.txt", "1234");
    b.links.states[b.other] = LinkState::up;
    b.peering().link_changed(b.other, LinkState::up);
    b.parts.executor.run_for(std::chrono::microseconds(500));
    EXPECT_EQ(b.links.pulls_under_way, 1u);
    EXPECT_EQ(fetch(b, "nania", "b.txt"), "1234");
    EXPECT_EQ(b.links.pulls_at_once, 2u);
}

class AskedForOnlyTest : public CrowdedDirectoriesTest {
  protected:
    AskedForOnlyTest() : CrowdedDirectoriesTest(crowded(0, 0)) {}
};

TEST_F(AskedForOnlyTest, NothingIsFetchedBeforeSomebodyAsksHoweverMuchRoomThereIs) {
    send("izza@B", "a.txt", "hello");
    EXPECT_FALSE(directory("izza").contains("a.txt"));
    EXPECT_EQ(fetch(b, "izza", "a.txt"), "hello");
    EXPECT_EQ(directory("izza")["a.txt"], "hello");
}

class RoomForAllTest : public CrowdedDirectoriesTest {
  protected:
    RoomForAllTest() : CrowdedDirectoriesTest(crowded(7, 100)) {}
};

TEST_F(RoomForAllTest, WhatNobodyAskedForMayFillAllOfIt) {
    send("izza@B", "a.txt", "1234567");
    EXPECT_EQ(directory("izza")["a.txt"], "1234567");
    send("izza@B", "b.txt", "1");
    EXPECT_FALSE(directory("izza").contains("b.txt")) << "one past";
}

class StrangersDirectoriesTest : public StrangersFoldersTest {
  protected:
    StrangersDirectoriesTest() : StrangersFoldersTest(ChatParts::Folders::as_directories) {}
};

TEST_F(StrangersDirectoriesTest, NothingOfAStrangerIsFetchedForThem) {
    b.parts.folders.directories()["izza"]["a.txt"] = "the operator's";
    EXPECT_EQ(send("izza@B", "a.txt", "hello").delivery, Delivery::done) << "he does not learn what is there";
    b.parts.executor.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(b.links.pulls, 0u);
    EXPECT_EQ(b.parts.folders.directories()["izza"].size(), 1u);
}

}  // namespace
}  // namespace obrol
