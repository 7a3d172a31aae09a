#include "tests/sim/federation_checker.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/crypto/sha256.h"
#include "model/bounce.h"
#include "model/file.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;

std::string shortened(std::string_view text) {
    return std::string(text.substr(0, text.find(' ')));
}

// The body of an entry without what only servers beside its author's add: their name behind the code of a file.
std::string body_everywhere(const CheckedGroupEntry& entry) {
    std::optional<FileCard> card;
    if (entry.kind == EntryKind::file) card = parse_file_card(entry.body);
    if (!card) return entry.body;
    card->code = card->code.substr(0, card->code.find('@'));
    return encode(*card);
}

class Check {
  public:
    Check(const FederationObserved& observed, const std::vector<FederatedStore>& stores)
        : observed_(observed), stores_(stores) {}

    std::vector<std::string> run() {
        for (const std::string& complaint : observed_.complaints)
            broken_.push_back("complaint: " + complaint);
        for (std::size_t i = 0; i < observed_.messages.size(); ++i)
            by_text_.emplace(observed_.messages[i].text, i);
        for (const FederatedStore& store : stores_)
            read(store);
        check_bounces();
        for (const auto& [group, logs] : groups_)
            check_same(group, logs);
        for (std::size_t i = 0; i < observed_.messages.size(); ++i)
            check(i);
        return std::move(broken_);
    }

  private:
    // Where a message is: on which server, in whose conversation with its sender, or in which group.
    using Place = std::pair<std::string, std::string>;
    struct Found {
        Seq seq;
        std::string id;
    };
    struct Bounce {
        std::string label;
        std::string receiver;
        BounceNote note;
    };

