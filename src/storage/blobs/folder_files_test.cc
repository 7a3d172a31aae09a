#include "storage/blobs/folder_files.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/inline_work_queue.h"
#include "storage/blobs/blob_files.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_folder.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_plain(std::string_view text) {
    return text.find('\xFF') == std::string_view::npos;
}

struct FolderFilesTest : testing::Test {
    FolderFilesTest() {
        fs::create_directory(root);
        auto opened_blobs = BlobFiles::open(folder.file("blobs"), {}, {queue, queue});
        blobs = std::move(opened_blobs.value());
        reopen();
    }
    ~FolderFilesTest() override { executor.run_until_idle(); }

    void reopen() {
        auto opened = FolderFiles::open(root, {.sync_bytes = 1000, .chunk_bytes = 64, .is_text = is_plain},
                                        {executor, *blobs, queue, queue});
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        store = std::move(*opened);
    }
    template <class T>
    T run(Task<T> task) {
        return run_until_idle(executor, std::move(task));
    }

    BlobDigest blob_of(std::string_view bytes) {
        const auto writer = blobs->begin();
        EXPECT_TRUE(run(writer->write(executor, bytes)).has_value());
        const BlobDigest blob = run(writer->seal()).value();
        EXPECT_TRUE(run(writer->publish()).has_value());
        return blob;
    }
    Result<bool> add(const std::string& user, const std::string& name, std::string_view bytes) {
        return run(store->add(user, name, blob_of(bytes)));
    }
    std::string read(const std::string& user, const std::string& name) {
        const auto reader = run(store->open(user, name));
        if (!reader) return reader.error().what;
        if (!*reader) return "not there";
        std::string bytes((*reader)->size(), '\0');
        EXPECT_TRUE(run((*reader)->read(executor, 0, bytes)).has_value());
        return bytes;
    }
    // "a:1 b:22"; "none": no directory.
    std::string listed(const std::string& user, std::size_t files_max = 100) {
        const auto page = run(store->list(user, files_max));
        if (!page) return page.error().what;
        if (!*page) return "none";
        std::string text;
        for (const DirectoryFile& file : (*page)->files)
            text += (text.empty() ? "" : " ") + file.name + ":" + std::to_string(file.size);
        return text + ((*page)->more ? " …" : "");
    }
    std::size_t drafts() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(root / ".new"), fs::directory_iterator()));
    }

    TemporaryFolder folder;
    fs::path root = folder.file("folders");
    DeterministicExecutor executor{1};
    InlineWorkQueue queue{executor};
    std::unique_ptr<BlobFiles> blobs;
    std::unique_ptr<FolderFiles> store;
};

TEST_F(FolderFilesTest, ACopyAppearsWholeUnderItsName) {
    std::string bytes;
    for (int i = 0; i < 5000; ++i)
        bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(listed("messi"), "none");
    EXPECT_EQ(read("messi", "x"), "not there");
    EXPECT_TRUE(add("messi", "x", bytes).value());
    EXPECT_EQ(content(root / "messi" / "x"), bytes);
    EXPECT_TRUE(add("messi", "empty", "").value());
    EXPECT_EQ(listed("messi"), "empty:0 x:5000");
    EXPECT_EQ(read("messi", "x"), bytes);
    EXPECT_EQ(read("messi", "empty"), "");
    EXPECT_EQ(read("maya", "x"), "not there");
    executor.run_until_idle();
    EXPECT_EQ(drafts(), 0u);
}

TEST_F(FolderFilesTest, WhatIsThereIsNeverOverwritten) {
    EXPECT_TRUE(add("messi", "x", "hello").value());
    EXPECT_TRUE(add("messi", "x", "hello").value()) << "the same bytes";
    EXPECT_FALSE(add("messi", "x", "other").value());
    EXPECT_FALSE(add("messi", "x", "longer").value());
    EXPECT_FALSE(add("messi", "x", std::string(200, 'x')).value());
    EXPECT_EQ(content(root / "messi" / "x"), "hello");
    fs::create_directory(root / "messi" / "directory");
    EXPECT_FALSE(add("messi", "directory", "hello").value());
    fs::create_symlink(root / "nowhere", root / "messi" / "link");
    EXPECT_FALSE(add("messi", "link", "hello").value());
    EXPECT_FALSE(fs::exists(root / "nowhere"));
}

