#include "tests/sim/disk/disk_record.h"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>

namespace obrol {
namespace {

using Kind = DiskOperation::Kind;

std::vector<std::byte> bytes(std::string_view text) {
    const auto view = std::as_bytes(std::span(text));
    return {view.begin(), view.end()};
}

FileContent content_of(std::string_view text) {
    FileContent content;
    content.write(0, std::as_bytes(std::span(text)));
    return content;
}

std::string text_of(const FileContent& content) {
    std::string text(content.size(), '?');
    content.read(0, std::as_writable_bytes(std::span(text)));
    return text;
}

DiskOperation create(std::uint32_t file, std::string name) {
    return {.kind = Kind::create, .file = file, .name = std::move(name)};
}
DiskOperation write(std::uint32_t file, std::uint64_t offset, std::string_view text) {
    return {.kind = Kind::write, .file = file, .offset = offset, .bytes = bytes(text)};
}
DiskOperation truncate(std::uint32_t file, std::uint64_t size) {
    return {.kind = Kind::truncate, .file = file, .offset = size};
}
DiskOperation sync(std::uint32_t file) {
    return {.kind = Kind::sync, .file = file};
}
DiskOperation remove(std::uint32_t file, std::string name) {
    return {.kind = Kind::remove, .file = file, .name = std::move(name)};
}

// "name=content name=content", "" for an empty disk.
std::string describe(const DiskImage& image) {
    std::string text;
    for (const auto& [name, content] : image)
        text += (text.empty() ? "" : " ") + name + "=" + text_of(content);
    return text;
}

std::string image_now(const DiskRecord& record, CrashPolicy policy, std::uint64_t seed = 1) {
    SeededRandom random(seed);
    ImageWalker walker(record);
    walker.advance_to(record.operation_count());
    return describe(walker.image(policy, random));
}

// Every outcome that a few thousand draws of `subset` find.
std::set<std::string> subsets_now(const DiskRecord& record) {
    SeededRandom random(7);
    ImageWalker walker(record);
    walker.advance_to(record.operation_count());
    std::set<std::string> found;
    for (int i = 0; i < 3000; ++i)
        found.insert(describe(walker.image(CrashPolicy::subset, random)));
    return found;
}

TEST(ImageWalker, SyncedSurvivesAndTheRestFollowsThePolicy) {
    DiskRecord record({{"f", content_of("first")}});
    record.append(write(0, 0, "FIRST"));
    record.append(sync(0));
    record.append(write(0, 5, "+more"));
    record.append(truncate(0, 7));
    EXPECT_EQ(image_now(record, CrashPolicy::drop_unsynced), "f=FIRST");
    EXPECT_EQ(image_now(record, CrashPolicy::keep_unsynced), "f=FIRST+m");
    record.append(sync(0));
    for (const CrashPolicy policy :
         {CrashPolicy::drop_unsynced, CrashPolicy::keep_unsynced, CrashPolicy::subset, CrashPolicy::random})
        EXPECT_EQ(image_now(record, policy), "f=FIRST+m");
}

TEST(ImageWalker, EveryStepGivesTheImageOfItsOwnTime) {
    DiskRecord record({});
    record.append(create(0, "f"));
    record.append(write(0, 0, "a"));
    record.append(sync(0));
    record.append(write(0, 0, "b"));
    record.append(sync(0));
    SeededRandom random(1);
    ImageWalker walker(record);
    const std::string dropped[] = {"", "", "", "f=a", "f=a", "f=b"};
    const std::string kept[] = {"", "f=", "f=a", "f=a", "f=b", "f=b"};
    for (std::uint64_t k = 0; k <= 5; ++k) {
        walker.advance_to(k);
        EXPECT_EQ(describe(walker.image(CrashPolicy::drop_unsynced, random)), dropped[k]) << k;
        EXPECT_EQ(describe(walker.image(CrashPolicy::keep_unsynced, random)), kept[k]) << k;
    }
}

TEST(ImageWalker, SubsetKeepsAnyOfTheUnsyncedInAnyOrder) {
    DiskRecord record({{"f", content_of("----")}});
    record.append(write(0, 0, "ab"));
    record.append(write(0, 1, "XY"));
    // Neither, either, both, and both in the other order.
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"f=----", "f=ab--", "f=-XY-", "f=aXY-", "f=abY-"}));
}

