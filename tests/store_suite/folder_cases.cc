// Folders: what people put there and what is sent to them, and what becomes of the blobs.
#include "tests/store_suite/file_values.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 2 / 1} + std::chrono::hours(12)};

PutFolderFile putting(UserId user, NewFile file) {
    return PutFolderFile{user, std::move(file), noon};
}
PutFolderFile putting(UserId user, std::string name, std::uint64_t size, std::uint8_t first) {
    return putting(user, new_file(std::move(name), size, blob(first), {}));
}

NewFile into_folder(NewFile file) {
    file.into_folder = true;
    return file;
}

std::string names_in(const std::vector<FolderFile>& folder) {
    std::string names;
    for (const FolderFile& file : folder)
        names += (names.empty() ? "" : " ") + file.name;
    return names;
}

std::optional<BlobDigest> unused_after(const ChangeResult& result) {
    if (const auto* erased = std::get_if<BodyErased>(&result.value())) return erased->unused_blob;
    return std::get<FolderFileRemoved>(result.value()).unused_blob;
}

TEST_P(StoreSuite, AFolderHasOneFileForEachName) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(putting(messi, "b \xC3\xA9.txt", 7, 1));
    carry_out(putting(messi, "B \xC3\xA9.txt", 0, 2));
    carry_out(putting(maya, "b \xC3\xA9.txt", 3, 3));
    EXPECT_EQ(refusal_of(apply(putting(messi, "b \xC3\xA9.txt", 7, 1))), ChatError::file_exists) << "also the same";
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(messi)), "B \xC3\xA9.txt b \xC3\xA9.txt") << "names are their bytes";
        const auto found = find_folder_file(messi, "b \xC3\xA9.txt");
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->user, messi);
        EXPECT_EQ(found->size, 7u);
        EXPECT_EQ(found->blob, blob(1));
        EXPECT_EQ(found->at, noon);
        EXPECT_FALSE(found->conversation);
        EXPECT_FALSE(found->is_placed);
        EXPECT_EQ(find_folder_file(maya, "b \xC3\xA9.txt")->size, 3u);
        EXPECT_FALSE(find_folder_file(maya, "B \xC3\xA9.txt").has_value());
        EXPECT_EQ(usage(messi).in_folder, 2);
        EXPECT_EQ(run(store().blobs()).value(), (std::vector<BlobDigest>{blob(1), blob(2), blob(3)}));
        EXPECT_TRUE(run(store().is_blob_named(blob(2))).value());
    });
}

TEST_P(StoreSuite, WhatOnePutsInHisFolderCountsAmongHisFiles) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto put = [&](UserId user, std::string name, std::uint64_t size, std::uint64_t user_max,
                         std::uint64_t server_max) {
        NewFile file = new_file(std::move(name), size, blob(1), {});
        file.user_bytes_max = user_max;
        file.server_bytes_max = server_max;
        return apply(putting(user, std::move(file)));
    };
    EXPECT_TRUE(put(messi, "a", 60, 100, 0).has_value());
    EXPECT_EQ(refusal_of(put(messi, "b", 41, 100, 0)), ChatError::quota_exceeded) << "one past";
    EXPECT_TRUE(put(messi, "b", 40, 100, 0).has_value()) << "at the limit";
    NewFile sent = new_file("x", 1, blob(1), {"aaaaaa"});
    sent.user_bytes_max = 100;
    EXPECT_EQ(refusal_of(apply(with(post(messi, {maya}, ""), std::move(sent)))), ChatError::quota_exceeded);
    EXPECT_EQ(refusal_of(put(maya, "a", 51, 0, 150)), ChatError::storage_full);
    EXPECT_TRUE(put(maya, "a", 50, 0, 150).has_value());
    in_every_state([&] {
        EXPECT_EQ(usage(messi).files, 2);
        EXPECT_EQ(usage(messi).bytes, 100u);
        EXPECT_EQ(usage(UserId()).bytes, 150u);
        const StoreCounts counts = run(store().counts()).value();
        EXPECT_EQ(counts.files, 3);
        EXPECT_EQ(counts.file_bytes, 150u);
    });
    carry_out(RemoveFolderFile{find_folder_file(messi, "a")->id});
    EXPECT_EQ(usage(messi).bytes, 40u);
    EXPECT_TRUE(put(messi, "a", 60, 100, 150).has_value()) << "room again";
}

