// Files from other servers in folders: they are there before their bytes are.
#include "tests/store_suite/file_values.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

NewFile into_folder(std::string name, std::uint64_t size, BlobDigest digest, std::string code) {
    NewFile file = new_file(std::move(name), size, digest, {std::move(code)});
    file.into_folder = true;
    return file;
}

NewFile into_folder(std::string name, std::string code) {
    return into_folder(std::move(name), 7, blob(1), std::move(code));
}

std::string names_in(const std::vector<FolderFile>& folder) {
    std::string names;
    for (const FolderFile& file : folder)
        names += (names.empty() ? "" : " ") + file.name + (file.elsewhere ? "?" : "");
    return names;
}

std::optional<BlobDigest> unused_after(const ChangeResult& result) {
    if (const auto* erased = std::get_if<BodyErased>(&result.value())) return erased->unused_blob;
    return std::get<FolderFileRemoved>(result.value()).unused_blob;
}

// The first entry of a log, by which its group has these members.
AppendReplica::Entry founding_note(MessageId id, UserId founder, std::vector<UserId> members) {
    AppendReplica::Entry made;
    made.header.seq = Seq(1);
    made.header.id = id;
    made.header.sender = founder;
    made.header.kind = EntryKind::member;
    made.body = encode(MemberNote{MemberNote::Action::create, GroupRole::member, {}});
    made.who = std::move(members);
    return made;
}

AppendReplica::Entry file_entry(Seq seq, MessageId id, UserId sender, const FileCard& file) {
    AppendReplica::Entry made;
    made.header.seq = seq;
    made.header.id = id;
    made.header.sender = sender;
    made.header.kind = EntryKind::file;
    made.body = encode(file);
    return made;
}

Group replica(const ChangeResult& made) {
    return *std::get<GroupChanged>(made.value()).group;
}

ReplicateGroup replicating(ServerId home) {
    ReplicateGroup made;
    made.home = home;
    made.card = {"lab@B", "Lab"};
    made.codes = {"ffffff"};
    return made;
}

TEST_P(StoreSuite, AFileOfAnotherServerIsInTheFolderBeforeItsBytesAre) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const Posted sent = posted(apply(with(post(messi, {maya}, ""), into_folder("a", "aaaaaa@b"))));
    EXPECT_EQ(sent.folders, std::vector<UserId>{maya});
    carry_out(with(post(messi, {maya}, ""), into_folder("lie", 700, blob(1), "bbbbbb@b")));
    carry_out(with(post(messi, {maya}, ""), new_file("not there", 7, blob(1), {"cccccc@b"})));
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "a? lie?");
        const FolderFile file = find_folder_file(maya, "a").value();
        EXPECT_EQ(file.elsewhere, server);
        EXPECT_EQ(file.seq, sent.entries.at(0).seq);
        EXPECT_EQ(usage(maya).in_folder, 2);
        EXPECT_EQ(usage(maya).files, 0);
        EXPECT_EQ(usage(UserId()).bytes, 0u);
        EXPECT_TRUE(run(store().blobs()).value().empty());
        EXPECT_EQ(names_in(run(store().folder_files_to_place(maya)).value()), "a? lie?");
    });
    carry_out(BlobArrived{blob(9), 7});
    carry_out(BlobArrived{blob(1), 7});
    carry_out(with(post(messi, {maya}, ""), into_folder("same bytes", "dddddd@b")));
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "a lie? same bytes");
        EXPECT_EQ(usage(maya).in_folder, 3);
        EXPECT_EQ(usage(messi).files, 3) << "in folders they count for nobody";
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(1)});
        EXPECT_EQ(run(store().counts()).value().blob_bytes, 7u);
    });
    // Each of the two has the blob for its own.
    const auto erase = [&](const std::string& code) {
        const StoredFile file = find_file(code, maya).value();
        return unused_after(apply(EraseBody{file.conversation, file.seq}));
    };
    EXPECT_FALSE(erase("cccccc@b"));
    EXPECT_FALSE(erase("dddddd@b"));
    EXPECT_FALSE(unused_after(apply(RemoveFolderFile{find_folder_file(maya, "a")->id})));
    EXPECT_EQ(erase("aaaaaa@b"), blob(1));
    EXPECT_FALSE(erase("bbbbbb@b")) << "its bytes were never here";
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "");
        EXPECT_EQ(usage(maya).in_folder, 0);
        EXPECT_TRUE(run(store().blobs()).value().empty());
    });
}

