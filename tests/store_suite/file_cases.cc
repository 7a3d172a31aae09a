// Files: rows that belong to entries, their quotas, who may see them, and what becomes of their blobs.
#include "tests/store_suite/file_values.h"
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

std::vector<std::string> codes_of(const FilePage& page) {
    std::vector<std::string> codes;
    for (const StoredFile& file : page.files)
        codes.push_back(file.card.code);
    return codes;
}

using Codes = std::vector<std::string>;

TEST_P(StoreSuite, AFileIsAnEntryAndARow) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    send(messi, maya, "look at this:");
    const Posted done = posted(apply(with(post(messi, {maya}, ""), new_file("a b.txt", 7, blob(1), {"aaaaaa"}))));
    EXPECT_EQ(done.file_code, "aaaaaa");
    EXPECT_FALSE(done.repeated);
    const EntryHeader& entry = done.entries.at(0);
    EXPECT_EQ(entry.kind, EntryKind::file);
    EXPECT_EQ(entry.seq, Seq(2));
    in_every_state([&] {
        const FileCard card{"aaaaaa", "a b.txt", 7, blob(1)};
        EXPECT_EQ(parse_file_card(log(entry.conversation).at(1).body), card);
        for (const UserId reader : {messi, maya, UserId()}) {
            const auto found = find_file("aaaaaa", reader);
            ASSERT_TRUE(found.has_value());
            EXPECT_EQ(found->card, card);
            EXPECT_EQ(found->conversation, entry.conversation);
            EXPECT_EQ(found->seq, entry.seq);
            EXPECT_EQ(found->owner, messi);
            EXPECT_EQ(found->to, maya);
            EXPECT_EQ(found->at, entry.at);
        }
        EXPECT_FALSE(find_file("aaaaaa", izza).has_value()) << "a stranger";
        EXPECT_FALSE(find_file("aaaaab", messi).has_value());
        EXPECT_EQ(unread(maya).size(), 1u);
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(1)});
        EXPECT_TRUE(run(store().is_blob_named(blob(1))).value());
        EXPECT_FALSE(run(store().is_blob_named(blob(2))).value());
    });
}

TEST_P(StoreSuite, AFileTakesTheFirstFreeCode) {
    const UserId messi = create("messi");
    const auto send_with = [&](Codes codes) {
        return apply(with(post(messi, {messi}, ""), new_file("x", 1, blob(1), std::move(codes))));
    };
    EXPECT_EQ(posted(send_with({"aaaaaa", "bbbbbb"})).file_code, "aaaaaa");
    EXPECT_EQ(posted(send_with({"aaaaaa", "bbbbbb"})).file_code, "bbbbbb");
    EXPECT_EQ(refusal_of(send_with({"aaaaaa", "bbbbbb"})), ChatError::busy);
    EXPECT_EQ(usage(messi).files, 2);
}