TEST_P(StoreSuite, AFolderTakesSoManyFiles) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto limited = [](std::string name, std::size_t files_max) {
        NewFile file = new_file(std::move(name), 1, blob(1), {"aaaaaa", "bbbbbb"});
        file.folder_files_max = files_max;
        return file;
    };
    EXPECT_TRUE(apply(putting(messi, limited("a", 2))).has_value());
    EXPECT_TRUE(apply(with(post(maya, {messi}, ""), into_folder(limited("b", 2)))).has_value()) << "at the limit";
    EXPECT_EQ(refusal_of(apply(putting(messi, limited("c", 2)))), ChatError::folder_full) << "one past";
    EXPECT_EQ(refusal_of(apply(with(post(maya, {messi}, ""), into_folder(limited("c", 2))))), ChatError::folder_full);
    EXPECT_TRUE(apply(with(post(maya, {messi}, ""), limited("c", 2))).has_value()) << "not into the folder";
    EXPECT_TRUE(apply(putting(messi, limited("c", 0))).has_value()) << "no limit";
    EXPECT_EQ(names_in(folder_of(messi)), "a b c");
    EXPECT_EQ(usage(messi).in_folder, 3);
}

TEST_P(StoreSuite, APutCanBeAskedAboutBeforeItsBytesAreThere) {
    const UserId messi = create("messi");
    carry_out(putting(messi, "taken", 1, 1));
    NewFile file = new_file("x", 10, {}, {});
    file.only_asks = true;
    file.user_bytes_max = 100;
    file.user_bytes_under_way = 89;
    EXPECT_TRUE(apply(putting(messi, file)).has_value()) << "at the limit";
    EXPECT_FALSE(must_be_durable(putting(messi, file)));
    EXPECT_FALSE(find_folder_file(messi, "x").has_value()) << "nothing was written";
    file.user_bytes_under_way = 90;
    EXPECT_EQ(refusal_of(apply(putting(messi, file))), ChatError::quota_exceeded);
    file.name = "taken";
    EXPECT_EQ(refusal_of(apply(putting(messi, file))), ChatError::file_exists);
    carry_out(SetAccountState{messi, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(putting(messi, file))), ChatError::account_disabled);
}

TEST_P(StoreSuite, AFileSentIntoAFolderIsTheSendersCost) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto send_as = [&](std::string name, std::string code) {
        return apply(with(post(messi, {maya}, ""), into_folder(new_file(std::move(name), 5, blob(1), {code}))));
    };
    const Posted done = posted(send_as("x", "aaaaaa"));
    EXPECT_EQ(done.folders, std::vector<UserId>{maya});
    EXPECT_EQ(refusal_of(send_as("x", "bbbbbb")), ChatError::file_exists);
    const EntryHeader& entry = done.entries.at(0);
    in_every_state([&] {
        const auto found = find_folder_file(maya, "x");
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->conversation, entry.conversation);
        EXPECT_EQ(found->seq, entry.seq);
        EXPECT_EQ(found->at, entry.at);
        EXPECT_EQ(folder_of(messi).size(), 0u);
        EXPECT_EQ(usage(messi).bytes, 5u);
        EXPECT_EQ(usage(maya).bytes, 0u);
        EXPECT_EQ(usage(maya).files, 0);
        EXPECT_EQ(usage(UserId()).bytes, 5u);
        EXPECT_EQ(log(entry.conversation).size(), 1u) << "what was refused left no entry";
    });
    NewFile asking = into_folder(new_file("x", 5, {}, {}));
    asking.only_asks = true;
    EXPECT_EQ(refusal_of(apply(with(post(messi, {maya}, ""), asking))), ChatError::file_exists);
    const Posted to_self =
        posted(apply(with(post(messi, {messi}, ""), into_folder(new_file("x", 5, blob(1), {"cccccc"})))));
    EXPECT_EQ(to_self.folders, std::vector<UserId>{messi});
}

TEST_P(StoreSuite, AFileOfAGroupGoesIntoEveryFolderThatCanTakeIt) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const UserId budi = create("budi");
    const UserId sari = create("sari");
    const Group group = found(messi, "lab", {maya, izza, budi, sari});
    changed(quitting(sari, group));
    carry_out(putting(maya, "x", 1, 9));
    carry_out(putting(budi, "y", 1, 9));
    carry_out(putting(budi, "z", 1, 9));
    NewFile file = into_folder(new_file("x", 5, blob(1), {"aaaaaa"}));
    file.folder_files_max = 2;
    const Posted done = posted(apply(with(group_post(messi, group, ""), std::move(file))));
    EXPECT_EQ(done.folders, std::vector<UserId>{izza});
    in_every_state([&] {
        EXPECT_EQ(find_folder_file(maya, "x")->blob, blob(9)) << "there was one";
        EXPECT_EQ(find_folder_file(izza, "x")->blob, blob(1));
        EXPECT_FALSE(find_folder_file(budi, "x").has_value()) << "full";
        EXPECT_FALSE(find_folder_file(sari, "x").has_value()) << "no member any more";
        EXPECT_FALSE(find_folder_file(messi, "x").has_value()) << "the sender";
        EXPECT_EQ(unread(maya).size(), 1u) << "the entry is for all";
    });
}