    template <class... Args>
    void broken(fmt::format_string<Args...> format, Args&&... args) {
        broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    void read(const FederatedStore& store) {
        for (const CheckedConversation& conversation : store.stored.conversations) {
            const std::string one = name_everywhere(conversation.one, store.label);
            const std::string other = name_everywhere(conversation.other, store.label);
            Reading reading{store.label, fmt::format("{}: {} and {}", store.label, one, other)};
            for (const CheckedEntry& entry : conversation.entries) {
                const std::string sender = name_everywhere(entry.sender, store.label);
                const std::string& receiver = sender == one ? other : one;
                read_entry(reading, entry.seq, entry.id, entry.kind, sender, receiver, entry.text);
            }
        }
        for (const CheckedGroup& group : store.stored.groups) {
            const std::string name = "#" + name_everywhere(group.id, store.label);
            groups_[name].emplace_back(&store, &group);
            Reading reading{store.label, fmt::format("{}: {}", store.label, name)};
            for (const CheckedGroupEntry& entry : group.entries)
                read_entry(reading, entry.seq, entry.id, entry.kind, name_everywhere(entry.sender, store.label), name,
                           entry.body);
        }
    }

    struct Reading {
        std::string label;
        std::string what;
        std::int64_t last_seq = 0;
        std::map<std::string, std::size_t> last_number;  // of each sender
    };

    void read_entry(Reading& reading, Seq seq, const std::string& id, EntryKind kind, const std::string& sender,
                    const std::string& to, const std::string& text) {
        if (seq.value != ++reading.last_seq) {
            broken("numbered: {} has {} where {} belongs", reading.what, seq.value, reading.last_seq);
            reading.last_seq = seq.value;
        }
        if (kind == EntryKind::bounce) {
            const std::optional<BounceNote> note = parse_bounce_note(text);
            if (note && note->is_final) bounces_.push_back({reading.label, sender, *note});
            return;
        }
        if (kind != EntryKind::message && kind != EntryKind::file) return;
        const std::optional<FileCard> card = kind == EntryKind::file ? parse_file_card(text) : std::nullopt;
        const auto known = by_text_.find(card ? card->name : text);
        if (known == by_text_.end())
            return broken("invented: {} at {}: nobody sent {}", reading.what, seq.value, shortened(text));
        const FederatedMessage& message = observed_.messages[known->second];
        const bool is_so = message.sender == sender && message.is_file == card.has_value();
        if (!is_so || std::ranges::count(message.to, to) == 0)
            return broken("invented: {} at {}: {} was not sent by or to them", reading.what, seq.value,
                          shortened(text));
        if (!found_[known->second].emplace(Place(reading.label, to), Found{seq, id}).second && !message.was_cut_off)
            return broken("invented: {} at {}: {} is there twice", reading.what, seq.value, shortened(text));
        if (card) check_card(message, *card, reading.label);
        if (may_come_late(message)) return;
        std::size_t& last = reading.last_number[sender];
        if (message.number < last)
            broken("ordered: {} at {}: {} stands behind number {}", reading.what, seq.value, shortened(text), last);
        last = message.number;
    }

    void check_card(const FederatedMessage& message, const FileCard& card, const std::string& label) {
        const std::string& content = observed_.contents.at(message.text);
        if (card.size != content.size() || card.blob != sha256(content))
            broken("carded: {} has another size or digest on {}", message.text, label);
        const std::string home = home_of(message.sender);
        const std::string code = card.code.substr(0, card.code.find('@'));
        if (card.code != (home == label ? code : code + '@' + home))
            broken("carded: {} has the code {} on {}", message.text, card.code, label);
        const bool is_forgotten = message.was_asked_again && observed_.put_back.contains(home);
        const bool is_told = message.fate == Fate::acknowledged && !message.was_cut_off && !is_forgotten;
        if (is_told && code != message.file_code)
            broken("carded: {} has the code {} on {}, and its sender was told {}", message.text, card.code, label,
                   message.file_code);
    }

    // A refusal is no promise: what was refused, and asked again because the answer was lost, may be taken then. So may
    // what a group's home has refused and forgotten. A home that is being recovered refuses posts of everybody.
    bool may_come_late(const FederatedMessage& message) const {
        const bool was_put_back = observed_.put_back.contains(home_of(message.to.front()));
        const bool was_recovering = message.is_in_group() && was_put_back && message.was_asked_again;
        const bool was_refused = message.may_fail && (message.was_asked_again || was_put_back);
        return message.was_cut_off || message.is_given_up || was_recovering || was_refused || has_two_pasts(message);
    }

    // Its author's server was put back twice, and the second time perhaps to what the first time had undone.
    bool has_two_pasts(const FederatedMessage& message) const {
        return observed_.put_back.count(home_of(message.sender)) > 1;
    }

    // Those who refused it, and those who were told so, know nothing of that any more; it may be taken then.
    bool is_refusal_forgotten(const FederatedMessage& message) const {
        const bool by_home = observed_.put_back.contains(home_of(message.to.front()));
        return by_home && observed_.put_back.contains(home_of(message.sender));
    }

    void check_bounces() {
        std::map<std::string, std::size_t> by_id;
        for (std::size_t i = 0; i < observed_.messages.size(); ++i) {
            for (const std::string& id : observed_.messages[i].ids)
                by_id.emplace(id, i);
            for (const auto& [place, found] : found_[i])
                by_id.emplace(found.id, i);
        }
        for (const Bounce& bounce : bounces_) {
            const auto known = by_id.find(bounce.note.id.to_string());
            // What was refused by a group's home has no place, and its sender was told no id.
            if (known == by_id.end()) continue;
            const FederatedMessage& message = observed_.messages[known->second];
            const bool may_fail = message.may_fail || is_recovering(message, bounce.note.why);
            if (home_of(message.sender) != bounce.label || !may_fail)
                broken("told: on {} that {} failed: {}", bounce.label, shortened(message.text),
                       to_string(bounce.note.why));
            if (++failed_[known->second] > 1)
                broken("told: on {} that {} failed, twice", bounce.label, shortened(message.text));
        }
    }

    // A group takes no posts while its home, which was put back, gets its log back from the others.
    bool is_recovering(const FederatedMessage& message, ChatError why) const {
        return why == ChatError::home_recovering && message.is_in_group() &&
               observed_.put_back.contains(home_of(message.to.front()));
    }

    // What its sender was told counts for nothing: it was the store that is lost which said so.
    static bool is_forgotten(const FederatedMessage& message) {
        return message.is_forgotten || (message.was_cut_off && !message.was_asked_again);
    }

    using Logs = std::vector<std::pair<const FederatedStore*, const CheckedGroup*>>;
    void check_same(const std::string& group, const Logs& logs) {
        const auto home =
            std::ranges::find_if(logs, [&group](const auto& log) { return log.first->label == home_of(group); });
        if (home == logs.end()) return broken("same: {} is not at its home", group);
        if (logs.size() != stores_.size()) broken("same: {} is on {} servers only", group, logs.size());
        const std::vector<CheckedGroupEntry>& there = home->second->entries;
        for (const auto& [store, log] : logs) {
            const std::vector<CheckedGroupEntry>& here = log->entries;
            if (here.size() != there.size())
                broken("same: {} has {} entries on {}, and {} at home", group, here.size(), store->label, there.size());
            for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
                const bool is_post = here[i].kind == EntryKind::message || here[i].kind == EntryKind::file;
                const bool is_same = here[i].id == there[i].id && here[i].kind == there[i].kind &&
                                     name_everywhere(here[i].sender, store->label) ==
                                         name_everywhere(there[i].sender, home->first->label) &&
                                     (!is_post || body_everywhere(here[i]) == body_everywhere(there[i]));
                if (is_same) continue;
                broken("same: {} has at {} another entry on {}: {}, and {} at home", group, here[i].seq.value,
                       store->label, shortened(here[i].body), shortened(there[i].body));
                break;
            }
        }
    }

