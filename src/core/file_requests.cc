// Requests about files: sending, fetching, listing. Their bytes go through core/transfer.h.
#include <algorithm>
#include <utility>

#include "core/chat_state.h"
#include "core/file_upload.h"
#include "model/name.h"

namespace obrol {

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendFile request) {
    const auto from = co_await authorize_user(client, token);
    if (!from) co_return refused(from.error());
    std::optional<std::string> name = file_name_of(request.name);
    if (!name) co_return refused(ChatError::bad_file_name);
    if (request.size > options.files.bytes_max) co_return refused(ChatError::file_too_large);
    if (std::optional<Refused> limited = count_send(client, (*from)->id)) co_return Reply(std::move(*limited));
    auto to = co_await resolve_target(client, (*from)->id, std::move(request.to));
    if (!to) co_return Reply(std::move(to.error()));
    if (const auto why = files.refusal_of_upload((*from)->id)) co_return refused(*why);

    FileToSend wanted{*from,        std::move(*to),         std::move(*name),
                      request.size, std::move(request.key), request.into_folder};
    auto upload = std::make_unique<FileUpload>(*this, std::move(wanted));
    std::optional<Reply> instead = co_await upload->look_ahead();
    if (instead) co_return std::move(*instead);
    UploadReady ready;
    ready.size = request.size;
    ready.transfer = files.keep(std::move(upload));
    co_return ready;
}

Task<std::expected<FileTarget, Refused>> Chat::State::resolve_target(const Client& client, UserId self, Place place) {
    FileTarget target;
    if (place.kind == Place::Kind::user) {
        auto user = co_await resolve(std::move(place.address));
        if (!user) co_return Failure<Refused>(std::move(user.error()));
        if ((*user)->server) {
            if (auto unreachable = peering.refusal_to_reach((*user)->server))
                co_return Failure<Refused>(std::move(*unreachable));
        }
        target.user = std::move(*user);
    } else {
        auto group = co_await resolve_group(client, self, std::move(place));
        if (!group) co_return Failure<Refused>(std::move(group.error()));
        target.group = std::move(*group);
    }
    co_return target;
}

// None: nobody has written there yet.
Task<std::expected<std::optional<ConversationId>, Refused>> Chat::State::resolve_conversation(const Client& client,
                                                                                              UserId self,
                                                                                              Place place) {
    std::optional<ConversationId> conversation;
    if (place.kind != Place::Kind::user) {
        const auto group = co_await resolve_group(client, self, std::move(place));
        if (!group) co_return Failure<Refused>(group.error());
        conversation = (*group)->group.conversation;
        co_return conversation;
    }
    const auto peer = co_await resolve_known(std::move(place.address));
    if (!peer) co_return Failure<Refused>(peer.error());
    const auto direct = co_await parts.store.find_direct(self, (*peer)->id);
    if (!direct) co_return Failure<Refused>(Refused{unavailable(direct.error()), {}, false});
    if (*direct) conversation = (*direct)->conversation;
    co_return conversation;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, GetFile request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const UserId self = (*session)->user();
    const Refused unknown{ChatError::unknown_file, request.code, false};
    std::optional<ConversationId> in;
    if (request.in) {
        const auto conversation = co_await resolve_conversation(client, self, std::move(*request.in));
        if (!conversation) co_return Reply(conversation.error());
        if (!*conversation) co_return Reply(unknown);
        in = **conversation;
    }
    if (const auto wait = begin_code(client, self)) co_return refused(ChatError::too_many_requests, *wait);
    const auto found = co_await parts.store.find_file(name_key(request.code), self);
    if (!found || *found) forgive_code(client, self);
    if (!found) co_return refused(unavailable(found.error()));
    if (!*found || (in && (*found)->conversation != *in)) co_return Reply(unknown);
    const FileCard& file = (*found)->card;
    if (request.offset > file.size) co_return refused(ChatError::bad_file_size);
    if (const ServerId elsewhere = (*found)->elsewhere) {
        const auto pulled = co_await peering.pull(elsewhere, file);
        if (!pulled) co_return refused(pulled.error(), file.code);
    }

    auto opened = co_await files.open(file, request.offset);
    if (!opened) co_return refused(opened.error());
    FileOffered offered;
    offered.file = file;
    offered.offset = request.offset;
    offered.transfer = files.keep(std::move(*opened));
    co_return offered;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListFiles request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const UserId self = (*session)->user();
    std::optional<ConversationId> in;
    if (request.in) {
        const auto conversation = co_await resolve_conversation(client, self, std::move(*request.in));
        if (!conversation) co_return Reply(conversation.error());
        if (!*conversation) co_return FileList{};
        in = **conversation;
    }
    Result<FilePage> page = co_await parts.store.files_for(self, in, options.files.list_files_max);
    if (!page) co_return refused(unavailable(page.error()));
    FileList list;
    list.more = page->more;
    for (StoredFile& file : page->files) {
        auto item = co_await list_item(self, std::move(file));
        if (!item) co_return refused(item.error());
        list.files.push_back(std::move(*item));
    }
    co_return list;
}

// As `reader` sees it; none: the operator, who sees to whom it went.
Task<std::expected<FileList::Item, ChatError>> Chat::State::list_item(UserId reader, StoredFile file) {
    const auto from = co_await user_of(file.owner);
    if (!from) co_return Failure<ChatError>(from.error());
    FileList::Item item{std::move(file.card), (*from)->card, {}, file.at};
    if (!file.to) {
        const auto group = co_await group_of(file.conversation);
        if (!group) co_return Failure<ChatError>(group.error());
        item.in = '#' + (*group)->group.card.id;
        co_return item;
    }
    const auto other = co_await user_of(file.to == reader ? file.owner : file.to);
    if (!other) co_return Failure<ChatError>(other.error());
    item.in = (*other)->card.name;
    co_return item;
}

std::unique_ptr<Upload> Chat::take_upload(std::uint64_t transfer) {
    return state_->files.take_upload(transfer);
}
std::unique_ptr<Download> Chat::take_download(std::uint64_t transfer) {
    return state_->files.take_download(transfer);
}

}  // namespace obrol