TEST_P(StoreSuite, ErasingAnEntryEmptiesFoldersOfIt) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab", {maya, create("izza")});
    carry_out(putting(messi, "mine", 5, 1));
    NewFile file = into_folder(new_file("x", 5, blob(1), {"aaaaaa"}));
    const EntryHeader to_all = posted(apply(with(group_post(messi, group, ""), file))).entries.at(0);
    file = into_folder(new_file("y", 5, blob(2), {"bbbbbb"}));
    const EntryHeader to_maya = posted(apply(with(post(messi, {maya}, ""), file))).entries.at(0);
    EXPECT_EQ(names_in(folder_of(maya)), "x y");
    EXPECT_EQ(unused_after(apply(EraseBody{to_all.conversation, to_all.seq})), std::nullopt) << "his folder names it";
    EXPECT_EQ(unused_after(apply(EraseBody{to_maya.conversation, to_maya.seq})), blob(2));
    in_every_state([&] {
        EXPECT_EQ(names_in(folder_of(maya)), "");
        EXPECT_EQ(names_in(folder_of(messi)), "mine");
        EXPECT_EQ(usage(maya).in_folder, 0);
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(1)});
    });
    const FolderFileId mine = find_folder_file(messi, "mine")->id;
    EXPECT_EQ(unused_after(apply(RemoveFolderFile{mine})), blob(1));
    EXPECT_EQ(refusal_of(apply(RemoveFolderFile{mine})), ChatError::not_found);
    EXPECT_TRUE(run(store().blobs()).value().empty());
    carry_out(putting(messi, "mine", 5, 1));
    EXPECT_GT(find_folder_file(messi, "mine")->id, mine) << "an id means one file for ever";
}

TEST_P(StoreSuite, WhatIsNotPlacedIsFound) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(putting(messi, "a", 1, 1));
    carry_out(putting(messi, "b", 1, 2));
    carry_out(putting(maya, "c", 1, 3));
    const NoteFolderFilePlaced placed{find_folder_file(messi, "a")->id};
    EXPECT_FALSE(must_be_durable(placed));
    carry_out(placed);
    carry_out(NoteFolderFilePlaced{find_folder_file(maya, "c")->id});
    EXPECT_EQ(refusal_of(apply(NoteFolderFilePlaced{FolderFileId(99)})), ChatError::not_found);
    carry_out(SetProfile{messi, "Messi", std::nullopt});  // durable, and what came before it is, too
    in_every_state([&] {
        EXPECT_EQ(names_in(run(store().folder_files_to_place(messi)).value()), "b");
        EXPECT_EQ(names_in(run(store().folder_files_to_place(maya)).value()), "");
        EXPECT_EQ(run(store().folders_to_place()).value(), std::vector<UserId>{messi});
        EXPECT_TRUE(find_folder_file(messi, "a")->is_placed);
        EXPECT_FALSE(find_folder_file(messi, "b")->is_placed);
    });
}

TEST_P(StoreSuite, ADeletedAccountsFolderGoes) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(putting(maya, "own", 5, 1));
    const NewFile file = into_folder(new_file("x", 7, blob(2), {"aaaaaa"}));
    carry_out(with(post(messi, {maya}, ""), file));
    const ChangeResult deleted = apply(SetAccountState{maya, AccountState::deleted});
    EXPECT_EQ(std::get<AccountDeleted>(deleted.value()).unused_blobs, std::vector<BlobDigest>{blob(1)});
    in_every_state([&] {
        EXPECT_TRUE(folder_of(maya).empty());
        EXPECT_EQ(usage(maya).bytes, 0u);
        EXPECT_EQ(usage(maya).in_folder, 0);
        EXPECT_EQ(usage(UserId()).bytes, 7u);
        EXPECT_TRUE(find_file("aaaaaa", messi).has_value()) << "the file stays in its conversation";
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(2)});
    });
    EXPECT_EQ(refusal_of(apply(putting(maya, "x", 1, 1))), ChatError::account_disabled);
}

// Of a batch that fails halfway through nothing stays.
TEST_P(StoreSuite, ARefusedFolderFileLeavesNothingBehind) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(SetBlock{maya, messi, true});
    EXPECT_EQ(refusal_of(apply(with(post(messi, {maya}, ""), into_folder(new_file("x", 1, blob(1), {"a"}))))),
              ChatError::blocked);
    EXPECT_TRUE(folder_of(maya).empty());
    EXPECT_TRUE(run(store().blobs()).value().empty());
    EXPECT_EQ(usage(maya).in_folder, 0);
}

}  // namespace
}  // namespace obrol
