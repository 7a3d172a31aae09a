#include "core/folders.h"

#include <algorithm>
#include <map>
#include <utility>

namespace obrol {
namespace {

// An entry of a group may be here before its author's server has it, and with it the right to give its file away;
// others never come.
constexpr Duration first_retry = std::chrono::seconds(1);
constexpr Duration last_retry = std::chrono::hours(1);

}  // namespace

ChatError Folders::unavailable(std::string_view where, const Error& error) {
    parts_.logger.error("{}: {}", where, error.what);
    return ChatError::unavailable;
}

Task<Result<void>> Folders::prepare() {
    if (!parts_.directories) co_return Result<void>();
    const Result<std::size_t> swept = co_await parts_.directories->sweep();
    if (!swept) co_return Failure<Error>(swept.error());
    if (*swept > 0) parts_.logger.info("folders: removed {} unfinished copies", *swept);
    co_return Result<void>();
}

void Folders::place_all() {
    if (!parts_.directories || placing_.is_closed()) return;
    placing_.spawn(find_what_to_place());
}

void Folders::place_from(ServerId server) {
    std::erase_if(retries_, [&](const auto& retry) { return retry.second.server == server; });
    place_all();
}

Task<void> Folders::stop() {
    retries_.clear();
    co_await placing_.close();
    retries_.clear();
}

Task<void> Folders::find_what_to_place() {
    const Result<std::vector<UserId>> users = co_await parts_.store.folders_to_place();
    if (!users) {
        unavailable("store", users.error());
        co_return;
    }
    for (const UserId user : *users)
        place(user);
}

// What there is.

Task<std::expected<std::vector<FolderList::Item>, ChatError>> Folders::list(UserRef user) {
    using Items = std::vector<FolderList::Item>;
    const Result<std::vector<FolderFile>> stored = co_await parts_.store.folder_of(user->id);
    if (!stored) co_return Failure<ChatError>(unavailable("store", stored.error()));
    std::optional<DirectoryPage> directory;
    if (parts_.directories) {
        auto listed = co_await parts_.directories->list(user->card.name, limits_.folder_files_max);
        if (!listed) co_return Failure<ChatError>(unavailable("folders", listed.error()));
        directory = std::move(*listed);
    }
    std::map<std::string, FolderList::Item> items;
    if (directory) {
        for (DirectoryFile& file : directory->files)
            items.emplace(file.name, FolderList::Item{file.name, file.size, file.changed_at});
    }
    for (const FolderFile& file : *stored) {
        // What may never come hides nothing.
        if (file.elsewhere && items.contains(file.name)) continue;
        if (!parts_.directories || !file.is_placed) {
            items.insert_or_assign(file.name, FolderList::Item{file.name, file.size, file.at});
        } else if (directory && !directory->more && !items.contains(file.name)) {
            co_await remove(file);
        }
    }
    place(user->id);
    Items by_name;
    for (auto& [name, item] : items)
        by_name.push_back(std::move(item));
    co_return by_name;
}

Task<std::expected<Folders::Found, ChatError>> Folders::find(UserRef user, std::string name) {
    Result<std::optional<FolderFile>> stored = co_await parts_.store.find_folder_file(user->id, name);
    if (!stored) co_return Failure<ChatError>(unavailable("store", stored.error()));
    Found found;
    const bool is_in_store = *stored && !(parts_.directories && (*stored)->is_placed);
    // What may never come hides nothing.
    if (parts_.directories && (!is_in_store || (*stored)->elsewhere)) {
        auto opened = co_await parts_.directories->open(user->card.name, std::move(name));
        if (!opened) co_return Failure<ChatError>(unavailable("folders", opened.error()));
        if (*opened) {
            found.size = (*opened)->size();
            found.in_directory = std::move(*opened);
            co_return found;
        }
    }
    if (!is_in_store) co_return Failure<ChatError>(ChatError::unknown_file);
    found.size = (*stored)->size;
    found.stored = std::move(*stored);
    co_return found;
}

Task<std::optional<ChatError>> Folders::make_room(UserRef user, std::string name) {
    if (!parts_.directories) co_return std::nullopt;
    const auto opened = co_await parts_.directories->open(user->card.name, name);
    if (!opened) co_return unavailable("folders", opened.error());
    if (*opened) co_return ChatError::file_exists;
    // Not there: the store need not keep the name for it any longer.
    const Result<std::optional<FolderFile>> stored = co_await parts_.store.find_folder_file(user->id, std::move(name));
    if (!stored) co_return unavailable("store", stored.error());
    if (*stored && (*stored)->is_placed) co_await remove(**stored);
    co_return std::nullopt;
}

Task<std::expected<FolderFile, ChatError>> Folders::take_out(UserRef user, std::string name) {
    auto found = co_await find(std::move(user), std::move(name));
    if (!found) co_return Failure<ChatError>(found.error());
    if (!found->stored) co_return Failure<ChatError>(ChatError::file_exists);
    const FolderFile file = *found->stored;
    co_await remove(file);
    co_return file;
}

Task<void> Folders::remove(FolderFile file) {
    const RemoveFolderFile removal{file.id};
    const ChangeResult result = co_await parts_.commits.submit(removal);
    if (!result) co_return;  // gone already; or it is tried again when somebody asks
    const auto& unused = std::get<FolderFileRemoved>(*result).unused_blob;
    if (unused) parts_.files.blob_unused(*unused);
}

// Copying into the directories.

void Folders::place(UserId user) {
    if (!parts_.directories || placing_.is_closed() || !is_waiting_.insert(user).second) return;
    waiting_.push_back(user);
    if (std::exchange(is_placing_, true)) return;
    placing_.spawn(place_waiting());
}

void Folders::place(const std::vector<UserId>& users) {
    for (const UserId user : users)
        place(user);
}

// One file at a time: the disk has better things to do.
Task<void> Folders::place_waiting() {
    while (!waiting_.empty() && !placing_.is_closed()) {
        const UserId user = waiting_.front();
        waiting_.pop_front();
        is_waiting_.erase(user);
        co_await place_in(user);
    }
    is_placing_ = false;
}

Task<void> Folders::place_in(UserId user) {
    const Result<UserRef> owner = co_await parts_.accounts.find(user);
    const Result<std::vector<FolderFile>> files = co_await parts_.store.folder_files_to_place(user);
    if (!owner || !files) {
        unavailable("store", !owner ? owner.error() : files.error());
        co_return;
    }
    if (!*owner) co_return;
    for (const FolderFile& file : *files) {
        if (placing_.is_closed()) co_return;
        if (file.elsewhere)
            fetch_soon(file);
        else
            co_await place_file(*owner, file);
    }
}

void Folders::fetch_soon(const FolderFile& file) {
    const auto retry = retries_.find(file.id);
    if (retry != retries_.end() && retry->second.timer.active()) return;
    const auto [wanted, is_first] = elsewhere_.try_emplace(file.elsewhere);
    wanted->second.emplace(file.id, file);
    if (is_first) placing_.spawn(fetch_from(file.elsewhere));
}

void Folders::fetch_later(const FolderFile& file) {
    Retry& retry = retries_.try_emplace(file.id, parts_.timers, file.elsewhere).first->second;
    retry.after = std::clamp(retry.after * 2, first_retry, last_retry);
    retry.timer.start_after(retry.after, [this, file] { fetch_soon(file); });
}

// Without a link nothing is tried: once there is one, all is looked for again.
Task<void> Folders::fetch_from(ServerId server) {
    for (auto& wanted = elsewhere_.at(server); !wanted.empty() && !placing_.is_closed();) {
        const FolderFile file = wanted.begin()->second;
        const auto fetched = co_await fetch(file);
        wanted.erase(file.id);
        if (fetched) {
            retries_.erase(file.id);
            place(file.user);
        } else if (fetched.error() == ChatError::server_unreachable) {
            wanted.clear();
        } else if (!placing_.is_closed()) {
            fetch_later(file);
        }
    }
    elsewhere_.erase(server);
}

// If they did not come for another folder, or the file has gone, meanwhile.
Task<std::expected<void, ChatError>> Folders::fetch(FolderFile file) {
    const Result<std::optional<FolderFile>> now = co_await parts_.store.find_folder_file(file.user, file.name);
    if (!now) co_return Failure<ChatError>(unavailable("store", now.error()));
    const bool is_wanted = *now && (*now)->id == file.id && (*now)->elsewhere;
    if (!is_wanted) co_return std::expected<void, ChatError>();
    FileCard card{{}, file.name, file.size, file.blob};
    co_return co_await fetch_((*now)->elsewhere, std::move(card));
}

Task<void> Folders::place_file(UserRef user, FolderFile file) {
    // Somebody may remove the file meanwhile.
    const Files::Pin pin(parts_.files, file.blob);
    const Result<bool> is_there = co_await parts_.directories->add(user->card.name, file.name, file.blob);
    if (!is_there) {
        report(user, file, is_there.error().what);
    } else if (*is_there) {
        const NoteFolderFilePlaced placed{file.id};
        co_await parts_.commits.submit(placed);
    } else if (file.conversation) {
        report(user, file, "there is another file of that name, which stays");
        co_await remove(file);
    } else {
        report(user, file, "there is another file of that name, which he cannot see");
    }
}

void Folders::report(const UserRef& user, const FolderFile& file, std::string_view what) {
    if (!reported_.emplace(file.id, what).second) return;
    parts_.logger.warning("folders: {} is not copied into the directory of {}: {}", file.name, user->card.name, what);
}

}  // namespace obrol
