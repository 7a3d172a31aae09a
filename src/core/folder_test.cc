#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/administration.h"
#include "core/transfer.h"
#include "tests/support/people.h"
#include "tests/support/transfers.h"

namespace obrol {
namespace {

Chat::Options small_limits() {
    Chat::Options options;
    options.files.bytes_max = 1000;
    options.files.user_bytes_max = 3000;
    options.files.server_bytes_max = 5000;
    options.files.uploads_per_user_max = 2;
    options.files.downloads_max = 2;
    options.files.folder_files_max = 4;
    return options;
}

struct FolderTest : testing::Test {
    explicit FolderTest(ChatParts::Folders kind = ChatParts::Folders::in_store) : parts(1, small_limits(), kind) {
        for (const char* name : {"messi", "maya", "izza"})
            people.add(name);
    }

    static PutFile putting(const std::string& name, std::uint64_t size) { return PutFile{name, size}; }
    static SendFile sending(const std::string& to, const std::string& name, std::uint64_t size) {
        SendFile send;
        send.to = parse_place(to);
        send.name = name;
        send.size = size;
        send.into_folder = true;
        return send;
    }
    static SendFolderFile passing_on(const std::string& to, const std::string& name) {
        return SendFolderFile{parse_place(to), name};
    }
    FileKept put(const std::string& who, const std::string& name, std::string_view bytes) {
        return transfers.send<FileKept>(who, putting(name, bytes.size()), bytes);
    }
    FileSent send(const std::string& who, const std::string& to, const std::string& name, std::string_view bytes) {
        return transfers.send<FileSent>(who, sending(to, name, bytes.size()), bytes);
    }
    std::string fetch(const std::string& who, const std::string& name) {
        return transfers.fetch(who, GetFolderFile{name});
    }
    // "a:1 b:22", names and sizes.
    std::string folder(const std::string& who) {
        std::string text;
        for (const FolderList::Item& file : people.get<FolderList>(who, ListFolder{}).files)
            text += (text.empty() ? "" : " ") + file.name + ":" + std::to_string(file.size);
        return text;
    }
    std::size_t blobs() {
        parts.executor.run_until_idle();
        return parts.blobs.blobs().blobs.size();
    }

