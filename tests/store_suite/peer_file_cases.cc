// Files whose bytes are on another server.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

BlobDigest blob(std::uint8_t first) {
    BlobDigest made{};
    made.front() = first;
    return made;
}

NewFile new_file(std::string code, std::uint64_t size, BlobDigest digest) {
    NewFile file;
    file.name = "a.txt";
    file.size = size;
    file.blob = digest;
    file.codes = {std::move(code)};
    return file;
}

TEST_P(StoreSuite, AFileOfAnotherServerIsElsewhereUntilItsBytesArrive) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    PostDirect sent = post(messi, {maya}, "");
    sent.file = new_file("abc123@B", 7, blob(1));
    sent.file->server_bytes_max = 1;
    const Posted posted = std::get<Posted>(apply(sent).value());
    EXPECT_EQ(posted.file_code, "abc123@B");
    PostDirect lie = post(messi, {maya}, "");
    lie.file = new_file("abc124@B", 700, blob(1));
    const Posted lied = std::get<Posted>(apply(lie).value());
    const std::vector<BlobDigest> no_blobs;
    in_every_state([&] {
        EXPECT_EQ(find_file("abc123@B", maya).value().elsewhere, server);
        EXPECT_EQ(files_for(maya).files.size(), 2u);
        EXPECT_EQ(usage(messi).files, 0);
        EXPECT_EQ(usage(UserId()).bytes, 0u);
        EXPECT_EQ(run(store().blobs()).value(), no_blobs);
        EXPECT_FALSE(run(store().is_blob_named(blob(1))).value());
        EXPECT_EQ(run(store().counts()).value().files, 0);
    });
    carry_out(BlobArrived{blob(1), 7});
    carry_out(BlobArrived{blob(9), 7});
    PostDirect again = post(messi, {maya}, "");
    again.file = new_file("abc125@B", 7, blob(1));
    const Posted known = std::get<Posted>(apply(again).value());
    in_every_state([&] {
        EXPECT_FALSE(find_file("abc123@B", maya).value().elsewhere);
        EXPECT_EQ(find_file("abc124@B", maya).value().elsewhere, server) << "the size is another";
        EXPECT_FALSE(find_file("abc125@B", maya).value().elsewhere) << "the same bytes";
        EXPECT_EQ(usage(messi).files, 2);
        EXPECT_EQ(usage(UserId()).bytes, 14u);
        EXPECT_EQ(run(store().blobs()).value(), std::vector<BlobDigest>{blob(1)});
    });
    const auto unused = [&](const Posted& of) {
        const EntryHeader& entry = of.entries.at(0);
        return std::get<BodyErased>(apply(EraseBody{entry.conversation, entry.seq}).value()).unused_blob;
    };
    EXPECT_FALSE(unused(lied));
    EXPECT_FALSE(unused(posted));
    EXPECT_EQ(unused(known), blob(1));
    in_every_state([&] {
        EXPECT_EQ(usage(UserId()).files, 0);
        EXPECT_EQ(run(store().blobs()).value(), no_blobs);
    });
}

TEST_P(StoreSuite, AFileForAnotherServerIsHere) {
    const UserId maya = create("maya");
    const UserId messi = meet(connect("B"), "messi");
    PostDirect sent = post(maya, {messi}, "");
    sent.file = new_file("abc123", 7, blob(1));
    carry_out(sent);
    EXPECT_FALSE(find_file("abc123", messi).value().elsewhere);
    EXPECT_EQ(usage(maya).bytes, 7u);
}

}  // namespace
}  // namespace obrol
