// Groups over several servers: their logs as they go from the home to the servers of its members, and back when the
// home has lost them.
#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "core/account_rules.h"
#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "core/codes.h"
#include "model/name.h"

namespace obrol {
namespace {

std::vector<EntryRange> one_range(ConversationId conversation, Seq after, std::size_t entries_max) {
    EntryRange range;
    range.conversation = conversation;
    range.after = after;
    range.entries_max = entries_max;
    return {1, range};
}

}  // namespace

Peering::GroupHead ChatPeering::head_of(const SharedGroup& shared) const {
    const GroupCard& card = shared.group.card;
    GroupHead head{card.id.substr(0, card.id.find('@')), card.name, shared.last, shared.last_id, {}};
    const auto origins = origins_.find(shared.group.conversation);
    if (!shared.group.home && origins != origins_.end()) head.origins = origins->second;
    return head;
}

Task<Result<void>> ChatPeering::load_origins() {
    const auto stored = co_await state_.parts.store.group_origins();
    if (!stored) co_return Failure<Error>(stored.error());
    origins_.clear();
    for (const auto& [group, origin] : *stored)
        origins_[group].push_back(origin);
    co_return Result<void>();
}

bool ChatPeering::was_called(const GlobalGroup& group, ConversationId conversation, const GlobalGroup& name,
                             Seq seq) const {
    if (name_key(name.id) == name_key(group.id)) {
        const Server* home = servers_.with_any_key(group.home);
        const bool is_own = is_own_key(group.home) && is_own_key(name.home);
        if (is_own || (home && servers_.with_any_key(name.home) == home)) return true;
    }
    const auto origins = origins_.find(conversation);
    if (origins == origins_.end()) return false;
    return std::ranges::any_of(origins->second,
                               [&](const GroupOrigin& one) { return one.name == name && seq <= one.upto; });
}

// Nobody can prove that another home is gone for good. Nothing is put into anybody's mouth by it, since the entries are
// signed; but a home that is there would say so.
bool ChatPeering::is_believable(const std::vector<GroupOrigin>& origins) const {
    return std::ranges::none_of(origins, [this](const GroupOrigin& one) {
        const Server* home = servers_.with_any_key(one.name.home);
        return is_own_key(one.name.home) || (home && is_up(home->id));
    });
}

Task<Result<std::vector<Peering::GroupHead>>> ChatPeering::heads(ServerId server, bool at_home_there) {
    const Result<std::vector<SharedGroup>> shared = co_await state_.parts.store.shared_groups(server, at_home_there);
    if (!shared) co_return Failure<Error>(shared.error());
    std::vector<GroupHead> found;
    for (const SharedGroup& group : *shared)
        found.push_back(head_of(group));
    co_return found;
}

Task<Result<std::vector<Peering::GroupHead>>> ChatPeering::heads_for(ServerId server) {
    return heads(server, false);
}

Task<Result<std::vector<Peering::GroupHead>>> ChatPeering::heads_of_replicas(ServerId home) {
    // What is still on its way over a link that has ended is applied now or never: the home may have lost it, and gives
    // its number to another entry when it is not told.
    ++logs_told_[home];
    Serial::Turn turn = co_await appending_.enter();
    co_return co_await heads(home, true);
}

Task<Result<std::vector<ServerId>>> ChatPeering::servers_of(ConversationId group) {
    return state_.parts.store.servers_of(group);
}

Task<Result<Peering::GroupHead>> ChatPeering::head(ConversationId group) {
    const auto found = co_await state_.group_of(group);
    if (!found) co_return fail("the group is missing");
    EntryRange newest;
    newest.conversation = group;
    newest.entries_max = 1;
    newest.newest_first = true;
    std::vector<EntryRange> ranges(1, newest);
    Result<std::vector<EntryPage>> pages = co_await state_.parts.store.read(std::move(ranges), 1);
    if (!pages) co_return Failure<Error>(std::move(pages.error()));
    SharedGroup shared;
    shared.group = (*found)->group;
    if (const auto& entries = pages->front().entries; !entries.empty()) {
        shared.last = entries.front().header.seq;
        shared.last_id = entries.front().header.id;
    }
    co_return head_of(shared);
}

void ChatPeering::group_advanced(const Group& group) {
    if (links_ && !group.home && shared_.contains(group.conversation)) links_->group_advanced(group.conversation);
}

void ChatPeering::members_changed(const GroupChanged& changed) {
    if (changed.group->home) return;
    const auto is_remote = [this](const GroupMember& member) {
        const UserRef user = state_.accounts.cached(member.user);
        return !user || user->server;  // who is not in the cache may be
    };
    if (std::ranges::any_of(changed.now, is_remote)) shared_.insert(changed.group->conversation);
}

Task<Result<void>> ChatPeering::group_adopted(ConversationId group) {
    shared_.insert(group);
    Result<void> loaded = co_await load_origins();
    if (loaded && links_) links_->group_advanced(group);
    co_return loaded;
}

Task<Result<void>> ChatPeering::load_shared_groups() {
    for (const Server& server : servers_.all()) {
        const auto shared = co_await state_.parts.store.shared_groups(server.id, false);
        if (!shared) co_return Failure<Error>(shared.error());
        for (const SharedGroup& group : *shared)
            shared_.insert(group.conversation);
    }
    co_return Result<void>();
}

Task<std::expected<GroupRef, ChatError>> ChatPeering::group_called(GlobalGroup group) {
    std::string id = std::move(group.id);
    ServerId at;
    if (!is_own_key(group.home)) {
        const Server* home = servers_.with_any_key(group.home);
        if (!home) co_return Failure<ChatError>(ChatError::not_found);
        at = home->id;
        id += '@' + home->label;
    }
    const Result<GroupRef> found = co_await state_.groups.find_by_id(std::move(id));
    if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
    if (!*found || (*found)->group.home != at) co_return Failure<ChatError>(ChatError::not_found);
    co_return *found;
}

Task<std::expected<GroupRef, ChatError>> ChatPeering::replica_of(ServerId home, const GroupHead& head) {
    const Server* server = servers_.find(home);
    const bool is_fit = check_user_name(head.group) == NameProblem::none;
    if (!server || !is_fit) co_return Failure<ChatError>(ChatError::bad_argument);
    if (!is_believable(head.origins)) co_return Failure<ChatError>(ChatError::server_differs);
    ReplicateGroup replicate;
    replicate.home = home;
    replicate.card.id = head.group + '@' + server->label;
    replicate.card.name = group_name_problem(head.name, state_.options).empty() ? head.name : head.group;
    replicate.codes = random_codes(state_.parts.secure_random, join_code_size);
    replicate.at = state_.parts.timers.clock().wall_now();
    replicate.groups_max = state_.options.peers.groups_max;
    replicate.origins = head.origins;
    const ChangeResult made = co_await state_.parts.commits.submit(std::move(replicate));
    if (!made) co_return Failure<ChatError>(made.error());
    const ConversationId conversation = std::get<GroupChanged>(*made).group->conversation;
    if (!head.origins.empty()) origins_[conversation] = head.origins;
    co_return co_await state_.group_of(conversation);
}

Task<std::expected<std::optional<Seq>, ChatError>> ChatPeering::wanted(ServerId from, bool at_home_there,
                                                                       GroupHead head) {
    const Server* server = servers_.find(from);
    if (!server || !server->key) co_return Failure<ChatError>(ChatError::unknown_server);
    GlobalGroup name{at_home_there ? *server->key : state_.parts.key.public_key(), head.group};
    auto group = co_await group_called(std::move(name));
    if (!group && group.error() == ChatError::not_found && at_home_there) group = co_await replica_of(from, head);
    if (!group) co_return Failure<ChatError>(group.error());
    const ConversationId conversation = (*group)->group.conversation;
    const auto own = co_await this->head(conversation);
    if (!own) co_return Failure<ChatError>(state_.unavailable(own.error()));
    if (head.last <= own->last) co_return std::optional<Seq>();
    if (!at_home_there) {
        // Nobody else's word puts a group into recovery.
        const Result<Seq> visible = co_await state_.parts.store.shared_upto(from, conversation);
        if (!visible) co_return Failure<ChatError>(state_.unavailable(visible.error()));
        if (*visible == Seq()) co_return Failure<ChatError>(ChatError::not_allowed);
        // Numbers that nobody but this server gives, and that it does not know: its store was put back.
        const Result<bool> recovering = co_await state_.parts.store.is_recovering(conversation);
        if (!recovering) co_return Failure<ChatError>(state_.unavailable(recovering.error()));
        if (!*recovering) co_return Failure<ChatError>(ChatError::home_recovering);
    }
    co_return std::optional<Seq>(own->last);
}

Task<std::expected<Peering::Entries, ChatError>> ChatPeering::entries(ServerId reader, GlobalGroup name, Seq after,
                                                                      std::size_t entries_max, std::size_t bytes_max) {
    auto found = co_await group_called(std::move(name));
    if (!found) co_return Failure<ChatError>(found.error());
    const Group group = (*found)->group;
    Seq upto = open_end;  // a home gets back whatever is here of its groups
    if (group.home != reader) {
        if (group.home) co_return Failure<ChatError>(ChatError::not_allowed);
        const Result<Seq> visible = co_await state_.parts.store.shared_upto(reader, group.conversation);
        if (!visible) co_return Failure<ChatError>(state_.unavailable(visible.error()));
        if (*visible == Seq()) co_return Failure<ChatError>(ChatError::not_allowed);
        upto = *visible;
    }
    std::vector<EntryRange> ranges = one_range(group.conversation, after, entries_max);
    if (upto != open_end) ranges.front().before = next(upto);
    const EntryRange range = ranges.front();
    Result<std::vector<EntryPage>> pages = co_await state_.parts.store.read(std::move(ranges), bytes_max);
    if (!pages) co_return Failure<ChatError>(state_.unavailable(pages.error()));
    const auto signatures = co_await state_.parts.store.signatures(range);
    if (!signatures) co_return Failure<ChatError>(state_.unavailable(signatures.error()));

    EntryPage& page = pages->front();
    Entries out;
    out.more = page.more;
    auto signature = signatures->begin();
    for (LogEntry& entry : page.entries) {
        const Seq seq = entry.header.seq;
        while (signature != signatures->end() && signature->first < seq)
            ++signature;
        std::optional<EntrySignature> kept;
        if (signature != signatures->end() && signature->first == seq) kept = signature->second;
        const auto global = co_await translation_.to_global(group, std::move(entry), std::move(kept));
        if (!global) co_return Failure<ChatError>(global.error());
        out.entries.push_back(encode(*global));
    }
    co_return out;
}

Task<std::expected<Seq, ChatError>> ChatPeering::apply(ServerId from, GlobalGroup name,
                                                       std::vector<std::string> entries) {
    const Server* server = servers_.find(from);
    if (!server || !server->key) co_return Failure<ChatError>(ChatError::unknown_server);
    const bool is_recovery = is_own_key(name.home);
    // Nobody but the home says how a group's log goes on; whoever has it may say how it went.
    if (!is_recovery && name.home != *server->key) co_return Failure<ChatError>(ChatError::not_allowed);
    const std::uint64_t logs_told = logs_told_[from];
    const std::string rate_key = std::to_string(from.value);
    for (const std::string& bytes : entries) {
        if (may_come(rate_key, bytes.size())) continue;
        const bool may_go_on = co_await wait_to_come(rate_key, bytes.size());
        if (!may_go_on) co_return Failure<ChatError>(ChatError::busy);
    }
    Serial::Turn turn = co_await appending_.enter();
    if (logs_told != logs_told_[from]) co_return Failure<ChatError>(ChatError::busy);
    const auto found = co_await group_called(name);
    // One that nobody has told of yet is fetched, as a gap is.
    if (!found) co_return Failure<ChatError>(found.error() == ChatError::not_found ? ChatError::busy : found.error());
    const GroupRef& group = *found;  // held until everything is applied, so that the cache follows

    std::vector<GroupTranslation::Local> run;
    std::optional<ChatError> trouble;  // what stands before it is applied
    Seq last;
    for (const std::string& bytes : entries) {
        std::optional<GroupEntry> entry = parse_group_entry(bytes);
        if (!entry) {
            trouble = ChatError::bad_argument;
            break;
        }
        // A note changes who hears of what follows it, so it is committed by itself.
        const bool is_note = entry->kind == EntryKind::member;
        std::optional<Said> said;
        if (is_note) said = Said{from, name, entry->signed_for, group};
        auto local = co_await translation_.to_local(name, group->group.conversation, std::move(*entry), from);
        if (!local) {
            trouble = local.error();
            break;
        }
        if (said) {
            const auto kept = co_await keep_to_the_willing(*std::move(said), *local);
            if (!kept) {
                trouble = kept.error();
                break;
            }
        }
        last = local->entry.header.seq;
        if (is_note && !run.empty()) {
            const auto done = co_await append(group, std::move(run));
            if (!done) co_return Failure<ChatError>(done.error());
            run.clear();
        }
        run.push_back(std::move(*local));
        if (!is_note) continue;
        const auto done = co_await append(group, std::move(run));
        if (!done) co_return Failure<ChatError>(done.error());
        run.clear();
    }
    if (!run.empty()) {
        const auto done = co_await append(group, std::move(run));
        if (!done) co_return Failure<ChatError>(done.error());
    }
    if (trouble) co_return Failure<ChatError>(*trouble);
    co_return last;
}

// A note, or any number of other entries.
Task<std::expected<void, ChatError>> ChatPeering::append(GroupRef group, std::vector<GroupTranslation::Local> run) {
    AppendReplica append;
    append.group = group->group.conversation;
    append.folder_files_max = state_.options.files.folder_files_max;
    append.file_bytes_max = state_.options.files.bytes_max;
    for (GroupTranslation::Local& one : run)
        append.entries.push_back(one.entry);
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(append));
    if (!result) {
        if (result.error() == ChatError::server_differs)
            complain(Wrong::log,
                     fmt::format("groups: the log of #{} here is not that of its home any more", group->group.card.id));
        co_return Failure<ChatError>(result.error());
    }
    const GroupChanged& changed = std::get<GroupChanged>(*result);
    if (changed.folders) state_.folders.place(*changed.folders);
    const std::size_t known = run.size() - changed.entries.size();  // earlier ones were passed over
    for (std::size_t i = 0; i < changed.entries.size(); ++i) {
        const LogEntry& entry = changed.entries[i];
        const UserRef& from = run[known + i].from;
        if (entry.header.kind == EntryKind::member)
            state_.group_changed(from->card, changed);
        else if (counts_as_unread(entry.header.kind) && !entry.erased)
            state_.announce(from, group, entry.header, entry.body);
        arrivals_.settle(group->group.home, entry.header.id, Delivery::done);
    }
    co_return std::expected<void, ChatError>();
}

