#include "core/file_upload.h"

#include <utility>

#include "core/codes.h"

namespace obrol {

NewFile FileUpload::new_file() const {
    const FileLimits& limits = state_.options.files;
    NewFile file;
    file.name = wanted_.name;
    file.size = wanted_.size;
    file.user_bytes_max = limits.user_bytes_max;
    file.server_bytes_max = limits.server_bytes_max;
    return file;
}

Change FileUpload::post(NewFile file) const {
    const WallTime at = state_.parts.timers.clock().wall_now();
    const MessageId id = Uuid::version7(at, state_.parts.random);
    if (wanted_.to.group) {
        PostToGroup post;
        post.sender = wanted_.from->id;
        post.group = wanted_.to.group->group.conversation;
        post.id = id;
        post.at = at;
        post.key = wanted_.key;
        post.file = std::move(file);
        return post;
    }
    PostDirect post;
    post.sender = wanted_.from->id;
    post.copies.push_back({wanted_.to.user->id, id});
    post.at = at;
    post.key = wanted_.key;
    post.file = std::move(file);
    post.queue_max = state_.options.peers.queue_items_max;
    return post;
}

void FileUpload::announce(const EntryHeader& entry, const FileCard& file) const {
    if (wanted_.to.group)
        state_.announce(wanted_.from, wanted_.to.group, entry, encode(file));
    else
        state_.announce(wanted_.from, wanted_.to.user, entry, encode(file));
}

Task<std::optional<Reply>> FileUpload::look_ahead() {
    NewFile file = new_file();
    file.only_asks = true;
    file.user_bytes_under_way = state_.files.bytes_under_way(wanted_.from->id) - wanted_.size;
    file.server_bytes_under_way = state_.files.bytes_under_way() - wanted_.size;
    const ChangeResult result = co_await state_.parts.commits.submit(post(std::move(file)));
    if (!result) co_return std::optional<Reply>(refused(result.error()));
    const Posted& posted = std::get<Posted>(*result);
    if (!posted.repeated) co_return std::nullopt;
    Reply before = co_await sent_before(posted);
    co_return std::optional<Reply>(std::move(before));
}

Task<Reply> FileUpload::sent_before(Posted posted) {
    FileCard file{posted.file_code, wanted_.name, wanted_.size, {}};
    if (!file.code.empty()) {
        const auto stored = co_await state_.parts.store.find_file(posted.file_code, wanted_.from->id);
        if (!stored) co_return refused(state_.unavailable(stored.error()));
        if (*stored) file = (*stored)->card;
    }
    FileSent answer = sent(posted.entries.front(), std::move(file));
    if (!wanted_.to.user || !wanted_.to.user->server) co_return answer;
    std::vector<ChatPeering::Sent> items(1, ChatPeering::Sent{wanted_.to.user->server, answer.id});
    const auto outcomes = co_await state_.peering.delivered_before(std::move(items));
    if (!outcomes) co_return refused(outcomes.error());
    answer.delivery = *outcomes->front();
    co_return answer;
}

FileSent FileUpload::sent(const EntryHeader& entry, FileCard file) const {
    FileSent answer;
    answer.file = std::move(file);
    answer.to = wanted_.to.group ? '#' + wanted_.to.group->group.card.id : wanted_.to.user->card.name;
    answer.conversation = entry.conversation;
    answer.seq = entry.seq;
    answer.id = entry.id;
    answer.at = entry.at;
    return answer;
}

// On the carrier's thread.
Task<bool> FileUpload::write(Executor& caller, std::string_view bytes) {
    const Result<void> written = co_await writer_->write(caller, bytes);
    if (!written) failure_ = written.error();
    co_return written.has_value();
}

Reply FileUpload::not_stored(const Error& error) {
    state_.parts.logger.error("files: an upload of {} bytes is not stored: {}", wanted_.size, error.what);
    return refused(ChatError::not_stored);
}

Task<Reply> FileUpload::finish() {
    if (failure_) co_return not_stored(*failure_);
    const Result<BlobDigest> blob = co_await writer_->seal();
    if (!blob) co_return not_stored(blob.error());
    // From before it can be found, or an equal one was found, until it is named.
    Files::Pin pin(state_.files, *blob);
    const Result<void> published = co_await writer_->publish();
    if (!published) co_return not_stored(published.error());

    NewFile file = new_file();
    file.blob = *blob;
    file.codes = random_codes(state_.parts.secure_random, file_code_size);
    file.codes.push_back(random_hex(state_.parts.secure_random, long_file_code_size));
    const UserRef& to = wanted_.to.user;
    const bool is_remote = to && to->server;
    WaitingStrangers held;  // who sends something to a stranger accepts him
    if (is_remote) {
        auto waiting = co_await state_.strangers_for(wanted_.from->id);
        if (!waiting) co_return refused(waiting.error());
        held = std::move(*waiting);
    }
    const ChangeResult result = co_await state_.parts.commits.submit(post(std::move(file)));
    if (!result) co_return refused(result.error());
    const Posted& posted = std::get<Posted>(*result);
    if (posted.repeated) co_return co_await sent_before(posted);
    pin.named();
    FileCard card{posted.file_code, wanted_.name, wanted_.size, *blob};
    if (is_remote) state_.stranger_settled(wanted_.from, to);
    announce(posted.entries.front(), card);
    FileSent answer = sent(posted.entries.front(), std::move(card));
    if (!is_remote) co_return answer;
    std::vector<ChatPeering::Sent> items(1, ChatPeering::Sent{to->server, answer.id});
    const std::vector<Outcome> outcomes = co_await state_.peering.deliver(std::move(items));
    if (!outcomes.front()) co_return refused(outcomes.front().error(), answer.to);
    answer.delivery = *outcomes.front();
    co_return answer;
}

}  // namespace obrol
