#include "core/file_post.h"

#include <fmt/core.h>
#include <utility>

#include "base/crypto/digest.h"
#include "base/crypto/signing.h"
#include "base/hexadecimal.h"
#include "core/codes.h"
#include "core/remote_users.h"

namespace obrol {
namespace {

// The same when it is asked for again, and nothing that others could guess. Another one when this server was put back
// meanwhile: then the home may have the first, of which this server knows nothing.
std::string code_under(const IdempotencyKey& key, UserId sender, std::int64_t epoch, const SigningKey& server) {
    const Signature signature =
        server.sign(fmt::format("obrol file {} {} {} {}", epoch, sender.value, key.number, key.client));
    return to_hexadecimal(digest(to_hexadecimal(signature))).substr(0, long_file_code_size);
}

}  // namespace

NewFile FilePost::question() const {
    NewFile file = new_file_within(state_.options.files);
    file.name = wanted_.name;
    file.size = wanted_.size;
    file.into_folder = wanted_.into_folder;
    file.only_asks = true;
    return file;
}

Change FilePost::post(NewFile file) const {
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

void FilePost::announce(const EntryHeader& entry, const FileCard& file) const {
    if (wanted_.to.group)
        state_.announce(wanted_.from, wanted_.to.group, entry, encode(file));
    else
        state_.announce(wanted_.from, wanted_.to.user, entry, encode(file));
}

// Whose folder is meant is said where it is not the sender's own.
Reply FilePost::refusal(ChatError why) const {
    const bool is_of_folder = why == ChatError::file_exists || why == ChatError::folder_full;
    if (is_of_folder && wanted_.to.user && wanted_.to.user->id != wanted_.from->id)
        return refused(why, wanted_.to.user->card.name);
    std::vector<UserRef> to;
    if (wanted_.to.user) to.push_back(wanted_.to.user);
    return refusal_of_post(state_.peering, why, to);
}

Task<std::optional<Reply>> FilePost::make_room() {
    if (!wanted_.into_folder || !wanted_.to.user || wanted_.to.user->server) co_return std::nullopt;
    const std::optional<ChatError> why = co_await state_.folders.make_room(wanted_.to.user, wanted_.name);
    co_return why ? std::optional<Reply>(refusal(*why)) : std::nullopt;
}

Task<std::optional<Reply>> FilePost::look_ahead(NewFile question) {
    if (is_for_elsewhere()) {
        // Under a key it may have been sent before, when he was a member; else the home refuses it.
        const bool may_be_sent = wanted_.key || wanted_.to.group->role_of(wanted_.from->id);
        co_return may_be_sent ? std::nullopt : std::optional<Reply>(refused(ChatError::not_a_member));
    }
    const ChangeResult result = co_await state_.parts.commits.submit(post(std::move(question)));
    if (!result) co_return std::optional<Reply>(refusal(result.error()));
    const Posted& posted = std::get<Posted>(*result);
    if (!posted.repeated) co_return std::nullopt;
    Reply before = co_await sent_before(posted);
    co_return std::optional<Reply>(std::move(before));
}

Task<Reply> FilePost::sent_before(Posted posted) {
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
    const Outcome& outcome = outcomes->front();
    if (!outcome) co_return refused(outcome.error(), answer.to);
    answer.delivery = *outcome;
    co_return answer;
}

FileSent FilePost::sent(const EntryHeader& entry, FileCard file) const {
    FileSent answer;
    answer.file = std::move(file);
    answer.to = wanted_.to.group ? '#' + wanted_.to.group->group.card.id : wanted_.to.user->card.name;
    answer.conversation = entry.conversation;
    answer.seq = entry.seq;
    answer.id = entry.id;
    answer.at = entry.at;
    return answer;
}

// A group's home numbers its posts, those of files too. Until it has, the sender's own folder is what keeps the bytes,
// and from there others get them.
Task<Reply> FilePost::commit_elsewhere(BlobDigest blob, Files::Pin& pin) {
    PutFolderFile put{wanted_.from->id, new_file_within(state_.options.files), state_.parts.timers.clock().wall_now()};
    put.file->name = wanted_.name;
    put.file->size = wanted_.size;
    put.file->blob = blob;
    const ChangeResult kept = co_await state_.parts.commits.submit(std::move(put));
    if (!kept && kept.error() == ChatError::file_exists) {
        const auto there = co_await state_.parts.store.find_folder_file(wanted_.from->id, wanted_.name);
        if (!there) co_return refused(state_.unavailable(there.error()));
        const bool is_same = *there && (*there)->blob == blob && (*there)->size == wanted_.size;
        if (!is_same) co_return refused(ChatError::file_exists, wanted_.name);
        if ((*there)->elsewhere) {  // not any more
            const BlobArrived arrived{blob, wanted_.size};
            const ChangeResult brought = co_await state_.parts.commits.submit(arrived);
            if (!brought) co_return refused(brought.error());
        }
    } else if (!kept) {
        co_return refused(kept.error());
    }
    pin.named();
    state_.folders.place(wanted_.from->id);
    FileCard card{{}, wanted_.name, wanted_.size, blob};
    if (wanted_.key)
        card.code = code_under(*wanted_.key, wanted_.from->id, state_.peering.epoch(), state_.parts.key);
    else
        card.code = random_hex(state_.parts.secure_random, long_file_code_size);
    const std::string body = encode(card);
    const auto sent = co_await state_.send_elsewhere(wanted_.from, wanted_.to.group, EntryKind::file, body, wanted_.key,
                                                     std::to_string(wanted_.size) + ' ' + wanted_.name);
    if (!sent) co_return Reply(sent.error());
    FileSent answer;
    answer.file = std::move(card);
    answer.to = '#' + wanted_.to.group->group.card.id;
    answer.conversation = wanted_.to.group->group.conversation;
    answer.id = sent->id;
    answer.at = sent->at;
    answer.delivery = sent->delivery;
    co_return answer;
}

Task<Reply> FilePost::commit(BlobDigest blob, Files::Pin& pin) {
    if (is_for_elsewhere()) {
        Reply elsewhere = co_await commit_elsewhere(blob, pin);
        co_return elsewhere;
    }
    NewFile file = question();
    file.only_asks = false;
    file.blob = blob;
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
    if (!result) co_return refusal(result.error());
    const Posted& posted = std::get<Posted>(*result);
    if (posted.repeated) co_return co_await sent_before(posted);
    pin.named();
    FileCard card{posted.file_code, wanted_.name, wanted_.size, blob};
    if (is_remote) state_.stranger_settled(wanted_.from, to);
    announce(posted.entries.front(), card);
    state_.folders.place(posted.folders);
    FileSent answer = sent(posted.entries.front(), std::move(card));
    if (!is_remote) co_return answer;
    std::vector<ChatPeering::Sent> items(1, ChatPeering::Sent{to->server, answer.id});
    const std::vector<Outcome> outcomes = co_await state_.peering.deliver(std::move(items));
    if (!outcomes.front()) co_return refused(outcomes.front().error(), answer.to);
    answer.delivery = *outcomes.front();
    co_return answer;
}

}  // namespace obrol