TEST_P(StoreSuite, WhatTheFolderHasWhereTheBytesAreElsewhereNamesNoBlob) {
    const UserId maya = create("maya");
    const UserId messi = meet(connect("B"), "messi");
    carry_out(with(post(messi, {maya}, ""), into_folder("a", "aaaaaa@b")));
    carry_out(with(post(messi, {maya}, ""), into_folder("b", "bbbbbb@b")));
    EXPECT_FALSE(unused_after(apply(RemoveFolderFile{find_folder_file(maya, "a")->id})));
    carry_out(PutFolderFile{maya, new_file("own", 7, blob(1), {}), now});
    EXPECT_FALSE(unused_after(apply(RemoveFolderFile{find_folder_file(maya, "b")->id}))) << "her own names it";
    carry_out(with(post(messi, {maya}, ""), into_folder("c", "cccccc@b")));
    EXPECT_FALSE(find_folder_file(maya, "c")->elsewhere) << "the bytes are in her folder";
    carry_out(with(post(messi, {maya}, ""), into_folder("d", 9, blob(2), "dddddd@b")));
    const ChangeResult deleted = apply(SetAccountState{maya, AccountState::deleted});
    EXPECT_TRUE(std::get<AccountDeleted>(deleted.value()).unused_blobs.empty()) << "a file has the one that is here";
    in_every_state([&] {
        EXPECT_TRUE(folder_of(maya).empty());
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(1)});
    });
}

TEST_P(StoreSuite, ANameThatIsTakenIsRefusedToAnotherServer) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    carry_out(PutFolderFile{maya, new_file("a", 1, blob(9), {}), now});
    const auto receive = [&](std::string name, std::string code, std::size_t files_max) {
        PostDirect sent = with(post(messi, {maya}, ""), into_folder(std::move(name), std::move(code)));
        sent.file->folder_files_max = files_max;
        return received(receiving(server, std::move(sent)));
    };
    EXPECT_EQ(receive("a", "aaaaaa@b", 0).refused, ChatError::file_exists);
    EXPECT_EQ(receive("b", "bbbbbb@b", 2).refused, std::nullopt) << "at the limit";
    EXPECT_EQ(receive("c", "cccccc@b", 2).refused, ChatError::folder_full) << "one past";
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "a b?");
        EXPECT_EQ(files_for(maya).files.size(), 1u);
        EXPECT_EQ(log(find_direct(maya, messi)->conversation).size(), 1u);
        EXPECT_EQ(outbox(server).size(), 2u) << "the refusals";
    });
    PostDirect plain = with(post(messi, {maya}, ""), new_file("a", 7, blob(1), {"dddddd@b"}));
    EXPECT_EQ(received(receiving(server, std::move(plain))).refused, std::nullopt) << "not into the folder";
}

TEST_P(StoreSuite, WhatAStrangerSendsStaysOutOfTheFolder) {
    const UserId maya = create("maya");
    const UserId messi = meet(connect("B"), "messi");
    carry_out(PutFolderFile{maya, new_file("a", 1, blob(9), {}), now});
    const auto send_as = [&](std::string name, std::string code) {
        PostDirect sent = with(post(messi, {maya}, ""), into_folder(std::move(name), std::move(code)));
        sent.stranger_messages_max = 3;
        return apply(std::move(sent));
    };
    const Posted waiting = posted(send_as("b", "aaaaaa@b"));
    EXPECT_TRUE(waiting.is_request);
    EXPECT_TRUE(waiting.folders.empty());
    EXPECT_TRUE(send_as("a", "bbbbbb@b").has_value()) << "he does not learn what is in it";
    EXPECT_EQ(names_in(folder_of(maya)), "a");
    carry_out(AcceptStranger{maya, messi});
    EXPECT_EQ(posted(send_as("b", "cccccc@b")).folders, std::vector<UserId>{maya});
    EXPECT_EQ(refusal_of(send_as("a", "dddddd@b")), ChatError::file_exists);
}

TEST_P(StoreSuite, TheOutboxKeepsWhetherAFileIsForTheFolder) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    carry_out(with(post(maya, {messi}, ""), into_folder("a", "aaaaaa")));
    carry_out(with(post(maya, {messi}, ""), new_file("b", 7, blob(1), {"bbbbbb"})));
    send(maya, messi, "c");
    const auto check = [&] {
        const std::vector<OutboxItem> items = outbox(server);
        ASSERT_EQ(items.size(), 3u);
        EXPECT_TRUE(items[0].into_folder);
        EXPECT_FALSE(items[1].into_folder);
        EXPECT_FALSE(items[2].into_folder);
    };
    in_every_state(check);
    carry_out(BeginEpoch{});
    in_every_state(check);
    EXPECT_TRUE(folder_of(messi).empty()) << "his folder is there";
    EXPECT_EQ(run(store().late_items(server, now + std::chrono::hours(1), false, 10)).value()[0].into_folder, true);
}