Task<void> ChatPeering::recovered(GlobalGroup name, ServerId from) {
    const auto group = co_await group_called(std::move(name));
    if (!group || (*group)->group.home) co_return;
    const ConversationId conversation = (*group)->group.conversation;
    const Result<bool> recovering = co_await state_.parts.store.is_recovering(conversation);
    if (!recovering || !*recovering) co_return;
    asked_[conversation].insert(from);
    const Result<std::vector<ServerId>> all = co_await servers_of(conversation);
    const auto asked = asked_.find(conversation);
    if (asked == asked_.end()) co_return;  // what another server has told has just ended it
    const auto has_told = [&](ServerId one) { return asked->second.contains(one); };
    if (!all || !std::ranges::all_of(*all, has_told)) co_return;
    const auto ended = co_await end_recovery(conversation);
    if (ended) state_.parts.logger.info("groups: #{} has its log back and takes posts again", (*group)->group.card.id);
}

Task<std::expected<void, ChatError>> ChatPeering::end_recovery(ConversationId group) {
    asked_.erase(group);
    const EndRecovery end{group};
    const ChangeResult ended = co_await state_.parts.commits.submit(end);
    if (!ended) co_return Failure<ChatError>(ended.error());
    co_return std::expected<void, ChatError>();
}

}  // namespace obrol