TEST_F(FolderFilesTest, NothingOutsideOfTheDirectoryIsReached) {
    std::ofstream(folder.file("secret")) << "secret";
    fs::create_directory(root / "messi");
    std::ofstream(root / "messi" / "x") << "hello";
    fs::create_symlink(folder.file("secret"), root / "messi" / "link");
    fs::create_directory_symlink(folder.path(), root / "maya");
    ASSERT_EQ(::mkfifo((root / "messi" / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(listed("messi"), "x:5");
    EXPECT_EQ(read("messi", "link"), "not there");
    EXPECT_EQ(read("messi", "pipe"), "not there") << "and nobody waits";
    EXPECT_EQ(listed("maya"), "none") << "the directory itself is a link";
    EXPECT_EQ(read("maya", "secret"), "not there");
    EXPECT_FALSE(add("maya", "x", "hello").has_value());
    for (const char* name : {"", ".", "..", "../x", "../../secret", "/etc/passwd", "a/b"}) {
        EXPECT_EQ(read("messi", name), "not there") << name;
        EXPECT_EQ(read(name, "secret"), "not there") << name;
        EXPECT_EQ(listed(name), "none") << name;
        EXPECT_FALSE(add("messi", name, "hello").has_value()) << name;
        EXPECT_FALSE(add(name, "x", "hello").has_value()) << name;
    }
    EXPECT_FALSE(fs::exists(folder.file("x")));
}

TEST_F(FolderFilesTest, ListsNameFilesOnly) {
    fs::create_directories(root / "messi" / "below");
    for (const char* name : {"c", "a", "b", ".hidden", "back\\slash", "new\nline", "no\xFFtext"})
        std::ofstream(root / "messi" / name) << name;
    EXPECT_EQ(listed("messi"), ".hidden:7 a:1 b:1 c:1");
    EXPECT_EQ(listed("messi", 5), ".hidden:7 a:1 b:1 c:1") << "what is no file counts against the limit";
    fs::remove(root / "messi" / "below");
    EXPECT_EQ(listed("messi", 4), ".hidden:7 a:1 b:1 c:1");
    EXPECT_EQ(listed("messi", 3), ".hidden:7 a:1 b:1 …");
    const auto page = run(store->list("messi", 1)).value();
    EXPECT_GT(page->files.at(0).changed_at.time_since_epoch().count(), 1'500'000'000'000) << "milliseconds";
}

TEST_F(FolderFilesTest, AFileCanBecomeABlob) {
    fs::create_directory(root / "messi");
    const std::string bytes(1000, 'x');
    std::ofstream(root / "messi" / "x") << bytes;
    const auto reader = run(store->open("messi", "x")).value();
    const auto writer = blobs->begin();
    EXPECT_TRUE(run(store->copy(*reader, *writer)).has_value());
    EXPECT_EQ(run(writer->seal()).value(), blob_of(bytes));
    fs::resize_file(root / "messi" / "x", 10);
    const auto other = blobs->begin();
    EXPECT_FALSE(run(store->copy(*reader, *other)).has_value()) << "it was cut while it was read";
}

TEST_F(FolderFilesTest, WhatFailsLeavesNothing) {
    EXPECT_FALSE(run(store->add("messi", "x", BlobDigest{})).has_value()) << "no such blob";
    std::ofstream(root / "maya") << "a file";
    const Result<bool> added = add("maya", "x", "hello");
    ASSERT_FALSE(added.has_value());
    EXPECT_NE(added.error().what.find((root / "maya").string()), std::string::npos) << added.error().what;
    executor.run_until_idle();
    EXPECT_EQ(drafts(), 0u);
    fs::remove_all(root);
    EXPECT_FALSE(add("messi", "x", "hello").has_value());
    EXPECT_FALSE(run(store->list("messi", 1)).has_value());
    EXPECT_FALSE(fs::exists(root)) << "the root is the operator's to make";
}

TEST_F(FolderFilesTest, AStartRemovesUnfinishedCopies) {
    EXPECT_TRUE(add("messi", "x", "hello").value());
    std::ofstream(root / ".new" / "1") << "half";
    std::ofstream(root / ".new" / "2") << "half";
    reopen();
    EXPECT_EQ(run(store->sweep()).value(), 2u);
    EXPECT_EQ(drafts(), 0u);
    EXPECT_EQ(listed("messi"), "x:5");
    EXPECT_TRUE(add("messi", "y", "world").value());
}

TEST_F(FolderFilesTest, ARootThatIsNotThereIsSaidInOneLine) {
    const auto opened =
        FolderFiles::open(folder.file("missing"), {.is_text = is_plain}, {executor, *blobs, queue, queue});
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().what.find("missing: No such file or directory"), std::string::npos) << opened.error().what;
}

// Killed at any moment, a file is there whole or not at all.
TEST_F(FolderFilesTest, AKilledServerLeavesNoHalfFile) {
    const std::string bytes(200'000, 'x');
    const BlobDigest blob = blob_of(bytes);
    for (int round = 0; round < 20; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            for (int i = 0;; ++i)
                static_cast<void>(run(store->add("messi", std::to_string(i), blob)));
        }
        ::usleep(static_cast<useconds_t>(500 + 700 * round));
        ::kill(child, SIGKILL);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);
        if (!fs::exists(root / "messi")) continue;
        for (const fs::directory_entry& file : fs::directory_iterator(root / "messi"))
            ASSERT_EQ(file.file_size(), bytes.size());
        EXPECT_TRUE(run(store->sweep()).has_value());
        EXPECT_EQ(drafts(), 0u);
        fs::remove_all(root / "messi");
    }
}

}  // namespace
}  // namespace obrol
