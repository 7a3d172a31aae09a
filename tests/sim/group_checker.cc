#include "tests/sim/group_checker.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "model/file.h"
#include "model/group.h"

namespace obrol {
namespace {

using Fate = SentMessage::Fate;
using Action = MemberNote::Action;

// What a post's text is in the log.
std::string text_of(const CheckedGroupEntry& entry) {
    if (entry.kind != EntryKind::file) return entry.body;
    const std::optional<FileCard> file = parse_file_card(entry.body);
    return file ? file->name : std::string();
}

// A group as its log tells it.
class Story {
  public:
    struct Span {
        std::int64_t first;
        std::optional<std::int64_t> last;  // none: he is a member
    };

    bool is_member(const std::string& name) const { return find(name) != nullptr; }
    const std::map<std::string, std::vector<Span>>& spans() const { return spans_; }
    // What has to come next, because the owner has left.
    const std::optional<std::string>& following() const { return following_; }

    // Takes an entry of kind `member`; false when nobody could do that.
    bool take(const CheckedGroupEntry& entry, const MemberNote& note) {
        if (following_) {
            const bool fits = entry.body == *following_;
            following_.reset();
            if (fits && note.action == Action::role) find(note.who.front())->role = GroupRole::owner;
            return fits;
        }
        if (!may(entry, note)) return false;
        if (note.action == Action::kick || note.action == Action::leave) {
            remove(note.who.front(), entry.seq.value);
            return true;
        }
        if (note.action == Action::create) add(entry.sender, GroupRole::owner, entry.seq.value);
        for (const std::string& name : note.who)
            add(name, GroupRole::member, entry.seq.value);
        return true;
    }

  private:
    struct Member {
        std::string name;
        GroupRole role;
    };

    const Member* find(const std::string& name) const {
        const auto found = std::ranges::find(members_, name, &Member::name);
        return found == members_.end() ? nullptr : &*found;
    }
    Member* find(const std::string& name) { return const_cast<Member*>(std::as_const(*this).find(name)); }

    bool may(const CheckedGroupEntry& entry, const MemberNote& note) const {
        const Member* by = find(entry.sender);
        const bool is_alone = note.who.size() == 1;
        switch (note.action) {
            case Action::create:
                return entry.seq == Seq(1);
            case Action::join:
                return !by && is_alone && note.who.front() == entry.sender;
            case Action::leave:
                return by && is_alone && note.who.front() == entry.sender;
            case Action::invite:
                return by && by->role != GroupRole::member && !note.who.empty() &&
                       std::ranges::none_of(note.who, [this](const std::string& name) { return is_member(name); });
            case Action::kick:
                return by && is_alone && is_member(note.who.front()) && find(note.who.front())->role < by->role;
            default:
                return false;
        }
    }
    void add(const std::string& name, GroupRole role, std::int64_t seq) {
        members_.push_back({name, role});
        spans_[name].push_back({seq, std::nullopt});
    }
    void remove(const std::string& name, std::int64_t seq) {
        const bool was_owner = find(name)->role == GroupRole::owner;
        std::erase_if(members_, [&](const Member& member) { return member.name == name; });
        spans_[name].back().last = seq - 1;
        if (!was_owner) return;
        auto heir = std::ranges::find(members_, GroupRole::admin, &Member::role);
        if (heir == members_.end()) heir = members_.begin();
        following_ = members_.empty() ? "end" : "role owner " + heir->name;
    }

    std::vector<Member> members_;  // who came first stands first
    std::map<std::string, std::vector<Span>> spans_;
    std::optional<std::string> following_;
};

class GroupCheck {
  public:
    GroupCheck(const GroupsObserved& observed, const std::vector<CheckedGroup>& groups, const CheckOptions& options)
        : observed_(observed), groups_(groups), options_(options) {}

    std::vector<std::string> run() {
        for (const std::string& complaint : observed_.complaints)
            broken_.push_back("complaint: " + complaint);
        for (std::size_t i = 0; i < observed_.posts.size(); ++i)
            post_by_text_.emplace(observed_.posts[i].text, i);
        for (const CheckedGroup& group : groups_)
            read_group(group);
        check_posts();
        check_deeds();
        for (const SeenEntries& seen : observed_.seen)
            check_seen(seen);
        if (options_.drained) check_delivered();
        return std::move(broken_);
    }

