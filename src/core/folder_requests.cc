// Requests about one's own folder (core/folders.h).
#include <utility>

#include "core/blob_upload.h"
#include "core/chat_state.h"
#include "core/file_upload.h"

namespace obrol {

// One upload into one's own folder.
class FolderUpload final : public BlobUpload {
  public:
    // `name` is checked; `state` must outlive it.
    FolderUpload(Chat::State& state, UserRef user, std::string name, std::uint64_t size)
        : BlobUpload(state, user->id, size), user_(std::move(user)) {
        file_ = new_file_within(state.options.files);
        file_.name = std::move(name);
        file_.size = size;
    }

    // Why it may not begin.
    Task<std::optional<ChatError>> look_ahead() {
        const std::optional<ChatError> why = co_await state_.folders.make_room(user_, file_.name);
        if (why) co_return why;
        PutFolderFile put = change();
        put.file->only_asks = true;
        count_under_way(*put.file);
        const ChangeResult result = co_await state_.parts.commits.submit(std::move(put));
        co_return result ? std::nullopt : std::optional(result.error());
    }

  private:
    Task<Reply> name(BlobDigest blob, Files::Pin& pin) override {
        file_.blob = blob;
        const ChangeResult result = co_await state_.parts.commits.submit(change());
        if (!result) co_return refused(result.error());
        pin.named();
        state_.folders.place(user_->id);
        co_return FileKept{file_.name, file_.size};
    }
    PutFolderFile change() const { return {user_->id, file_, state_.parts.timers.clock().wall_now()}; }

    const UserRef user_;
    NewFile file_;
};

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, PutFile request) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    std::optional<std::string> name = file_name_of(request.name);
    if (!name) co_return refused(ChatError::bad_file_name);
    if (request.size > options.files.bytes_max) co_return refused(ChatError::file_too_large);
    if (const auto why = files.refusal_of_upload((*user)->id)) co_return refused(*why);

    auto upload = std::make_unique<FolderUpload>(*this, *user, std::move(*name), request.size);
    const std::optional<ChatError> why = co_await upload->look_ahead();
    if (why) co_return refused(*why);
    UploadReady ready;
    ready.size = request.size;
    ready.transfer = files.keep(std::move(upload));
    co_return ready;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, GetFolderFile request) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    const std::optional<std::string> name = file_name_of(request.name);
    if (!name) co_return refused(ChatError::bad_file_name);
    auto found = co_await find_in_folder(*user, *name);
    if (!found) co_return refused(found.error(), *name);

    FileOffered offered;
    offered.file.name = *name;
    offered.file.size = found->size;
    std::expected<std::unique_ptr<Download>, ChatError> opened;
    if (found->in_directory) {
        opened = files.open(std::move(found->in_directory));
    } else {
        offered.file.blob = found->stored->blob;
        opened = co_await files.open(offered.file, 0);
    }
    if (!opened) co_return refused(opened.error());
    offered.transfer = files.keep(std::move(*opened));
    co_return offered;
}

// With its bytes here.
Task<std::expected<Folders::Found, ChatError>> Chat::State::find_in_folder(UserRef user, std::string name) {
    auto found = co_await folders.find(user, std::move(name));
    if (!found || !found->stored || !found->stored->elsewhere) co_return found;
    FolderFile& file = *found->stored;
    FileCard card{{}, file.name, file.size, file.blob};
    const auto pulled = co_await peering.pull(file.elsewhere, std::move(card));
    if (!pulled) co_return Failure<ChatError>(pulled.error());
    folders.place(user->id);
    co_return found;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListFolder) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    auto items = co_await folders.list(*user);
    if (!items) co_return refused(items.error());
    FolderList list{std::move(*items)};
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendFolderFile request) {
    const auto from = co_await authorize_user(client, token);
    if (!from) co_return refused(from.error());
    std::optional<std::string> name = file_name_of(request.name);
    if (!name) co_return refused(ChatError::bad_file_name);
    if (std::optional<Refused> limited = count_send(client, (*from)->id)) co_return Reply(std::move(*limited));
    auto to = co_await resolve_target(client, (*from)->id, std::move(request.to));
    if (!to) co_return Reply(std::move(to.error()));
    auto found = co_await find_in_folder(*from, *name);
    if (!found) co_return refused(found.error(), *name);

    // His own folder has it already.
    const bool into_folder = !to->user || to->user->id != (*from)->id;
    FileToSend wanted{*from, std::move(*to), std::move(*name), found->size, std::nullopt, into_folder};
    if (found->in_directory) co_return co_await send_from_directory(std::move(wanted), std::move(found->in_directory));
    co_return co_await send_stored(std::move(wanted), std::move(*found->stored));
}

// What lies in a directory becomes a blob first, as if it were uploaded.
Task<Reply> Chat::State::send_from_directory(FileToSend wanted, std::unique_ptr<BlobReader> bytes) {
    if (wanted.size > options.files.bytes_max) co_return refused(ChatError::file_too_large);
    if (const auto why = files.refusal_of_upload(wanted.from->id)) co_return refused(*why);
    FileUpload upload(*this, std::move(wanted));
    std::optional<Reply> instead = co_await upload.look_ahead();
    if (instead) co_return std::move(*instead);
    co_await upload.fill(*folders.directories(), *bytes);
    co_return co_await upload.finish();
}

Task<Reply> Chat::State::send_stored(FileToSend wanted, FolderFile file) {
    Files::Pin pin(files, file.blob);
    // The file may have gone, and its blob with it, before the blob was held.
    const auto still = co_await parts.store.find_folder_file(file.user, file.name);
    if (!still) co_return refused(unavailable(still.error()));
    if (!*still || (*still)->id != file.id) co_return refused(ChatError::unknown_file, file.name);
    FilePost post(*this, std::move(wanted));
    std::optional<Reply> instead = co_await post.make_room();
    if (instead) co_return std::move(*instead);
    co_return co_await post.commit(file.blob, pin);
}

}  // namespace obrol