TEST_P(StoreSuite, QuotasCountEveryFileInFull) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    int number = 0;
    const auto send_bytes = [&](UserId from, std::uint64_t size, std::uint64_t user_max, std::uint64_t server_max) {
        NewFile file = new_file("x", size, blob(1), {std::to_string(++number)});
        file.user_bytes_max = user_max;
        file.server_bytes_max = server_max;
        return apply(with(post(from, {maya}, ""), std::move(file)));
    };
    EXPECT_TRUE(send_bytes(messi, 60, 100, 0).has_value());
    EXPECT_EQ(refusal_of(send_bytes(messi, 41, 100, 0)), ChatError::quota_exceeded) << "one past";
    EXPECT_TRUE(send_bytes(messi, 40, 100, 0).has_value()) << "at the limit";
    EXPECT_EQ(refusal_of(send_bytes(messi, 1, 100, 0)), ChatError::quota_exceeded);
    EXPECT_TRUE(send_bytes(messi, 0, 100, 0).has_value());
    EXPECT_EQ(refusal_of(send_bytes(maya, 51, 0, 150)), ChatError::storage_full);
    EXPECT_TRUE(send_bytes(maya, 50, 0, 150).has_value());

    carry_out(SetQuota{messi, 110});
    EXPECT_EQ(refusal_of(send_bytes(messi, 11, 0, 0)), ChatError::quota_exceeded) << "his own quota holds";
    EXPECT_TRUE(send_bytes(messi, 10, 1, 0).has_value());
    carry_out(SetQuota{maya, 0});
    EXPECT_EQ(refusal_of(send_bytes(maya, 1, 0, 0)), ChatError::quota_exceeded) << "no files at all";
    EXPECT_EQ(refusal_of(apply(SetQuota{UserId(77), 1})), ChatError::unknown_user);
    in_every_state([&] {
        EXPECT_EQ(usage(messi).files, 4);
        EXPECT_EQ(usage(messi).bytes, 110u);
        EXPECT_EQ(usage(messi).quota, 110u);
        EXPECT_EQ(usage(maya).quota, 0u);
        EXPECT_EQ(usage(UserId()).bytes, 160u);
        const StoreCounts counts = run(store().counts()).value();
        EXPECT_EQ(counts.files, 5);
        EXPECT_EQ(counts.file_bytes, 160u);
    });
    carry_out(SetQuota{messi, std::nullopt});
    EXPECT_TRUE(send_bytes(messi, 1000, 0, 0).has_value());
    EXPECT_FALSE(usage(messi).quota.has_value());
}

TEST_P(StoreSuite, AFileCanBeAskedAboutBeforeItsBytesAreThere) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    carry_out(SetBlock{izza, messi, true});
    NewFile file = new_file("x", 10, {}, {});
    file.only_asks = true;
    file.user_bytes_max = 100;
    file.server_bytes_max = 200;
    const auto ask = [&](UserId to, std::uint64_t user_under_way, std::uint64_t server_under_way) {
        NewFile asked = file;
        asked.user_bytes_under_way = user_under_way;
        asked.server_bytes_under_way = server_under_way;
        return apply(with(post(messi, {to}, ""), std::move(asked)));
    };
    EXPECT_TRUE(posted(ask(maya, 90, 190)).entries.empty()) << "it would pass";
    EXPECT_EQ(refusal_of(ask(maya, 91, 91)), ChatError::quota_exceeded);
    EXPECT_EQ(refusal_of(ask(maya, 0, 191)), ChatError::storage_full);
    EXPECT_EQ(refusal_of(ask(izza, 0, 0)), ChatError::blocked);
    EXPECT_EQ(refusal_of(ask(UserId(77), 0, 0)), ChatError::unknown_recipient);
    EXPECT_FALSE(must_be_durable(with(post(messi, {maya}, ""), file)));
    EXPECT_FALSE(find_direct(messi, maya).has_value()) << "nothing was written";
    EXPECT_EQ(usage(UserId()).files, 0);
}

TEST_P(StoreSuite, AFileUnderAKeyIsSentOnce) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto keyed_file = [&](std::string name, std::uint8_t digest, bool only_asks) {
        NewFile file = new_file(std::move(name), 3, blob(digest), {std::to_string(digest)});
        file.only_asks = only_asks;
        return with(keyed(post(messi, {maya}, ""), "laptop", 1), std::move(file));
    };
    EXPECT_TRUE(posted(apply(keyed_file("x", 0, true))).entries.empty());
    const Posted first = posted(apply(keyed_file("x", 1, false)));
    fixture->reopen(StoreFixture::Reopening::clean);
    for (const bool only_asks : {true, false}) {
        const Posted again = posted(apply(keyed_file("x", 2, only_asks)));
        EXPECT_TRUE(again.repeated);
        EXPECT_EQ(again.entries.at(0).id, first.entries.at(0).id);
        EXPECT_EQ(again.file_code, "1");
        EXPECT_EQ(refusal_of(apply(keyed_file("y", 1, only_asks))), ChatError::key_conflict);
    }
    EXPECT_EQ(refusal_of(apply(keyed(post(messi, {maya}, "3 x"), "laptop", 1))), ChatError::key_conflict)
        << "a message is no file";
    carry_out(EraseBody{first.entries.at(0).conversation, first.entries.at(0).seq});
    EXPECT_EQ(posted(apply(keyed_file("x", 2, true))).file_code, "");
    EXPECT_EQ(usage(messi).files, 0);
}

