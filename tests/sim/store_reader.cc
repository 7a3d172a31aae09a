#include "tests/sim/store_reader.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <map>
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
constexpr std::size_t groups_max = 1000;

// What the store would tell its operator.
class KeepingLogger final : public Logger {
  public:
    bool enabled(LogLevel level) const override { return level >= LogLevel::warning; }
    void write(LogLevel, std::string_view line) override { lines_.append(line).append("; "); }
    const std::string& lines() const { return lines_; }

  private:
    std::string lines_;
};

// Its whole log; `what` it is, for people.
Task<Result<std::vector<LogEntry>>> read_log(Store& store, ConversationId conversation, Seq last, std::string what) {
    std::vector<LogEntry> entries;
    for (;;) {
        EntryRange range;
        range.conversation = conversation;
        range.after = entries.empty() ? Seq() : entries.back().header.seq;
        range.entries_max = page_entries_max;
        std::vector<EntryRange> ranges(1, range);
        Result<std::vector<EntryPage>> pages = co_await store.read(std::move(ranges), 1 << 20);
        if (!pages) co_return Failure<Error>(std::move(pages.error()));
        EntryPage& page = pages->front();
        const bool is_end = page.entries.empty() || !page.more;
        std::ranges::move(page.entries, std::back_inserter(entries));
        if (is_end) break;
    }
    const Seq read_upto = entries.empty() ? Seq() : entries.back().header.seq;
    if (read_upto != last)
        co_return fail(
            fmt::format("{}: the log ends at {}, the last entry read is {}", what, last.value, read_upto.value));
    co_return entries;
}

using Names = std::map<UserId, std::string>;

Task<Result<Names>> read_names(Store& store, std::vector<std::string> users) {
    Names names;
    for (const std::string& name : users) {
        Result<std::optional<User>> user = co_await store.find_user(name_key(name));
        if (!user) co_return Failure<Error>(std::move(user.error()));
        if (*user) names[(*user)->id] = name;
    }
    Result<std::vector<Server>> servers = co_await store.servers();
    if (!servers) co_return Failure<Error>(std::move(servers.error()));
    for (const Server& server : *servers) {
        for (const std::string& name : users) {
            Result<std::optional<User>> user = co_await store.find_remote_user(server.id, name_key(name));
            if (!user) co_return Failure<Error>(std::move(user.error()));
            if (*user) names[(*user)->id] = (*user)->card.name;
        }
    }
    co_return names;
}

Task<Result<std::vector<CheckedConversation>>> read_conversations(Store& store, const Names& names) {
    std::vector<CheckedConversation> conversations;
    for (auto one = names.begin(); one != names.end(); ++one) {
        for (auto other = one; other != names.end(); ++other) {
            Result<std::optional<DirectConversation>> direct = co_await store.find_direct(one->first, other->first);
            if (!direct) co_return Failure<Error>(std::move(direct.error()));
            if (!*direct) continue;
            std::string what = fmt::format("{} and {}", one->second, other->second);
            Result<std::vector<LogEntry>> log =
                co_await read_log(store, (*direct)->conversation, (*direct)->last, std::move(what));
            if (!log) co_return Failure<Error>(std::move(log.error()));
            CheckedConversation& conversation = conversations.emplace_back();
            conversation.one = one->second;
            conversation.other = other->second;
            for (LogEntry& entry : *log)
                conversation.entries.push_back({entry.header.seq, names.at(entry.header.sender), std::move(entry.body),
                                                entry.header.id.to_string(), entry.header.kind});
        }
    }
    co_return conversations;
}

Task<Result<std::vector<CheckedGroup>>> read_groups(Store& store, const Names& names) {
    Result<std::vector<Membership>> listed = co_await store.list_groups(std::string(), groups_max);
    if (!listed) co_return Failure<Error>(std::move(listed.error()));
    std::vector<CheckedGroup> groups;
    for (const Membership& membership : *listed) {
        Result<std::optional<StoredGroup>> stored = co_await store.find_group(membership.group.conversation);
        if (!stored) co_return Failure<Error>(std::move(stored.error()));
        const std::string& id = membership.group.card.id;
        const Seq last = stored->value().last;
        Result<std::vector<LogEntry>> log = co_await read_log(store, membership.group.conversation, last, id);
        if (!log) co_return Failure<Error>(std::move(log.error()));
        CheckedGroup& group = groups.emplace_back();
        group.id = id;
        group.conversation = membership.group.conversation;
        for (LogEntry& entry : *log)
            group.entries.push_back({entry.header.seq, entry.header.id.to_string(), entry.header.kind,
                                     names.at(entry.header.sender), std::move(entry.body)});
    }
    co_return groups;
}

Task<Result<CheckedContacts>> read_contacts(Store& store, const Names& names) {
    CheckedContacts contacts;
    for (const auto& [id, name] : names) {
        Result<std::vector<UserId>> others = co_await store.contacts(id);
        if (!others) co_return Failure<Error>(std::move(others.error()));
        for (const UserId other : *others)
            contacts[name].insert(names.at(other));
    }
    co_return contacts;
}

Task<Result<CheckedStore>> read_all(Store& store, std::vector<std::string> users) {
    Result<Names> names = co_await read_names(store, std::move(users));
    if (!names) co_return Failure<Error>(std::move(names.error()));
    Result<std::vector<CheckedConversation>> conversations = co_await read_conversations(store, *names);
    if (!conversations) co_return Failure<Error>(std::move(conversations.error()));
    Result<std::vector<CheckedGroup>> groups = co_await read_groups(store, *names);
    if (!groups) co_return Failure<Error>(std::move(groups.error()));
    Result<CheckedContacts> contacts = co_await read_contacts(store, *names);
    if (!contacts) co_return Failure<Error>(std::move(contacts.error()));
    CheckedStore stored;
    stored.conversations = std::move(*conversations);
    stored.groups = std::move(*groups);
    stored.contacts = std::move(*contacts);
    co_return stored;
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

Result<CheckedStore> read_stored(const RecordingDisk& disk, const std::vector<std::string>& users) {
    DeterministicExecutor executor(1);
    InlineWorkQueue queue(executor);
    KeepingLogger logger;
    const SqliteOptions options = simulated_store_options(disk);
    const Result<StoreReport> report = verify_store(options.path, options.vfs);
    if (!report) return fail("verification: " + report.error().what);
    if (!report->problems.empty()) return fail("verification: " + report->problems.front());
    Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open(options, executor, queue, queue, logger);
    if (!store) return fail(store.error().what);
    Result<CheckedStore> stored = run_to_end(executor, read_all(**store, users));
    // Left as by a crash: who looks does not tidy up.
    store->reset();
    if (stored && !logger.lines().empty()) return fail(logger.lines());
    return stored;
}

}  // namespace obrol