TEST(ImageWalker, TheLastWriteIsTornAtSectorsOfTheDisk) {
    const std::string old_sectors(4 * disk_sector_bytes, 'o');
    DiskRecord record({{"f", content_of(old_sectors)}});
    // Begins within sector 0 and ends within sector 3.
    record.append(write(0, 100, std::string(3 * disk_sector_bytes, 'n')));
    std::set<std::string> shapes;
    for (const std::string& image : subsets_now(record)) {
        const std::string text = image.substr(2);
        ASSERT_EQ(text.size(), old_sectors.size());
        std::string shape;
        for (std::size_t sector = 0; sector < 4; ++sector) {
            const std::size_t begin = sector == 0 ? 100 : sector * disk_sector_bytes;
            const std::size_t end = sector == 3 ? 100 + 3 * disk_sector_bytes : (sector + 1) * disk_sector_bytes;
            const std::string part = text.substr(begin, end - begin);
            ASSERT_EQ(part, std::string(part.size(), part[0])) << "torn within a sector";
            shape += part[0];
        }
        EXPECT_EQ(text.substr(0, 100), std::string(100, 'o'));
        EXPECT_EQ(text.back(), 'o');
        shapes.insert(shape);
    }
    EXPECT_EQ(shapes.size(), 16u) << "every combination of the four sectors";
}

TEST(ImageWalker, ANameIsDurableWithTheFilesSync) {
    DiskRecord record({});
    record.append(create(0, "f"));
    record.append(write(0, 0, "x"));
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"", "f=", "f=x"}));
    record.append(sync(0));
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"f=x"}));
}

TEST(ImageWalker, ARemovedFileMayComeBackUntilTheDirectoryIsSynced) {
    DiskRecord record({{"f", content_of("old")}});
    record.append(remove(0, "f"));
    record.append(create(1, "f"));
    record.append(write(1, 0, "new"));
    EXPECT_EQ(image_now(record, CrashPolicy::drop_unsynced), "f=old");
    EXPECT_EQ(image_now(record, CrashPolicy::keep_unsynced), "f=new");
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"", "f=old", "f=", "f=new"}));
    record.append({.kind = Kind::sync_directory});
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"f=", "f=new"}));
    record.append(remove(1, "f"));
    record.append({.kind = Kind::sync_directory});
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{""}));
    // Somebody still had it open.
    record.append(sync(1));
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{""}));
}

TEST(ImageWalker, ALaterSyncDoesNotSaveWhatAnEarlierOneRefused) {
    DiskRecord record({{"f", content_of("....")}});
    record.append(write(0, 0, "a"));
    record.append({.kind = Kind::failed_sync, .file = 0});
    record.append(write(0, 1, "b"));
    EXPECT_EQ(subsets_now(record), (std::set<std::string>{"f=....", "f=a...", "f=.b..", "f=ab.."}));
    record.append(sync(0));
    EXPECT_EQ(image_now(record, CrashPolicy::drop_unsynced), "f=.b..");
    EXPECT_EQ(image_now(record, CrashPolicy::keep_unsynced), "f=ab..");
}

TEST(ImageWalker, DamageStaysUntilOverwritten) {
    DiskRecord record({{"f", content_of("abc")}});
    record.append({.kind = Kind::corrupt, .file = 0, .offset = 1, .bytes = {std::byte{0x20}}});
    EXPECT_EQ(image_now(record, CrashPolicy::drop_unsynced), "f=aBc");
    EXPECT_EQ(image_now(record, CrashPolicy::keep_unsynced), "f=aBc");
    record.append(write(0, 0, "xyz"));
    record.append(sync(0));
    EXPECT_EQ(image_now(record, CrashPolicy::drop_unsynced), "f=xyz");
}

TEST(ImageWalker, RandomDrawsEveryPolicyAndRepeatsItselfFromItsSeed) {
    DiskRecord record({{"f", content_of("--")}});
    record.append(write(0, 0, "a"));
    record.append(write(0, 1, "b"));
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        found.insert(image_now(record, CrashPolicy::random, seed));
        EXPECT_EQ(image_now(record, CrashPolicy::random, seed), image_now(record, CrashPolicy::random, seed));
    }
    EXPECT_EQ(found, (std::set<std::string>{"f=--", "f=a-", "f=-b", "f=ab"}));
}

TEST(DiskRecord, TheFingerprintCoversEveryField) {
    const DiskOperation base = {
        .kind = Kind::write, .file = 1, .offset = 2, .bytes = bytes("data"), .name = std::string("name")};
    std::vector<DiskOperation> variants(6, base);
    variants[1].kind = Kind::corrupt;
    variants[2].file = 2;
    variants[3].offset = 3;
    variants[4].bytes = bytes("Data");
    variants[5].name = "Name";
    std::set<std::uint64_t> fingerprints;
    for (const DiskOperation& variant : variants) {
        DiskRecord record({});
        DiskRecord same({});
        record.append(variant);
        same.append(variant);
        EXPECT_EQ(record.fingerprint(), same.fingerprint());
        fingerprints.insert(record.fingerprint());
    }
    EXPECT_EQ(fingerprints.size(), variants.size());
}

}  // namespace
}  // namespace obrol
