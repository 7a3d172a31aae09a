#include "tests/sim/store_reader.h"

#include <fmt/core.h>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "io/inline_work_queue.h"
#include "model/name.h"
#include "storage/sqlite/inspect.h"
#include "storage/sqlite/sqlite_store.h"

namespace obrol {
namespace {

constexpr std::size_t page_entries_max = 500;

// What the store would tell its operator.
class KeepingLogger final : public Logger {
  public:
    bool enabled(LogLevel level) const override { return level >= LogLevel::warning; }
    void write(LogLevel, std::string_view line) override { lines_.append(line).append("; "); }
    const std::string& lines() const { return lines_; }

  private:
    std::string lines_;
};

Task<Result<std::vector<CheckedEntry>>> read_conversation(Store& store, ConversationId conversation, Seq last,
                                                          std::string one, UserId one_id, std::string other) {
    std::vector<CheckedEntry> entries;
    for (;;) {
        EntryRange range;
        range.conversation = conversation;
        range.after = entries.empty() ? Seq() : entries.back().seq;
        range.entries_max = page_entries_max;
        std::vector<EntryRange> ranges(1, range);
        Result<std::vector<EntryPage>> pages = co_await store.read(std::move(ranges), 1 << 20);
        if (!pages) co_return Failure<Error>(std::move(pages.error()));
        const EntryPage& page = pages->front();
        for (const LogEntry& entry : page.entries)
            entries.push_back({entry.header.seq, entry.header.sender == one_id ? one : other, entry.body});
        if (page.entries.empty() || !page.more) break;
    }
    const Seq read_upto = entries.empty() ? Seq() : entries.back().seq;
    if (read_upto != last)
        co_return fail(fmt::format("{} and {}: the log ends at {}, the last entry read is {}", one, other, last.value,
                                   read_upto.value));
    co_return entries;
}

Task<Result<std::vector<CheckedConversation>>> read_all(Store& store, std::vector<std::string> names) {
    std::vector<UserId> ids;
    for (const std::string& name : names) {
        Result<std::optional<User>> user = co_await store.find_user(name_key(name));
        if (!user) co_return Failure<Error>(std::move(user.error()));
        ids.push_back(*user ? (*user)->id : UserId());
    }
    std::vector<CheckedConversation> conversations;
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t j = i; j < names.size(); ++j) {
            if (!ids[i] || !ids[j]) continue;
            Result<std::optional<DirectConversation>> direct = co_await store.find_direct(ids[i], ids[j]);
            if (!direct) co_return Failure<Error>(std::move(direct.error()));
            if (!*direct) continue;
            Result<std::vector<CheckedEntry>> entries =
                co_await read_conversation(store, (*direct)->conversation, (*direct)->last, names[i], ids[i], names[j]);
            if (!entries) co_return Failure<Error>(std::move(entries.error()));
            conversations.push_back({names[i], names[j], std::move(*entries)});
        }
    }
    co_return conversations;
}

}  // namespace

SqliteOptions simulated_store_options(const RecordingDisk& disk) {
    SqliteOptions options;
    options.path = "/obrol.db";
    options.vfs = disk.vfs_name();
    options.tail_index_from = 48;
    options.tail_idle_from = 16;
    options.tail_entries_max = 160;
    options.checkpoint_pages = 40;
    options.wal_pages_max = 400;
    return options;
}

Result<std::vector<CheckedConversation>> read_stored(const RecordingDisk& disk, const std::vector<std::string>& users) {
    DeterministicExecutor executor(1);
    InlineWorkQueue queue(executor);
    KeepingLogger logger;
    const SqliteOptions options = simulated_store_options(disk);
    const Result<StoreReport> report = verify_store(options.path, options.vfs);
    if (!report) return fail("verification: " + report.error().what);
    if (!report->problems.empty()) return fail("verification: " + report->problems.front());
    Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open(options, executor, queue, queue, logger);
    if (!store) return fail(store.error().what);
    Result<std::vector<CheckedConversation>> stored = run_to_end(executor, read_all(**store, users));
    // Left as by a crash: who looks does not tidy up.
    store->reset();
    if (stored && !logger.lines().empty()) return fail(logger.lines());
    return stored;
}

}  // namespace obrol