  private:
    template <class... Args>
    void broken(fmt::format_string<Args...> format, Args&&... args) {
        broken_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    void read_group(const CheckedGroup& group) {
        Story story;
        std::map<SimulatedNetwork::ConnectionNumber, std::size_t> latest;
        for (std::size_t i = 0; i < group.entries.size(); ++i) {
            const CheckedGroupEntry& entry = group.entries[i];
            if (entry.seq != Seq(static_cast<std::int64_t>(i) + 1))
                broken("numbered: {}: entry {} has seq {}", group.id, i + 1, entry.seq.value);
            if (entry.kind == EntryKind::member) {
                read_note(group, entry, story);
            } else {
                read_post(group, entry, story, latest);
            }
        }
        if (story.following()) broken("rights: {} ends without what belongs there: {}", group.id, *story.following());
        for (const auto& [name, spans] : story.spans()) {
            std::vector<const CheckedGroupEntry*>& visible = visible_[{name, group.id}];
            for (const Story::Span& span : spans) {
                const auto last =
                    static_cast<std::size_t>(span.last.value_or(static_cast<std::int64_t>(group.entries.size())));
                for (auto seq = static_cast<std::size_t>(span.first); seq <= last; ++seq)
                    visible.push_back(&group.entries[seq - 1]);
            }
        }
    }

    void read_note(const CheckedGroup& group, const CheckedGroupEntry& entry, Story& story) {
        const std::optional<MemberNote> note = parse_member_note(entry.body);
        const bool is_consequence = story.following().has_value();
        if (!note || !story.take(entry, *note))
            return broken("rights: {} at {}: {} could not do: {}", group.id, entry.seq.value, entry.sender, entry.body);
        if (is_consequence) return;
        for (const std::string& name : note->who)
            ++done_[{group.id, std::string(to_string(note->action)), entry.sender, name}];
        if (note->action == Action::create) ++done_[{group.id, "create", entry.sender, ""}];
    }

    void read_post(const CheckedGroup& group, const CheckedGroupEntry& entry, const Story& story,
                   std::map<SimulatedNetwork::ConnectionNumber, std::size_t>& latest) {
        if (!story.is_member(entry.sender))
            broken("rights: {} at {}: {} was no member then", group.id, entry.seq.value, entry.sender);
        const auto found = post_by_text_.find(text_of(entry));
        if (found == post_by_text_.end())
            return broken("invented: {} at {}: nobody sent it", group.id, entry.seq.value);
        const PostInGroup& post = observed_.posts[found->second];
        const bool is_file = entry.kind == EntryKind::file;
        if (post.sender != entry.sender || post.group != group.id || post.file_bytes.has_value() != is_file)
            broken("invented: {} at {}: post {} was not sent so", group.id, entry.seq.value, found->second);
        if (post.fate == Fate::refused)
            broken("invented: {} at {}: post {} was refused", group.id, entry.seq.value, found->second);
        if (!stored_.emplace(found->second, GroupPlace{group.conversation.value, entry.seq.value, entry.id}).second)
            broken("invented: {} at {}: post {} is there twice", group.id, entry.seq.value, found->second);
        const auto [before, is_first] = latest.try_emplace(post.connection, found->second);
        if (!is_first && found->second < before->second)
            broken("ordered: {} at {}: post {} stands behind {}", group.id, entry.seq.value, found->second,
                   before->second);
        before->second = std::max(before->second, found->second);
    }

    void check_posts() {
        for (std::size_t i = 0; i < observed_.posts.size(); ++i) {
            const PostInGroup& post = observed_.posts[i];
            if (post.fate != Fate::acknowledged) continue;
            const auto found = stored_.find(i);
            if (found == stored_.end()) {
                broken("acknowledged: post {} of {} in {} is lost", i, post.sender, post.group);
            } else if (found->second != post.place) {
                broken("acknowledged: post {} of {} in {} stands at {}, he was told {}", i, post.sender, post.group,
                       found->second.seq, post.place ? post.place->seq : 0);
            }
        }
    }

    void check_deeds() {
        std::map<Done, std::pair<int, int>> wanted;  // at least, at most
        for (const GroupDeed& deed : observed_.deeds) {
            std::vector<std::string> who = deed.who;
            if (deed.action == "create") who.emplace_back();
            for (const std::string& name : who) {
                auto& [least, most] = wanted[{deed.group, deed.action, deed.by, name}];
                least += deed.fate == Fate::acknowledged ? 1 : 0;
                most += deed.fate != Fate::refused ? 1 : 0;
            }
        }
        for (const auto& [done, count] : done_)
            wanted.try_emplace(done, 0, 0);
        for (const auto& [done, limits] : wanted) {
            const auto found = done_.find(done);
            const int count = found == done_.end() ? 0 : found->second;
            const auto& [group, action, by, name] = done;
            if (count < limits.first)
                broken("acknowledged: {}: {} {} by {} is lost ({} of {})", group, action, name, by, count,
                       limits.first);
            if (count > limits.second)
                broken("invented: {}: {} {} by {} is there {} times, asked for {} times", group, action, name, by,
                       count, limits.second);
        }
    }

    void check_seen(const SeenEntries& seen) {
        if (seen.entries.empty()) return;
        const std::vector<const CheckedGroupEntry*>& all = visible_[{seen.reader, seen.group}];
        auto place = std::ranges::find_if(
            all, [&](const CheckedGroupEntry* entry) { return entry->seq.value == seen.entries.front().first; });
        for (const auto& [seq, id] : seen.entries) {
            if (place == all.end() || (*place)->seq.value != seq || (*place)->id != id)
                return broken("seen: {} saw {} at {} of {}, which does not belong there ({})", seen.reader, id, seq,
                              seen.group, told(seen.group, seq));
            ++place;
        }
    }

    // What the log has there, for people.
    std::string told(const std::string& id, std::int64_t seq) const {
        const auto group = std::ranges::find(groups_, id, &CheckedGroup::id);
        if (group == groups_.end() || seq < 1 || static_cast<std::size_t>(seq) > group->entries.size())
            return "nothing";
        const CheckedGroupEntry& entry = group->entries[static_cast<std::size_t>(seq) - 1];
        return fmt::format("{} of {}: {}", entry.id, entry.sender, entry.body.substr(0, 40));
    }

    void check_delivered() {
        std::map<std::string, std::multiset<std::string>> wanted;
        for (const auto& [key, visible] : visible_) {
            for (const CheckedGroupEntry* entry : visible) {
                if (entry->kind != EntryKind::member && entry->sender != key.first)
                    wanted[key.first].insert(text_of(*entry));
            }
        }
        for (const auto& [receiver, texts] : observed_.delivered) {
            std::map<std::pair<std::string, std::string>, std::int64_t> latest;  // sender, group: seq
            for (const std::string& text : texts) {
                std::multiset<std::string>& rest = wanted[receiver];
                const auto found = rest.find(text);
                if (found == rest.end()) {
                    broken("delivered: {} got {}, which was not for him, or twice", receiver,
                           text.substr(0, text.find(' ')));
                    continue;
                }
                rest.erase(found);
                const std::size_t number = post_by_text_.at(text);
                const PostInGroup& post = observed_.posts[number];
                std::int64_t& before = latest[{post.sender, post.group}];
                if (stored_[number].seq < before)
                    broken("delivered: {} got post {} of {} behind later ones", receiver, number, post.sender);
                before = stored_[number].seq;
            }
        }
        for (const auto& [receiver, rest] : wanted) {
            if (!rest.empty())
                broken("delivered: {} never got {} and {} more", receiver, rest.begin()->substr(0, 30),
                       rest.size() - 1);
        }
    }

    using Done = std::tuple<std::string, std::string, std::string, std::string>;  // group, action, by, whom

    const GroupsObserved& observed_;
    const std::vector<CheckedGroup>& groups_;
    const CheckOptions& options_;
    std::map<std::string, std::size_t> post_by_text_;
    std::map<std::size_t, GroupPlace> stored_;  // by the number of the post
    std::map<Done, int> done_;
    std::map<std::pair<std::string, std::string>, std::vector<const CheckedGroupEntry*>> visible_;  // reader, group
    std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_group_rules(const GroupsObserved& observed, const std::vector<CheckedGroup>& groups,
                                            const CheckOptions& options) {
    return GroupCheck(observed, groups, options).run();
}

std::vector<std::string> broken_contact_rules(const GroupsObserved& observed, const CheckedContacts& contacts) {
    const std::vector<ContactChange>& changes = observed.contacts;
    std::map<std::pair<std::string, std::string>, const ContactChange*> sure;
    for (const ContactChange& change : changes) {
        if (change.fate == Fate::acknowledged) sure[{change.owner, change.other}] = &change;
    }
    std::vector<std::string> broken;
    for (const auto& [pair, last] : sure) {
        const auto& [owner, other] = pair;
        const auto found = contacts.find(owner);
        const bool is_there = found != contacts.end() && found->second.contains(other);
        // Pointers into one vector: their order is the order of sending. From an earlier connection it may be late.
        const bool is_open = std::ranges::any_of(changes, [&, last = last](const ContactChange& change) {
            return change.fate == Fate::unknown && change.owner == last->owner && change.other == last->other &&
                   change.wanted == is_there && (&change > last || change.connection != last->connection);
        });
        if (is_there != last->wanted && !is_open)
            broken.push_back(fmt::format("acknowledged: {} has {} among his contacts: {}", owner, other, is_there));
    }
    return broken;
}

std::vector<std::string> broken_file_rules(const std::vector<CheckedGroup>& groups, const MemoryBlobs& blobs,
                                           bool somebody_died) {
    std::vector<std::string> broken;
    std::set<BlobDigest> named;
    for (const CheckedGroup& group : groups) {
        for (const CheckedGroupEntry& entry : group.entries) {
            if (entry.kind != EntryKind::file) continue;
            const std::optional<FileCard> file = parse_file_card(entry.body);
            if (!file) {
                broken.push_back(fmt::format("files: {} at {}: no file", group.id, entry.seq.value));
                continue;
            }
            named.insert(file->blob);
            const auto found = blobs.blobs.find(file->blob);
            if (found == blobs.blobs.end()) {
                broken.push_back(fmt::format("files: the bytes of {} are lost", file->name));
            } else if (found->second != content_of_file(file->name, file->size)) {
                broken.push_back(fmt::format("files: {} has other bytes", file->name));
            }
        }
    }
    if (somebody_died) return broken;
    for (const auto& [blob, bytes] : blobs.blobs) {
        if (!named.contains(blob)) broken.push_back(fmt::format("files: no file names {}", to_string(blob)));
    }
    if (!blobs.drafts.empty()) broken.push_back(fmt::format("files: {} uploads are left over", blobs.drafts.size()));
    return broken;
}

}  // namespace obrol