TEST_P(StoreSuite, TheLastFileThatNamesABlobGivesItUp) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    std::vector<EntryHeader> entries;
    for (const char* code : {"a", "b", "c"}) {
        NewFile file = new_file("x", 5, blob(*code == 'c' ? 2 : 1), {code});
        entries.push_back(posted(apply(with(post(messi, {maya}, ""), std::move(file)))).entries.at(0));
    }
    EXPECT_EQ(run(store().counts()).value().blob_bytes, 10u) << "equal files count once";
    const auto erase = [&](const EntryHeader& entry) {
        return std::get<BodyErased>(apply(EraseBody{entry.conversation, entry.seq}).value()).unused_blob;
    };
    EXPECT_EQ(erase(entries[0]), std::nullopt) << "another file names it";
    EXPECT_EQ(erase(entries[0]), std::nullopt) << "twice is fine";
    EXPECT_EQ(erase(entries[1]), blob(1));
    EXPECT_EQ(erase(send(messi, maya, "a message")), std::nullopt);
    in_every_state([&] {
        EXPECT_TRUE(log(entries[0].conversation).at(0).erased);
        EXPECT_FALSE(find_file("a", messi).has_value());
        EXPECT_TRUE(find_file("c", messi).has_value());
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(2)});
        EXPECT_EQ(usage(messi).files, 1);
        EXPECT_EQ(usage(messi).bytes, 5u);
        EXPECT_EQ(usage(UserId()).bytes, 5u);
    });
    NewFile file = new_file("x", 5, blob(1), {"a"});
    EXPECT_EQ(posted(apply(with(post(messi, {maya}, ""), std::move(file)))).file_code, "a") << "free again";
}

TEST_P(StoreSuite, FilesOfAGroupAreForWhoSeesTheirEntries) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab");
    const auto send_file = [&](const char* code) {
        NewFile file = new_file("x", 1, blob(1), {code});
        return posted(apply(with(group_post(messi, group, ""), std::move(file)))).entries.at(0);
    };
    send_file("before");
    changed(entering(maya, group));
    send_file("during");
    changed(quitting(maya, group));
    send_file("after");
    NewFile private_file = new_file("x", 1, blob(1), {"direct"});
    const EntryHeader direct = posted(apply(with(post(maya, {messi}, ""), std::move(private_file)))).entries.at(0);
    EXPECT_EQ(refusal_of(apply(with(group_post(izza, group, ""), new_file("x", 1, blob(1), {"no"})))),
              ChatError::not_a_member);
    in_every_state([&] {
        EXPECT_FALSE(find_file("before", maya).has_value());
        EXPECT_TRUE(find_file("during", maya).has_value());
        EXPECT_FALSE(find_file("during", maya)->to) << "a group";
        EXPECT_FALSE(find_file("after", maya).has_value());
        EXPECT_FALSE(find_file("during", izza).has_value());
        EXPECT_EQ(codes_of(files_for(maya)), (Codes{"direct", "during"}));
        EXPECT_EQ(codes_of(files_for(messi)), (Codes{"direct", "after", "during", "before"}));
        EXPECT_EQ(codes_of(files_for(izza)), Codes());
        EXPECT_EQ(codes_of(files_for(maya, group.conversation)), Codes{"during"});
        EXPECT_EQ(codes_of(files_for(messi, direct.conversation)), Codes{"direct"});
        EXPECT_EQ(codes_of(files_for(izza, direct.conversation)), Codes());
        const FilePage page = files_for(messi, std::nullopt, 2);
        EXPECT_EQ(codes_of(page), (Codes{"direct", "after"}));
        EXPECT_TRUE(page.more);
        EXPECT_FALSE(files_for(messi, std::nullopt, 4).more);
        EXPECT_EQ(codes_of(run(store().list_files(std::nullopt, 10)).value()),
                  (Codes{"direct", "after", "during", "before"}));
        EXPECT_EQ(codes_of(run(store().list_files(maya, 10)).value()), Codes{"direct"});
        EXPECT_TRUE(run(store().list_files(messi, 2)).value().more);
    });
}