    ChatParts parts;
    People people{parts};
    Transfers transfers{parts, people};
};

TEST_F(FolderTest, WhatOnePutsThereHeCanList_AndFetch) {
    const FileKept kept = put("messi", "photos/../a b.txt", "hello");
    EXPECT_EQ(kept.name, "a b.txt");
    EXPECT_EQ(kept.size, 5u);
    put("messi", "B", "");
    EXPECT_EQ(folder("messi"), "B:0 a b.txt:5");
    EXPECT_EQ(folder("maya"), "");
    EXPECT_EQ(fetch("messi", "a b.txt"), "hello");
    EXPECT_EQ(fetch("messi", "B"), "");
    const auto offered = people.get<FileOffered>("messi", GetFolderFile{"a b.txt"});
    EXPECT_EQ(offered.file.code, "");
    EXPECT_EQ(offered.file.name, "a b.txt");
    EXPECT_EQ(offered.file.size, 5u);
    EXPECT_EQ(offered.offset, 0u);
    EXPECT_EQ(people.why("maya", GetFolderFile{"a b.txt"}), ChatError::unknown_file);
    EXPECT_EQ(people.refusal("messi", GetFolderFile{"A b.txt"}).subject, "A b.txt") << "names are exact";
    for (const char* name : {"", "..", "a/", "a\nb"}) {
        EXPECT_EQ(people.why("messi", putting(name, 1)), ChatError::bad_file_name) << name;
        EXPECT_EQ(people.why("messi", GetFolderFile{name}), ChatError::bad_file_name) << name;
        EXPECT_EQ(people.why("messi", passing_on("maya", name)), ChatError::bad_file_name) << name;
    }
    EXPECT_EQ(people.why("messi", putting("a b.txt", 5)), ChatError::file_exists) << "before any byte";
    EXPECT_TRUE(people.get<FileList>("messi", ListFiles{}).files.empty()) << "in no conversation";
}

TEST_F(FolderTest, LimitsOfAPutAreThoseOfFiles) {
    EXPECT_EQ(people.why("messi", putting("x", 1001)), ChatError::file_too_large) << "one past";
    put("messi", "1", std::string(1000, '1'));
    put("messi", "2", std::string(1000, '2'));
    auto under_way = transfers.begin("messi", putting("3", 600));
    EXPECT_EQ(people.why("messi", putting("4", 401)), ChatError::quota_exceeded);
    EXPECT_EQ(people.why("messi", sending("maya", "4", 401)), ChatError::quota_exceeded);
    auto at_the_limit = transfers.begin("messi", putting("4", 400));
    EXPECT_EQ(people.why("messi", putting("5", 0)), ChatError::too_many_uploads);
    at_the_limit.reset();
    under_way.reset();
    EXPECT_EQ(blobs(), 2u) << "what was broken off leaves nothing";
    EXPECT_EQ(folder("messi"), "1:1000 2:1000");
    send("messi", "maya", "3", std::string(1000, '3'));
    EXPECT_EQ(people.why("messi", putting("3", 1)), ChatError::quota_exceeded);
    EXPECT_EQ(people.why("messi", passing_on("maya", "1")), ChatError::quota_exceeded) << "another file of his";
}

TEST_F(FolderTest, AFolderTakesSoManyFiles) {
    for (const char* name : {"1", "2", "3"})
        put("maya", name, name);
    send("messi", "maya", "4", "4");
    EXPECT_EQ(people.refusal("maya", putting("5", 1)).subject, "");
    EXPECT_EQ(people.why("maya", putting("5", 1)), ChatError::folder_full) << "one past";
    const Refused refused = people.refusal("messi", sending("maya", "5", 1));
    EXPECT_EQ(refused.why, ChatError::folder_full);
    EXPECT_EQ(refused.subject, "maya");
}

TEST_F(FolderTest, OfTwoPutsUnderOneNameTheFirstIsKept) {
    auto one = transfers.begin("messi", putting("x", 3));
    auto two = transfers.begin("messi", putting("x", 3));
    EXPECT_TRUE(std::holds_alternative<FileKept>(transfers.go_on(std::move(two), "two")));
    EXPECT_EQ(std::get<Refused>(transfers.go_on(std::move(one), "one")).why, ChatError::file_exists);
    EXPECT_EQ(fetch("messi", "x"), "two");
    EXPECT_EQ(blobs(), 1u);
}

TEST_F(FolderTest, AFileSentIntoAFolderIsInBothPlaces) {
    const FileSent sent = send("messi", "maya", "x", "hello");
    EXPECT_EQ(people.heard("maya"), "1:" + encode(sent.file));
    EXPECT_EQ(fetch("maya", "x"), "hello");
    EXPECT_EQ(transfers.fetch("maya", GetFile{sent.file.code, std::nullopt, 0}), "hello");
    EXPECT_EQ(folder("messi"), "");
    const Refused refused = people.refusal("messi", sending("maya", "x", 7));
    EXPECT_EQ(refused.why, ChatError::file_exists);
    EXPECT_EQ(refused.subject, "maya") << "whose folder it is";
    SendFile plain = sending("maya", "x", 5);
    plain.into_folder = false;
    transfers.send<FileSent>("messi", plain, "other");
    EXPECT_EQ(fetch("maya", "x"), "hello") << "not into the folder";
    send("messi", "messi", "x", "my own");
    EXPECT_EQ(people.refusal("messi", sending("messi", "x", 6)).subject, "") << "his own";
}

TEST_F(FolderTest, AFileOfTheFolderIsSentWithoutItsBytes) {
    put("messi", "x", "hello");
    const auto sent = people.get<FileSent>("messi", passing_on("maya", "x"));
    EXPECT_EQ(sent.file.name, "x");
    EXPECT_EQ(sent.file.size, 5u);
    EXPECT_EQ(sent.file.code.size(), file_code_size);
    EXPECT_EQ(sent.to, "maya");
    EXPECT_EQ(people.heard("maya"), "1:" + encode(sent.file));
    EXPECT_EQ(fetch("maya", "x"), "hello");
    EXPECT_EQ(blobs(), 1u);
    EXPECT_EQ(people.get<FileSent>("maya", passing_on("izza", "x")).file.size, 5u) << "also what one was sent";
    EXPECT_EQ(people.refusal("messi", passing_on("maya", "x")).subject, "maya");
    EXPECT_EQ(people.why("messi", passing_on("maya", "x")), ChatError::file_exists);
    EXPECT_EQ(people.why("messi", passing_on("maya", "y")), ChatError::unknown_file);
    EXPECT_EQ(people.why("messi", passing_on("nobody", "x")), ChatError::unknown_recipient);
    EXPECT_EQ(people.get<FileSent>("messi", passing_on("messi", "x")).to, "messi") << "his folder has it already";
    EXPECT_EQ(folder("messi"), "x:5");
}

TEST_F(FolderTest, AFileOfAGroupGoesToItsMembers) {
    people.found("messi", "lab", "maya,izza");
    put("maya", "x", "mine");
    const FileSent sent = send("messi", "#lab", "x", "hello");
    EXPECT_EQ(sent.to, "#lab");
    EXPECT_EQ(fetch("maya", "x"), "mine") << "there was one";
    EXPECT_EQ(fetch("izza", "x"), "hello");
    EXPECT_EQ(folder("messi"), "");
    EXPECT_NE(people.heard("maya").find(encode(sent.file)), std::string::npos) << "the entry is for all";
    put("messi", "y", "second");
    EXPECT_EQ(people.get<FileSent>("messi", passing_on("#lab", "y")).to, "#lab");
    EXPECT_EQ(fetch("maya", "y"), "second");
    EXPECT_EQ(folder("messi"), "y:6");
}

TEST_F(FolderTest, WhatTheOperatorRemovesIsGoneFromFolders) {
    put("messi", "x", "hello");
    const auto sent = people.get<FileSent>("messi", passing_on("maya", "x"));
    EXPECT_TRUE(parts.run(parts.chat.administration().remove_file(sent.file.code)).has_value());
    EXPECT_EQ(folder("maya"), "");
    EXPECT_EQ(fetch("messi", "x"), "hello") << "the sender's own file is another one";
    EXPECT_EQ(blobs(), 1u);
    const FileSent only = send("messi", "maya", "y", "world");
    EXPECT_EQ(blobs(), 2u);
    EXPECT_TRUE(parts.run(parts.chat.administration().remove_file(only.file.code)).has_value());
    EXPECT_EQ(blobs(), 1u);
}

TEST_F(FolderTest, ADeletedAccountsFolderGoes) {
    put("maya", "own", "hello");
    send("messi", "maya", "x", "world");
    EXPECT_TRUE(parts.run(parts.chat.administration().set_state("maya", AccountState::deleted)).has_value());
    EXPECT_EQ(blobs(), 1u);
}

TEST_F(FolderTest, AStartKeepsWhatIsInFoldersOnly) {
    put("messi", "x", "hello");
    EXPECT_TRUE(parts.run(parts.chat.prepare()).has_value());
    EXPECT_EQ(fetch("messi", "x"), "hello");
    EXPECT_EQ(parts.logger.count(LogLevel::error, "missing"), 0u);
}

TEST_F(FolderTest, DownloadsAndFailuresAreAsWithFiles) {
    put("messi", "x", "hello");
    std::vector<std::unique_ptr<Download>> under_way;
    for (int i = 0; i < 2; ++i)
        under_way.push_back(parts.chat.take_download(people.get<FileOffered>("messi", GetFolderFile{"x"}).transfer));
    EXPECT_EQ(people.why("messi", GetFolderFile{"x"}), ChatError::busy);
    under_way.clear();
    parts.store.fail_next_append({StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(people.why("messi", putting("y", 1)), ChatError::not_stored);
    auto upload = transfers.begin("messi", putting("y", 1));
    parts.store.fail_next_append({StoreFailure::Kind::write_failed, "full"});
    EXPECT_EQ(std::get<Refused>(transfers.go_on(std::move(upload), "y")).why, ChatError::not_stored);
    parts.blobs.fail_next_publish("cannot rename");
    EXPECT_EQ(std::get<Refused>(transfers.go_on(transfers.begin("messi", putting("y", 1)), "y")).why,
              ChatError::not_stored);
    parts.executor.run_until_idle();  // whoever looks after the blob that was not published
    parts.store.fail_next_read("damaged");
    EXPECT_EQ(people.why("messi", ListFolder{}), ChatError::unavailable);
    EXPECT_EQ(blobs(), 1u);
    EXPECT_EQ(folder("messi"), "x:5");
}

TEST_F(FolderTest, StrangersHaveNoFolder) {
    const auto client = parts.chat.connect("127.0.0.1");
    for (People::Body request : {People::Body(putting("x", 1)), People::Body(GetFolderFile{"x"}),
                                 People::Body(ListFolder{}), People::Body(passing_on("messi", "x"))}) {
        const Reply reply = parts.ask(*client, std::move(request));
        EXPECT_EQ(std::get<Refused>(reply).why, ChatError::not_authorized);
    }
}

// Folders as directories of the operator's.
struct DirectoryTest : FolderTest {
    DirectoryTest() : FolderTest(ChatParts::Folders::as_directories) {}

    std::map<std::string, std::string>& directory(const std::string& user) {
        parts.executor.run_until_idle();
        return parts.folders.directories()[user];
    }
    std::int64_t rows(const std::string& who) {
        parts.executor.run_until_idle();
        const auto user = parts.run(parts.store.find_user(who));
        return parts.run(parts.store.file_usage((*user)->id)).value().in_folder;
    }
};

TEST_F(DirectoryTest, WhatComesIntoAFolderIsCopiedIntoItsDirectory) {
    put("messi", "x", "hello");
    EXPECT_EQ(fetch("messi", "x"), "hello");
    EXPECT_EQ(directory("messi")["x"], "hello");
    people.found("messi", "lab", "maya,izza");
    EXPECT_EQ(people.get<FileSent>("messi", passing_on("#lab", "x")).file.size, 5u);
    EXPECT_EQ(directory("maya")["x"], "hello");
    EXPECT_EQ(directory("izza")["x"], "hello");
    EXPECT_EQ(folder("maya"), "x:5");
    const int adds = parts.folders.adds();
    EXPECT_EQ(folder("maya"), "x:5");
    parts.executor.run_until_idle();
    EXPECT_EQ(parts.folders.adds(), adds) << "once is enough";
}

TEST_F(DirectoryTest, WhatTheOperatorPutsThereBelongsToTheFolder) {
    directory("messi")["notes.txt"] = "by hand";
    EXPECT_EQ(folder("messi"), "notes.txt:7");
    EXPECT_EQ(fetch("messi", "notes.txt"), "by hand");
    EXPECT_EQ(people.why("messi", putting("notes.txt", 1)), ChatError::file_exists);
    EXPECT_EQ(people.refusal("maya", sending("messi", "notes.txt", 1)).subject, "messi");
    const auto sent = people.get<FileSent>("messi", passing_on("maya", "notes.txt"));
    EXPECT_EQ(transfers.fetch("maya", GetFile{sent.file.code, std::nullopt, 0}), "by hand");
    EXPECT_EQ(directory("maya")["notes.txt"], "by hand");
    EXPECT_EQ(people.get<FileSent>("messi", passing_on("messi", "notes.txt")).to, "messi");
    EXPECT_EQ(rows("messi"), 0);
    directory("messi")["large"] = std::string(1001, 'x');
    EXPECT_EQ(people.why("messi", passing_on("izza", "large")), ChatError::file_too_large);
    EXPECT_EQ(fetch("messi", "large").size(), 1001u);
}

TEST_F(DirectoryTest, WhatIsChangedInTheDirectoryIsChanged) {
    put("messi", "x", "hello");
    directory("messi")["x"] = "something else";
    EXPECT_EQ(folder("messi"), "x:14");
    EXPECT_EQ(fetch("messi", "x"), "something else");
    const auto sent = people.get<FileSent>("messi", passing_on("maya", "x"));
    EXPECT_EQ(sent.file.size, 14u);
    EXPECT_EQ(fetch("maya", "x"), "something else");
}

TEST_F(DirectoryTest, WhatIsRemovedFromTheDirectoryIsGone) {
    put("messi", "x", "hello");
    put("messi", "y", "world");
    directory("messi").erase("x");
    EXPECT_EQ(people.why("messi", GetFolderFile{"x"}), ChatError::unknown_file);
    EXPECT_EQ(people.why("messi", passing_on("maya", "x")), ChatError::unknown_file);
    EXPECT_EQ(folder("messi"), "y:5");
    EXPECT_EQ(rows("messi"), 1) << "it does not count any more";
    EXPECT_EQ(blobs(), 1u);
    directory("messi").erase("y");
    put("messi", "y", "again");
    EXPECT_EQ(fetch("messi", "y"), "again") << "the name is free, listed or not";
    EXPECT_EQ(directory("messi")["y"], "again");
}

// A drive that is not mounted is no reason to forget anything.
TEST_F(DirectoryTest, AMissingDirectoryLosesNothing) {
    put("messi", "x", "hello");
    const auto drive = std::exchange(directory("messi"), {});
    parts.folders.directories().clear();
    EXPECT_EQ(folder("messi"), "");
    EXPECT_EQ(rows("messi"), 1);
    directory("messi") = drive;
    EXPECT_EQ(folder("messi"), "x:5");
}

TEST_F(DirectoryTest, WhatCouldNotBeCopiedIsCopiedLater) {
    parts.folders.fail_adds("the disk is full");
    send("messi", "maya", "y", "world");
    EXPECT_EQ(directory("maya").size(), 0u);
    EXPECT_EQ(fetch("maya", "y"), "world") << "it is in the folder nevertheless";
    EXPECT_EQ(folder("maya"), "y:5");
    EXPECT_EQ(folder("maya"), "y:5");
    parts.executor.run_until_idle();
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "the disk is full"), 1u) << "once for each file";
    parts.folders.fail_adds("");
    EXPECT_EQ(folder("maya"), "y:5");
    EXPECT_EQ(directory("maya")["y"], "world");
    parts.folders.fail_opens("permission denied");
    EXPECT_EQ(people.why("maya", GetFolderFile{"y"}), ChatError::unavailable);
    EXPECT_EQ(people.why("maya", putting("z", 1)), ChatError::unavailable);
}

TEST_F(DirectoryTest, AStartCopiesWhatACrashLeftOut) {
    parts.folders.fail_adds("killed");
    put("messi", "x", "hello");
    put("messi", "y", "world");
    parts.executor.run_until_idle();
    parts.folders.fail_adds("");
    directory("messi")["y"] = "world";  // copied, but not noted
    parts.chat.start();
    EXPECT_EQ(directory("messi")["x"], "hello");
    const auto left = parts.run(parts.store.folders_to_place());
    EXPECT_TRUE(left->empty());
}

TEST_F(DirectoryTest, TheOperatorsFileStaysWhereOneIsInTheWay) {
    parts.folders.fail_adds("not now");
    put("messi", "own", "hello");
    send("messi", "maya", "sent", "world");
    parts.executor.run_until_idle();
    parts.folders.fail_adds("");
    directory("messi")["own"] = "the operator's";
    directory("maya")["sent"] = "the operator's";
    folder("messi");
    folder("maya");
    EXPECT_EQ(fetch("messi", "own"), "hello") << "what was acknowledged";
    EXPECT_EQ(directory("messi")["own"], "the operator's");
    EXPECT_EQ(fetch("maya", "sent"), "the operator's");
    EXPECT_EQ(rows("maya"), 0);
    EXPECT_EQ(people.get<FileList>("maya", ListFiles{}).files.size(), 1u) << "still in the conversation";
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "there is another file of that name"), 2u) << "for each once";
}

}  // namespace
}  // namespace obrol