    void check(std::size_t number) {
        const FederatedMessage& message = observed_.messages[number];
        if (message.fate == Fate::unknown && !message.is_given_up)
            broken("answered: {} to {}: {} never was", message.sender, message.to.front(), shortened(message.text));
        if (message.is_in_group()) {
            check_post(message, number);
        } else {
            for (const std::string& receiver : message.to)
                check_copy(message, number, receiver);
        }
    }

    const Found* find(std::size_t number, const std::string& label, const std::string& to) const {
        const auto places = found_.find(number);
        if (places == found_.end()) return nullptr;
        const auto found = places->second.find(Place(label, to));
        return found == places->second.end() ? nullptr : &found->second;
    }

    void check_copy(const FederatedMessage& message, std::size_t number, const std::string& receiver) {
        const Found* sent = find(number, home_of(message.sender), receiver);
        const Found* received = find(number, home_of(receiver), receiver);
        const bool is_local = home_of(message.sender) == home_of(receiver);
        if (message.may_fail) {
            if (received) broken("invented: {} has {}, which was for nobody", receiver, shortened(message.text));
            if (message.fate == Fate::acknowledged && !is_forgotten(message) && failed_[number] == 0)
                broken("told: {} not that {} failed", message.sender, shortened(message.text));
            return;
        }
        const bool was_refused = message.fate == Fate::refused && !is_refusal_forgotten(message);
        if (was_refused && !message.was_cut_off && (sent || received))
            broken("invented: {} to {}: {} was refused", message.sender, receiver, shortened(message.text));
        if (sent && received && sent->id != received->id && !message.was_cut_off)
            broken("acknowledged: {} to {}: {} has two ids", message.sender, receiver, shortened(message.text));
        // What nobody can ask for again has been sent if it is there.
        const bool is_sent = message.fate == Fate::acknowledged || (message.is_given_up && sent);
        if (!is_sent || is_forgotten(message)) return;
        if (!sent)
            broken("acknowledged: {} to {}: the sender lost {}", message.sender, receiver, shortened(message.text));
        if (!received && !is_local)
            broken("acknowledged: {} to {}: {} is lost", message.sender, receiver, shortened(message.text));
    }

    void check_post(const FederatedMessage& message, std::size_t number) {
        const std::string& group = message.to.front();
        const Found* found = find(number, home_of(group), group);
        const bool has_failed = failed_[number] > 0;
        const bool was_refused = message.fate == Fate::refused || has_failed;
        if (found && was_refused && !message.was_cut_off && !is_refusal_forgotten(message))
            broken("invented: {} has {}, which was refused", group, shortened(message.text));
        if (message.fate != Fate::acknowledged) return;
        const bool may_be_lost = has_failed || is_forgotten(message);
        if (!found && !may_be_lost) broken("acknowledged: {} has lost {}", group, shortened(message.text));
        if (!found || !message.place || is_forgotten(message) || message.was_cut_off) return;
        if (*message.place != std::pair(found->seq.value, found->id))
            broken("acknowledged: {} has {} at {}, and its sender was told {}", group, shortened(message.text),
                   found->seq.value, message.place->first);
    }

    const FederationObserved& observed_;
    const std::vector<FederatedStore>& stores_;
    std::map<std::string, std::size_t> by_text_;
    std::map<std::size_t, std::map<Place, Found>> found_;
    std::vector<Bounce> bounces_;
    std::map<std::size_t, std::size_t> failed_;  // how often its sender was told so
    std::map<std::string, Logs> groups_;
    std::vector<std::string> broken_;
};

}  // namespace

std::string name_everywhere(const std::string& name, const std::string& label) {
    return name.find('@') == std::string::npos ? name + "@" + label : name;
}

std::string home_of(const std::string& address) {
    return address.substr(address.find('@') + 1);
}

std::vector<std::string> broken_federation_rules(const FederationObserved& observed,
                                                 const std::vector<FederatedStore>& stores) {
    return Check(observed, stores).run();
}

}  // namespace obrol
