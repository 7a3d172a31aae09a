#include "storage/blobs/blob_files.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/crypto/sha256.h"
#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"
#include "storage/blobs/directory.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_below(const fs::path& directory) {
    std::size_t files = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory))
        files += entry.is_regular_file();
    return files;
}

struct BlobFilesTest : testing::Test {
    BlobFilesTest() { reopen(); }
    ~BlobFilesTest() override { executor.run_until_idle(); }

    void reopen() {
        auto opened = BlobFiles::open(directory, {.sync_bytes = 1000}, {queue, queue});
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        store = std::move(*opened);
    }
    template <class T>
    T run(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }

    void write(BlobWriter& writer, std::string_view bytes) {
        const Result<void> written = run(writer.write(executor, bytes));
        EXPECT_TRUE(written.has_value()) << written.error().what;
    }
    BlobDigest add(std::string_view bytes) {
        const auto writer = store->begin();
        write(*writer, bytes);
        const Result<BlobDigest> sealed = run(writer->seal());
        EXPECT_TRUE(run(writer->publish()).has_value());
        return sealed.value();
    }
    std::string read_all(BlobDigest blob) {
        const auto reader = run(store->open(blob));
        if (!reader) return "not there";
        std::string bytes((*reader)->size(), '\0');
        EXPECT_TRUE(run((*reader)->read(executor, 0, bytes)).has_value());
        return bytes;
    }

    TemporaryFolder folder;
    fs::path directory = folder.file("blobs");
    DeterministicExecutor executor{1};
    InlineWorkQueue queue{executor};
    std::unique_ptr<BlobFiles> store;
};

TEST_F(BlobFilesTest, ABlobAppearsWholeUnderItsDigest) {
    std::string bytes;
    for (int i = 0; i < 5000; ++i)
        bytes.push_back(static_cast<char>(i));
    const auto writer = store->begin();
    for (std::size_t at = 0; at < bytes.size(); at += 700)
        write(*writer, std::string_view(bytes).substr(at, 700));
    const BlobDigest blob = sha256(bytes);
    EXPECT_FALSE(run(store->open(blob)).has_value()) << "invisible before it is published";
    EXPECT_EQ(run(writer->seal()).value(), blob);
    EXPECT_FALSE(run(store->open(blob)).has_value());
    EXPECT_TRUE(run(writer->publish()).has_value());
    EXPECT_EQ(read_all(blob), bytes);
    const std::string name = to_string(blob);
    EXPECT_EQ(content(directory / name.substr(0, 2) / name), bytes);
    EXPECT_EQ(files_below(directory), 1u);
}

TEST_F(BlobFilesTest, AnEmptyBlobIsABlob) {
    const auto writer = store->begin();
    const BlobDigest blob = run(writer->seal()).value();
    EXPECT_TRUE(run(writer->publish()).has_value());
    EXPECT_EQ(blob, sha256(""));
    EXPECT_EQ(read_all(blob), "");
}

TEST_F(BlobFilesTest, EqualBytesAreKeptOnce) {
    const BlobDigest one = add("the same");
    const BlobDigest two = add("the same");
    EXPECT_EQ(one, two);
    EXPECT_EQ(files_below(directory), 1u);
    EXPECT_EQ(read_all(one), "the same");
}

TEST_F(BlobFilesTest, ADamagedBlobIsReplacedByAnEqualOne) {
    const BlobDigest blob = add("whole");
    std::ofstream(blobs::path_of(directory, blob), std::ios::trunc) << "cut";
    EXPECT_EQ(add("whole"), blob);
    EXPECT_EQ(read_all(blob), "whole");
}

TEST_F(BlobFilesTest, WhatIsNotPublishedLeavesNothing) {
    for (const int steps : {0, 1, 2}) {
        auto writer = store->begin();
        if (steps > 0) write(*writer, "half");
        if (steps > 1) {
            EXPECT_TRUE(run(writer->seal()).has_value());
        }
        writer.reset();
        executor.run_until_idle();
        EXPECT_EQ(files_below(directory), 0u) << steps;
    }
}

TEST_F(BlobFilesTest, ReadsFromAnyOffsetAndNotBeyondTheEnd) {
    const auto reader = run(store->open(add("0123456789"))).value();
    EXPECT_EQ(reader->size(), 10u);
    char bytes[4];
    EXPECT_TRUE(run(reader->read(executor, 6, bytes)).has_value());
    EXPECT_EQ(std::string_view(bytes, 4), "6789");
    EXPECT_FALSE(run(reader->read(executor, 7, bytes)).has_value());
    EXPECT_TRUE(run(reader->read(executor, 10, {})).has_value());
}

TEST_F(BlobFilesTest, ARemovedBlobStaysReadableForWhoHasItOpen) {
    const BlobDigest blob = add("going");
    const auto reader = run(store->open(blob)).value();
    EXPECT_TRUE(run(store->remove(blob)).has_value());
    EXPECT_TRUE(run(store->remove(blob)).has_value()) << "twice is fine";
    EXPECT_FALSE(run(store->open(blob)).has_value());
    std::string bytes(5, '\0');
    EXPECT_TRUE(run(reader->read(executor, 0, bytes)).has_value());
    EXPECT_EQ(bytes, "going");
    EXPECT_EQ(files_below(directory), 0u);
}

TEST_F(BlobFilesTest, ASweepRemovesWhatNobodyNamesAndTellsWhatIsMissing) {
    const BlobDigest kept = add("kept");
    add("unnamed");
    const BlobDigest lost = sha256("lost");
    std::ofstream(blobs::drafts_in(directory) / "7") << "of a crash";
    fs::create_directory(directory / "ab");
    std::ofstream(directory / "ab" / "notes.txt") << "an operator's";
    const BlobSweep swept = run(store->sweep({kept, lost})).value();
    EXPECT_EQ(swept.unfinished, 1u);
    EXPECT_EQ(swept.unnamed, 1u);
    EXPECT_EQ(swept.missing, (std::vector<BlobDigest>{lost}));
    EXPECT_EQ(files_below(directory), 2u) << "the kept one, and what is not ours";
    EXPECT_EQ(read_all(kept), "kept");
}

TEST_F(BlobFilesTest, AFailedWriteIsAnErrorInWords) {
    const auto writer = store->begin();
    fs::remove_all(blobs::drafts_in(directory));
    const Result<void> written = run(writer->write(executor, "x"));
    ASSERT_FALSE(written.has_value());
    EXPECT_NE(written.error().what.find("cannot make"), std::string::npos) << written.error().what;
    reopen();
    add("works again");
}

// A process that is killed at the worst moments leaves nothing that a sweep would not find.
TEST_F(BlobFilesTest, AKillLeavesNothingBehindTheNextStart) {
    enum Moment { half_written, sealed, published };
    for (const Moment moment : {half_written, sealed, published}) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            const auto writer = store->begin();
            static_cast<void>(run(writer->write(executor, std::string(3000, 'x'))));
            if (moment >= sealed) static_cast<void>(run(writer->seal()));
            if (moment >= published) static_cast<void>(run(writer->publish()));
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        EXPECT_EQ(files_below(directory), 1u);
        EXPECT_EQ(run(store->open(sha256(std::string(3000, 'x')))).has_value(), moment == published);
        reopen();
        const BlobSweep swept = run(store->sweep({})).value();
        EXPECT_EQ(swept.unfinished, moment == published ? 0u : 1u);
        EXPECT_EQ(swept.unnamed, moment == published ? 1u : 0u);
        EXPECT_EQ(files_below(directory), 0u);
    }
}

}  // namespace
}  // namespace obrol
