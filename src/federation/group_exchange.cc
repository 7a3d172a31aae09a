#include "federation/group_exchange.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <utility>

namespace obrol {

GroupExchange::GroupExchange(const LinkParts& parts, Questions& questions, KeyPassing& keys,
                             std::function<void()> on_copies)
    : parts_(parts),
      questions_(questions),
      keys_(keys),
      on_copies_(std::move(on_copies)),
      push_(parts.executor),
      settled_(parts.executor),
      trouble_log_(parts.executor, [this](std::size_t times) {
          parts_.logger.warning("{}: the log of a group could not be taken ({} times), the last: {}",
                                parts_.server.label, times, trouble_);
      }) {}

GlobalGroup GroupExchange::group_of(const Key& key) const {
    return {key.first ? *parts_.server.key : parts_.key.public_key(), key.second};
}

Task<void> GroupExchange::run(GroupExchange& self) {
    co_await tell_heads(self);
    while (!self.parts_.frames.is_ending()) {
        FrameStream& frames = self.parts_.frames;
        if (frames.queued_bytes() > self.parts_.options.output_pause_bytes) {
            co_await frames.progress().wait();
        } else if (self.behind_.empty()) {
            co_await self.push_.wait();
        } else {
            auto next = self.behind_.extract(self.behind_.begin());
            co_await push(self, std::move(next.mapped()));
        }
    }
}

Task<void> GroupExchange::tell_heads(GroupExchange& self) {
    const ServerId server = self.parts_.server.id;
    const auto own = co_await self.parts_.peering.heads_for(server);
    const auto copies = co_await self.parts_.peering.heads_of_replicas(server);
    if (!own || !copies) {
        self.parts_.logger.error("groups shared with {} cannot be read: {}", self.parts_.server.label,
                                 !own ? own.error().what : copies.error().what);
        self.parts_.end(LinkEnd::not_stored, std::string(words_for(LinkEnd::not_stored)));
        co_return;
    }
    for (const Peering::GroupHead& head : *own) {
        Seq& told = self.told_[head.group];
        told = std::max(told, head.last);
    }
    self.send_heads(true, *own);
    self.send_heads(false, *copies);
}

void GroupExchange::send_heads(bool at_home_here, const std::vector<Peering::GroupHead>& heads) {
    PeerHeads frame{at_home_here, false, {}};
    std::size_t bytes = 0;
    for (const Peering::GroupHead& head : heads) {
        frame.heads.push_back({head.group, head.name, head.last, head.last_id, head.origins});
        bytes += head.group.size() + head.name.size();
        for (const GroupOrigin& origin : head.origins)
            bytes += sizeof origin.name.home + origin.name.id.size();
        if (frame.heads.size() < peer_list_max && bytes < peer_batch_bytes_max / 2) continue;
        parts_.frames.send(frame);
        frame.heads.clear();
        bytes = 0;
    }
    frame.is_last = true;
    parts_.frames.send(frame);
}

void GroupExchange::advanced(Peering::GroupHead head) {
    std::string group = head.group;
    behind_.insert_or_assign(std::move(group), std::move(head));
    push_.wake();
}

void GroupExchange::end() {
    push_.wake();
    settled_.ring();
    trouble_log_.stop();
}

// A server that is not told of the group yet, or that lacks more than a frame carries, is told how far it goes, and
// fetches.
Task<void> GroupExchange::push(GroupExchange& self, Peering::GroupHead head) {
    const auto told = self.told_.find(head.group);
    const Seq after = told == self.told_.end() ? Seq() : told->second;
    if (told != self.told_.end() && head.last <= after) co_return;
    PeerPush frame{{head.group, head.name, head.last, head.last_id, head.origins}, {}};
    if (told != self.told_.end()) {
        GlobalGroup group{self.parts_.key.public_key(), head.group};
        co_await KeyPassing::pass(self.keys_, group);
        auto entries = co_await self.parts_.peering.entries(self.parts_.server.id, std::move(group), after,
                                                            peer_list_max, peer_batch_bytes_max);
        const bool fits = entries && !entries->more && !entries->entries.empty() &&
                          entries->entries.front().size() <= peer_batch_bytes_max;
        const auto last = fits ? parse_group_entry(entries->entries.back()) : std::nullopt;
        if (last) {
            frame.head.last = last->seq;
            frame.head.last_id = last->id;
            frame.entries = std::move(entries->entries);
        }
    }
    Seq& known = self.told_[head.group];
    known = std::max(known, frame.head.last);
    self.parts_.frames.send(frame);
}

void GroupExchange::take(PeerHeads frame) {
    for (const PeerHead& head : frame.heads)
        look_at({frame.at_home_here, head.group}, head, {});
    const bool has_told_all = !frame.at_home_here && frame.is_last;
    if (has_told_all && !std::exchange(has_told_copies_, true)) parts_.gate.spawn(report_recovery(*this));
}

void GroupExchange::take(PeerPush frame) {
    look_at({true, frame.head.group}, frame.head, std::move(frame.entries));
}

void GroupExchange::look_at(const Key& key, const PeerHead& head, std::vector<std::string> entries) {
    const auto [place, is_new] = catching_.try_emplace(key);
    Catching& state = place->second;
    state.head = {head.group, head.name, head.last, head.last_id, head.origins};
    std::size_t bytes = state.entries_bytes;
    for (const std::string& entry : entries)
        bytes += entry.size();
    if (entries.empty() || bytes > peer_batch_bytes_max) {
        // Pushed ones that are too many now are in the log of the home.
        state.must_look = true;
    } else {
        state.entries_bytes = bytes;
        std::ranges::move(entries, std::back_inserter(state.entries));
    }
    if (is_new) parts_.gate.spawn(catch_up(*this, key));
}

Task<void> GroupExchange::wait_for_room(GroupExchange& self) {
    while (!self.parts_.frames.is_ending() && self.catching_.size() > self.parts_.options.groups_waiting_max)
        co_await self.settled_.wait();
}

Task<void> GroupExchange::catch_up(GroupExchange& self, Key key) {
    Catching& state = self.catching_.at(key);
    bool goes_on = true;
    while (goes_on && !self.parts_.frames.is_ending()) {
        if (!state.entries.empty()) {
            goes_on = co_await apply(self, key, state);
        } else if (state.must_look) {
            goes_on = co_await fetch(self, key, state);
        } else {
            break;
        }
    }
    if (!goes_on && !key.first) self.missed_.insert(key.second);
    self.catching_.erase(key);
    self.settled_.ring();
}

// What was pushed. A gap is fetched.
Task<bool> GroupExchange::apply(GroupExchange& self, const Key& key, Catching& state) {
    std::vector<std::string> entries = std::exchange(state.entries, {});
    state.entries_bytes = 0;
    co_await KeyPassing::deliver(self.keys_);
    if (self.parts_.frames.is_ending()) co_return false;
    const auto applied =
        co_await self.parts_.peering.apply(self.parts_.server.id, self.group_of(key), std::move(entries));
    if (applied) co_return true;
    if (applied.error() != ChatError::busy) self.note_trouble(key, to_string(applied.error()));
    state.must_look = applied.error() == ChatError::busy;
    co_return state.must_look;
}

Task<bool> GroupExchange::fetch(GroupExchange& self, const Key& key, Catching& state) {
    while (self.fetching_ >= self.parts_.options.fetches_max && !self.parts_.frames.is_ending())
        co_await self.settled_.wait();
    if (self.parts_.frames.is_ending()) co_return false;
    state.must_look = false;
    ++self.fetching_;
    const auto after = co_await wanted(self, key, state.head);
    bool is_done = after.has_value();
    if (!after) self.note_trouble(key, to_string(after.error()));
    if (after && *after) is_done = co_await fetch_from(self, key, **after);
    --self.fetching_;
    self.settled_.ring();
    co_return is_done;
}

Task<std::expected<std::optional<Seq>, ChatError>> GroupExchange::wanted(GroupExchange& self, const Key& key,
                                                                         const Peering::GroupHead& head) {
    Peering& peering = self.parts_.peering;
    auto after = co_await peering.wanted(self.parts_.server.id, key.first, head);
    if (after || after.error() != ChatError::home_recovering) co_return after;
    const bool has_begun = co_await self.parts_.begin_epoch();
    if (!has_begun) co_return after;
    co_return co_await peering.wanted(self.parts_.server.id, key.first, head);
}

Task<bool> GroupExchange::fetch_from(GroupExchange& self, const Key& key, Seq after) {
    const Duration patience = self.parts_.options.answer_max;
    for (;;) {
        const PeerFetch request{0, self.group_of(key), after};
        const Questions::Handle question = co_await self.questions_.ask(request, patience);
        if (!question) co_return false;
        auto answer = co_await Questions::answer_to(self.questions_, question, patience);
        PeerEntries* entries = answer ? std::get_if<PeerEntries>(&*answer) : nullptr;
        if (!entries) co_return false;
        if (!entries->why_not.empty()) {
            self.note_trouble(key, "the other server says: " + entries->why_not);
            co_return false;
        }
        if (entries->entries.empty()) co_return true;
        co_await KeyPassing::deliver(self.keys_);
        if (self.parts_.frames.is_ending()) co_return false;
        const auto last =
            co_await self.parts_.peering.apply(self.parts_.server.id, self.group_of(key), std::move(entries->entries));
        if (!last) {
            self.note_trouble(key, to_string(last.error()));
            co_return false;
        }
        // Whoever sends the same again and again is not followed for ever.
        if (!entries->more || *last <= after) co_return true;
        after = *last;
    }
}

// The other server has told of all its copies, and what they have more than this store was fetched.
Task<void> GroupExchange::report_recovery(GroupExchange& self) {
    while (self.has_copies_to_look_at() && !self.parts_.frames.is_ending())
        co_await self.settled_.wait();
    if (self.parts_.frames.is_ending()) co_return;
    self.on_copies_();
    const auto shared = co_await self.parts_.peering.heads_for(self.parts_.server.id);
    if (!shared) co_return self.note_trouble({false, {}}, shared.error().what);
    for (const Peering::GroupHead& head : *shared) {
        if (self.parts_.frames.is_ending()) co_return;
        if (self.missed_.contains(head.group)) continue;
        GlobalGroup group{self.parts_.key.public_key(), head.group};
        co_await self.parts_.peering.recovered(std::move(group), self.parts_.server.id);
    }
}

bool GroupExchange::has_copies_to_look_at() const {
    return !catching_.empty() && !catching_.begin()->first.first;
}

void GroupExchange::note_trouble(const Key& key, std::string_view what) {
    if (parts_.frames.is_ending()) return;
    trouble_ = fmt::format("#{}{}: {}", key.second, key.first ? "@" + parts_.server.label : "", what);
    trouble_log_.note();
}

}  // namespace obrol
