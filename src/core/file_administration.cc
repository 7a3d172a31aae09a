// What the operator may ask of files.
#include <fmt/core.h>
#include <utility>

#include "core/administration.h"
#include "core/chat_state.h"

namespace obrol {
namespace {

Failure<Refused> refuse(ChatError why, std::string subject) {
    return Failure<Refused>(Refused{why, std::move(subject), false});
}

}  // namespace

Task<Administration::Answer<FileList>> Administration::list_files(std::optional<std::string> user,
                                                                  std::size_t files_max) {
    std::optional<UserId> owner;
    if (user) {
        const Answer<UserRef> found = co_await find(std::move(*user));
        if (!found) co_return Failure<Refused>(found.error());
        owner = (*found)->id;
    }
    Result<FilePage> page = co_await state_.parts.store.list_files(owner, files_max);
    if (!page) co_return Failure<Refused>(unavailable(page.error()));
    FileList list;
    list.more = page->more;
    for (StoredFile& file : page->files) {
        auto item = co_await state_.list_item(UserId(), std::move(file));
        if (!item) co_return refuse(item.error(), {});
        list.files.push_back(std::move(*item));
    }
    co_return list;
}

Task<Administration::Answer<FileCard>> Administration::remove_file(std::string code) {
    const auto found = co_await state_.parts.store.find_file(code, UserId());
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    if (!*found) co_return refuse(ChatError::unknown_file, std::move(code));
    const EraseBody erase{(*found)->conversation, (*found)->seq};
    const ChangeResult result = co_await state_.parts.commits.submit(erase);
    if (!result) co_return refuse(result.error(), std::move(code));
    const auto& unused = std::get<BodyErased>(*result).unused_blob;
    if (unused) state_.files.blob_unused(*unused);
    co_return (*found)->card;
}

Task<Administration::Answer<FolderList>> Administration::list_folder(std::string user) {
    const Answer<UserRef> found = co_await find(std::move(user));
    if (!found) co_return Failure<Refused>(found.error());
    auto listed = co_await state_.folders.list(*found);
    if (!listed) co_return refuse(listed.error(), {});
    co_return FolderList{std::move(*listed)};
}

Task<Administration::Answer<FolderList::Item>> Administration::remove_folder_file(std::string user, std::string name) {
    const Answer<UserRef> found = co_await find(std::move(user));
    if (!found) co_return Failure<Refused>(found.error());
    const auto taken = co_await state_.folders.take_out(*found, name);
    if (!taken && taken.error() == ChatError::file_exists)
        co_return refuse(ChatError::bad_argument,
                         fmt::format("{} lies in the directory of {}: delete it there", name, (*found)->card.name));
    if (!taken) co_return refuse(taken.error(), std::move(name));
    co_return FolderList::Item{taken->name, taken->size, taken->at};
}

Task<Administration::Answer<Administration::FileQuota>> Administration::file_quota(std::string user) {
    const Answer<UserRef> found = co_await find(std::move(user));
    if (!found) co_return Failure<Refused>(found.error());
    const Result<FileUsage> usage = co_await state_.parts.store.file_usage((*found)->id);
    if (!usage) co_return Failure<Refused>(unavailable(usage.error()));
    FileQuota quota;
    quota.user = (*found)->card;
    quota.files = usage->files;
    quota.bytes = usage->bytes;
    quota.is_own = usage->quota.has_value();
    quota.bytes_max = usage->quota;
    // Only in the setting 0 stands for no limit.
    if (!quota.is_own && state_.options.files.user_bytes_max > 0) quota.bytes_max = state_.options.files.user_bytes_max;
    co_return quota;
}

Task<Administration::Answer<Administration::FileQuota>> Administration::set_file_quota(
    std::string user, std::optional<std::uint64_t> bytes_max) {
    const Answer<UserRef> found = co_await find_known(std::move(user));
    if (!found) co_return Failure<Refused>(found.error());
    const SetQuota set{(*found)->id, bytes_max};
    const ChangeResult result = co_await state_.parts.commits.submit(set);
    if (!result) co_return refuse(result.error(), {});
    co_return co_await file_quota((*found)->card.name);
}

}  // namespace obrol
