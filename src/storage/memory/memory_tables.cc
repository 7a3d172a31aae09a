#include "storage/memory/memory_tables.h"

#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "model/name.h"
#include "storage/memory/dense_ids.h"
#include "storage/visible.h"

namespace obrol {
namespace {

std::pair<UserId, UserId> ordered(UserId one, UserId other) {
    return {std::min(one, other), std::max(one, other)};
}

}  // namespace

void MemoryTables::begin() {
    OBROL_CHECK(!open_);
    open_ = true;
}

void MemoryTables::commit() {
    OBROL_CHECK(open_);
    open_ = false;
    undo_.clear();
}

void MemoryTables::rollback() {
    OBROL_CHECK(open_);
    open_ = false;
    for (Undo& undo : undo_ | std::views::reverse)
        undo();
    undo_.clear();
}

void MemoryTables::fail_after(std::size_t writes, std::string what) {
    writes_until_failure_ = writes;
    failure_ = std::move(what);
}

void MemoryTables::about_to_write() {
    OBROL_CHECK(open_);
    if (!writes_until_failure_) return;
    if ((*writes_until_failure_)-- > 0) return;
    writes_until_failure_.reset();
    throw TablesFailed(failure_);
}

StoreCounts MemoryTables::counts() const {
    StoreCounts counts;
    for (const User& user : users_) {
        if (user.server) continue;
        counts.users_active += user.state == AccountState::active;
        counts.users_disabled += user.state == AccountState::disabled;
        counts.users_deleted += user.state == AccountState::deleted;
        counts.admins += user.state == AccountState::active && user.role == Role::admin;
    }
    counts.sessions = std::ssize(sessions_);
    counts.invitations = std::ssize(invitations_);
    counts.conversations = std::ssize(conversations_);
    for (const Conversation& conversation : conversations_)
        counts.entries += std::ssize(conversation.entries);
    counts.groups = std::ranges::count_if(conversations_,
                                          [](const Conversation& one) { return one.group && !one.group->group.ended; });
    count_files(counts);
    return counts;
}

bool MemoryTables::move_people(ServerId from, ServerId to, std::string_view label) {
    about_to_write();
    remember([this, users = users_, names = names_, files = files_, folder_files = folder_files_] {
        users_ = users;
        names_ = names;
        files_ = files;
        folder_files_ = folder_files;
    });
    for (auto& [position, file] : files_)
        if (file.elsewhere == from) file.elsewhere = to;
    for (auto& [place, file] : folder_files_)
        if (file.elsewhere == from) file.elsewhere = to;
    bool is_empty = from != to;
    for (User& user : users_) {
        if (user.named_by == from) user.named_by = to;
        const std::string key = name_key(user.card.name.substr(0, user.card.name.find('@')));
        if (from != to && user.server == from) {
            if (names_.contains({to, key})) {
                is_empty = false;
                continue;
            }
            names_.erase({from, key});
            names_.emplace(std::pair(to, key), user.id);
            user.server = to;
        }
        if (user.server == to) user.card.name.replace(user.card.name.find('@') + 1, std::string::npos, label);
    }
    for (const ConversationId id : groups_at(to)) {
        GroupCard card = rows_of(id)->group.card;
        card.id.replace(card.id.find('@') + 1, std::string::npos, label);
        rename_group(id, to, card);
    }
    return is_empty && groups_at(from).empty();
}

// Invitations.

std::optional<Invitation> MemoryTables::find_invitation(const Digest& code) const {
    const auto found = codes_.find(code);
    return found == codes_.end() ? std::nullopt : std::optional(invitations_.at(found->second));
}

std::optional<Invitation> MemoryTables::invitation(const Digest& code) {
    return find_invitation(code);
}

std::vector<Invitation> MemoryTables::invitations() const {
    std::vector<Invitation> found;
    for (const auto& [id, invitation] : invitations_)
        found.push_back(invitation);
    return found;
}

InvitationId MemoryTables::insert_invitation(const Invitation& invitation, const Digest& code) {
    about_to_write();
    const InvitationId id(++last_invitation_);
    Invitation& stored = invitations_.emplace(id, invitation).first->second;
    stored.id = id;
    const bool is_new = codes_.emplace(code, id).second;
    OBROL_CHECK(is_new);
    remember([this, id, code] {
        invitations_.erase(id);
        codes_.erase(code);
    });
    return id;
}

void MemoryTables::count_invitation_use(InvitationId invitation) {
    about_to_write();
    ++invitations_.at(invitation).used;
    remember([this, invitation] { --invitations_.at(invitation).used; });
}

bool MemoryTables::delete_invitation(InvitationId invitation) {
    const auto found = invitations_.find(invitation);
    if (found == invitations_.end()) return false;
    about_to_write();
    const auto code = std::ranges::find(codes_, invitation, [](const auto& item) { return item.second; });
    remember([this, digest = code->first, old = found->second] {
        codes_.emplace(digest, old.id);
        invitations_.emplace(old.id, old);
    });
    codes_.erase(code);
    invitations_.erase(found);
    return true;
}

// Blocks and contacts.

bool MemoryTables::is_blocked(UserId owner, UserId other) {
    return blocks_.contains({owner, other});
}

void MemoryTables::set_block(UserId owner, UserId other, bool blocked) {
    about_to_write();
    const std::pair pair(owner, other);
    if (blocked) {
        if (blocks_.insert(pair).second) remember([this, pair] { blocks_.erase(pair); });
    } else {
        if (blocks_.erase(pair) > 0) remember([this, pair] { blocks_.insert(pair); });
    }
}

bool MemoryTables::is_contact(UserId owner, UserId other) {
    const std::vector<UserId> stored = contacts(owner);
    return std::ranges::find(stored, other) != stored.end();
}

std::size_t MemoryTables::contact_count(UserId owner) {
    return contacts(owner).size();
}

std::vector<UserId> MemoryTables::contacts(UserId user) const {
    const auto found = contacts_.find(user);
    return found == contacts_.end() ? std::vector<UserId>() : found->second;
}

void MemoryTables::set_contact(UserId owner, UserId other, bool wanted, WallTime) {
    about_to_write();
    std::vector<UserId>& stored = contacts_[owner];
    remember([this, owner, old = stored] { contacts_.at(owner) = old; });
    std::erase(stored, other);
    if (wanted) stored.push_back(other);
}

void MemoryTables::forget_relations(UserId user) {
    about_to_write();
    remember([this, blocks = blocks_, contacts = contacts_] {
        blocks_ = blocks;
        contacts_ = contacts;
    });
    std::erase_if(blocks_, [user](const auto& pair) { return pair.first == user || pair.second == user; });
    contacts_.erase(user);
    for (auto& [owner, stored] : contacts_)
        std::erase(stored, user);
}

// Conversations and their entries.

const MemoryTables::Conversation* MemoryTables::conversation(ConversationId id) const {
    return is_within(id.value, conversations_.size()) ? &conversations_[index_of(id.value)] : nullptr;
}

LogEntry* MemoryTables::stored_entry(ConversationId id, Seq seq) {
    if (!is_within(id.value, conversations_.size())) return nullptr;
    std::vector<LogEntry>& entries = conversations_[index_of(id.value)].entries;
    return is_within(seq.value, entries.size()) ? &entries[index_of(seq.value)] : nullptr;
}

std::optional<LogEntry> MemoryTables::entry(ConversationId conversation, Seq seq) {
    const LogEntry* found = stored_entry(conversation, seq);
    return found ? std::optional(*found) : std::nullopt;
}

LogEntry MemoryTables::entry_at(Position position) {
    const auto [conversation, seq] = places_.at(index_of(position.value));
    return *stored_entry(conversation, seq);
}

std::optional<DirectConversation> MemoryTables::find_direct(UserId one, UserId other) const {
    const auto found = direct_.find(ordered(one, other));
    if (found == direct_.end()) return std::nullopt;
    const auto entries = static_cast<std::int64_t>(conversation(found->second)->entries.size());
    return DirectConversation{found->second, Seq(entries), blocks_.contains({one, other})};
}

bool MemoryTables::has_direct_conversation(UserId one, UserId other) {
    return direct_.contains(ordered(one, other));
}

ConversationId MemoryTables::direct_conversation(UserId one, UserId other) {
    const auto pair = ordered(one, other);
    if (const auto found = direct_.find(pair); found != direct_.end()) return found->second;
    about_to_write();
    const ConversationId id(static_cast<std::int64_t>(conversations_.size()) + 1);
    Conversation& made = conversations_.emplace_back(Conversation{pair.first, pair.second, {}, {}});
    for (const UserId member : {pair.first, pair.second}) {
        if (made.members.emplace(member, Cursors{}).second) memberships_[member].push_back(id);
    }
    direct_.emplace(pair, id);
    remember([this, pair] {
        for (const auto& [member, cursors] : conversations_.back().members)
            memberships_[member].pop_back();
        conversations_.pop_back();
        direct_.erase(pair);
    });
    return id;
}

Seq MemoryTables::last_seq(ConversationId id) {
    const Conversation* found = conversation(id);
    return Seq(found ? static_cast<std::int64_t>(found->entries.size()) : 0);
}

Position MemoryTables::insert_entry(const EntryHeader& header, std::string_view body, ServerId) {
    about_to_write();
    OBROL_CHECK(header.seq == next(last_seq(header.conversation)));
    std::vector<LogEntry>& entries = conversations_.at(index_of(header.conversation.value)).entries;
    LogEntry& made = entries.emplace_back(LogEntry{header, std::string(body), false});
    // Positions are not used again after a rollback.
    places_.emplace_back(header.conversation, header.seq);
    made.header.position = Position(std::ssize(places_));
    remember([this, id = header.conversation] { conversations_[index_of(id.value)].entries.pop_back(); });
    return made.header.position;
}

bool MemoryTables::replace_body(ConversationId id, Seq seq, std::string_view body) {
    LogEntry* found = stored_entry(id, seq);
    if (!found || found->erased) return false;
    about_to_write();
    remember([this, id, seq, old = found->body] { stored_entry(id, seq)->body = old; });
    found->body = body;
    return true;
}

bool MemoryTables::erase_body(ConversationId id, Seq seq) {
    LogEntry* found = stored_entry(id, seq);
    if (!found) return false;
    about_to_write();
    remember([this, old = *found] { *stored_entry(old.header.conversation, old.header.seq) = old; });
    found->body.clear();
    found->erased = true;
    return true;
}

EntryPage MemoryTables::page(const EntryRange& range, PageBudget& budget) const {
    EntryPage page;
    const Conversation* found = conversation(range.conversation);
    const auto size = static_cast<std::int64_t>(found ? found->entries.size() : 0);
    // The range as indexes [first, end).
    std::int64_t first = std::clamp<std::int64_t>(range.after.value, 0, size);
    std::int64_t end = range.before ? std::clamp<std::int64_t>(range.before->value - 1, first, size) : size;
    while (first < end && page.entries.size() < range.entries_max && !budget.exhausted) {
        const std::int64_t index = range.newest_first ? end - 1 : first;
        const LogEntry& next = found->entries[static_cast<std::size_t>(index)];
        if (budget.given && next.body.size() > budget.bytes_left) {
            budget.exhausted = true;
            break;
        }
        budget.given = true;
        budget.bytes_left -= std::min(budget.bytes_left, next.body.size());
        page.entries.push_back(next);
        range.newest_first ? --end : ++first;
    }
    if (range.newest_first) std::ranges::reverse(page.entries);
    page.more = first < end;
    return page;
}

StoredHistory MemoryTables::history(const HistoryRange& range, std::size_t bytes_max) const {
    StoredHistory history;
    if (const auto* peer = std::get_if<UserId>(&range.of)) {
        const auto direct = find_direct(range.user, *peer);
        if (!direct || peers_.has_request(range.user, direct->conversation)) return history;
        history.conversation = direct->conversation;
        history.visible.push_back(SeqSpan{Seq(1), open_end});
    } else {
        history.conversation = std::get<ConversationId>(range.of);
        history.visible = visible(range.user, history.conversation);
    }
    history.page = newest_visible(history.conversation, history.visible, range.before, range.entries_max, bytes_max,
                                  [this](const EntryRange& one, std::size_t bytes_left) {
                                      PageBudget budget{bytes_left};
                                      return page(one, budget);
                                  });
    return history;
}

// Cursors.

std::optional<Seq> MemoryTables::cursor(UserId user, ConversationId id, bool fetched) {
    const Conversation* found = conversation(id);
    if (!found) return std::nullopt;
    const auto member = found->members.find(user);
    if (member == found->members.end()) return std::nullopt;
    return fetched ? member->second.fetched : member->second.read;
}

void MemoryTables::set_cursor(UserId user, ConversationId id, bool fetched, Seq seq) {
    about_to_write();
    Cursors& cursors = conversations_.at(index_of(id.value)).members.at(user);
    remember([this, user, id, old = cursors] { conversations_[index_of(id.value)].members.at(user) = old; });
    (fetched ? cursors.fetched : cursors.read) = seq;
}

std::optional<UnreadConversation> MemoryTables::unread_in(ConversationId id, UserId user) const {
    const Conversation& log = *conversation(id);
    const Seq fetched = log.members.at(user).fetched;
    const bool to_self = log.one == user && log.other == user;
    const Visible seen = visible(user, id);
    const auto is_seen = [&](Seq seq) {
        return !log.group ||
               std::ranges::any_of(seen, [seq](SeqSpan span) { return span.first <= seq && seq <= span.last; });
    };
    const auto counts = [&](const LogEntry& entry) {
        return counts_as_unread(entry.header.kind) && (to_self || entry.header.sender != user) &&
               is_seen(entry.header.seq);
    };
    const auto oldest = std::find_if(log.entries.begin() + fetched.value, log.entries.end(), counts);
    if (oldest == log.entries.end()) return std::nullopt;
    const UserId peer = log.one == user ? log.other : log.one;
    return UnreadConversation{id, peer, fetched, log.entries.back().header.seq, oldest->header.position, seen};
}

std::vector<UserId> MemoryTables::direct_peers(UserId user) const {
    std::vector<UserId> peers;
    const auto memberships = memberships_.find(user);
    if (memberships == memberships_.end()) return peers;
    for (const ConversationId id : memberships->second) {
        const Conversation& log = *conversation(id);
        const UserId peer = log.one == user ? log.other : log.one;
        if (!log.group && peer != user && !blocks_.contains({user, peer})) peers.push_back(peer);
    }
    std::ranges::sort(peers);
    return peers;
}

std::vector<UnreadConversation> MemoryTables::unread(UserId user) const {
    std::vector<UnreadConversation> result;
    const auto memberships = memberships_.find(user);
    if (memberships == memberships_.end()) return result;
    for (const ConversationId id : memberships->second) {
        if (peers_.has_request(user, id)) continue;
        if (const auto found = unread_in(id, user)) result.push_back(*found);
    }
    std::ranges::sort(result, {}, &UnreadConversation::oldest_unread);
    return result;
}

}  // namespace obrol