TEST_P(StoreSuite, AFileOfAGroupAtHomeElsewhereComesIntoEveryFolderThatCanTakeIt) {
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId budi = create("budi");
    const UserId sari = create("sari");
    const ServerId home = connect("B");
    const UserId messi = meet(home, "messi");
    const Group group = replica(apply(replicating(home)));
    carry_out(PutFolderFile{izza, new_file("x", 1, blob(9), {}), now});
    carry_out(PutFolderFile{budi, new_file("y", 1, blob(9), {}), now});
    carry_out(PutFolderFile{budi, new_file("z", 1, blob(9), {}), now});
    // What maya sent there is here, and comes back with the log.
    carry_out(PutFolderFile{maya, new_file("from maya", 3, blob(2), {}), now});

    AppendReplica append{group.conversation, {}};
    append.folder_files_max = 2;
    append.file_bytes_max = 7;
    append.entries.push_back(founding_note(new_id(), messi, {maya, izza, budi}));
    append.entries.push_back(file_entry(Seq(2), new_id(), messi, {"aaaaaa@b", "x", 7, blob(1)}));
    append.entries.push_back(file_entry(Seq(3), new_id(), messi, {"bbbbbb@b", "large", 8, blob(3)}));
    append.entries.push_back(file_entry(Seq(4), new_id(), messi, {"aaaaaa@b", "same code", 7, blob(1)}));
    append.entries.push_back(file_entry(Seq(5), new_id(), messi, {"cccccc@b", "erased", 7, blob(1)}));
    append.entries.back().erased = true;
    append.entries.push_back(file_entry(Seq(6), new_id(), maya, {"dddddd", "from maya", 3, blob(2)}));
    append.entries.push_back(founding_note(new_id(), messi, {}));
    append.entries.back().header.seq = Seq(7);
    append.entries.back().body = encode(MemberNote{MemberNote::Action::join, GroupRole::member, {}});
    append.entries.back().who = {sari};
    const GroupChanged done = changed(append);
    ASSERT_TRUE(done.folders);
    EXPECT_EQ(*done.folders, (std::vector<UserId>{maya, izza}));
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "from maya x?") << "the first is her own, not what comes back";
        EXPECT_FALSE(find_folder_file(maya, "from maya")->conversation);
        EXPECT_EQ(names_in(folder_of(izza)), "from maya x") << "there was an x; the bytes are here";
        EXPECT_EQ(find_folder_file(izza, "x")->blob, blob(9));
        EXPECT_EQ(names_in(folder_of(budi)), "y z") << "full";
        EXPECT_EQ(names_in(folder_of(sari)), "") << "came later";
        EXPECT_EQ(names_in(folder_of(messi)), "");
        EXPECT_EQ(find_folder_file(maya, "x")->elsewhere, home);
    });
    AppendReplica again{group.conversation, {}};
    again.entries.push_back(file_entry(Seq(8), new_id(), messi, {"eeeeee@b", "from maya", 5, blob(4)}));
    again.entries.push_back(file_entry(Seq(9), new_id(), messi, {"ffffff@b", "n", 9, blob(5)}));
    again.entries.push_back(file_entry(Seq(10), new_id(), maya, {"abcdef", "not kept", 3, blob(2)}));
    EXPECT_EQ(*changed(again).folders, (std::vector<UserId>{maya, izza, budi, sari})) << "no limits";
    EXPECT_EQ(names_in(folder_of(sari)), "from maya? n? not kept");
    EXPECT_EQ(names_in(folder_of(maya)), "from maya n? x?") << "what she sent is not for her";
}

TEST_P(StoreSuite, AFileOfAnotherServerInAGroupHereComesIntoTheFoldersOfItsMembers) {
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const UserId pogba = meet(server, "pogba");
    const Group group = found(maya, "lab", {izza});
    changed(entering(messi, group));
    changed(entering(pogba, group));
    carry_out(PutFolderFile{izza, new_file("x", 1, blob(9), {}), now});
    const Posted done = posted(apply(with(group_post(messi, group, ""), into_folder("x", "aaaaaa@b"))));
    EXPECT_EQ(done.folders, std::vector<UserId>{maya});
    in_every_state([&] {
        EXPECT_EQ(find_folder_file(maya, "x")->elsewhere, server);
        EXPECT_EQ(names_in(folder_of(izza)), "x");
        EXPECT_EQ(names_in(folder_of(pogba)), "") << "that of his server is his";
    });
}

TEST_P(StoreSuite, WhereTheBytesAreIsKnownWhenTwoServersTurnOutToBeOne) {
    const UserId maya = create("maya");
    const ServerId first = connect("B");
    const ServerId second = connect("C");
    const UserId messi = meet(second, "messi");
    carry_out(with(post(messi, {maya}, ""), into_folder("a", "aaaaaa@c")));
    carry_out(RotateServerKey{first, KeyStatement{key_of("B"), key_of("C"), {}}});
    in_every_state([&] {
        EXPECT_EQ(find_file("aaaaaa@c", maya)->elsewhere, first);
        EXPECT_EQ(find_folder_file(maya, "a")->elsewhere, first);
    });
}

}  // namespace
}  // namespace obrol