TEST_P(StoreSuite, ARefusedFileLeavesNothingBehind) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    carry_out(SetAccountState{maya, AccountState::deleted});
    EXPECT_EQ(refusal_of(apply(with(post(messi, {maya}, ""), new_file("x", 1, blob(1), {"a"})))),
              ChatError::unknown_recipient);
    carry_out(SetAccountState{messi, AccountState::disabled});
    EXPECT_EQ(refusal_of(apply(with(post(messi, {messi}, ""), new_file("x", 1, blob(1), {"a"})))),
              ChatError::account_disabled);
    EXPECT_EQ(usage(UserId()).files, 0);
    EXPECT_TRUE(run(store().blobs()).value().empty());
}

// What another server may ask for.
TEST_P(StoreSuite, ABlobIsForServersWhoseUsersSeeAFileOfIt) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const auto meet_server = [&](std::uint8_t first) {
        MeetServer meet{{}, std::string(1, static_cast<char>('A' + first)), {}, now};
        meet.key.front() = first;
        const ServerId id = std::get<ServerAdded>(apply(std::move(meet)).value()).server->id;
        carry_out(SetServerState{id, ServerState::connected});
        return id;
    };
    const auto meet_user = [&](ServerId server, const std::string& name) {
        return std::get<UserCreated>(apply(MeetUser{server, name, {}, {}, now}).value()).user;
    };
    const ServerId one = meet_server(1);
    const ServerId other = meet_server(2);
    const UserId izza = meet_user(one, "izza");
    const UserId nania = meet_user(other, "nania");
    carry_out(with(post(messi, {maya}, ""), new_file("x", 1, blob(1), {"local"})));
    carry_out(with(post(messi, {izza}, ""), new_file("x", 2, blob(2), {"sent"})));
    carry_out(with(post(izza, {messi}, ""), new_file("x", 3, blob(3), {"sent@b"})));
    const Group group = found(messi, "lab");
    carry_out(with(group_post(messi, group, ""), new_file("x", 4, blob(4), {"before"})));
    changed(entering(nania, group));
    carry_out(with(group_post(messi, group, ""), new_file("x", 5, blob(5), {"shared"})));
    in_every_state([&] {
        const auto code = [&](ServerId server, std::uint8_t first) {
            const auto found = run(store().find_file_for(server, blob(first))).value();
            return found ? found->card.code : "none";
        };
        EXPECT_EQ(code(one, 1), "none");
        EXPECT_EQ(code(one, 2), "sent");
        EXPECT_EQ(code(other, 2), "none");
        EXPECT_EQ(code(one, 3), "sent@b");
        EXPECT_EQ(run(store().find_file_for(one, blob(3))).value()->elsewhere, one);
        EXPECT_EQ(code(other, 4), "none") << "before somebody of that server came";
        EXPECT_EQ(code(other, 5), "shared");
        EXPECT_EQ(code(one, 5), "none");
        EXPECT_EQ(code(one, 9), "none");
    });
    // Of two files with the blob the one whose bytes are here.
    carry_out(with(post(izza, {messi}, ""), new_file("x", 2, blob(6), {"away@b"})));
    carry_out(with(post(messi, {izza}, ""), new_file("x", 2, blob(6), {"here"})));
    EXPECT_FALSE(run(store().find_file_for(one, blob(6))).value()->elsewhere);
}

}  // namespace
}  // namespace obrol
